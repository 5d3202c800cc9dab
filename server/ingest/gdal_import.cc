#include "server/ingest/gdal_import.h"
namespace obnova::server {
Result<Reading> read_vector(const worker::IngestJob& job, FileFormat, const TellProgress&) {
  return failure(ErrorCode::kBadData, job.file_name());
}
}  // namespace obnova::server
