#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "geo/network/metric.h"
#include "geo/network/profile.h"
#include "geo/network/road_graph.h"
#include "geo/network/snap.h"

namespace obnova::geo {

// The graph of a city with everything derived from it, each built once when
// first asked for. Shared by all snapshots with equal road layers. Any number
// of threads may ask; those who come while something is built wait for it.
class RoadNetwork {
 public:
  // Layers as in `RoadGraph::build`.
  RoadNetwork(std::shared_ptr<const Layer> roads, std::shared_ptr<const Layer> barriers, std::shared_ptr<const Layer> restrictions,
              std::vector<Profile> profiles);

  Result<std::shared_ptr<const RoadGraph>> graph() const;
  Result<std::shared_ptr<const SnapIndex>> snap_index() const;
  // Fails with kInvalidArgument that lists the profiles when there is no such one.
  Result<std::shared_ptr<const Metric>> metric(const std::string& profile_id) const;
  const std::vector<Profile>& profiles() const { return profiles_; }

 private:
  // Precondition: `mutex_` is held.
  Result<std::shared_ptr<const RoadGraph>> held_graph() const;

  // Set at construction.
  std::shared_ptr<const Layer> roads_;
  std::shared_ptr<const Layer> barriers_;
  std::shared_ptr<const Layer> restrictions_;
  std::vector<Profile> profiles_;
  // Guarded by `mutex_`.
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const RoadGraph> graph_;
  mutable std::shared_ptr<const SnapIndex> snap_index_;
  mutable std::map<std::string, std::shared_ptr<const Metric>> metrics_;
};

}  // namespace obnova::geo
