#pragma once

#include "geo/base/result.h"
#include "server/ingest/osm_file.h"
#include "server/ingest/reading.h"

namespace obnova::server {

// Reads an OpenStreetMap file in four passes: relations, ways (which nodes are
// needed), nodes, ways again (geometry). The order of objects in the file does
// not matter, and only needed nodes take memory.
//
// Objects that cannot be used are counted with their reason; a broken file
// fails as a whole. Fails with kLimitExceeded above `max_feature_count` of the job.
Result<Reading> read_osm(const worker::IngestJob& job, const OsmFile& file, const TellProgress& tell);

}  // namespace obnova::server
