#include "geo/network/search.h"

#include <algorithm>

#include "geo/network/search_side.h"

namespace obnova::geo {
namespace {

constexpr std::uint32_t kPollEvery = 4096;

PathPiece whole_piece(const RoadGraph& graph, ArcId id) {
  const Arc& arc = graph.arc(id);
  const double length_m = graph.edge(arc.edge).length_m;
  return arc.forward ? PathPiece{id, 0, length_m} : PathPiece{id, length_m, 0};
}

// Dijkstra's search from both ends.
class PathSearch {
 public:
  PathSearch(const Metric& metric, const NetworkPlace& from, const NetworkPlace& to)
      : metric_(metric), from_(from), to_(to), forward_(metric, Direction::kFromSources, 0), backward_(metric, Direction::kToSources, 1) {}

  Result<std::optional<Path>> run(const Limits& limits) {
    direct_ = direct_piece(metric_, from_, to_);
    if (direct_) best_ = direct_->cost;
    seed();
    for (std::uint32_t step = 0;; ++step) {
      if (step % kPollEvery == 0 && limits.stopped()) return failure(ErrorCode::kCancelled, "The search for a path was cancelled.");
      const PathCost ahead = forward_.least();
      const PathCost behind = backward_.least();
      // A side that is exhausted has met every seed of the other it can reach.
      if (ahead == kNoPath || behind == kNoPath || ahead.plus(behind) >= best_) break;
      SearchSide& side = ahead <= behind ? forward_ : backward_;
      side.relax(side.take(), [this](RoadNodeId node) { meet(node); });
    }
    if (meeting_) return path_over(*meeting_);
    if (direct_) return direct_path();
    return std::nullopt;
  }

 private:
  void seed() {
    for (const EndPiece& piece : pieces_leaving(metric_, from_)) forward_.improve(piece.node, piece.cost, piece.arc, true);
    for (const EndPiece& piece : pieces_arriving(metric_, to_)) {
      if (backward_.improve(piece.node, piece.cost, piece.arc, true)) meet(piece.node);
    }
  }

  void meet(RoadNodeId node) {
    const SearchSide::Label* ahead = forward_.label(node);
    const SearchSide::Label* behind = backward_.label(node);
    if (ahead == nullptr || behind == nullptr) return;
    const PathCost cost = ahead->cost.plus(behind->cost);
    if (cost >= best_) return;
    best_ = cost;
    meeting_ = node;
  }

  Path direct_path() const {
    const Reach reach = direct_->cost.reach();
    return {reach.time, reach.length_m, {{direct_->arc, from_.offset_m, to_.offset_m}}};
  }

  Path path_over(RoadNodeId meeting) const {
    const RoadGraph& graph = metric_.graph();
    Path path{.time = best_.time, .length_m = best_.reach().length_m, .pieces = {}};
    const SearchSide::Label* label = forward_.label(meeting);
    for (; !label->is_seed; label = forward_.label(graph.arc(label->arc).tail)) path.pieces.push_back(whole_piece(graph, label->arc));
    PathPiece first = whole_piece(graph, label->arc);
    first.from_m = from_.offset_m;
    path.pieces.push_back(first);
    std::ranges::reverse(path.pieces);
    label = backward_.label(meeting);
    for (; !label->is_seed; label = backward_.label(graph.arc(label->arc).head)) path.pieces.push_back(whole_piece(graph, label->arc));
    PathPiece last = whole_piece(graph, label->arc);
    last.to_m = to_.offset_m;
    path.pieces.push_back(last);
    return path;
  }

  const Metric& metric_;
  const NetworkPlace& from_;
  const NetworkPlace& to_;
  SearchSide forward_;
  SearchSide backward_;
  PathCost best_ = kNoPath;
  std::optional<DirectPiece> direct_;
  std::optional<RoadNodeId> meeting_;
};

}  // namespace

Result<std::optional<Path>> fastest_path(const Metric& metric, const NetworkPlace& from, const NetworkPlace& to, const Limits& limits) {
  return PathSearch(metric, from, to).run(limits);
}

}  // namespace obnova::geo
