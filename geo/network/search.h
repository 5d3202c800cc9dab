#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "geo/base/limits.h"
#include "geo/base/result.h"
#include "geo/network/metric.h"
#include "geo/network/snap.h"

namespace obnova::geo {

// Shortest paths over a metric. These functions are the whole interface to
// search: contraction hierarchies fill it later without changing a caller.
// Of the fastest paths the shortest counts (lengths in whole micrometers, so
// that they add up alike in any order), and further ties are broken by least
// node id: every function gives the same answer on any thread.
//
// Trips start on the original arcs of an edge and may end on any of its arcs.
// They may turn back at any node where no turn restriction forbids it.

// A piece of a path: part of one arc, offsets in meters from the first vertex
// of its edge, in travel order (from > to on backward arcs).
struct PathPiece {
  ArcId arc;
  double from_m = 0;
  double to_m = 0;
};

struct Path {
  Milliseconds time = 0;
  double length_m = 0;
  std::vector<PathPiece> pieces;
};

// The fastest path between two places, nullopt when there is none.
// Fails with kCancelled only.
Result<std::optional<Path>> fastest_path(const Metric& metric, const NetworkPlace& from, const NetworkPlace& to, const Limits& limits);

// Time and length of the fastest path; {kNever, -1} when there is none.
struct Reach {
  Milliseconds time = kNever;
  double length_m = -1;
};

// Which way the paths of a sweep run.
enum class Direction { kFromSources, kToSources };

// The fastest paths between one place and each target: `result[i]` belongs to
// `targets[i]`. Equals `fastest_path` pair by pair.
Result<std::vector<Reach>> reach_targets(const Metric& metric, const NetworkPlace& source, std::span<const NetworkPlace> targets,
                                         Direction direction, const Limits& limits);

// Targets made ready for many searches over one metric; immutable. Keeps the
// places, and a reference to the metric.
class TargetSet {
 public:
  // kFromSources: paths run to the targets; kToSources: from the targets.
  TargetSet(const Metric& metric, std::span<const NetworkPlace> targets, Direction direction);

  const Metric& metric() const { return *metric_; }
  Direction direction() const { return direction_; }
  std::span<const NetworkPlace> places() const { return places_; }

 private:
  friend class TargetSearch;
  // What is left of the path to a target from a node at an end of its edge.
  struct Entry {
    std::uint32_t node = 0;
    std::uint32_t target = 0;
    Milliseconds time = 0;
    std::int64_t length_um = 0;
  };
  const Metric* metric_;
  Direction direction_;
  std::vector<NetworkPlace> places_;
  std::vector<Entry> entries_;                                                            // By node.
  std::unordered_map<std::uint32_t, std::pair<std::uint32_t, std::uint32_t>> at_node_;    // Range of entries.
  std::vector<std::pair<EdgeId, std::uint32_t>> by_edge_;                                 // Ascending.
};

// The same for one of many sources.
Result<std::vector<Reach>> reach_targets(const TargetSet& targets, const NetworkPlace& source, const Limits& limits);

struct TargetReach {
  std::uint32_t target = 0;  // Index in the set.
  Reach reach;
};
// The `count` targets of least time, none beyond `max_time`; equal times by index.
Result<std::vector<TargetReach>> nearest_targets(const TargetSet& targets, const NetworkPlace& source, std::size_t count,
                                                 Milliseconds max_time, const Limits& limits);

// One search from many sources at once.
struct Sweep {
  // By node: the least time to (or from) any source, the length of that path,
  // and which source it is (least index on ties); kNever where none.
  std::vector<Milliseconds> time;
  std::vector<double> length_m;
  std::vector<std::int32_t> source;
  Milliseconds max_time = kNever;
  std::vector<std::pair<EdgeId, std::int32_t>> sources_by_edge;  // Ascending.
};
// Nodes beyond `max_time` are left at kNever.
Result<Sweep> sweep_from(const Metric& metric, std::span<const NetworkPlace> sources, Direction direction, Milliseconds max_time,
                         const Limits& limits);

// What a sweep says of a place on an edge; `sources` and `direction` as in the
// sweep. Equal to `fastest_path` from the nearest source; nothing beyond the
// `max_time` of the sweep.
struct SourceReach {
  Reach reach;
  std::int32_t source = -1;
};
SourceReach reach_in_sweep(const Metric& metric, const Sweep& sweep, std::span<const NetworkPlace> sources, Direction direction,
                           const NetworkPlace& place);

}  // namespace obnova::geo
