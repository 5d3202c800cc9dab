#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/rpc/status.h"
#include "server/rpc/watches.h"

namespace obnova::server {

// The parts of Watches. Private to it.

struct Watches::Watch {
  // Set before the watch is shared.
  v1::WatchFeaturesRequest request;
  std::string scene;   // Key of its scene and
  std::string group;   // of its group there.
  std::string digest;  // Of its tokens.
  std::chrono::milliseconds heartbeat{0};
  std::shared_ptr<WatchReactor> reactor;

  // What is being sent piece by piece, while the watch is in no group: used by one
  // work at a time. In a group, guarded by the mutex of Watches.
  WatchedState state;  // After all steps; in a group, set while it is newer than that of the group.
  std::shared_ptr<const WatchSteps> steps;
  std::size_t next_step = 0;
  bool as_snapshot = false;
  bool is_first = true;            // Of the messages of the stream.
  std::optional<WatchToken> from;  // Where the reader was before; nullopt before its snapshot is complete.
};

struct Watches::Group {
  WatchedState state;  // At the last snapshot of the scene, as far as the extent of the layer goes.
  v1::FeatureSelection selection;
  std::string digest;
  std::vector<Watched> watches;
};

struct Watches::Scene {
  v1::Context context;
  std::string city;
  std::shared_ptr<const Snapshot> last;  // What all groups were told.
  std::map<std::string, Group> groups;
};

inline grpc::Status status_of(const Error& error) { return to_status(error, Call(std::chrono::steady_clock::time_point::max())); }

// With everything but the sequence.
WatchMessage to_message(const v1::WatchFeaturesResponse& response, bool joins);

}  // namespace obnova::server
