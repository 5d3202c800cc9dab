#include "geo/query/routing/nearest_facilities.h"

#include <algorithm>

#include "geo/base/measure.h"

namespace obnova::geo {

FacilitySites facility_sites(const TravelNetwork& network, const Layer& layer, std::span<const FeatureId> facilities) {
  FacilitySites sites;
  std::vector<std::pair<FeatureId, NetworkPlace>> met;
  for (const FeatureId facility : facilities) {
    const GeometryView shape = layer.geometry(facility);
    // A facility without a place is nowhere near.
    Snap snap{.place = {}, .on_network = {}, .failure = SnapFailure::kTooFar, .distance_m = 0};
    if (!shape.empty()) snap = network.snap(interior_point(shape));
    if (snap.on_network) {
      met.emplace_back(facility, *snap.on_network);
    } else {
      ++sites.unreachable_count;
    }
    sites.snaps.push_back(snap);
  }
  std::ranges::stable_sort(met, {}, &std::pair<FeatureId, NetworkPlace>::first);
  for (const auto& [facility, place] : met) {
    if (!sites.features.empty() && sites.features.back() == facility) continue;  // Asked for twice.
    sites.features.push_back(facility);
    sites.places.push_back(place);
  }
  return sites;
}

Result<std::vector<NearestFacilitiesRow>> nearest_facilities(const TravelNetwork& network, std::span<const Point> places,
                                                             const FacilitySites& sites, std::size_t count, Milliseconds max_time,
                                                             Direction direction, const Limits& limits) {
  // Seen from the place, which is the one source of each search, paths run the other way.
  const Direction from_place = direction == Direction::kToSources ? Direction::kFromSources : Direction::kToSources;
  const TargetSet targets(network.metric(), sites.places, from_place);
  std::vector<NearestFacilitiesRow> rows;
  rows.reserve(places.size());
  for (const Point place : places) {
    NearestFacilitiesRow row{.snap = network.snap(place), .facilities = {}};
    if (row.snap.on_network) {
      const Result<std::vector<TargetReach>> nearest = nearest_targets(targets, *row.snap.on_network, count, max_time, limits);
      if (!nearest) return std::unexpected(nearest.error());
      for (const TargetReach& found : *nearest) row.facilities.push_back({sites.features[found.target], found.reach});
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace obnova::geo
