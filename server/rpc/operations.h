#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "geo/base/limits.h"
#include "geo/base/result.h"
#include "obnova/v1/operation.pb.h"

namespace obnova::server {

struct OperationSettings {
  std::size_t thread_count = 2;  // Operations that run at the same time.
  std::size_t max_waiting = 8;   // Operations that wait for their turn.
  std::chrono::seconds retention = std::chrono::hours(1);
  // The time of day, for `create_time` and for forgetting.
  std::function<std::chrono::system_clock::time_point()> now = std::chrono::system_clock::now;
};

// Work that outlives the call that asked for it, on threads of its own. Known
// by name until an hour after its end, forgotten when the server stops. Any
// thread may call.
class Operations {
 public:
  // Called by the work from its own thread; a fraction never goes back.
  using Progress = std::function<void(double fraction, const std::string& stage)>;
  using Work = std::function<Result<v1::ImportReport>(const Progress&, const Limits&)>;

  explicit Operations(OperationSettings settings = {});
  // Cancels everything and waits for it.
  ~Operations();
  Operations(const Operations&) = delete;
  Operations& operator=(const Operations&) = delete;

  // The name `operations/…` of the work, which runs or waits for its turn. Fails
  // with kLimitExceeded when too many wait.
  Result<std::string> start(const std::string& title, Work work);
  // As it stands. Fails with kNotFound.
  Result<v1::Operation> get(const std::string& name);
  // At most `count` that were started before the one with number `before`,
  // newest first, each with its number.
  std::vector<std::pair<std::uint64_t, v1::Operation>> list(std::size_t count, std::uint64_t before);
  // As it stands when it has ended, or when the time is over or the limits stop.
  Result<v1::Operation> wait(const std::string& name, std::chrono::milliseconds timeout, const Limits& limits);
  // Asks it to stop. One that has not begun ends at once.
  Result<void> cancel(const std::string& name);

 private:
  struct Entry;
  void run();
  void end(Entry& entry, const Result<v1::ImportReport>& result);
  void forget_old();
  Result<std::shared_ptr<Entry>> find(const std::string& name);

  // Set at construction.
  const OperationSettings settings_;
  const std::string name_prefix_;
  // Guarded by `mutex_`, the entries too.
  std::mutex mutex_;
  std::condition_variable work_came_;
  std::condition_variable work_ended_;
  std::map<std::uint64_t, std::shared_ptr<Entry>> entries_;  // By number.
  std::deque<std::shared_ptr<Entry>> waiting_;
  std::uint64_t last_number_ = 0;
  bool stopping_ = false;
  // Last, so that they end first.
  std::vector<std::jthread> threads_;
};

}  // namespace obnova::server
