#pragma once

#include <span>
#include <string>
#include <vector>

#include "geo/base/result.h"
#include "geo/layer/layer.h"

namespace obnova::geo {

// People at a place.
struct DemandPlace {
  FeatureId feature;  // Of the demand layer.
  Point place;        // The point, or the interior point of the shape.
  double people = 0;
};

struct DemandRule {
  // The attribute with the number of people; empty means `population`, or for
  // buildings `residents`.
  std::string field;
  // For buildings without a number: footprint × levels ÷ this, when the
  // `building` value is residential; `levels` missing counts as one.
  double floor_area_per_person_m2 = 35;
};

// True for the `building` values people live in (OpenStreetMap wiki, Key:building,
// section Accommodation, and `yes`, which says nothing and is mostly a house).
bool is_residential(std::string_view building_value);

// People of the given features, those with none left out. Fails with
// kInvalidArgument when the field is missing or not numeric, and with kBadData
// naming the feature when a number is negative. Features with no place fail too.
Result<std::vector<DemandPlace>> demand_places(const Layer& layer, std::span<const FeatureId> features, const DemandRule& rule);

}  // namespace obnova::geo
