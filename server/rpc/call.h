#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>

#include "geo/base/limits.h"

namespace obnova::server {

// One request on its way: when it must end, and whether the caller still waits.
// Made by the adapter in server/rpc; handlers only read it.
class Call {
 public:
  explicit Call(std::chrono::steady_clock::time_point deadline) : state_(std::make_shared<State>(deadline)) {}

  void cancel() const { state_->cancelled.store(true, std::memory_order_relaxed); }
  bool cancelled() const { return state_->cancelled.load(std::memory_order_relaxed); }
  std::chrono::steady_clock::time_point deadline() const { return state_->deadline; }
  // Stops when the caller has gone or the deadline has passed.
  Limits limits() const {
    return {.should_stop = [state = state_] {
      return state->cancelled.load(std::memory_order_relaxed) || std::chrono::steady_clock::now() >= state->deadline;
    }};
  }

 private:
  struct State {
    explicit State(std::chrono::steady_clock::time_point end) : deadline(end) {}
    std::chrono::steady_clock::time_point deadline;
    std::atomic<bool> cancelled = false;
  };
  std::shared_ptr<State> state_;
};

}  // namespace obnova::server
