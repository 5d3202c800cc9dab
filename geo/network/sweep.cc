#include <algorithm>

#include "geo/network/search.h"
#include "geo/network/search_side.h"

namespace obnova::geo {
namespace {

constexpr std::uint32_t kPollEvery = 4096;

void seed(SearchSide& side, const Metric& metric, std::span<const NetworkPlace> sources, Direction direction) {
  for (std::uint32_t i = 0; i < sources.size(); ++i) {
    const auto pieces = direction == Direction::kFromSources ? pieces_leaving(metric, sources[i]) : pieces_arriving(metric, sources[i]);
    for (const EndPiece& piece : pieces) {
      PathCost cost = piece.cost;
      cost.source = i;
      side.improve(piece.node, cost, piece.arc, true);
    }
  }
}

}  // namespace

Result<Sweep> sweep_from(const Metric& metric, std::span<const NetworkPlace> sources, Direction direction, Milliseconds max_time,
                         const Limits& limits) {
  const std::size_t node_count = metric.graph().node_count();
  Sweep sweep;
  sweep.time.assign(node_count, kNever);
  sweep.length_m.assign(node_count, -1);
  sweep.source.assign(node_count, -1);
  sweep.max_time = max_time;
  for (std::size_t i = 0; i < sources.size(); ++i) sweep.sources_by_edge.emplace_back(sources[i].edge, static_cast<std::int32_t>(i));
  std::ranges::sort(sweep.sources_by_edge);

  SearchSide side(metric, direction, 0);
  seed(side, metric, sources, direction);
  for (std::uint32_t step = 0;; ++step) {
    if (step % kPollEvery == 0 && limits.stopped()) return failure(ErrorCode::kCancelled, "The sweep over the network was cancelled.");
    const PathCost least = side.least();
    if (least == kNoPath || least.time > max_time) return sweep;
    const RoadNodeId node = side.take();
    sweep.time[node.index] = least.time;
    sweep.length_m[node.index] = least.reach().length_m;
    sweep.source[node.index] = static_cast<std::int32_t>(least.source);
    side.relax(node, [](RoadNodeId) {});
  }
}

SourceReach reach_in_sweep(const Metric& metric, const Sweep& sweep, std::span<const NetworkPlace> sources, Direction direction,
                           const NetworkPlace& place) {
  PathCost best = kNoPath;
  const bool runs_from_source = direction == Direction::kFromSources;
  for (const EndPiece& piece : runs_from_source ? pieces_arriving(metric, place) : pieces_leaving(metric, place)) {
    const std::uint32_t node = piece.node.index;
    if (sweep.time[node] == kNever) continue;
    const PathCost at_node = {sweep.time[node], in_um(sweep.length_m[node]), static_cast<std::uint32_t>(sweep.source[node])};
    best = std::min(best, at_node.plus(piece.cost));
  }
  const auto here = std::ranges::equal_range(sweep.sources_by_edge, place.edge, {}, &std::pair<EdgeId, std::int32_t>::first);
  for (const auto& [edge, source] : here) {
    const NetworkPlace& from = sources[static_cast<std::size_t>(source)];
    const auto direct = runs_from_source ? direct_piece(metric, from, place) : direct_piece(metric, place, from);
    if (!direct) continue;
    PathCost cost = direct->cost;
    cost.source = static_cast<std::uint32_t>(source);
    best = std::min(best, cost);
  }
  if (best.time > sweep.max_time || best == kNoPath) return {};
  return {best.reach(), static_cast<std::int32_t>(best.source)};
}

}  // namespace obnova::geo
