#pragma once

#include <optional>
#include <string_view>

namespace obnova::geo {

// What a layer is about; numbers as in `obnova.v1.Theme`, checked by a test.
enum class Theme {
  kRoads = 1,
  kBarriers = 2,
  kTurnRestrictions = 3,
  kBuildings = 4,
  kFacilities = 5,
  kPopulation = 6,
  kParcels = 7,
  kZones = 8,
  kUtilities = 9,
  kDistricts = 10,
  kPlanned = 11,
  kWater = 12,
  kPlaces = 13,
  kOther = 14,
  kAssessments = 15,
  kTerrain = 16,  // Rasters, as the next.
  kSurface = 17,
};

// `roads`, `turn_restrictions`, …: the word of the CLI and of the store.
std::string_view theme_name(Theme theme);
std::optional<Theme> theme_by_name(std::string_view name);
std::optional<Theme> theme_by_number(int number);

}  // namespace obnova::geo
