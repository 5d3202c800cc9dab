#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace obnova::server {

// A message of a watch, ready to send but for its `sequence`. Readers of equal
// selections share the bytes.
struct WatchMessage {
  grpc::Slice bytes;
  std::int64_t revision = 0;
  std::string token;
  // It may be sent in one message with others of its kind: the fields of both
  // follow each other, and protobuf takes the last of those that are not repeated.
  bool joins = false;
};

// The object gRPC calls back for one watch: a queue of messages with one at a
// time on its way. Nothing waits in it. Whoever holds it by shared_ptr may call
// it at any time; gRPC holds it until OnDone.
class WatchReactor final : public grpc::ServerWriteReactor<grpc::ByteBuffer>, public std::enable_shared_from_this<WatchReactor> {
 public:
  struct Bounds {
    std::size_t max_unsent_bytes = 0;
    std::size_t max_unsent_messages = 0;
  };
  // `ticket` is given back with the object.
  static std::shared_ptr<WatchReactor> make(const Bounds& bounds, std::shared_ptr<void> ticket);

  // False when the queue is full; then nothing changes. True when nobody reads any more.
  bool offer(const WatchMessage& message);
  // Without a bound, for whoever asks `has_room` before.
  void send(const WatchMessage& message);
  // Sends nothing but `last` any more, and then ends the stream with the status.
  void end(const std::optional<WatchMessage>& last, const grpc::Status& status);

  // True when there is room for more. Otherwise calls `then` once there is,
  // unless the watch ends before.
  bool has_room(std::function<void()> then);
  // Takes that call back. False when there is none.
  bool forget_waiting();

  bool ended() const;
  // The last message that was handed to gRPC: what the reader will have at least.
  std::int64_t sent_revision() const;
  std::string sent_token() const;
  // Since a message was queued, or since one is on its way; zero when none is.
  std::chrono::steady_clock::duration silent_for() const;
  std::chrono::steady_clock::duration stuck_for() const;

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  WatchReactor(const Bounds& bounds, std::shared_ptr<void> ticket);
  void queue(const WatchMessage& message);
  void start_next();
  void end_now(const grpc::Status& status);
  // The last thing a function of this class does.
  void finish_when_sent(std::unique_lock<std::mutex>& lock);

  // Set at construction.
  const Bounds bounds_;
  const std::shared_ptr<void> ticket_;
  // Kept until OnDone.
  std::shared_ptr<WatchReactor> self_;
  // Guarded by `mutex_`.
  mutable std::mutex mutex_;
  std::deque<WatchMessage> unsent_;
  std::size_t unsent_bytes_ = 0;
  std::function<void()> on_room_;
  grpc::ByteBuffer current_;  // With gRPC while `writing_`.
  bool writing_ = false;
  bool ended_ = false;
  bool finished_ = false;
  grpc::Status status_;
  std::int64_t sequence_ = 0;
  std::int64_t sent_revision_ = 0;
  std::string sent_token_;
  std::chrono::steady_clock::time_point queued_at_;
  std::chrono::steady_clock::time_point writing_since_;
};

}  // namespace obnova::server
