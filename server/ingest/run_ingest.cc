#include "server/ingest/run_ingest.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <utility>

#include "server/ingest/record_check.h"
#include "server/process/child.h"

namespace obnova::server {
namespace {

constexpr std::size_t kMaxFrameBytes = std::size_t{64} << 20;

// The worker went away without a last word.
std::unexpected<Error> death(Child& child, const worker::IngestJob& job) {
  const std::string end = child.wait();
  return failure(ErrorCode::kUnavailable, fmt::format("The import worker died while reading {} ({}).", job.file_name(), end));
}

Result<void> take_frame(const std::string& frame, RecordCheck& check) {
  worker::IngestRecord record;
  // Fails for texts that are not UTF-8, too.
  if (!record.ParseFromString(frame)) return failure(ErrorCode::kBadData, "The import worker broke its protocol: a frame is no record.");
  return check.take(record);
}

Result<void> take_all(Child& child, RecordCheck& check, const worker::IngestJob& job, const IngestSettings& settings,
                      const Limits& limits) {
  const auto deadline = std::chrono::steady_clock::now() +
                        std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(settings.max_run_s));
  while (true) {
    if (limits.stopped()) return failure(ErrorCode::kCancelled, fmt::format("The import of {} was cancelled.", job.file_name()));
    const Result<std::optional<std::string>> frame = child.receive(kMaxFrameBytes, deadline, limits);
    if (!frame) return std::unexpected(frame.error());
    if (*frame) {
      const Result<void> taken = take_frame(**frame, check);
      if (!taken) return taken;
    } else if (check.finished()) {
      return {};
    } else if (std::chrono::steady_clock::now() >= deadline) {
      return failure(ErrorCode::kLimitExceeded, fmt::format("Reading {} took longer than {} s.", job.file_name(), settings.max_run_s));
    } else {
      return death(child, job);
    }
  }
}

}  // namespace

Result<worker::IngestSummary> run_ingest(const worker::IngestJob& job, const IngestSink& sink, const IngestSettings& settings,
                                         const Limits& limits) {
  Result<Child> child = Child::start(settings.worker, {}, settings.memory_bytes);
  if (!child) return std::unexpected(child.error());
  const Result<void> sent = child->send(job.SerializeAsString());
  if (!sent) return std::unexpected(sent.error());
  child->close_input();
  RecordCheck check(job, sink);
  const Result<void> taken = take_all(*child, check, job, settings, limits);
  if (!taken) return std::unexpected(taken.error());
  return check.summary();
}

}  // namespace obnova::server
