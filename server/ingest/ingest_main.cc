#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <exception>
#include <string>

#include "server/ingest/exported_import.h"
#include "server/ingest/file_format.h"
#include "server/ingest/gdal_import.h"
#include "server/ingest/gdal_survey.h"
#include "server/ingest/layer_writer.h"
#include "server/ingest/osm_import.h"
#include "server/ingest/raster_import.h"
#include "server/ingest/raster_name.h"
#include "server/ingest/text_encoding.h"
#include "server/process/child.h"

namespace obnova::server {
namespace {

constexpr std::size_t kMaxJobBytes = std::size_t{1} << 20;
constexpr int kMaxWarnings = 100;
constexpr std::size_t kMaxMessageBytes = 900;

// Frames go to the real standard output; everything that a library prints
// there goes to standard error instead.
int take_output() {
  const int output = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  return output;
}

bool send(int output, const worker::IngestRecord& record) { return write_frame(output, record.SerializeAsString()); }

Result<Reading> read_file(const worker::IngestJob& job, const TellProgress& tell) {
  const Result<FileFormat> format = file_format(job.path(), job.file_name());
  if (!format) return std::unexpected(format.error());
  if (job.only_survey()) return survey_vector(job, *format);
  if (is_osm(*format)) return read_osm(job, {job.path(), job.file_name(), osmium_format(*format)}, tell);
  // Who says how to read a file knows better than the file.
  const bool as_it_says = job.field_map().empty() && job.crs().empty() && job.encoding().empty();
  const auto note = as_it_says ? find_exported_note(job, *format) : std::nullopt;
  if (note && (job.id_column().empty() || job.id_column() == note->id_column)) return read_exported(job, *format, *note, tell);
  return read_vector(job, *format, tell);
}

// Messages hold words of files, which may be any bytes.
void make_readable(worker::IngestSummary& summary) {
  for (std::string& warning : *summary.mutable_warnings()) warning = readable(warning, kMaxMessageBytes);
  for (worker::LayerTally& tally : *summary.mutable_layers()) {
    for (worker::RowProblem& problem : *tally.mutable_problems()) {
      problem.set_row(readable(problem.row(), kMaxMessageBytes));
      problem.set_reason(readable(problem.reason(), kMaxMessageBytes));
    }
  }
}

Result<void> send_reading(int output, Reading& reading) {
  for (const auto& layer : reading.layers) {
    *reading.summary.add_layers() = layer->tally();
    if (layer->tally().kept_count() == 0 && !layer->is_said()) continue;
    const Result<void> sent = layer->send(output);
    if (!sent) return sent;
  }
  worker::IngestRecord last;
  *last.mutable_summary() = std::move(reading.summary);
  auto& warnings = *last.mutable_summary()->mutable_warnings();
  if (const int count = warnings.size(); count > kMaxWarnings) {
    warnings.DeleteSubrange(kMaxWarnings - 1, count - kMaxWarnings + 1);
    last.mutable_summary()->add_warnings(fmt::format("{} more warnings are not shown.", count - kMaxWarnings + 1));
  }
  make_readable(*last.mutable_summary());
  if (!send(output, last)) return failure(ErrorCode::kUnavailable, "The server stopped reading the import.");
  return {};
}

Result<void> run(int output, const worker::IngestJob& job) {
  const TellProgress tell = [&](double fraction, std::string_view stage) {
    worker::IngestRecord record;
    record.mutable_progress()->set_fraction(fraction);
    record.mutable_progress()->set_stage(std::string(stage));
    send(output, record);
  };
  try {
    if (is_raster_name(job.file_name())) {
      return import_raster(job, tell, [output](const worker::IngestRecord& record) { return send(output, record); });
    }
    Result<Reading> reading = read_file(job, tell);
    if (!reading) return std::unexpected(reading.error());
    return send_reading(output, *reading);
  } catch (const std::bad_alloc&) {
    return failure(ErrorCode::kLimitExceeded, fmt::format("{} needs more memory than an import may use.", job.file_name()));
  } catch (const std::exception& problem) {
    return failure(ErrorCode::kBadData,
                   fmt::format("{} cannot be read: {}.", job.file_name(), std::string_view(problem.what()).substr(0, 200)));
  }
}

int serve() {
  const int output = take_output();
  const auto frame = read_frame(STDIN_FILENO, kMaxJobBytes);
  worker::IngestJob job;
  if (!frame || !job.ParseFromString(*frame)) return 2;
  const Result<void> done = run(output, job);
  if (done) return 0;
  worker::IngestRecord last;
  last.mutable_error()->set_code(static_cast<int>(done.error().code));
  last.mutable_error()->set_message(readable(done.error().message, kMaxMessageBytes));
  return send(output, last) ? 1 : 2;
}

}  // namespace
}  // namespace obnova::server

int main() { return obnova::server::serve(); }
