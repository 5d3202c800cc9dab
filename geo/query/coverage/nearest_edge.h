#pragma once

#include <limits>
#include <vector>

#include "geo/base/limits.h"
#include "geo/base/result.h"
#include "geo/network/metric.h"
#include "geo/query/coverage/contour.h"

namespace obnova::geo {

// Where on the usable network a place of a lattice belongs, as a snap would
// have it: the nearest point, equal distances by edge id.
struct NearestEdge {
  float distance_m = std::numeric_limits<float>::infinity();
  float offset_m = 0;
  EdgeId edge;
};

// By place of the lattice; infinitely far where nothing usable is within `reach_m`.
Result<std::vector<NearestEdge>> nearest_edges(const Metric& metric, const Lattice& lattice, double reach_m, const Limits& limits);

}  // namespace obnova::geo
