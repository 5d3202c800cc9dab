#pragma once

#include <span>
#include <vector>

#include "geo/query/routing/travel.h"

namespace obnova::geo {

// Facilities where they meet the network; those that do not are left out.
struct FacilitySites {
  std::vector<FeatureId> features;   // Of the facilities layer, ascending.
  std::vector<NetworkPlace> places;  // places[i] is where features[i] met the network.
  std::vector<Snap> snaps;           // Of all facilities asked for, in their order.
  std::int32_t unreachable_count = 0;
};
// Where a facility meets the network: its point, or the interior point of its shape.
FacilitySites facility_sites(const TravelNetwork& network, const Layer& layer, std::span<const FeatureId> facilities);

struct FacilityReach {
  FeatureId facility;
  Reach reach;
};
struct NearestFacilitiesRow {
  Snap snap;
  std::vector<FacilityReach> facilities;  // Fastest first, equal times by id.
};

// For each place the `count` facilities that are fastest to reach (kToSources:
// from place to facility) or to come from (kFromSources), none beyond `max_time`.
Result<std::vector<NearestFacilitiesRow>> nearest_facilities(const TravelNetwork& network, std::span<const Point> places,
                                                             const FacilitySites& sites, std::size_t count, Milliseconds max_time,
                                                             Direction direction, const Limits& limits);

}  // namespace obnova::geo
