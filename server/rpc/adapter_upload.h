#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "server/rpc/adapter_reactors.h"
#include "server/rpc/hand_over.h"

namespace obnova::server {

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
    hand_over(this);
    hand_over(watch_.get());
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
    take_over(this);
    if (!turn(State::kReading, State::kWorking)) return;
    run_later_([this, ok] { ok ? take() : finish(); });
  }
  void OnCancel() override {
    take_over(this);
    call_.cancel();
  }
  void OnDone() override {
    take_over(this);
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
      take_over(this);
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
      hand_over(this);
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
    hand_over(this);
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
