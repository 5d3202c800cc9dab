#include "geo/damage/assessed_area.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "geo/base/measure.h"
#include "geo/base/overlay.h"

namespace obnova::geo {

struct AssessedAreas::State {
  struct Prepared {
    PreparedShape shape;
    std::optional<std::int64_t> observed_at_us;
    bool is_exhaustive;
  };
  std::vector<Prepared> areas;  // Latest first; those without a date last.
};

Result<AssessedAreas> AssessedAreas::make(std::vector<AssessedArea> areas) {
  std::ranges::stable_sort(areas, std::ranges::greater{},
                           [](const AssessedArea& area) { return area.observed_at_us.value_or(std::numeric_limits<std::int64_t>::min()); });
  auto state = std::make_unique<State>();
  for (const AssessedArea& area : areas) {
    if (dimension(area.area.kind) != 2) return failure(ErrorCode::kInvalidArgument, "An assessed area must be a polygon.", "areas");
    Result<PreparedShape> shape = PreparedShape::make(area.area.view());
    if (!shape) return std::unexpected(shape.error());
    state->areas.push_back({*std::move(shape), area.observed_at_us, area.is_exhaustive});
  }
  return AssessedAreas(std::move(state));
}

AssessedAreas::AssessedAreas(std::unique_ptr<State> state) : state_(std::move(state)) {}
AssessedAreas::~AssessedAreas() = default;
AssessedAreas::AssessedAreas(AssessedAreas&&) noexcept = default;
AssessedAreas& AssessedAreas::operator=(AssessedAreas&&) noexcept = default;

bool AssessedAreas::looked_at(const GeometryView& feature) const {
  if (feature.empty()) return false;
  const Point place = interior_point(feature);
  return std::ranges::any_of(state_->areas, [&](const State::Prepared& area) { return area.shape.covers(place); });
}

Condition AssessedAreas::condition_of(const GeometryView& feature, std::span<const Observation> observations,
                                      const ConditionRule& rule) const {
  const Condition observed = geo::condition_of(observations, rule);
  if (!observations.empty() || feature.empty()) return observed;
  const Point place = interior_point(feature);
  const auto area =
      std::ranges::find_if(state_->areas, [&](const State::Prepared& one) { return one.is_exhaustive && one.shape.covers(place); });
  if (area == state_->areas.end()) return observed;
  return condition_implied_by({.code = &rule.unlisted, .observed_at_us = area->observed_at_us});
}

}  // namespace obnova::geo
