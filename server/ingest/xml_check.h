#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "geo/base/result.h"

namespace obnova::server {

// How deep elements may stand in each other: readers of XML go down by recursion.
inline constexpr std::size_t kMaxXmlDepth = 256;

// Whether a document may be given to a reader of XML. Fails with kBadData, naming
// the file and the line, when it is not well-formed to its end (readers keep what
// stands before), declares a document type (entities that read files or never
// end), is deeper than kMaxXmlDepth, or is written in an encoding that is not read.
Result<void> check_xml(std::string_view bytes, const std::string& file_name);

// The same for a file, in pieces.
Result<void> check_xml_file(const std::string& path, const std::string& file_name);

}  // namespace obnova::server
