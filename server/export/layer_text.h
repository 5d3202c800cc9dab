#pragma once

#include "geo/base/limits.h"
#include "geo/base/result.h"
#include "server/export/exported_layer.h"

namespace obnova::server {

// A layer as a text file, piece by piece, in longitude and latitude with ten
// decimals: what is read back lies within 1e-10 degrees. Columns are called as
// `export_columns` says.

// RFC 7946. A feature without a place has the geometry null; what the owner of
// the data requires to be shown stands beside `features`, and in `obnova` the note.
Result<void> write_geojson(const ExportedLayer& exported, const ByteSink& sink, const Limits& limits);

// RFC 4180 in UTF-8: `id`, the attributes, `WKT`. Nothing between the commas is
// null, "" is empty text. It says nothing of types, licence or date.
Result<void> write_csv(const ExportedLayer& exported, const ByteSink& sink, const Limits& limits);

}  // namespace obnova::server
