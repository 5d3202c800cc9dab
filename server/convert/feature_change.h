#pragma once

#include <vector>

#include "geo/base/result.h"
#include "obnova/v1/feature.pb.h"
#include "server/twin/fact_change.h"
#include "server/twin/snapshot.h"

namespace obnova::server {

// The changes of a request on the plane of the city. Fails with kInvalidArgument
// for a change that says nothing, a period that is none, attributes the layer
// has not or of another type, and shapes that are none; with kNotFound for an
// unknown layer. Errors name `changes[i]` and what of it.
Result<std::vector<FactChange>> to_changes(const v1::ApplyChangesRequest& request, const Snapshot& snapshot);

}  // namespace obnova::server
