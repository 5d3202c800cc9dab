#pragma once

#include "geo/base/geometry.h"

namespace obnova::geo {

// The share of a line's length that runs beside another line: within
// `buffer_m` to either side of one of its segments and turned from it by no more
// than `turn_deg`, whatever the direction of digitizing. Buffers end flat, so a
// road does not run beside the one that continues it. 0 unless both are lines.
double share_along(const GeometryView& line, const GeometryView& other, double buffer_m, double turn_deg);

}  // namespace obnova::geo
