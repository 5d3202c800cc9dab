#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace obnova {

// One question of the XML test suite of the JTS Topology Suite.
struct JtsTest {
  std::string file;
  int case_number = 0;  // From 1, within the file.
  std::string description;
  std::string a;
  std::string b;
  std::string operation;               // In lower case.
  std::vector<std::string> arguments;  // arg1, arg2, …
  std::string expected;
  bool has_fixed_precision = false;
  bool is_prepared = false;

  // "TestRelateAA.xml#3 relate A B FF2FF1212": the name of the test in lists.
  std::string name() const;
};

// All tests of all files of a folder, in the order of their names. Empty when a
// file cannot be read.
std::vector<JtsTest> read_jts_suite(const std::filesystem::path& folder);

}  // namespace obnova
