#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "geo/base/digest.h"
#include "geo/base/result.h"
#include "obnova/v1/scenario.pb.h"
#include "server/facts/timeline.h"
#include "server/twin/records.h"

namespace obnova::server {

// The names of projects and scenarios: `cities/{city}/projects/{project}`.
std::string project_name(std::string_view city, std::string_view project);
std::string scenario_name(std::string_view city, std::string_view scenario);
// The last piece of a name of this city. Fails with kInvalidArgument at `field`.
Result<std::string> project_id_of(const std::string& name, std::string_view city, const std::string& field);
Result<std::string> scenario_id_of(const std::string& name, std::string_view city, const std::string& field);

// Where a change stands: in a project, or in the steps of a scenario.
struct PlanPlace {
  std::string scenario;
  std::string project = {};  // Empty for a change of the scenario's own.
  int index = 0;
};

// One part of a scenario: a project, or a change of its own.
struct PlanPart {
  PlanPlace place;
  std::shared_ptr<const KnownProject> project = {};  // Null for a change of its own, and when the project is not there.
  std::shared_ptr<const KnownScenario> scenario;     // That has the part; never null.
};

// When a question is asked: some instant of the real world, or no particular
// one, which shows all planned work as done (see ScenarioService).
struct PlanTime {
  bool is_stated = false;
  Instant instant = 0;  // Now, when nobody stated one.
};

// A scenario in one revision with all it goes on from, in the order in which it
// is carried out.
struct ScenarioPlan {
  std::string id;
  std::vector<PlanPart> parts;
  // Equal digests mean equal plans.
  Digest digest;
};

// The scenario and what it goes on from, the oldest ancestor first. Fails as `plan_of`.
Result<std::vector<std::shared_ptr<const KnownScenario>>> lineage_of(const Records& records, std::string_view city,
                                                                     const std::string& scenario, Revision revision);

// Fails with kNotFound when there is no such scenario in the revision, and with
// kFailedPrecondition when it descends from itself or from what is not there, or
// has more than 16 parents in a row.
Result<ScenarioPlan> plan_of(const Records& records, std::string_view city, const std::string& scenario, Revision revision);

// When a change is so, by its own words and those of its project.
Period period_of(const v1::Change& change, const KnownProject* project);
// Whether a change of that period is so at that time.
bool is_so(const Period& period, const PlanTime& time);

}  // namespace obnova::server
