#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "geo/base/geometry.h"
#include "geo/base/limits.h"
#include "geo/base/result.h"
#include "geo/network/profile.h"
#include "geo/network/road_graph.h"

namespace obnova::geo {

// Time in whole milliseconds; kNever is longer than any trip.
using Milliseconds = std::int64_t;
inline constexpr Milliseconds kNever = std::numeric_limits<std::int64_t>::max() / 4;

// Why an arc cannot be passed. Closed is a state, not a speed.
enum class Passage : std::uint8_t {
  kOpen,
  kNoAccess,   // Not for this profile, or not in this direction.
  kTurn,       // A turn restriction.
  kDamaged,    // The road's condition is destroyed, or it does not exist yet.
  kTooNarrow,  // A physical limit (height, width, length, weight) of the road.
  kClosed,     // A closed area of the request covers part of it.
};

// Part of an edge, in meters from its first vertex; from < to.
struct Stretch {
  double from_m = 0;
  double to_m = 0;
};

// What a metric leaves out, to tell why there is no way.
struct MetricOptions {
  bool ignores_damage = false;           // As if every road were whole and there.
  bool ignores_physical_limits = false;  // As if the vehicle were small and light.
};

class ClosedArea;

// What every arc costs one traveller under one set of closures. Immutable;
// any number of threads may read it. Keeps the graph alive.
class Metric {
 public:
  // Costs of a profile where nothing is closed but by damage.
  static Result<std::shared_ptr<const Metric>> make(std::shared_ptr<const RoadGraph> graph, const Profile& profile,
                                                    MetricOptions options = {});
  // The same for a graph made of this metric's by `RoadGraph::with_attributes`,
  // where only these rows may differ. Only their arcs are weighed anew; the
  // others are copied. Preconditions: the profile is the same, nothing is closed.
  std::shared_ptr<const Metric> with_attributes(std::shared_ptr<const RoadGraph> graph, const Profile& profile,
                                                std::span<const FeatureId> roads, std::span<const FeatureId> barriers) const;
  // The same with the parts of edges inside the areas closed. The interior of
  // an area closes, its boundary does not; an edge with a closed part is cut
  // there and cannot be passed from end to end.
  Result<std::shared_ptr<const Metric>> with_closed(std::span<const Geometry> areas, const Limits& limits) const;

  const RoadGraph& graph() const { return *graph_; }
  // The time from tail to head, barrier delays at the head included; kNever
  // unless the arc is open.
  Milliseconds time(ArcId arc) const { return times_[arc.index]; }
  Passage passage(ArcId arc) const { return passages_[arc.index]; }
  // False when a barrier at the head stops this traveller: trips may start and
  // end on such an arc, and arrive at its head, but not go on there.
  bool may_leave(ArcId arc) const { return !costs_->is_stopped[arc.index]; }

  // The time along an arc between two offsets, both in meters from the edge's
  // first vertex, in the direction of the arc; kNever when the arc is not for
  // this traveller or a closed stretch lies between. For one arc, consecutive
  // pieces add up to the whole exactly: the time to an offset is rounded, not
  // the time between offsets.
  Milliseconds time_between(ArcId arc, double from_m, double to_m) const;
  // True when the place at this offset of the edge may be entered or left in
  // at least one direction and lies in no closed stretch.
  bool usable_at(EdgeId edge, double offset_m) const;
  // The closed stretches of an edge, ascending and apart; mostly none.
  std::span<const Stretch> closed_stretches(EdgeId edge) const;
  // True inside a closed area, false on its boundary.
  bool is_closed_at(Point place) const;

 private:
  // What closures do not change.
  struct Costs {
    std::vector<Milliseconds> free_times;  // By arc; kNever when the arc is not for the traveller.
    std::vector<double> pace_ms_per_m;     // By edge and direction, as `RoadGraph::arc_of`.
    std::vector<bool> is_stopped;          // By arc.
  };
  friend class MetricBuilder;

  Metric() = default;
  Result<void> close(const ClosedArea& area, const Limits& limits);
  void add_closed(EdgeId edge, std::vector<Stretch> stretches);
  bool is_in_closed_stretch(EdgeId edge, double offset_m) const;

  std::shared_ptr<const RoadGraph> graph_;
  std::shared_ptr<const Costs> costs_;
  std::vector<Milliseconds> times_;  // By arc; kNever unless passable end to end.
  std::vector<Passage> passages_;    // By arc.
  std::map<EdgeId, std::vector<Stretch>> closed_;
  std::vector<std::shared_ptr<const ClosedArea>> areas_;
};

}  // namespace obnova::geo
