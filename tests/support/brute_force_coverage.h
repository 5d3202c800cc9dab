#pragma once

#include <algorithm>
#include <limits>
#include <span>
#include <vector>

#include "geo/base/measure.h"
#include "geo/query/coverage/coverage.h"

namespace obnova::geo {

// Slow twins of coverage: a route for every pair.

// The fastest way between any of the sources and a place of the network.
inline SourceReach slow_reach(const Metric& metric, std::span<const NetworkPlace> sources, Direction direction, const NetworkPlace& place) {
  SourceReach best;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const auto path =
        direction == Direction::kFromSources ? fastest_path(metric, sources[i], place, {}) : fastest_path(metric, place, sources[i], {});
    if (!path || !*path) continue;
    const Reach reach = {(*path)->time, (*path)->length_m};
    const bool better = reach.time < best.reach.time || (reach.time == best.reach.time && reach.length_m < best.reach.length_m);
    if (best.source < 0 || better) best = {reach, static_cast<std::int32_t>(i)};
  }
  return best;
}

inline bool slow_within(const SourceReach& found, const ServiceLimit& limit) {
  if (found.source < 0) return false;
  return limit.kind == ServiceLimit::Kind::kTime ? found.reach.time <= limit.time : found.reach.length_m <= limit.length_m;
}

// Whether a place belongs to a service area, from the words of its header.
inline bool slow_belongs(const TravelNetwork& network, std::span<const NetworkPlace> sources, Direction direction,
                         const ServiceLimit& limit, Point place) {
  const Snap snap = network.snap(place);
  if (!snap.on_network || snap.distance_m > kServiceAreaReach_m) return false;
  return slow_within(slow_reach(network.metric(), sources, direction, *snap.on_network), limit);
}

inline std::vector<PlaceCoverage> slow_coverage(const TravelNetwork& network, const CoverageQuery& query) {
  const FacilitySites sites = facility_sites(network, *query.facilities_layer, query.facilities);
  std::vector<PlaceCoverage> result;
  for (const DemandPlace& demand : query.demand) {
    PlaceCoverage& place = result.emplace_back();
    const Snap snap = network.snap(demand.place);
    if (!snap.on_network) continue;
    const SourceReach found = slow_reach(network.metric(), sites.places, query.direction, *snap.on_network);
    if (found.source < 0) continue;
    place.status = slow_within(found, query.limit) ? PlaceStatus::kCovered : PlaceStatus::kUncovered;
    place.facility = sites.features[static_cast<std::size_t>(found.source)];
    place.reach = found.reach;
  }
  return result;
}

// How far a place is from the boundary of an area.
inline double distance_to_boundary_m(const GeometryView& area, Point place) {
  double least_m = std::numeric_limits<double>::infinity();
  for (std::size_t ring = 0; ring < area.path_ends.size(); ++ring) {
    const std::span<const Point> points = area.path(ring);
    for (std::size_t i = 1; i < points.size(); ++i) {
      least_m = std::min(least_m, distance_m(nearest_on_segment(points[i - 1], points[i], place).place, place));
    }
  }
  return least_m;
}

}  // namespace obnova::geo
