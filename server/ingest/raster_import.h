#pragma once

#include <functional>

#include "geo/base/result.h"
#include "obnova/worker/ingest.pb.h"
#include "server/ingest/reading.h"

namespace obnova::server {

// False when nobody reads any more.
using SendRecord = std::function<bool(const worker::IngestRecord&)>;

// Reads a raster, in the worker, and sends it whole: its start, its cells from
// the north-west row after row, the summary. Cells stay those of the file; rows
// or columns that run the other way are turned round, doubles that floats hold
// are sent as floats.
//
// Fails as `geo::read_raster_file` does, and with kBadData for grids that are
// turned against their system and values no city has, naming the file.
Result<void> import_raster(const worker::IngestJob& job, const TellProgress& tell, const SendRecord& send);

}  // namespace obnova::server
