#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "geo/base/result.h"
#include "obnova/worker/ingest.pb.h"
#include "server/ingest/gdal_columns.h"

class OGRFeature;
class OGRGeometry;

namespace obnova::server {

// Big letters made small in Latin and Cyrillic, UTF-8 in and out.
std::string folded(std::string_view text);

// The name of a column as the lists below have it: folded, without what stands in
// brackets, spaces, dots and dashes as `_`.
std::string usual_form(std::string_view name);
// Usual names of columns with coordinates and shapes in English, Ukrainian and Czech, most telling first.
std::span<const std::string_view> usual_lon_names();
std::span<const std::string_view> usual_lat_names();
std::span<const std::string_view> usual_wkt_names();

// The shape of a text: WKT (also with `SRID=…;`), GeoJSON or hexadecimal WKB.
// Null when it is none, or more than one.
std::unique_ptr<OGRGeometry> shape_of_text(const char* text);

// A coordinate as people write it: `30.52`, `30,52`, `5 551 234,5`. Fails with
// kInvalidArgument for degrees and minutes (`30°31'`, `30 31 12`, `30.5E`), which
// are not read, and with kBadData for what is no number.
Result<double> coordinate_of(std::string_view text);

// Where the rows of a table are, by columns with coordinates or with shapes as text.
class TablePlaces {
 public:
  // The columns the job maps to `lon`, `lat` and `wkt`, else those with a usual
  // name in English, Ukrainian or Czech; shapes go before coordinates. Nullopt when there are none. Fails
  // with kInvalidArgument, listing the columns, when a mapped one is missing.
  static Result<std::optional<TablePlaces>> find(const worker::IngestJob& job, std::span<const SourceColumn> columns,
                                                 const TextDecoder& decoder);

  // Whether the column holds places and nothing else.
  bool uses(int column) const { return column == lon_ || column == lat_ || column == wkt_; }

  // The place of a row in the system of the file; null when its cells are empty.
  // Fails with kBadData for a row to leave out, with kInvalidArgument for a table to refuse.
  Result<std::unique_ptr<OGRGeometry>> place_of(const OGRFeature& feature) const;

 private:
  Result<std::optional<double>> coordinate_at(const OGRFeature& feature, int column, std::string_view name) const;

  int lon_ = -1;
  int lat_ = -1;
  int wkt_ = -1;
};

}  // namespace obnova::server
