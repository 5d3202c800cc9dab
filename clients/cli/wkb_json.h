#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace obnova::cli {

// The GeoJSON geometry of little-endian two-dimensional WKB as the server
// sends it; JSON null for empty or foreign bytes.
nlohmann::json wkb_to_json(std::string_view wkb);

}  // namespace obnova::cli
