#pragma once

#include <span>
#include <vector>

#include "geo/base/limits.h"
#include "geo/base/result.h"
#include "geo/network/metric.h"
#include "geo/network/snap.h"

namespace obnova::geo {

// Shortest paths over a metric. These functions are the whole interface to
// search: contraction hierarchies fill it later without changing a caller.
// Ties are broken by least node id, so answers do not depend on threads.

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

// One search from many sources at once.
struct Sweep {
  // By node: the least time to (or from) any source, the length of that path,
  // and which source it is (least index on ties); kNever where none.
  std::vector<Milliseconds> time;
  std::vector<double> length_m;
  std::vector<std::int32_t> source;
};
// Nodes beyond `max_time` are left at kNever.
Result<Sweep> sweep_from(const Metric& metric, std::span<const NetworkPlace> sources, Direction direction, Milliseconds max_time,
                         const Limits& limits);

// What a sweep says of a place on an edge; `sources` and `direction` as in the
// sweep. Equal to `fastest_path` from the nearest source.
struct SourceReach {
  Reach reach;
  std::int32_t source = -1;
};
SourceReach reach_in_sweep(const Metric& metric, const Sweep& sweep, std::span<const NetworkPlace> sources, Direction direction,
                           const NetworkPlace& place);

}  // namespace obnova::geo
