#pragma once

#include <string>
#include <string_view>

#include "geo/base/geometry.h"
#include "geo/base/result.h"

namespace obnova {

// Little-endian ISO WKB of a shape; kNone becomes the empty string.
std::string to_wkb(const GeometryView& geometry);

// Reads OGC, ISO or EWKB bytes of either byte order; z and m are dropped, the
// srid of EWKB is ignored. The empty string and empty shapes become kNone. A collection of one kind
// becomes the multi shape of that kind. Rings are turned to our orientation and
// repeated consecutive vertices removed; -0.0 becomes 0.
//
// Fails with kInvalidArgument for broken bytes, coordinates that are not
// finite, unclosed or too short rings, and mixed collections. Does not check
// that areas are valid: see `validity_problem` in overlay.h. Bounded by the
// length of the input whatever its counts claim.
Result<Geometry> from_wkb(std::string_view bytes);

}  // namespace obnova
