#pragma once

#include <optional>
#include <string>

#include "geo/base/geometry.h"
#include "geo/base/result.h"
#include "obnova/v1/common.pb.h"
#include "server/facts/timeline.h"

namespace obnova::server {

// Pieces of OC4IDS documents that are read and written alike.

// A date-time of RFC 3339, or a day, which begins at midnight UTC.
std::optional<Instant> instant_of(const std::string& text);
std::string date_time_of(Instant instant);

// A place in longitude and latitude as the text of a GeoJSON geometry.
std::string geojson_text(const v1::Geometry& geometry);

}  // namespace obnova::server
