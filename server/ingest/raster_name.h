#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>

namespace obnova::server {

// True for a name of a file that becomes a raster: GeoTIFF, SRTM tile, ASCII grid.
inline bool is_raster_name(std::string name) {
  std::ranges::transform(name, name.begin(), [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  constexpr std::array<std::string_view, 5> kEndings = {".tif", ".tiff", ".hgt", ".hgt.zip", ".asc"};
  return std::ranges::any_of(kEndings, [&](std::string_view ending) { return name.ends_with(ending); });
}

}  // namespace obnova::server
