#pragma once

#include <optional>
#include <string>

#include "geo/base/geometry.h"
#include "geo/base/result.h"

class OGRGeometry;

namespace obnova::server {

// A shape of GDAL in our words, still in the coordinates of its file.
struct SimpleShape {
  Geometry geometry;
  std::optional<std::string> repaired;  // What was changed, when anything was.
  bool had_curves = false;              // Arcs, now lines of short pieces.
};

// Drops z and m, turns curves into lines, closes rings, and keeps of a
// collection the members of the highest dimension. An empty shape becomes
// kNone. Fails with the reason for shapes that are not points, lines or areas.
Result<SimpleShape> simple_shape(const OGRGeometry& shape);

}  // namespace obnova::server
