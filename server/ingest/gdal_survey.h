#pragma once

#include "geo/base/result.h"
#include "obnova/worker/ingest.pb.h"
#include "server/ingest/file_format.h"
#include "server/ingest/reading.h"

namespace obnova::server {

// Says which layers a file has and how their columns are called, without
// reading features. Names of columns that are not UTF-8 are left out. Fails with kInvalidArgument for OpenStreetMap files.
Result<Reading> survey_vector(const worker::IngestJob& job, FileFormat format);

}  // namespace obnova::server
