#pragma once

#include <string>
#include <string_view>

namespace obnova::server {

// A text in quotes, as JSON has it. Bytes that are no UTF-8 cannot come from an
// import; whatever they are, the file stays JSON.
std::string json_text(std::string_view text);

}  // namespace obnova::server
