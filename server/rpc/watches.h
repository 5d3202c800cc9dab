#pragma once

#include <grpcpp/server_context.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "server/convert/watch_steps.h"
#include "server/convert/watch_token.h"
#include "server/rpc/adapter.h"
#include "server/rpc/watch_reactor.h"
#include "server/twin/twin.h"

namespace obnova::server {

struct WatchSettings {
  // One more is refused with RESOURCE_EXHAUSTED.
  std::size_t max_watches = 10'000;
  // What is kept for a reader who does not read; one more message is a gap.
  WatchReactor::Bounds bounds = {.max_unsent_bytes = std::size_t{1} << 20, .max_unsent_messages = 512};
  // How long a snapshot waits for a reader who takes nothing of it.
  std::chrono::milliseconds slow_reader_timeout = std::chrono::seconds(30);
  // About how long one message is.
  std::size_t message_bytes = std::size_t{256} << 10;
};

// All watches of a server. One thread compares what the city was with what it is
// after each publish, once for all who watch the same context, and once for all
// whose selections are equal writes what they are told. Snapshots, and changes
// that are too many for one message, go piece by piece as the reader takes them,
// on threads of the adapter. Nobody is waited for: a reader costs a queue with a
// bound, and one who does not read gets a gap.
//
// What a reader is told follows from two immutable snapshots, the last one it
// knows and the newest one, whatever happened in between: that is why a token,
// which names the first of the two, brings it back.
class Watches {
 public:
  // Both must outlive this; so must the server and all who change cities not.
  Watches(Twin& twin, Adapter& adapter, const WatchSettings& settings = {});
  ~Watches();
  Watches(const Watches&) = delete;
  Watches& operator=(const Watches&) = delete;

  // Begins a watch. What is wrong with the request is the status of the stream.
  grpc::ServerWriteReactor<grpc::ByteBuffer>* watch(const grpc::ByteBuffer* request);
  // Ends all watches, and those that come later, with UNAVAILABLE.
  void stop();

 private:
  struct Watch;
  // Watches of equal selections.
  struct Group;
  // Watches of the same context.
  struct Scene;
  using Watched = std::shared_ptr<Watch>;

  // On threads of the adapter, for watches that are in no group.
  void run_later(const Watched& watch, void (Watches::*work)(const Watched&));
  void begin(const Watched& watch);
  Result<void> begin_with_snapshot(const Watched& watch, WatchedState now);
  Result<void> resume(const Watched& watch, WatchedState now);
  Result<WatchedState> state_at(const Watch& watch, const WatchPosition& position) const;
  Result<std::shared_ptr<const WatchSteps>> shared_steps(const Watch& watch, const WatchedState& state);
  void deliver(const Watched& watch);
  Result<WatchMessage> next_message(Watch& watch) const;
  // Takes the watch into its group. False, with what is newer in `newest`, when
  // that has been told to the others already.
  bool join(const Watched& watch, std::shared_ptr<const Snapshot>& newest);
  void begin_again(const Watched& watch);
  // Brings a watch from the state it has to a newer one.
  void catch_up(const Watched& watch, std::shared_ptr<const Snapshot> newest);

  // On the dispatcher, with `mutex_` held but for the first.
  void dispatch_until_stopped();
  void look_at_scenes(const std::set<std::string>& dirty_cities);
  void tell(Scene& scene, const std::shared_ptr<const Snapshot>& newest);
  void tell(Scene& scene, Group& group, const std::shared_ptr<const Snapshot>& newest, const std::vector<FeatureId>& changed);
  void tell_changes(Group& group, const WatchedState& now, const std::shared_ptr<const WatchSteps>& steps);
  void beat_hearts(Scene& scene);
  void end_all(Group& group, const grpc::Status& status);
  void end_stuck();

  void gap(Watch& watch, v1::WatchGapReason reason, std::int64_t revision) const;

  // Set at construction.
  Twin& twin_;
  Adapter& adapter_;
  const WatchSettings settings_;
  std::shared_ptr<std::atomic<std::size_t>> open_count_;
  // Guarded by `mutex_`.
  std::mutex mutex_;
  std::map<std::string, Scene> scenes_;  // By context.
  std::vector<std::weak_ptr<Watch>> watches_;
  std::map<std::string, std::weak_ptr<const WatchSteps>> first_steps_;  // Of snapshots that are being sent, by token.
  // Guarded by `wake_mutex_`, which nobody holds for long: writers of cities take it.
  std::mutex wake_mutex_;
  std::condition_variable wake_;
  std::condition_variable work_ended_;
  std::set<std::string> dirty_cities_;
  std::size_t running_count_ = 0;  // Of works on threads of the adapter.
  bool stopping_ = false;
  std::jthread dispatcher_;  // Last, so that it ends first.
};

}  // namespace obnova::server
