#pragma once

#include <string_view>

#include "geo/base/limits.h"
#include "obnova/v1/catalog.pb.h"
#include "server/twin/twin.h"

namespace obnova::server {

// Rasters as messages of the catalog, and what can be changed of one.

// Precondition: the snapshot has the raster.
Result<v1::Layer> to_raster_message(const Snapshot& snapshot, std::string_view raster);

Result<v1::DescribeLayerResponse> describe_raster(const Snapshot& snapshot, std::string_view raster, const Limits& limits);

}  // namespace obnova::server
