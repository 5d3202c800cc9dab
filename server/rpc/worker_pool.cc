#include "server/rpc/worker_pool.h"

#include <utility>

namespace obnova::server {

WorkerPool::WorkerPool(std::size_t thread_count) {
  for (std::size_t i = 0; i < thread_count; ++i) threads_.emplace_back([this] { work_until_ended(); });
}

WorkerPool::~WorkerPool() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  has_work_.notify_all();
}

void WorkerPool::run(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(work));
  }
  has_work_.notify_one();
}

void WorkerPool::work_until_ended() {
  std::unique_lock lock(mutex_);
  while (true) {
    has_work_.wait(lock, [this] { return ended_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const std::function<void()> work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work();
    lock.lock();
  }
}

}  // namespace obnova::server
