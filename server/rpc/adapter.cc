#include "server/rpc/adapter.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace obnova::server {
namespace {

std::size_t compute_threads(const AdapterSettings& settings) {
  if (settings.compute_thread_count > 0) return static_cast<std::size_t>(settings.compute_thread_count);
  return std::max(2U, std::thread::hardware_concurrency());
}

}  // namespace

grpc::Status overloaded() {
  return {grpc::StatusCode::RESOURCE_EXHAUSTED, "The server has as many calls as it takes at once; try again later."};
}

Adapter::Adapter(const AdapterSettings& settings)
    : settings_(settings),
      open_calls_(std::make_shared<std::atomic<std::size_t>>(0)),
      compute_(compute_threads(settings)),
      waiting_(static_cast<std::size_t>(settings.waiting_thread_count)) {}

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

void Adapter::run_on(Pool pool, std::function<void()> work) { (pool == Pool::kCompute ? compute_ : waiting_).run(std::move(work)); }

}  // namespace obnova::server
