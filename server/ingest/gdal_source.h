#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "geo/base/result.h"
#include "obnova/worker/ingest.pb.h"
#include "server/ingest/file_format.h"
#include "server/ingest/made_table.h"
#include "server/ingest/shapefile_files.h"

class GDALDataset;
class OGRLayer;

namespace obnova::server {

// One layer of an open file, with what GDAL does not tell about it.
class VectorSource {
 public:
  static Result<VectorSource> open(const worker::IngestJob& job, FileFormat format);
  ~VectorSource();
  VectorSource(VectorSource&&) noexcept;
  VectorSource& operator=(VectorSource&&) noexcept;

  OGRLayer& layer() const { return *layer_; }
  // The names of all layers of the file; of an archive, of the one that was chosen.
  std::vector<std::string> names() const;
  // What was read in the end: never kZip.
  FileFormat format() const { return format_; }
  // What the file says of its texts; empty when nothing.
  const std::string& claimed_encoding() const { return claimed_encoding_; }
  // The coordinate system of the file as `EPSG:…` or WKT; empty when it has none.
  std::string crs() const;
  // The rows without a shape that the file has on purpose; nullopt when any may be.
  std::optional<std::int64_t> null_shape_count() const { return null_shape_count_; }
  // What a reader of this project says beside its rows; empty for files that GDAL reads.
  const MadeTable& made() const { return made_; }
  // Whether the ids of rows stand in the first column.
  bool is_made() const { return is_made_; }

 private:
  VectorSource();
  Result<void> open_format(const worker::IngestJob& job);
  Result<void> open_archive(const worker::IngestJob& job);
  Result<void> open_shapefile(Result<ShapefileFiles> files, const worker::IngestJob& job);
  Result<void> open_dataset(const std::string& name, const worker::IngestJob& job);
  Result<void> take_made(Result<MadeTable> made);
  Result<void> choose_layer(const worker::IngestJob& job);
  Result<void> choose_drawing_layer(const worker::IngestJob& job);

  std::unique_ptr<GDALDataset> dataset_;
  OGRLayer* layer_ = nullptr;
  FileFormat format_ = FileFormat::kGeoJson;
  std::string claimed_encoding_;
  std::optional<std::int64_t> null_shape_count_;
  bool is_made_ = false;
  MadeTable made_;  // Without its rows.
};

}  // namespace obnova::server
