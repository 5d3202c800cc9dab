#pragma once

#include <grpcpp/support/server_callback.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include "geo/base/result.h"
#include "server/rpc/call.h"
#include "server/rpc/hand_over.h"
#include "server/rpc/status.h"
#include "server/rpc/writer.h"

namespace obnova::server {

// The objects gRPC calls back, one per call in progress. Part of the adapter:
// nothing else makes one. A reactor lives until gRPC says OnDone, which comes
// after Finish; nothing touches it, its request or its response after Finish.

// The right to be open, given back when it is destroyed.
using Ticket = std::shared_ptr<void>;

// The status of a call that was not admitted.
grpc::Status overloaded();

// The answer of the work, or why the call has none: nobody waits for it any
// more, or it needs more memory than there is. No other exception exists.
template <typename Work>
auto answer_of(const Call& call, Work&& work) -> decltype(work()) {
  if (call.limits().stopped()) return failure(ErrorCode::kCancelled, "The call ended before its work began.");
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return failure(ErrorCode::kLimitExceeded, "The answer needs more memory than the server has free.");
  }
}

// One message in, one out.
class UnaryReactor final : public grpc::ServerUnaryReactor {
 public:
  UnaryReactor(Call call, Ticket ticket) : call_(std::move(call)), ticket_(std::move(ticket)) {
    hand_over(this);
    if (!ticket_) Finish(overloaded());
  }
  bool admitted() const { return ticket_ != nullptr; }

  template <typename Response, typename Work>
  void run(Response* response, const Work& work) {
    Result<Response> answer = answer_of(call_, [&] { return work(call_); });
    if (answer) *response = std::move(*answer);
    hand_over(this);
    Finish(answer ? grpc::Status::OK : to_status(answer.error(), call_));
  }

  void OnCancel() override {
    take_over(this);
    call_.cancel();
  }
  void OnDone() override {
    take_over(this);
    delete this;
  }

 private:
  const Call call_;
  const Ticket ticket_;
};

// One message in, many out.
template <typename Message>
class StreamReactor final : public grpc::ServerWriteReactor<Message> {
 public:
  StreamReactor(Call call, Ticket ticket, std::chrono::milliseconds slow_reader_timeout)
      : call_(std::move(call)), ticket_(std::move(ticket)), slow_reader_timeout_(slow_reader_timeout) {
    hand_over(this);
    if (!ticket_) this->Finish(overloaded());
  }
  bool admitted() const { return ticket_ != nullptr; }

  template <typename Work>
  void run(const Work& work) {
    const Writer<Message> write = [this](Message message) { return this->write(std::move(message)); };
    const Result<void> end = answer_of(call_, [&] { return work(call_, write); });
    end_with(end ? grpc::Status::OK : to_status(end.error(), call_));
  }

  void OnWriteDone(bool ok) override {
    take_over(this);
    std::unique_lock lock(mutex_);
    unsent_.pop_front();
    if (!ok) {
      broken_ = true;
      unsent_.clear();
    }
    if (!unsent_.empty()) this->StartWrite(&unsent_.front());
    room_.notify_all();
    finish_when_sent(lock);
  }
  void OnCancel() override {
    take_over(this);
    call_.cancel();
    const std::lock_guard lock(mutex_);
    room_.notify_all();
  }
  void OnDone() override {
    take_over(this);
    delete this;
  }

 private:
  static constexpr std::size_t kMaxUnsent = 2;

  Result<void> write(Message message) {
    std::unique_lock lock(mutex_);
    const auto patience_end = std::min(call_.deadline(), std::chrono::steady_clock::now() + slow_reader_timeout_);
    const auto ready = [this] { return broken_ || call_.cancelled() || unsent_.size() < kMaxUnsent; };
    if (!room_.wait_until(lock, patience_end, ready)) {
      return failure(ErrorCode::kCancelled, "The stream was ended because its reader took nothing for too long.");
    }
    if (broken_ || call_.cancelled()) return failure(ErrorCode::kCancelled, "The caller has gone.");
    unsent_.push_back(std::move(message));
    if (unsent_.size() == 1) this->StartWrite(&unsent_.front());
    return {};
  }

  void end_with(grpc::Status status) {
    std::unique_lock lock(mutex_);
    status_ = std::move(status);
    ended_ = true;
    finish_when_sent(lock);
  }

  // The last thing a function of this class does: the reactor may be gone after.
  void finish_when_sent(std::unique_lock<std::mutex>& lock) {
    const bool finish = ended_ && unsent_.empty();
    if (finish) hand_over(this);
    lock.unlock();
    if (finish) this->Finish(status_);
  }

  // Set at construction.
  const Call call_;
  const Ticket ticket_;
  const std::chrono::milliseconds slow_reader_timeout_;
  // Guarded by `mutex_`. The front of `unsent_` is with gRPC.
  std::mutex mutex_;
  std::condition_variable room_;
  std::deque<Message> unsent_;
  bool broken_ = false;
  bool ended_ = false;
  grpc::Status status_;
};

}  // namespace obnova::server
