#pragma once

#include "geo/base/result.h"
#include "server/ingest/file_format.h"
#include "server/ingest/reading.h"

namespace obnova::server {

// Reads one layer of a vector file through GDAL, as the job says: which layer,
// theme, columns, coordinate reference system, encoding and ids.
//
// Fails, always naming the file and where it can the row and field, when
// anything of the file cannot be trusted; only shapes that are wrong in
// themselves are repaired or left out and counted.
Result<Reading> read_vector(const worker::IngestJob& job, FileFormat format, const TellProgress& tell);

}  // namespace obnova::server
