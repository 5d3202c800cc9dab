#pragma once

#include "geo/base/result.h"
#include "geo/query/siting/mip.h"
#include "obnova/v1/siting.pb.h"
#include "server/rpc/call.h"
#include "server/twin/twin.h"

namespace obnova::server {

// The calls of SitingService as plain functions; the contract is in
// proto/obnova/v1/siting.proto. Any thread may call them.

// `solve` runs the solver: see child_solver. The search never runs beyond the
// deadline of the call.
Result<v1::LocateFacilitiesResponse> locate_facilities(const Twin& twin, const geo::SolveMip& solve, const Call& call,
                                                       const v1::LocateFacilitiesRequest& request);

Result<v1::CheckSiteResponse> check_site(const Twin& twin, const Call& call, const v1::CheckSiteRequest& request);

Result<v1::ListRulePacksResponse> list_rule_packs(const Twin& twin, const Call& call, const v1::ListRulePacksRequest& request);

}  // namespace obnova::server
