#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace obnova::server {

// How the length of a frame is spelled: a little-endian uint32. Only this folder
// uses it; programs call `read_frame` and `write_frame` of child.h.
inline constexpr std::size_t kFrameHeaderBytes = 4;
std::array<char, kFrameHeaderBytes> frame_header(std::size_t length);
std::size_t frame_length(std::string_view header);

}  // namespace obnova::server
