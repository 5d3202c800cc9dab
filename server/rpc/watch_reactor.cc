#include "server/rpc/watch_reactor.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "obnova/v1/feature.pb.h"
#include "server/rpc/hand_over.h"

namespace obnova::server {
namespace {

// Of messages sent as one. Clients refuse messages of 4 MiB.
constexpr std::size_t kMaxJoinedBytes = std::size_t{512} << 10;
constexpr std::size_t kMaxJoined = 64;

grpc::Slice sequence_field(std::int64_t sequence) {
  v1::WatchFeaturesResponse message;
  message.set_sequence(sequence);
  return grpc::Slice(message.SerializeAsString());
}

}  // namespace

std::shared_ptr<WatchReactor> WatchReactor::make(const Bounds& bounds, std::shared_ptr<void> ticket) {
  std::shared_ptr<WatchReactor> reactor(new WatchReactor(bounds, std::move(ticket)));
  reactor->self_ = reactor;
  hand_over(reactor.get());
  return reactor;
}

WatchReactor::WatchReactor(const Bounds& bounds, std::shared_ptr<void> ticket)
    : bounds_(bounds), ticket_(std::move(ticket)), queued_at_(std::chrono::steady_clock::now()) {}

bool WatchReactor::offer(const WatchMessage& message) {
  const std::lock_guard lock(mutex_);
  if (ended_) return true;
  // One message always has room, whatever its length.
  const bool full = unsent_.size() >= bounds_.max_unsent_messages || unsent_bytes_ + message.bytes.size() > bounds_.max_unsent_bytes;
  if (full && !unsent_.empty()) return false;
  queue(message);
  return true;
}

void WatchReactor::send(const WatchMessage& message) {
  const std::lock_guard lock(mutex_);
  if (!ended_) queue(message);
}

void WatchReactor::end(const std::optional<WatchMessage>& last, const grpc::Status& status) {
  std::unique_lock lock(mutex_);
  if (ended_) return;
  end_now(status);
  if (last) queue(*last);
  finish_when_sent(lock);
}

void WatchReactor::end_now(const grpc::Status& status) {
  ended_ = true;
  status_ = status;
  unsent_.clear();
  unsent_bytes_ = 0;
  on_room_ = nullptr;
}

void WatchReactor::queue(const WatchMessage& message) {
  unsent_.push_back(message);
  unsent_bytes_ += message.bytes.size();
  queued_at_ = std::chrono::steady_clock::now();
  if (!writing_) start_next();
}

void WatchReactor::start_next() {
  if (unsent_.empty()) return;
  std::vector<grpc::Slice> slices;
  std::size_t bytes = 0;
  do {
    WatchMessage& message = unsent_.front();
    bytes += message.bytes.size();
    unsent_bytes_ -= message.bytes.size();
    sent_revision_ = message.revision;
    sent_token_ = std::move(message.token);
    slices.push_back(message.bytes);
    const bool joins = message.joins;
    unsent_.pop_front();
    if (!joins) break;
  } while (!unsent_.empty() && unsent_.front().joins && slices.size() < kMaxJoined &&
           bytes + unsent_.front().bytes.size() <= kMaxJoinedBytes);
  slices.push_back(sequence_field(++sequence_));
  current_ = grpc::ByteBuffer(slices.data(), slices.size());
  writing_ = true;
  writing_since_ = std::chrono::steady_clock::now();
  hand_over(this);
  StartWrite(&current_);
}

bool WatchReactor::has_room(std::function<void()> then) {
  const std::lock_guard lock(mutex_);
  if (unsent_.empty() || ended_) return true;
  on_room_ = std::move(then);
  return false;
}

bool WatchReactor::forget_waiting() {
  const std::lock_guard lock(mutex_);
  return std::exchange(on_room_, nullptr) != nullptr;
}

bool WatchReactor::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

std::int64_t WatchReactor::sent_revision() const {
  const std::lock_guard lock(mutex_);
  return sent_revision_;
}

std::string WatchReactor::sent_token() const {
  const std::lock_guard lock(mutex_);
  return sent_token_;
}

std::chrono::steady_clock::duration WatchReactor::silent_for() const {
  const std::lock_guard lock(mutex_);
  return std::chrono::steady_clock::now() - queued_at_;
}

std::chrono::steady_clock::duration WatchReactor::stuck_for() const {
  const std::lock_guard lock(mutex_);
  return writing_ ? std::chrono::steady_clock::now() - writing_since_ : std::chrono::steady_clock::duration::zero();
}

void WatchReactor::OnWriteDone(bool ok) {
  take_over(this);
  std::function<void()> on_room;
  std::unique_lock lock(mutex_);
  writing_ = false;
  current_.Clear();
  if (!ok && !ended_) end_now(grpc::Status(grpc::StatusCode::CANCELLED, "The caller has gone."));
  if (!ok) unsent_.clear();
  start_next();
  if (unsent_.empty()) on_room = std::exchange(on_room_, nullptr);
  finish_when_sent(lock);
  if (on_room) on_room();
}

void WatchReactor::OnCancel() {
  take_over(this);
  std::unique_lock lock(mutex_);
  if (!ended_) end_now(grpc::Status(grpc::StatusCode::CANCELLED, "The caller has gone."));
  unsent_.clear();
  finish_when_sent(lock);
}

void WatchReactor::OnDone() {
  take_over(this);
  const std::shared_ptr<WatchReactor> last = std::move(self_);
}

void WatchReactor::finish_when_sent(std::unique_lock<std::mutex>& lock) {
  const bool finish = ended_ && !writing_ && unsent_.empty() && !finished_;
  if (finish) {
    finished_ = true;
    hand_over(this);
  }
  const grpc::Status status = status_;
  lock.unlock();
  if (finish) Finish(status);
}

}  // namespace obnova::server
