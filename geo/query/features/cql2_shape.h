#pragma once

#include "geo/base/geometry.h"
#include "geo/base/result.h"
#include "geo/query/features/cql2_reader.h"

namespace obnova::geo {

// True when a shape begins here: POINT, LINESTRING, POLYGON, their MULTI forms
// or BBOX, followed by its coordinates.
bool begins_shape(const TokenReader& reader);

// Reads a shape as well-known text, or BBOX(west, south, east, north). A third
// coordinate is dropped. Fails for unclosed or too short rings, lines with one
// point and boxes that are inside out. Private to geo/query/features.
Result<Geometry> read_shape(TokenReader& reader);

}  // namespace obnova::geo
