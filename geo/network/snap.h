#pragma once

#include <memory>
#include <optional>

#include "geo/base/point.h"
#include "geo/network/metric.h"
#include "geo/network/road_graph.h"

namespace obnova::geo {

// A place on the network.
struct NetworkPlace {
  EdgeId edge;
  double offset_m = 0;  // From the first vertex of the edge.
  Point place;
};

enum class SnapFailure { kNone, kTooFar, kNoAccessForProfile, kInsideBarrier };

// Where a place meets the network, or why it does not.
struct Snap {
  Point place;  // As asked.
  std::optional<NetworkPlace> on_network;
  SnapFailure failure = SnapFailure::kNone;
  double distance_m = 0;  // Straight; meaningless on failure.
};

// Finds where places meet a network: the nearest point of an edge the metric
// can use, equal distances by edge id. A place is snapped alone, whatever else
// is asked in the same request. Immutable; any number of threads may ask.
class SnapIndex {
 public:
  explicit SnapIndex(std::shared_ptr<const RoadGraph> graph);
  ~SnapIndex();
  SnapIndex(const SnapIndex&) = delete;
  SnapIndex& operator=(const SnapIndex&) = delete;

  // `metric` must be of the same graph. Parts of edges that it has closed are
  // no place to snap to: the nearest open place of the edge is. A place inside
  // a closed area has no snap. The distance limit is inclusive.
  Snap snap(Point place, const Metric& metric, double max_distance_m) const;

 private:
  struct Tree;
  std::shared_ptr<const RoadGraph> graph_;
  std::unique_ptr<const Tree> tree_;
};

}  // namespace obnova::geo
