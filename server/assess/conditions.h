#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "geo/base/result.h"
#include "geo/damage/condition.h"
#include "server/assess/city_conditions.h"
#include "server/twin/snapshot.h"

namespace obnova::server {

// The facts of one city with what damage does to them. Any number of threads may
// ask; what was asked lately is kept.
//
// Costs time by the features that were assessed, not by the city, and shares with
// what was made last whatever did not change since.
class Conditions {
 public:
  explicit Conditions(std::shared_ptr<const DamageRules> rules) : rules_(std::move(rules)) {}

  // The snapshot whose layers carry the effects of the statements up to
  // `valid_at`, and which knows its conditions. The facts themselves where the
  // city has no layer of statements.
  Result<std::shared_ptr<const Snapshot>> apply(const std::shared_ptr<const Snapshot>& facts, geo::ConditionCase condition_case,
                                                Instant valid_at);

 private:
  struct Made {
    std::shared_ptr<const Snapshot> facts;
    geo::ConditionCase condition_case = geo::ConditionCase::kExpected;
    std::shared_ptr<const Snapshot> snapshot;
  };
  std::shared_ptr<const Snapshot> find(const Snapshot& facts, geo::ConditionCase condition_case, Instant valid_at);
  template <typename Wanted>
  std::optional<Made> latest(const Wanted& is_wanted) const;
  std::shared_ptr<const CityConditions> conditions_of(const Snapshot& facts, Instant valid_at) const;
  Result<std::shared_ptr<const geo::City>> city_of(const Snapshot& facts, const CityConditions& conditions,
                                                   geo::ConditionCase condition_case) const;

  // Set at construction.
  const std::shared_ptr<const DamageRules> rules_;
  // Held while one is made, so that no two threads make the same; taken before `mutex_`.
  std::mutex making_;
  // Guarded by `mutex_`.
  mutable std::mutex mutex_;
  std::list<Made> made_;  // Latest first.
};

}  // namespace obnova::server
