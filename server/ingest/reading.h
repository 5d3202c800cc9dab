#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "geo/io/projection.h"
#include "obnova/worker/ingest.pb.h"
#include "server/ingest/layer_writer.h"

namespace obnova::server {

// What a file gave: layers still in the worker, and the report without the
// tallies of the layers.
struct Reading {
  std::vector<std::unique_ptr<LayerWriter>> layers;
  worker::IngestSummary summary;
};

// Told now and then how far the reading is, 0 to 1.
using TellProgress = std::function<void(double fraction, std::string_view stage)>;

// Puts the operation to the plane of the city into the report.
void note_operation(const geo::OperationNote& note, worker::IngestSummary& summary);

}  // namespace obnova::server
