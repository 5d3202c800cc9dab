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

  // The network of `before` where only attributes of roads and barriers are
  // others: the graph and the snap index are shared, and a metric is a copy in
  // which only changed ways are weighed anew. Null when the layers are not
  // patches of the same bases (`barriers` may be null in both), or when a road
  // or barrier is new, gone or elsewhere: that takes a network of its own. Costs
  // the size of the patches.
  static std::shared_ptr<const RoadNetwork> with_attributes(const std::shared_ptr<const RoadNetwork>& before,
                                                            std::shared_ptr<const Layer> roads, std::shared_ptr<const Layer> barriers);

  Result<std::shared_ptr<const RoadGraph>> graph() const;
  Result<std::shared_ptr<const SnapIndex>> snap_index() const;
  // Fails with kInvalidArgument that lists the profiles when there is no such one.
  Result<std::shared_ptr<const Metric>> metric(const std::string& profile_id) const;
  const std::vector<Profile>& profiles() const { return profiles_; }

 private:
  // Precondition of both: `mutex_` is held.
  Result<std::shared_ptr<const RoadGraph>> held_graph() const;
  Result<std::shared_ptr<const Metric>> weighed(const std::shared_ptr<const RoadGraph>& graph, const Profile& profile) const;

  // Set at construction.
  std::shared_ptr<const Layer> roads_;
  std::shared_ptr<const Layer> barriers_;
  std::shared_ptr<const Layer> restrictions_;
  std::vector<Profile> profiles_;
  // What this one was made of by `with_attributes`, null if it was not; never
  // such a one itself, so that old snapshots are not kept for ever.
  std::shared_ptr<const RoadNetwork> origin_;
  std::vector<FeatureId> changed_roads_;
  std::vector<FeatureId> changed_barriers_;
  // Guarded by `mutex_`.
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const RoadGraph> graph_;
  mutable std::shared_ptr<const SnapIndex> snap_index_;
  mutable std::map<std::string, std::shared_ptr<const Metric>> metrics_;
};

}  // namespace obnova::geo
