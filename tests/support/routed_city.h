#pragma once

#include <utility>
#include <vector>

#include "geo/city/city.h"
#include "geo/query/routing/travel.h"
#include "tests/support/ascii_travel.h"

namespace obnova::geo {

// A whole city of a picture, with the real profiles.
inline std::shared_ptr<const City> routed_city(const AsciiCity& city) {
  return City::make("test", "EPSG:6384", 1, {city.barriers, city.roads, city.restrictions}, real_profiles(), nullptr);
}

inline TravelNetwork travel_on(const City& city, TravelOptions options = {}) {
  return TravelNetwork::make(city, std::move(options), {}).value();
}

}  // namespace obnova::geo
