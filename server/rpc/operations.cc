#include "server/rpc/operations.h"

#include <algorithm>
#include <atomic>
#include <new>
#include <utility>

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include "server/rpc/status.h"

namespace obnova::server {
namespace {

constexpr std::string_view kPrefix = "operations/";
constexpr std::chrono::milliseconds kPoll(50);

void set_error(const Error& error, v1::Operation& operation) {
  v1::OperationError& told = *operation.mutable_error();
  told.set_code(static_cast<int>(to_status(error, Call(std::chrono::steady_clock::time_point::max())).error_code()));
  told.set_message(error.message);
  told.set_field(error.field);
}

Result<v1::ImportReport> result_of(const Operations::Work& work, const Operations::Progress& progress, const Limits& limits) {
  if (limits.stopped()) return failure(ErrorCode::kCancelled, "The operation was cancelled before it began.");
  try {
    return work(progress, limits);
  } catch (const std::bad_alloc&) {
    return failure(ErrorCode::kLimitExceeded, "The operation needs more memory than the server has free.");
  }
}

}  // namespace

struct Operations::Entry {
  v1::Operation operation;
  Work work;
  std::chrono::system_clock::time_point end_time;
  std::atomic<bool> cancelled = false;  // Read without the mutex.
};

Operations::Operations(OperationSettings settings)
    : settings_(std::move(settings)),
      // Names of an earlier run of the server must not come back to life.
      name_prefix_(fmt::format("{}{:x}-", kPrefix, settings_.now().time_since_epoch().count())) {
  for (std::size_t i = 0; i < settings_.thread_count; ++i) threads_.emplace_back([this] { run(); });
}

Operations::~Operations() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  for (const auto& [number, entry] : entries_) entry->cancelled = true;
  work_came_.notify_all();
  work_ended_.notify_all();
}

Result<std::string> Operations::start(const std::string& title, Work work) {
  const std::lock_guard lock(mutex_);
  forget_old();
  if (waiting_.size() >= settings_.max_waiting) {
    return failure(ErrorCode::kLimitExceeded, fmt::format("There are {} operations waiting already: try again later.", waiting_.size()));
  }
  auto entry = std::make_shared<Entry>();
  const std::uint64_t number = ++last_number_;
  entry->operation.set_name(fmt::format("{}{}", name_prefix_, number));
  entry->operation.set_title(title);
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(settings_.now().time_since_epoch());
  *entry->operation.mutable_create_time() = google::protobuf::util::TimeUtil::MillisecondsToTimestamp(now.count());
  entry->operation.mutable_progress()->set_stage("waiting for its turn");
  entry->work = std::move(work);
  entries_.emplace(number, entry);
  waiting_.push_back(entry);
  work_came_.notify_one();
  return entry->operation.name();
}

Result<v1::Operation> Operations::get(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto entry = find(name);
  if (!entry) return std::unexpected(entry.error());
  return (*entry)->operation;
}

std::vector<std::pair<std::uint64_t, v1::Operation>> Operations::list(std::size_t count, std::uint64_t before) {
  const std::lock_guard lock(mutex_);
  forget_old();
  std::vector<std::pair<std::uint64_t, v1::Operation>> found;
  for (auto it = std::make_reverse_iterator(entries_.lower_bound(before)); it != entries_.rend() && found.size() < count; ++it) {
    found.emplace_back(it->first, it->second->operation);
  }
  return found;
}

Result<v1::Operation> Operations::wait(const std::string& name, std::chrono::milliseconds timeout, const Limits& limits) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  std::unique_lock lock(mutex_);
  const auto entry = find(name);
  if (!entry) return std::unexpected(entry.error());
  while (!(*entry)->operation.done() && !stopping_ && !limits.stopped() && std::chrono::steady_clock::now() < end) {
    work_ended_.wait_for(lock, kPoll);
  }
  return (*entry)->operation;
}

Result<void> Operations::cancel(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto entry = find(name);
  if (!entry) return std::unexpected(entry.error());
  (*entry)->cancelled = true;
  if (std::erase(waiting_, *entry) > 0) end(**entry, failure(ErrorCode::kCancelled, "The operation was cancelled before it began."));
  return {};
}

void Operations::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    work_came_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const std::shared_ptr<Entry> entry = waiting_.front();
    waiting_.pop_front();
    Work work = std::exchange(entry->work, nullptr);
    lock.unlock();
    const Progress progress = [this, &entry](double fraction, const std::string& stage) {
      const std::lock_guard progress_lock(mutex_);
      v1::Progress& told = *entry->operation.mutable_progress();
      told.set_fraction(std::clamp(fraction, told.fraction(), 1.0));
      told.set_stage(stage);
    };
    const auto result = result_of(work, progress, {.should_stop = [entry] { return entry->cancelled.load(); }});
    work = nullptr;  // What it holds, such as a file, goes before anybody hears of the end.
    lock.lock();
    end(*entry, result);
  }
}

void Operations::end(Entry& entry, const Result<v1::ImportReport>& result) {
  entry.work = nullptr;
  entry.end_time = settings_.now();
  if (result) {
    *entry.operation.mutable_import_report() = *result;
    entry.operation.mutable_progress()->set_fraction(1);
    entry.operation.mutable_progress()->set_stage("done");
  } else {
    set_error(result.error(), entry.operation);
  }
  entry.operation.set_done(true);
  work_ended_.notify_all();
}

void Operations::forget_old() {
  const auto oldest = settings_.now() - settings_.retention;
  std::erase_if(entries_, [&](const auto& entry) { return entry.second->operation.done() && entry.second->end_time < oldest; });
}

Result<std::shared_ptr<Operations::Entry>> Operations::find(const std::string& name) {
  if (!name.starts_with(kPrefix)) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is no name of an operation.", name.substr(0, 100)), "name");
  }
  forget_old();
  for (const auto& [number, entry] : entries_) {
    if (entry->operation.name() == name) return entry;
  }
  return failure(ErrorCode::kNotFound, fmt::format("There is no operation `{}`, or it was forgotten.", name.substr(0, 100)), "name");
}

}  // namespace obnova::server
