#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "geo/base/geometry.h"
#include "geo/base/limits.h"
#include "geo/base/result.h"
#include "geo/layer/layer.h"
#include "obnova/worker/ingest.pb.h"

namespace obnova::server {

// Who takes what a worker read. Calls come in order from one thread; an error
// they return ends the run with that error.
struct IngestSink {
  std::function<Result<void>(const std::string& layer, geo::Theme theme, const std::vector<geo::Field>& fields)> begin_layer;
  std::function<Result<void>(const std::string& id, const Geometry& geometry, std::span<const geo::Value> values)> add_feature;
  std::function<void(double fraction, const std::string& stage)> progress;
  // Who takes a raster; left out where none is wanted. Bytes are as in `worker::RasterCells`.
  std::function<Result<void>(const worker::RasterStart& start)> begin_raster = {};
  std::function<Result<void>(const std::string& bytes)> add_cells = {};
  // What an exported file says of the layer that begins next, its covered area on
  // the plane of the city; may be absent.
  std::function<void(const geo::LayerDescription& said)> describe = {};
};

struct IngestSettings {
  std::filesystem::path worker;  // The obnova-ingest program.
  std::size_t memory_bytes = std::size_t{4} << 30;
  double max_run_s = 1800;
};

// Runs one obnova-ingest process on one file and checks everything it says:
// frames, names, types, finite coordinates, valid areas, unique ids, UTF-8, no
// more features than allowed. Returns its summary. Fails with the worker's own
// error, with kBadData when it breaks the protocol, with kUnavailable when it
// dies, with kLimitExceeded when it takes too long.
Result<worker::IngestSummary> run_ingest(const worker::IngestJob& job, const IngestSink& sink, const IngestSettings& settings,
                                         const Limits& limits);

}  // namespace obnova::server
