#pragma once

#include <string>

#include "geo/base/geometry.h"
#include "server/export/coordinates.h"

namespace obnova::server {

// Appends a shape as a GeoJSON geometry, `null` for kNone. Its coordinates are
// written as they are.
void append_shape_json(std::string& text, const GeometryView& shape, Digits digits);

}  // namespace obnova::server
