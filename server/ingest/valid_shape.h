#pragma once

#include <optional>
#include <string>

#include "geo/base/geometry.h"
#include "geo/base/result.h"

namespace obnova::server {

// A shape that may enter the city.
struct ValidShape {
  Geometry geometry;
  // What was wrong with it before it was repaired; nullopt when nothing was.
  std::optional<std::string> repaired;
};

// Turns rings our way, drops repeated vertices and repairs areas that cross
// themselves. Fails with the reason when nothing of the shape's dimension is left.
Result<ValidShape> valid_shape(const Geometry& on_plane);

}  // namespace obnova::server
