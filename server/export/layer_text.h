#pragma once

#include <functional>
#include <string_view>

#include "geo/base/limits.h"
#include "geo/base/result.h"
#include "geo/io/projection.h"
#include "geo/layer/layer.h"

namespace obnova::server {

// Takes the next bytes of a file; an error ends the writing with that error.
using TextSink = std::function<Result<void>(std::string_view)>;

// A layer as a file, piece by piece, in longitude and latitude with seven
// decimals (about a centimeter). `projection` is WGS 84 ↔ plane.

// RFC 7946. A feature without a place has the geometry null; what the owner of
// the data requires to be shown stands beside `features`.
Result<void> write_geojson(const geo::Layer& layer, const geo::Projection& projection, const TextSink& sink, const Limits& limits);

// RFC 4180 in UTF-8: `id`, the attributes, `WKT`. Nothing between the commas is
// null, "" is empty text. Attributes called `id` or `WKT` get `_2` behind.
Result<void> write_csv(const geo::Layer& layer, const geo::Projection& projection, const TextSink& sink, const Limits& limits);

}  // namespace obnova::server
