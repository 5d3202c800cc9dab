#pragma once

#include "geo/base/result.h"
#include "obnova/v1/routing.pb.h"
#include "server/rpc/call.h"
#include "server/rpc/writer.h"
#include "server/twin/twin.h"

namespace obnova::server {

// The calls of RoutingService as plain functions; the contract is in
// proto/obnova/v1/routing.proto. Any thread may call them.

Result<v1::ComputeRouteResponse> compute_route(const Twin& twin, const Call& call, const v1::ComputeRouteRequest& request);

Result<void> compute_matrix(const Twin& twin, const Call& call, const v1::ComputeMatrixRequest& request,
                            const Writer<v1::ComputeMatrixResponse>& write);

Result<v1::FindNearestFacilitiesResponse> find_nearest_facilities(const Twin& twin, const Call& call,
                                                                  const v1::FindNearestFacilitiesRequest& request);

Result<v1::SnapPlacesResponse> snap_places(const Twin& twin, const Call& call, const v1::SnapPlacesRequest& request);

}  // namespace obnova::server
