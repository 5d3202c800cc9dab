#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/support/server_callback.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <thread>
#include <utility>

#include "geo/base/result.h"
#include "server/rpc/call.h"
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
    if (!ticket_) Finish(overloaded());
  }
  bool admitted() const { return ticket_ != nullptr; }

  template <typename Response, typename Work>
  void run(Response* response, const Work& work) {
    Result<Response> answer = answer_of(call_, [&] { return work(call_); });
    if (answer) *response = std::move(*answer);
    Finish(answer ? grpc::Status::OK : to_status(answer.error(), call_));
  }

  void OnCancel() override { call_.cancel(); }
  void OnDone() override { delete this; }

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
    call_.cancel();
    const std::lock_guard lock(mutex_);
    room_.notify_all();
  }
  void OnDone() override { delete this; }

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

// Many messages in, one out. Reading and working take turns, so there is one
// message in memory however fast the caller sends.
template <typename Message, typename Response, typename Receiver>
class UploadReactor final : public grpc::ServerReadReactor<Message> {
 public:
  using RunLater = std::function<void(std::function<void()>)>;

  UploadReactor(Call call, Ticket ticket, std::unique_ptr<Receiver> receiver, Response* response, RunLater run_later)
      : call_(std::move(call)),
        ticket_(std::move(ticket)),
        run_later_(std::move(run_later)),
        watch_(std::make_shared<Watch>(this)),
        receiver_(std::move(receiver)),
        response_(response) {
    if (!ticket_) this->Finish(overloaded());
  }
  bool admitted() const { return ticket_ != nullptr; }

  void start() {
    const auto time_left = call_.deadline() - std::chrono::steady_clock::now();
    // Never early: an alarm during the work ends nothing, so the time must be over when the work looks.
    alarm_.Set(std::chrono::system_clock::now() + std::chrono::ceil<std::chrono::milliseconds>(time_left),
               [watch = watch_](bool expired) {
                 if (expired) watch->expire();
               });
    this->StartRead(&message_);
  }

  void OnReadDone(bool ok) override {
    if (!turn(State::kReading, State::kWorking)) return;
    run_later_([this, ok] { ok ? take() : finish(); });
  }
  void OnCancel() override { call_.cancel(); }
  void OnDone() override {
    watch_->release();
    delete this;
  }

 private:
  enum class State { kReading, kWorking, kEnded };
  static constexpr const char* kTooLate = "The upload did not end within its deadline.";
  static constexpr std::chrono::milliseconds kTimeForCancellation{10};

  // Ends calls whose caller sends nothing more. The alarm may ring while the
  // reactor goes, so it holds this and not the reactor.
  struct Watch {
    explicit Watch(UploadReactor* watched) : reactor(watched) {}
    void expire() {
      const std::lock_guard lock(mutex);
      if (reactor && reactor->turn(State::kReading, State::kEnded)) {
        reactor->Finish({grpc::StatusCode::DEADLINE_EXCEEDED, kTooLate});
      }
    }
    void release() {
      const std::lock_guard lock(mutex);
      reactor = nullptr;
    }
    std::mutex mutex;
    UploadReactor* reactor;  // Guarded by `mutex`.
  };

  bool turn(State from, State to) { return state_.compare_exchange_strong(from, to); }

  void take() {
    const Result<void> taken = answer_of(call_, [&] { return receiver_->take(call_, std::move(message_)); });
    if (!taken) return end_with(to_status(taken.error(), call_));
    message_ = Message();
    read_on();
  }

  // The alarm waits meanwhile: it would end the call, and the reactor with it,
  // between the two lines that give the turn back and read.
  void read_on() {
    const auto watch = watch_;
    const std::lock_guard lock(watch->mutex);
    // It may have rung during the work, when it could not end the call.
    if (call_.limits().stopped()) {
      state_ = State::kEnded;
      return this->Finish({grpc::StatusCode::DEADLINE_EXCEEDED, kTooLate});
    }
    state_ = State::kReading;
    this->StartRead(&message_);
  }

  void finish() {
    // A caller who goes away and a caller who is done look the same to a read;
    // the cancellation follows a moment later. Half an upload must not pass for a whole one.
    std::this_thread::sleep_for(kTimeForCancellation);
    Result<Response> answer = answer_of(call_, [&] { return receiver_->finish(call_); });
    if (answer) *response_ = std::move(*answer);
    end_with(answer ? grpc::Status::OK : to_status(answer.error(), call_));
  }

  void end_with(const grpc::Status& status) {
    receiver_.reset();
    state_ = State::kEnded;
    this->Finish(status);
  }

  // Set at construction.
  const Call call_;
  const Ticket ticket_;
  const RunLater run_later_;
  const std::shared_ptr<Watch> watch_;
  // Used by whoever's turn it is.
  std::unique_ptr<Receiver> receiver_;
  Response* const response_;
  Message message_;
  std::atomic<State> state_ = State::kReading;
  grpc::Alarm alarm_;
};

}  // namespace obnova::server
