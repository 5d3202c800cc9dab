#pragma once

#include "geo/base/geometry.h"
#include "geo/city/city.h"

namespace obnova::geo {

// How near a vertex must be to that of a road to be meant as the same.
inline constexpr double kRoadJoint_m = 0.001;

// The shape with every vertex that lies within `kRoadJoint_m` of a vertex of a
// road moved onto it, the nearest, of equals that of the first road. Roads meet
// where coordinates are equal, and what went through degrees comes back with
// other last digits: without this a street that somebody draws would meet nothing.
Geometry joined_to_roads(Geometry shape, const IndexedLayer& roads);

}  // namespace obnova::geo
