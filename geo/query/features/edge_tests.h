#pragma once

#include "geo/base/geometry.h"
#include "geo/base/point.h"

namespace obnova::geo {

// What can be told of small areas by looking at their edges, exactly and
// without any library. Private to geo/query/features.

// A box that lies in an area of one ring, boundary included: about the largest
// where the area is nearly an upright rectangle, empty where none is found.
Box box_within(const GeometryView& area);

// True only for valid areas: one ring that runs counter-clockwise about the
// middle of its box, as windows do. Other valid areas get false.
bool runs_around_its_middle(const GeometryView& area);

// True when a valid area and a valid shape have a place in common, boundaries
// included. Looks at all edges of the area for every edge of the shape beside it.
bool meet_by_edges(const GeometryView& area, const GeometryView& shape);

}  // namespace obnova::geo
