#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "geo/base/limits.h"
#include "geo/base/result.h"
#include "geo/io/projection.h"
#include "geo/layer/layer.h"
#include "server/export/coordinates.h"
#include "server/store/city_store.h"

namespace obnova::server {

// A layer on its way into a file, with what the file says of it. Everything
// belongs to a snapshot that must live as long.
struct ExportedLayer {
  const geo::Layer& layer;
  const LayerRecord& record;
  const CityRecord& city;
  const geo::Projection& projection;  // WGS 84 ↔ plane.
};

// Takes the next bytes of a file; an error ends the writing with that error.
using ByteSink = std::function<Result<void>(std::string_view)>;

// The name of the column of every field: that of GeoPackage in all formats (see
// `table_layout`), so never `id`, `fid` or `geom`; and never `WKT`, whatever its case.
std::vector<std::string> export_columns(const geo::Layer& layer);

// What a file says of its layer for this program, as one JSON object: format,
// city, revision, plane, id, theme, title, source, licence, attribution, date,
// covered area, and the name, type and column of every field. An import of the
// file restores all of it. The covered area stands in the coordinates of the file:
// degrees, or those of the plane for Digits::kExact.
Result<std::string> layer_note(const ExportedLayer& exported, Digits digits);

// What the file cannot hold as it is, one sentence each.
enum class FileKind { kGeoPackage, kFlatGeobuf, kGeoJson, kCsv };
Result<std::vector<std::string>> export_warnings(const ExportedLayer& exported, FileKind kind, const Limits& limits);

}  // namespace obnova::server
