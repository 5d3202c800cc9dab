#pragma once

#include <string>

#include "geo/base/geometry.h"
#include "geo/base/result.h"

namespace obnova::server {

// Reads a GeoJSON geometry (RFC 7946) of one kind, as it is spelled, in degrees.
// z and further numbers are dropped, unknown members are ignored. Fails with
// kInvalidArgument for text that is not JSON, features, collections, and
// positions or rings that are none; and beyond 2 MiB.
Result<Geometry> from_geojson(const std::string& text);

}  // namespace obnova::server
