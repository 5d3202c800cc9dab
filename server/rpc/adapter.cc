#include "server/rpc/adapter.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include "server/rpc/hand_over.h"

namespace obnova::server {
namespace {

int compute_threads(const AdapterSettings& settings) {
  if (settings.compute_thread_count > 0) return settings.compute_thread_count;
  return std::max(2, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace

grpc::Status overloaded() {
  return {grpc::StatusCode::RESOURCE_EXHAUSTED, "The server has as many calls as it takes at once; try again later."};
}

// oneTBB starts no more threads than `parallelism` allows in the whole program,
// the caller's among them. No slot is kept for callers: all work is enqueued.
struct Adapter::Arenas {
  explicit Arenas(const AdapterSettings& settings)
      : parallelism(tbb::global_control::max_allowed_parallelism,
                    static_cast<std::size_t>(compute_threads(settings) + settings.waiting_thread_count + 1)),
        compute(compute_threads(settings), 0),
        waiting(settings.waiting_thread_count, 0) {}

  tbb::global_control parallelism;
  tbb::task_arena compute;
  tbb::task_arena waiting;
};

Adapter::Adapter(const AdapterSettings& settings)
    : settings_(settings), open_calls_(std::make_shared<std::atomic<std::size_t>>(0)), arenas_(std::make_unique<Arenas>(settings)) {}

Adapter::~Adapter() = default;

Ticket Adapter::admit() {
  if (open_calls_->fetch_add(1) >= settings_.max_open_calls) {
    open_calls_->fetch_sub(1);
    return nullptr;
  }
  return Ticket(open_calls_.get(), [counter = open_calls_](void*) { counter->fetch_sub(1); });
}

Call Adapter::call_for(const grpc::CallbackServerContext& context) const {
  const auto now = std::chrono::system_clock::now();
  const auto wanted = context.deadline();
  std::chrono::system_clock::duration time_left = settings_.longest_timeout;
  // Callers without a deadline have the greatest time there is, and sums with it overflow.
  if (wanted == std::chrono::system_clock::time_point::max())
    time_left = settings_.default_timeout;
  else if (wanted < now + settings_.longest_timeout)
    time_left = wanted - now;
  return Call(std::chrono::steady_clock::now() + time_left);
}

void Adapter::run_on(Pool pool, std::function<void()> work) {
  const auto task = std::make_shared<std::function<void()>>(std::move(work));
  hand_over(task.get());
  (pool == Pool::kCompute ? arenas_->compute : arenas_->waiting).enqueue([task] {
    take_over(task.get());
    (*task)();
  });
}

}  // namespace obnova::server
