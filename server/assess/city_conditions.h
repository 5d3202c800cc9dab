#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "geo/base/ids.h"
#include "geo/base/result.h"
#include "geo/city/city.h"
#include "geo/damage/assessed_area.h"
#include "geo/damage/condition.h"
#include "server/facts/timeline.h"

namespace obnova::server {

// The scales that statements are read by, and what follows from them.
struct DamageRules {
  std::vector<geo::DamageScale> scales;
  geo::ConditionRule condition;
};

// A statement of the city: a feature of a layer of theme kAssessments.
struct StatementRef {
  std::size_t layer = 0;  // A place in `CityConditions::statement_layers`.
  FeatureId statement;
  bool operator==(const StatementRef&) const = default;
};

// What is known of one feature, and who said it.
struct KnownCondition {
  geo::Condition condition;              // `leader` is a place in `statements`.
  std::vector<StatementRef> statements;  // Oldest first, those without a date before all others.
};

// What the statements of a city say of its features up to an instant. Immutable.
// Features of which nobody said anything do not stand here.
struct CityConditions {
  using OfLayer = std::map<FeatureId, KnownCondition>;

  std::vector<std::string> statement_layers;
  std::map<std::string, OfLayer, std::less<>> layers;
  // Where somebody looked, as far as layers state it.
  std::vector<geo::AssessedArea> areas;
  std::string rule;  // `condition@2026-01-01`
  // The instants for which it holds: nothing was observed after the first of
  // them and before the second.
  Period holds;

  // Null when nobody said anything of it.
  const KnownCondition* find(std::string_view layer, FeatureId feature) const;
};

// What is known of the city at an instant: statements about what was observed
// later do not count, nor do those that are about nothing yet, whose scale or
// word nobody knows, or whose subjects are not there. A facility of which nobody
// said anything shares what was said of the building it stands in. Costs the
// number of statements.
CityConditions conditions_at(const geo::City& facts, const DamageRules& rules, Instant valid_at);

// The layers in which features differ by their condition, each a patch of the
// one there; what is equal is not there.
Result<std::vector<std::shared_ptr<const geo::Layer>>> layers_with_effects(const geo::City& facts, const CityConditions& conditions,
                                                                           geo::ConditionCase condition_case,
                                                                           const geo::ConditionRule& rule);

}  // namespace obnova::server
