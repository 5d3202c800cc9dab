#pragma once

#include "geo/base/result.h"
#include "obnova/v1/feature.pb.h"
#include "server/rpc/call.h"
#include "server/rpc/writer.h"
#include "server/twin/twin.h"

namespace obnova::server {

// The calls of FeatureService as plain functions; the contract is in
// proto/obnova/v1/feature.proto. Any thread may call them.

Result<v1::Feature> get_feature(const Twin& twin, const Call& call, const v1::GetFeatureRequest& request);

// A page ends early when it is longer than 2 MiB: clients refuse messages of 4 MiB.
Result<v1::ListFeaturesResponse> list_features(const Twin& twin, const Call& call, const v1::ListFeaturesRequest& request);

// At least one message, also when nothing matches.
Result<void> stream_features(const Twin& twin, const Call& call, const v1::StreamFeaturesRequest& request,
                             const Writer<v1::StreamFeaturesResponse>& write);

Result<v1::FindFeaturesInWindowsResponse> find_features_in_windows(const Twin& twin, const Call& call,
                                                                   const v1::FindFeaturesInWindowsRequest& request);

Result<v1::CountFeaturesResponse> count_features(const Twin& twin, const Call& call, const v1::CountFeaturesRequest& request);

// At most 1,000,000 neighbors: places × k beyond that is refused.
Result<v1::FindNearestFeaturesResponse> find_nearest_features(const Twin& twin, const Call& call,
                                                              const v1::FindNearestFeaturesRequest& request);

Result<v1::AggregateFeaturesResponse> aggregate_features(const Twin& twin, const Call& call, const v1::AggregateFeaturesRequest& request);

Result<v1::GetFeatureHistoryResponse> get_feature_history(const Twin& twin, const Call& call, const v1::GetFeatureHistoryRequest& request);

// Waits for the disk, and for whoever is changing the city.
Result<v1::ApplyChangesResponse> apply_changes(Twin& twin, const Call& call, const v1::ApplyChangesRequest& request);

}  // namespace obnova::server
