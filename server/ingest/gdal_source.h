#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "geo/base/result.h"
#include "obnova/worker/ingest.pb.h"
#include "server/ingest/file_format.h"

class GDALDataset;
class OGRLayer;

namespace obnova::server {

// One layer of an open file, with what GDAL does not tell about it.
//
// GDAL knows here only the drivers of `FileFormat`, gets only names that were
// made here, and no network: every fetch it tries is refused.
class VectorSource {
 public:
  static Result<VectorSource> open(const worker::IngestJob& job, FileFormat format);
  ~VectorSource();
  VectorSource(VectorSource&&) noexcept;
  VectorSource& operator=(VectorSource&&) noexcept;

  OGRLayer& layer() const { return *layer_; }
  // What the file says of its texts; empty when nothing. Always UTF-8 but for shapefiles.
  const std::string& claimed_encoding() const { return claimed_encoding_; }
  // The coordinate system of the file as `EPSG:…` or WKT; empty when it has none.
  std::string crs() const;
  // The rows without a shape that the file has on purpose; nullopt when any may be.
  std::optional<std::int64_t> null_shape_count() const { return null_shape_count_; }
  // True once GDAL tried to reach the network on behalf of the file.
  static bool tried_network();
  // The first failure GDAL reported since the last call, without paths; empty when none.
  static std::string take_failure();

 private:
  VectorSource();
  Result<void> open_shapefile(const worker::IngestJob& job, FileFormat format);
  Result<void> open_dataset(const std::string& name, const worker::IngestJob& job, FileFormat format);
  Result<void> choose_layer(const worker::IngestJob& job);

  std::unique_ptr<GDALDataset> dataset_;
  OGRLayer* layer_ = nullptr;
  FileFormat format_ = FileFormat::kGeoJson;
  std::string claimed_encoding_;
  std::optional<std::int64_t> null_shape_count_;
};

}  // namespace obnova::server
