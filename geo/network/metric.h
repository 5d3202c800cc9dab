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

// What every arc costs one traveller under one set of closures. Immutable;
// any number of threads may read it. Keeps the graph alive.
class Metric {
 public:
  // Costs of a profile where nothing is closed but by damage.
  static Result<std::shared_ptr<const Metric>> make(std::shared_ptr<const RoadGraph> graph, const Profile& profile);
  // The same with the parts of edges inside the areas closed. The interior of
  // an area closes, its boundary does not; an edge with a closed part is cut
  // there and cannot be passed from end to end.
  Result<std::shared_ptr<const Metric>> with_closed(std::span<const Geometry> areas, const Limits& limits) const;

  const RoadGraph& graph() const { return *graph_; }
  // The time from tail to head, barrier delays at the head included; kNever
  // unless the arc is open.
  Milliseconds time(ArcId arc) const { return times_[arc.index]; }
  Passage passage(ArcId arc) const { return passages_[arc.index]; }

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

 private:
  Metric() = default;
  std::shared_ptr<const RoadGraph> graph_;
  std::vector<Milliseconds> times_;       // kNever unless passable end to end.
  std::vector<Milliseconds> free_times_;  // As if nothing were closed by request; kNever when not for the traveller.
  std::vector<Passage> passages_;
  std::map<EdgeId, std::vector<Stretch>> closed_;
};

}  // namespace obnova::geo
