#pragma once

#include "geo/base/result.h"
#include "obnova/worker/ingest.pb.h"
#include "server/ingest/exported_note.h"
#include "server/ingest/file_format.h"
#include "server/ingest/reading.h"

namespace obnova::server {

// Reads a layer back from a file that this program exported: ids, names and types
// of fields, null and empty texts, and what was said of the layer are as they
// were. The file may have been edited since: rows may be others, new columns become
// fields, and columns that are gone are told of. Every row needs an id.
Result<Reading> read_exported(const worker::IngestJob& job, FileFormat format, const ExportedNote& note, const TellProgress& tell);

}  // namespace obnova::server
