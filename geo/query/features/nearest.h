#pragma once

#include <span>
#include <vector>

#include "geo/query/features/select.h"

namespace obnova::geo {

struct NearestFeature {
  FeatureId feature;
  double distance_m = 0;  // 0 inside a polygon.
  Point nearest_place;    // On the feature.
};

// For each place the `count` nearest selected features by exact distance, equal
// distances by id, none beyond `max_distance_m` (0 means no bound).
Result<std::vector<std::vector<NearestFeature>>> nearest_features(const City& city, const Selection& selection, const ToPlane& to_plane,
                                                                  std::span<const Point> places, std::size_t count, double max_distance_m,
                                                                  const Limits& limits);

}  // namespace obnova::geo
