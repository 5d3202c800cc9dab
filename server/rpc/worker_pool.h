#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace obnova::server {

// Threads that carry out work in the order it came. They sleep while there is
// none: a thread that looks for work takes the processor from those who read
// and write messages, which for a small question is most of the work.
class WorkerPool {
 public:
  explicit WorkerPool(std::size_t thread_count);
  // Ends after all work is done.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Any thread may call. The work throws nothing.
  void run(std::function<void()> work);

 private:
  void work_until_ended();

  std::mutex mutex_;
  std::condition_variable has_work_;
  // Guarded by `mutex_`.
  std::deque<std::function<void()>> waiting_;
  bool ended_ = false;
  // Set at construction.
  std::vector<std::jthread> threads_;
};

}  // namespace obnova::server
