#pragma once

#include <cmath>
#include <compare>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "geo/network/search.h"

namespace obnova::geo {

// Only for search.cc, targets.cc and sweep.cc: one direction of Dijkstra's search.

// What a path costs; sums are exact in any order. Least source breaks ties.
struct PathCost {
  Milliseconds time = 0;
  std::int64_t length_um = 0;
  std::uint32_t source = 0;
  auto operator<=>(const PathCost&) const = default;

  PathCost plus(const PathCost& more) const { return {time + more.time, length_um + more.length_um, source}; }
  Reach reach() const { return {time, static_cast<double>(length_um) * 1e-6}; }
};
inline constexpr PathCost kNoPath = {kNever, kNever, 0};

inline std::int64_t in_um(double length_m) { return std::llround(length_m * 1e6); }

// Where a path enters or leaves the nodes of the graph: part of an arc.
struct EndPiece {
  ArcId arc;
  RoadNodeId node;
  PathCost cost;
};
// From a place to the heads of its arcs, as far as the traveller may go on there.
std::vector<EndPiece> pieces_leaving(const Metric& metric, const NetworkPlace& place);
// From the tails of the arcs of its edge to a place.
std::vector<EndPiece> pieces_arriving(const Metric& metric, const NetworkPlace& place);
// Along one edge without leaving it, if it is the same one.
struct DirectPiece {
  ArcId arc;
  PathCost cost;
};
std::optional<DirectPiece> direct_piece(const Metric& metric, const NetworkPlace& from, const NetworkPlace& to);

// Labels of nodes and the queue of those to look at. Uses memory of the thread,
// so a thread may have one side of each `slot` (0 or 1) at a time.
class SearchSide {
 public:
  struct Label {
    PathCost cost;
    ArcId arc;             // By which the node was reached.
    bool is_seed = false;  // Reached from a place on the arc, not from its other node.
    std::uint32_t epoch = 0;
  };
  struct Memory;

  SearchSide(const Metric& metric, Direction direction, int slot);

  // True when the node was not reached, or only at a higher cost.
  bool improve(RoadNodeId node, const PathCost& cost, ArcId arc, bool is_seed);
  // The least cost in the queue, kNoPath when it is empty.
  PathCost least();
  // Takes the node of least cost off the queue; it must not be empty.
  RoadNodeId take();
  // Null when the node was not reached.
  const Label* label(RoadNodeId node) const;

  // Reaches the nodes next to one that was taken; `improved(next)` for each
  // whose cost became less.
  template <typename Improved>
  void relax(RoadNodeId node, Improved improved) {
    const PathCost cost = label(node)->cost;
    const RoadGraph& graph = metric_.graph();
    const auto pass = [&](ArcId arc, RoadNodeId next) {
      const Milliseconds time = metric_.time(arc);
      if (time == kNever) return;
      const PathCost there = cost.plus({time, graph.arc_length_um(arc), 0});
      if (improve(next, there, arc, false)) improved(next);
    };
    if (direction_ == Direction::kFromSources) {
      for (ArcId arc = graph.first_arc(node); arc < graph.end_arc(node); ++arc.index) pass(arc, graph.arc(arc).head);
    } else {
      for (const ArcId arc : graph.arcs_into(node)) pass(arc, graph.arc(arc).tail);
    }
  }

 private:
  const Metric& metric_;
  Direction direction_;
  Memory& memory_;
};

}  // namespace obnova::geo
