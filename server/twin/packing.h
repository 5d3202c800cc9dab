#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "server/twin/snapshot.h"

namespace obnova::server {

// Edits make layers patches of what they were, and a patch costs each edit by
// its size. A patch that has grown large is packed into a new base by a thread
// beside the work; whoever changes the city next goes on from there. Features
// keep their numbers, and nobody who reads sees a difference.
//
// Used by whoever has the turn of the city.
class Packing {
 public:
  // The snapshot with the layer that was packed since, brought up to date; the
  // snapshot itself when none was. Costs what changed meanwhile.
  std::shared_ptr<const Snapshot> with_packed(const std::shared_ptr<const Snapshot>& newest);
  // The result of `with_packed` became part of the newest snapshot, which is
  // this one now. Begins to pack its largest patch if that is worth it.
  void go_on(const std::shared_ptr<const Snapshot>& newest);

 private:
  struct Packed {
    std::string layer;
    std::shared_ptr<const Snapshot> before;
    std::shared_ptr<const geo::City> city;  // The same as that of `before`, with the layer packed.
  };

  std::mutex mutex_;
  // Guarded by `mutex_`.
  std::optional<Packed> packed_;
  bool taken_ = false;  // By `with_packed`.
  bool running_ = false;
  std::jthread thread_;  // Last, so that it ends first.
};

}  // namespace obnova::server
