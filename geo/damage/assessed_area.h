#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "geo/base/geometry.h"
#include "geo/base/result.h"
#include "geo/damage/condition.h"

namespace obnova::geo {

// Where somebody looked for damage, and when.
struct AssessedArea {
  Geometry area;
  std::optional<std::int64_t> observed_at_us = {};
  // The survey lists everything damaged in its area, so what it does not list
  // was seen undamaged. Most lists of damage say themselves that they do not.
  bool is_exhaustive = false;
};

// Finds what the assessed areas say of a feature. Immutable; one thread at a time
// may ask, copies share nothing and cost as much as `make`.
class AssessedAreas {
 public:
  // Fails with kInvalidArgument for an area that is not one.
  static Result<AssessedAreas> make(std::vector<AssessedArea> areas);
  ~AssessedAreas();
  AssessedAreas(AssessedAreas&&) noexcept;
  AssessedAreas& operator=(AssessedAreas&&) noexcept;

  // Whether anybody looked where the feature stands (its interior point, edges included).
  bool looked_at(const GeometryView& feature) const;

  // The condition of a feature: by what was observed, else, inside an exhaustive
  // area, by what the latest of them implies. Elsewhere it is unassessed: no
  // record is not no damage.
  Condition condition_of(const GeometryView& feature, std::span<const Observation> observations, const ConditionRule& rule) const;

 private:
  struct State;
  explicit AssessedAreas(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace obnova::geo
