#include "geo/network/road_network.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace obnova::geo {
namespace {

bool equal(const GeometryView& a, const GeometryView& b) {
  return a.kind == b.kind && std::ranges::equal(a.points, b.points) && std::ranges::equal(a.path_ends, b.path_ends);
}

// Features whose attributes may differ; nullopt when more than those may.
std::optional<std::vector<FeatureId>> changed_attributes(const Layer* before, const Layer* after) {
  if (before == after) return std::vector<FeatureId>();
  if (before == nullptr || after == nullptr) return std::nullopt;
  auto rows = after->changed_since(*before);
  if (!rows) return std::nullopt;
  std::erase_if(*rows, [&](FeatureId row) { return !before->exists(row) && !after->exists(row); });
  const bool keeps_places = std::ranges::all_of(*rows, [&](FeatureId row) {
    return before->exists(row) && after->exists(row) && equal(before->geometry(row), after->geometry(row));
  });
  return keeps_places ? rows : std::nullopt;
}

}  // namespace

RoadNetwork::RoadNetwork(std::shared_ptr<const Layer> roads, std::shared_ptr<const Layer> barriers,
                         std::shared_ptr<const Layer> restrictions, std::vector<Profile> profiles)
    : roads_(std::move(roads)), barriers_(std::move(barriers)), restrictions_(std::move(restrictions)), profiles_(std::move(profiles)) {}

std::shared_ptr<const RoadNetwork> RoadNetwork::with_attributes(const std::shared_ptr<const RoadNetwork>& before,
                                                                std::shared_ptr<const Layer> roads, std::shared_ptr<const Layer> barriers) {
  const std::shared_ptr<const RoadNetwork>& origin = before->origin_ == nullptr ? before : before->origin_;
  auto changed_roads = changed_attributes(origin->roads_.get(), roads.get());
  auto changed_barriers = changed_attributes(origin->barriers_.get(), barriers.get());
  if (!changed_roads || !changed_barriers) return nullptr;
  auto network = std::make_shared<RoadNetwork>(std::move(roads), std::move(barriers), origin->restrictions_, origin->profiles_);
  network->origin_ = origin;
  network->changed_roads_ = *std::move(changed_roads);
  network->changed_barriers_ = *std::move(changed_barriers);
  return network;
}

Result<std::shared_ptr<const RoadGraph>> RoadNetwork::graph() const {
  const std::lock_guard lock(mutex_);
  return held_graph();
}

Result<std::shared_ptr<const RoadGraph>> RoadNetwork::held_graph() const {
  if (graph_ != nullptr) return graph_;
  if (origin_ != nullptr) {
    const auto graph = origin_->graph();
    if (!graph) return graph;
    return graph_ = (*graph)->with_attributes(roads_, barriers_);
  }
  // Not bounded by the request that happens to come first: all wait for it.
  auto built = RoadGraph::build(roads_, barriers_, restrictions_, Limits{});
  if (built) graph_ = *built;
  return built;
}

Result<std::shared_ptr<const SnapIndex>> RoadNetwork::snap_index() const {
  if (origin_ != nullptr) return origin_->snap_index();
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
  auto metric = weighed(*graph, *profile);
  if (metric) metrics_[profile_id] = *metric;
  return metric;
}

Result<std::shared_ptr<const Metric>> RoadNetwork::weighed(const std::shared_ptr<const RoadGraph>& graph, const Profile& profile) const {
  if (origin_ == nullptr) return Metric::make(graph, profile);
  const auto before = origin_->metric(profile.id);
  if (!before) return before;
  return (*before)->with_attributes(graph, profile, changed_roads_, changed_barriers_);
}

}  // namespace obnova::geo
