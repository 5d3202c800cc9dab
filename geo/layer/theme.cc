#include "geo/layer/theme.h"

#include <array>
#include <utility>

namespace obnova::geo {
namespace {

constexpr auto kNames = std::to_array<std::pair<Theme, std::string_view>>({
    {Theme::kRoads, "roads"},
    {Theme::kBarriers, "barriers"},
    {Theme::kTurnRestrictions, "turn_restrictions"},
    {Theme::kBuildings, "buildings"},
    {Theme::kFacilities, "facilities"},
    {Theme::kPopulation, "population"},
    {Theme::kParcels, "parcels"},
    {Theme::kZones, "zones"},
    {Theme::kUtilities, "utilities"},
    {Theme::kDistricts, "districts"},
    {Theme::kPlanned, "planned"},
    {Theme::kWater, "water"},
    {Theme::kPlaces, "places"},
    {Theme::kOther, "other"},
    {Theme::kAssessments, "assessments"},
    {Theme::kTerrain, "terrain"},
    {Theme::kSurface, "surface"},
});

}  // namespace

std::string_view theme_name(Theme theme) {
  for (const auto& [candidate, name] : kNames) {
    if (candidate == theme) return name;
  }
  return "other";
}

std::optional<Theme> theme_by_name(std::string_view name) {
  for (const auto& [theme, candidate] : kNames) {
    if (candidate == name) return theme;
  }
  return std::nullopt;
}

std::optional<Theme> theme_by_number(int number) {
  for (const auto& [theme, name] : kNames) {
    if (static_cast<int>(theme) == number) return theme;
  }
  return std::nullopt;
}

}  // namespace obnova::geo
