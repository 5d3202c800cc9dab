#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "geo/base/result.h"
#include "server/ingest/raster_check.h"
#include "server/ingest/run_ingest.h"

namespace obnova::server {

// The server's view of what one worker says: takes its records one by one,
// trusts none of them, and passes on what holds. Used by one thread for one run.
class RecordCheck {
 public:
  // `job` and `sink` must outlive the check.
  RecordCheck(const worker::IngestJob& job, const IngestSink& sink) : job_(job), sink_(sink), raster_(job, sink) {}

  // Fails with kBadData naming what is wrong, with kLimitExceeded above the
  // job's number of features, with the worker's own error, or with the sink's.
  Result<void> take(const worker::IngestRecord& record);

  // True after the summary: nothing may follow.
  bool finished() const { return finished_; }
  const worker::IngestSummary& summary() const { return summary_; }

 private:
  Result<void> begin_layer(const worker::LayerStart& start);
  bool was_asked_for(const worker::LayerStart& start) const;
  Result<void> describe(const worker::LayerStart& start);
  Result<void> take_rows(const worker::FeatureRows& rows);
  Result<void> take_row(const worker::FeatureRows& rows, int row);
  Result<void> check_id(const std::string& id);
  Result<void> take_progress(const worker::WorkerProgress& progress);
  Result<void> take_summary(const worker::IngestSummary& summary);
  Result<void> check_tally(const worker::LayerTally& tally) const;

  const worker::IngestJob& job_;
  const IngestSink& sink_;
  RasterCheck raster_;
  bool finished_ = false;
  std::string layer_;  // Empty before the first.
  std::vector<geo::Field> fields_;
  std::vector<geo::Value> values_;
  std::vector<std::pair<std::string, std::int64_t>> row_counts_;  // Of every layer, in order.
  std::unordered_set<std::string> ids_;                           // Of the current layer.
  std::int64_t feature_count_ = 0;
  double fraction_ = 0;
  worker::IngestSummary summary_;
};

}  // namespace obnova::server
