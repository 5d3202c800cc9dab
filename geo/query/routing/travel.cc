#include "geo/query/routing/travel.h"

#include <algorithm>

namespace obnova::geo {

Result<TravelNetwork> TravelNetwork::make(const City& city, TravelOptions options, const Limits& limits) {
  const Result<const RoadNetwork*> roads = city.roads();
  if (!roads) return std::unexpected(roads.error());
  const auto graph = (*roads)->graph();
  if (!graph) return std::unexpected(graph.error());
  const auto open_metric = (*roads)->metric(options.profile);
  if (!open_metric) return std::unexpected(open_metric.error());
  const auto snap_index = (*roads)->snap_index();
  if (!snap_index) return std::unexpected(snap_index.error());

  TravelNetwork network;
  network.profile_ = *std::ranges::find((*roads)->profiles(), options.profile, &Profile::id);
  network.graph_ = *graph;
  network.snap_index_ = *snap_index;
  network.open_metric_ = *open_metric;
  network.metric_ = *open_metric;
  if (!options.avoid.empty()) {
    const auto metric = (*open_metric)->with_closed(options.avoid, limits);
    if (!metric) return std::unexpected(metric.error());
    network.metric_ = *metric;
  }
  network.options_ = std::move(options);
  return network;
}

Result<std::shared_ptr<const Metric>> TravelNetwork::relaxed_metric(MetricOptions options) const {
  return Metric::make(graph_, profile_, options);
}

Snap TravelNetwork::snap(Point place) const { return snap_index_->snap(place, *metric_, options_.max_snap_distance_m); }

}  // namespace obnova::geo
