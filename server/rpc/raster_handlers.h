#pragma once

#include "geo/base/result.h"
#include "obnova/v1/feature.pb.h"
#include "server/rpc/call.h"
#include "server/twin/twin.h"

namespace obnova::server {

// The calls of FeatureService about rasters as plain functions; the contract is
// in proto/obnova/v1/feature.proto. Any thread may call them.

Result<v1::AggregateRasterResponse> aggregate_raster(const Twin& twin, const Call& call, const v1::AggregateRasterRequest& request);

Result<v1::SampleRasterResponse> sample_raster(const Twin& twin, const Call& call, const v1::SampleRasterRequest& request);

}  // namespace obnova::server
