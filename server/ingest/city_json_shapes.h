#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "geo/base/geometry.h"
#include "geo/base/result.h"

namespace obnova::server {

struct CityVertex {
  double x = 0;
  double y = 0;
  double z = 0;
};

// A flat face of a solid: its outline, then its holes, as numbers of vertices.
struct CityFace {
  std::vector<std::vector<std::size_t>> rings;
  bool is_ground = false;  // Its semantics say GroundSurface.
};

// One geometry of an object, whatever its type.
struct CityShape {
  double lod = 0;
  std::vector<CityFace> faces;
  std::vector<std::vector<std::size_t>> lines;
  std::vector<std::size_t> points;  // The place of a template counts as one.
  bool is_template = false;
};

// The vertices of a city: `transform` applied where there is one. Fails with
// kBadData for a vertex that is not three finite numbers.
Result<std::vector<CityVertex>> city_vertices(const nlohmann::json& vertices, const nlohmann::json& transform);

// One of the `geometry` of an object. Fails with kBadData, saying why, for
// anything else than CityJSON allows; numbers of vertices below `vertex_count`.
Result<CityShape> city_shape(const nlohmann::json& geometry, std::size_t vertex_count);

// What an object is on the ground: its ground surfaces from the geometry of the
// highest level of detail that has any; else all faces of the lowest level of
// detail, seen from above; else its lines; else its points. kNone when it has nothing.
Result<Geometry> footprint(const std::vector<CityShape>& shapes, const std::vector<CityVertex>& vertices);

// From the lowest vertex of the shapes to the highest; nullopt when they are flat.
std::optional<double> height_of(const std::vector<CityShape>& shapes, const std::vector<CityVertex>& vertices);

}  // namespace obnova::server
