#pragma once

#include <string>
#include <vector>

#include "geo/query/coverage/demand.h"
#include "obnova/v1/coverage.pb.h"
#include "server/twin/twin.h"

namespace obnova::server {

// Where people are, in the order of their layer; features with no people are
// left out. `field` is the path of the message in the request.
Result<std::vector<geo::DemandPlace>> to_demand(const v1::Demand& demand, const Snapshot& snapshot, const std::string& field,
                                                const Limits& limits);

}  // namespace obnova::server
