#include <algorithm>
#include <set>

#include "geo/network/search.h"
#include "geo/network/search_side.h"

namespace obnova::geo {
namespace {

constexpr std::uint32_t kPollEvery = 4096;

}  // namespace

TargetSet::TargetSet(const Metric& metric, std::span<const NetworkPlace> targets, Direction direction)
    : metric_(&metric), direction_(direction), places_(targets.begin(), targets.end()) {
  for (std::uint32_t i = 0; i < places_.size(); ++i) {
    by_edge_.emplace_back(places_[i].edge, i);
    const auto pieces = direction == Direction::kFromSources ? pieces_arriving(metric, places_[i]) : pieces_leaving(metric, places_[i]);
    for (const EndPiece& piece : pieces) entries_.push_back({piece.node.index, i, piece.cost.time, piece.cost.length_um});
  }
  std::ranges::sort(by_edge_);
  std::ranges::stable_sort(entries_, {}, &Entry::node);
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    const auto [range, added] = at_node_.try_emplace(entries_[i].node, i, i + 1);
    if (!added) range->second.second = i + 1;
  }
}

// One search from a source to a set of targets.
class TargetSearch {
 public:
  TargetSearch(const TargetSet& targets, const NetworkPlace& source)
      : targets_(targets), source_(source), side_(targets.metric(), targets.direction(), 0), best_(targets.places().size(), kNoPath) {}

  // Calls `found(target)` whenever the cost of a target became less, and goes
  // on while `goes_on(least cost of what is to come)`.
  template <typename Found, typename GoesOn>
  Result<void> run(const Limits& limits, Found found, GoesOn goes_on) {
    seed(found);
    for (std::uint32_t step = 0;; ++step) {
      if (step % kPollEvery == 0 && limits.stopped()) return failure(ErrorCode::kCancelled, "The search for targets was cancelled.");
      const PathCost least = side_.least();
      if (least == kNoPath || !goes_on(least)) return {};
      const RoadNodeId node = side_.take();
      const auto range = targets_.at_node_.find(node.index);
      if (range != targets_.at_node_.end()) {
        for (std::uint32_t i = range->second.first; i < range->second.second; ++i) {
          const TargetSet::Entry& entry = targets_.entries_[i];
          improve(entry.target, least.plus({entry.time, entry.length_um, 0}), found);
        }
      }
      side_.relax(node, [](RoadNodeId) {});
    }
  }

  const PathCost& best(std::size_t target) const { return best_[target]; }

 private:
  template <typename Found>
  void seed(Found found) {
    const Metric& metric = targets_.metric();
    const bool runs_from_source = targets_.direction() == Direction::kFromSources;
    const auto pieces = runs_from_source ? pieces_leaving(metric, source_) : pieces_arriving(metric, source_);
    for (const EndPiece& piece : pieces) side_.improve(piece.node, piece.cost, piece.arc, true);
    const auto here = std::ranges::equal_range(targets_.by_edge_, source_.edge, {}, &std::pair<EdgeId, std::uint32_t>::first);
    for (const auto& [edge, target] : here) {
      const NetworkPlace& place = targets_.places_[target];
      const auto direct = runs_from_source ? direct_piece(metric, source_, place) : direct_piece(metric, place, source_);
      if (direct) improve(target, direct->cost, found);
    }
  }

  template <typename Found>
  void improve(std::uint32_t target, const PathCost& cost, Found found) {
    if (cost >= best_[target]) return;
    const PathCost before = std::exchange(best_[target], cost);
    found(target, before);
  }

  const TargetSet& targets_;
  const NetworkPlace& source_;
  SearchSide side_;
  std::vector<PathCost> best_;
};

Result<std::vector<Reach>> reach_targets(const TargetSet& targets, const NetworkPlace& source, const Limits& limits) {
  const RoadGraph& graph = targets.metric().graph();
  const std::uint32_t component = graph.component_of(source.edge);
  std::size_t open_count = static_cast<std::size_t>(
      std::ranges::count_if(targets.places(), [&](const NetworkPlace& place) { return graph.component_of(place.edge) == component; }));
  std::vector<Reach> reaches(targets.places().size());
  if (open_count == 0) return reaches;

  TargetSearch search(targets, source);
  PathCost bound = kNoPath;  // No target costs more once each has a path.
  const auto found = [&](std::uint32_t, const PathCost& before) {
    if (before != kNoPath || --open_count > 0) return;
    bound = {};
    for (std::size_t i = 0; i < reaches.size(); ++i) {
      if (search.best(i) != kNoPath) bound = std::max(bound, search.best(i));
    }
  };
  const Result<void> done = search.run(limits, found, [&bound](const PathCost& least) { return least < bound; });
  if (!done) return std::unexpected(done.error());
  for (std::size_t i = 0; i < reaches.size(); ++i) {
    if (search.best(i) != kNoPath) reaches[i] = search.best(i).reach();
  }
  return reaches;
}

Result<std::vector<Reach>> reach_targets(const Metric& metric, const NetworkPlace& source, std::span<const NetworkPlace> targets,
                                         Direction direction, const Limits& limits) {
  return reach_targets(TargetSet(metric, targets, direction), source, limits);
}

Result<std::vector<TargetReach>> nearest_targets(const TargetSet& targets, const NetworkPlace& source, std::size_t count,
                                                 Milliseconds max_time, const Limits& limits) {
  std::vector<TargetReach> nearest;
  if (count == 0) return nearest;
  TargetSearch search(targets, source);
  std::set<std::pair<Milliseconds, std::uint32_t>> least;  // At most `count`.
  const auto found = [&](std::uint32_t target, const PathCost& before) {
    least.erase({before.time, target});
    least.insert({search.best(target).time, target});
    if (least.size() > count) least.erase(std::prev(least.end()));
  };
  // Nodes of equal time may still give an equal time to a lesser index.
  const auto goes_on = [&](const PathCost& cost) {
    return cost.time <= max_time && (least.size() < count || cost.time <= least.rbegin()->first);
  };
  const Result<void> done = search.run(limits, found, goes_on);
  if (!done) return std::unexpected(done.error());
  for (const auto& [time, target] : least) {
    if (time <= max_time) nearest.push_back({target, search.best(target).reach()});
  }
  return nearest;
}

}  // namespace obnova::geo
