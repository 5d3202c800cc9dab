#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "geo/base/result.h"

namespace obnova::server {

// Tiles of the GeoPackage extension for gridded coverages (OGC 17-066r1): a
// square of 32-bit floats, row after row from the north-west, as one TIFF of one
// band, packed by LZW.

inline constexpr int kTileSide = 256;
inline constexpr std::size_t kTileCellCount = std::size_t{kTileSide} * kTileSide;

// Precondition: kTileCellCount values.
Result<std::string> to_tiff_tile(std::span<const float> values);
// Reads one that any program wrote. Fails with kBadData when it is no such tile.
Result<std::vector<float>> from_tiff_tile(std::string_view bytes);

}  // namespace obnova::server
