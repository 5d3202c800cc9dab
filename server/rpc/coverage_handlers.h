#pragma once

#include "geo/base/result.h"
#include "obnova/v1/coverage.pb.h"
#include "server/rpc/call.h"
#include "server/twin/twin.h"

namespace obnova::server {

// The calls of CoverageService as plain functions; the contract is in
// proto/obnova/v1/coverage.proto. Any thread may call them.

Result<v1::ComputeServiceAreaResponse> compute_service_area(const Twin& twin, const Call& call,
                                                            const v1::ComputeServiceAreaRequest& request);

Result<v1::ComputeCoverageResponse> compute_coverage(const Twin& twin, const Call& call, const v1::ComputeCoverageRequest& request);

}  // namespace obnova::server
