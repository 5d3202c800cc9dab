#include "geo/network/road_network.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace obnova::geo {

RoadNetwork::RoadNetwork(std::shared_ptr<const Layer> roads, std::shared_ptr<const Layer> barriers,
                         std::shared_ptr<const Layer> restrictions, std::vector<Profile> profiles)
    : roads_(std::move(roads)), barriers_(std::move(barriers)), restrictions_(std::move(restrictions)), profiles_(std::move(profiles)) {}

Result<std::shared_ptr<const RoadGraph>> RoadNetwork::graph() const {
  const std::lock_guard lock(mutex_);
  return held_graph();
}

Result<std::shared_ptr<const RoadGraph>> RoadNetwork::held_graph() const {
  if (graph_ != nullptr) return graph_;
  // Not bounded by the request that happens to come first: all wait for it.
  auto built = RoadGraph::build(roads_, barriers_, restrictions_, Limits{});
  if (built) graph_ = *built;
  return built;
}

Result<std::shared_ptr<const SnapIndex>> RoadNetwork::snap_index() const {
  const std::lock_guard lock(mutex_);
  if (snap_index_ != nullptr) return snap_index_;
  const auto graph = held_graph();
  if (!graph) return std::unexpected(graph.error());
  snap_index_ = std::make_shared<const SnapIndex>(*graph);
  return snap_index_;
}

Result<std::shared_ptr<const Metric>> RoadNetwork::metric(const std::string& profile_id) const {
  const auto profile = std::ranges::find(profiles_, profile_id, &Profile::id);
  if (profile == profiles_.end()) {
    std::vector<std::string_view> ids;
    for (const Profile& known : profiles_) ids.push_back(known.id);
    return failure(ErrorCode::kInvalidArgument, fmt::format("There is no profile '{}'; there are: {}.", profile_id, fmt::join(ids, ", ")));
  }
  const std::lock_guard lock(mutex_);
  const auto known = metrics_.find(profile_id);
  if (known != metrics_.end()) return known->second;
  const auto graph = held_graph();
  if (!graph) return std::unexpected(graph.error());
  auto metric = Metric::make(*graph, *profile);
  if (metric) metrics_[profile_id] = *metric;
  return metric;
}

}  // namespace obnova::geo
