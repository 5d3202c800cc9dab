#include "server/ingest/reading.h"

namespace obnova::server {

void note_operation(const geo::OperationNote& note, worker::IngestSummary& summary) {
  summary.set_operation(note.description);
  summary.set_source_crs(note.source_crs);
  summary.set_accuracy_m(note.accuracy_m.value_or(-1));
}

}  // namespace obnova::server
