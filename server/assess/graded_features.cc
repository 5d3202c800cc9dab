#include "server/assess/graded_features.h"

#include <algorithm>
#include <span>
#include <utility>

#include <fmt/format.h>

namespace obnova::server {
namespace {

constexpr std::size_t kPollStep = 1024;

// The areas that imply something of what nobody named.
Result<geo::AssessedAreas> exhaustive_areas(const CityConditions& conditions) {
  std::vector<geo::AssessedArea> areas;
  std::ranges::copy_if(conditions.areas, std::back_inserter(areas), &geo::AssessedArea::is_exhaustive);
  return geo::AssessedAreas::make(std::move(areas));
}

}  // namespace

Result<std::vector<GradedFeature>> graded_features(const Snapshot& snapshot, const geo::Layer& layer, const geo::ConditionRule& rule,
                                                   const Limits& limits) {
  std::vector<GradedFeature> graded;
  graded.reserve(layer.feature_count());
  if (snapshot.conditions == nullptr) {
    for (const FeatureId feature : layer.features()) graded.push_back({.feature = feature, .grade = {}, .observed_at = {}});
    return graded;
  }
  const auto areas = exhaustive_areas(*snapshot.conditions);
  if (!areas) return std::unexpected(areas.error());
  for (const FeatureId feature : layer.features()) {
    if (graded.size() % kPollStep == 0 && limits.stopped()) return failure(ErrorCode::kCancelled, "The counting of damage was cancelled.");
    const KnownCondition* const known = snapshot.conditions->find(layer.id(), feature);
    const geo::Condition condition = known != nullptr ? known->condition : areas->condition_of(layer.geometry(feature), {}, rule);
    graded.push_back(
        {.feature = feature, .grade = geo::counted_grade(condition, snapshot.condition_case), .observed_at = condition.observed_at_us});
  }
  return graded;
}

Result<std::optional<std::string>> unassessed_warning(const Snapshot& snapshot, const geo::Layer& layer,
                                                      std::span<const FeatureId> features) {
  if (snapshot.conditions == nullptr) return std::nullopt;
  const auto areas = exhaustive_areas(*snapshot.conditions);
  if (!areas) return std::unexpected(areas.error());
  const auto is_assessed = [&](FeatureId feature) {
    const KnownCondition* const known = snapshot.conditions->find(layer.id(), feature);
    if (known != nullptr) return known->condition.state != geo::ConditionState::kUnassessed;
    return areas->looked_at(layer.geometry(feature));
  };
  const auto assessed = std::ranges::count_if(features, is_assessed);
  const auto all = static_cast<std::ptrdiff_t>(features.size());
  if (assessed == all) return std::nullopt;
  return fmt::format("{} of {} features of layer `{}` were never assessed for damage: they count as undamaged.", all - assessed, all,
                     layer.id());
}

}  // namespace obnova::server
