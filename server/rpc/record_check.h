#pragma once

#include <memory>
#include <string>
#include <vector>

#include "geo/base/result.h"
#include "obnova/v1/scenario.pb.h"
#include "server/scenario/plan.h"
#include "server/twin/twin.h"

namespace obnova::server {

// Whether what a request says of projects and scenarios can be kept. All fail
// naming the field below `field`, with kInvalidArgument unless said otherwise.

// Words of OC4IDS; empty is fine.
Result<void> check_status(const std::string& status, const std::string& field);
Result<void> check_type(const std::string& type, const std::string& field);

// `snapshot` is the newest one: changes must fit its layers.
Result<void> check_project(const v1::Project& project, const Snapshot& snapshot, const std::string& field);

// `id` is that of the scenario itself. Fails with kNotFound for projects and
// parents that are not there, with kFailedPrecondition when it would descend from
// itself.
Result<void> check_scenario(const v1::Scenario& scenario, const std::string& id, const Snapshot& snapshot, const Records& records,
                            const std::string& field);

// The projects known in a revision, by id; those of the scenario of a context, in
// its order, when it names one. Fails as `plan_of`, naming `context.scenario`.
Result<std::vector<std::shared_ptr<const KnownProject>>> projects_of(const KnownRecords& known, const v1::Context& context,
                                                                     Revision revision);

// Request id, author and reason, as of ApplyChanges.
Result<void> check_authorship(const std::string& request_id, const std::string& author, const std::string& reason);

}  // namespace obnova::server
