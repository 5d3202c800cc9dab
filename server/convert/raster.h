#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "geo/raster/raster.h"
#include "obnova/v1/common.pb.h"
#include "server/twin/twin.h"

namespace obnova::server {

// A raster of the snapshot. Fails with kInvalidArgument for no name and for a
// layer of features, and with kNotFound for an unknown one, naming the field.
Result<const geo::Raster*> find_raster(const Snapshot& snapshot, const std::string& layer, const std::string& field);

v1::Theme to_proto(geo::RasterTheme theme);

}  // namespace obnova::server
