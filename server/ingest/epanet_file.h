#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "geo/base/result.h"

namespace obnova::server {

// One line of a section: its words, and what follows its semicolon.
struct EpanetLine {
  std::size_t number = 0;  // In the file, from 1.
  std::vector<std::string> words;
  std::string comment;
};

// The sections of an EPANET model by the first four letters of their names, in
// capitals: `JUNC`, `PIPE`, …. Lines without words are left out.
using EpanetSections = std::map<std::string, std::vector<EpanetLine>>;

// Splits the text of an .inp file. Words are parted by spaces and tabs, or stand in
// double quotes. Fails with kBadData for words before the first section and for
// models of SWMM, which look alike.
Result<EpanetSections> epanet_sections(std::string_view text, const std::string& file_name);

}  // namespace obnova::server
