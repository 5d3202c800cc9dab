#pragma once

#include <cstdint>
#include <string>

#include "geo/base/result.h"
#include "server/ingest/run_ingest.h"

namespace obnova::server {

// The server's view of a raster that a worker sends, as `RecordCheck` is of its layers.
class RasterCheck {
 public:
  // `job` and `sink` must outlive the check.
  RasterCheck(const worker::IngestJob& job, const IngestSink& sink) : job_(job), sink_(sink) {}

  // Fail with kBadData naming what is wrong, with kLimitExceeded above the job's
  // number of cells, or with the sink's error.
  Result<void> begin(const worker::RasterStart& start);
  Result<void> take(const worker::RasterCells& cells);

  bool begun() const { return begun_; }
  bool complete() const { return cells_left_ == 0; }

 private:
  const worker::IngestJob& job_;
  const IngestSink& sink_;
  bool begun_ = false;
  bool doubles_ = false;
  bool people_ = false;
  std::int64_t cells_left_ = 0;
};

}  // namespace obnova::server
