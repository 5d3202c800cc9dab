#pragma once

#include <memory>
#include <vector>

#include "geo/base/result.h"
#include "obnova/v1/scenario_answer.pb.h"
#include "server/scenario/plan.h"
#include "server/twin/snapshot.h"

namespace obnova::server {

// What a scenario made of a city.
struct ScenarioOutcome {
  // Without the scenario, and with it.
  std::shared_ptr<const Snapshot> base;
  std::shared_ptr<const Snapshot> snapshot;
  // As PreviewScenario tells them.
  std::vector<v1::ChangeConflict> conflicts;
  std::vector<v1::IdleChange> idle_changes;
  int active_change_count = 0;
  // The times in which the same changes are so.
  Period period;
};

// Carries a plan out. `facts` is the city without what assessments make of it,
// `base` with it; they may be the same. Costs what the plan changes, not what
// the city has. Where nothing differs the snapshot has the city of `base`.
Result<ScenarioOutcome> apply(const Snapshot& facts, const std::shared_ptr<const Snapshot>& base, const ScenarioPlan& plan,
                              const PlanTime& time);

}  // namespace obnova::server
