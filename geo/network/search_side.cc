#include "geo/network/search_side.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace obnova::geo {
namespace {

double begin_m(const Metric& metric, ArcId arc) {
  return metric.graph().arc(arc).forward ? 0 : metric.graph().edge(metric.graph().arc(arc).edge).length_m;
}

double end_m(const Metric& metric, ArcId arc) {
  return metric.graph().arc(arc).forward ? metric.graph().edge(metric.graph().arc(arc).edge).length_m : 0;
}

std::optional<PathCost> piece_cost(const Metric& metric, ArcId arc, double from_m, double to_m) {
  const Milliseconds time = metric.time_between(arc, from_m, to_m);
  if (time == kNever) return std::nullopt;
  return PathCost{time, std::abs(in_um(to_m) - in_um(from_m)), 0};
}

struct QueueEntry {
  PathCost cost;
  RoadNodeId node;
  bool operator<(const QueueEntry& other) const { return std::tie(cost, node) < std::tie(other.cost, other.node); }
};

// A heap of four children a node, least first: shallower than the binary one,
// and the children share cache lines.
class Queue {
 public:
  bool empty() const { return entries_.empty(); }
  void clear() { entries_.clear(); }
  const QueueEntry& least() const { return entries_.front(); }

  void push(const QueueEntry& entry) {
    std::size_t at = entries_.size();
    entries_.push_back(entry);
    while (at > 0) {
      const std::size_t parent = (at - 1) / 4;
      if (!(entry < entries_[parent])) break;
      entries_[at] = entries_[parent];
      at = parent;
    }
    entries_[at] = entry;
  }

  void pop() {
    const QueueEntry last = entries_.back();
    entries_.pop_back();
    if (entries_.empty()) return;
    std::size_t at = 0;
    for (;;) {
      const std::size_t first = 4 * at + 1;
      if (first >= entries_.size()) break;
      std::size_t child = first;
      for (std::size_t i = first + 1; i < std::min(first + 4, entries_.size()); ++i) {
        if (entries_[i] < entries_[child]) child = i;
      }
      if (!(entries_[child] < last)) break;
      entries_[at] = entries_[child];
      at = child;
    }
    entries_[at] = last;
  }

 private:
  std::vector<QueueEntry> entries_;
};

}  // namespace

struct SearchSide::Memory {
  std::vector<Label> labels;  // Those of another epoch are void.
  std::uint32_t epoch = 0;
  Queue queue;

  void start(std::size_t node_count) {
    queue.clear();
    if (labels.size() < node_count) labels.resize(node_count);
    if (++epoch == 0) {
      for (Label& label : labels) label.epoch = 0;
      epoch = 1;
    }
  }

  static Memory& of_thread(int slot) {
    thread_local std::array<Memory, 2> memory;
    return memory[static_cast<std::size_t>(slot)];
  }
};

std::vector<EndPiece> pieces_leaving(const Metric& metric, const NetworkPlace& place) {
  std::vector<EndPiece> pieces;
  for (const bool forward : {true, false}) {
    const ArcId arc = metric.graph().arc_of(place.edge, forward);
    if (!metric.may_leave(arc)) continue;
    const auto cost = piece_cost(metric, arc, place.offset_m, end_m(metric, arc));
    if (cost) pieces.push_back({arc, metric.graph().arc(arc).head, *cost});
  }
  return pieces;
}

std::vector<EndPiece> pieces_arriving(const Metric& metric, const NetworkPlace& place) {
  std::vector<EndPiece> pieces;
  for (const ArcId arc : metric.graph().arcs_of(place.edge)) {
    const auto cost = piece_cost(metric, arc, begin_m(metric, arc), place.offset_m);
    if (cost) pieces.push_back({arc, metric.graph().arc(arc).tail, *cost});
  }
  return pieces;
}

std::optional<DirectPiece> direct_piece(const Metric& metric, const NetworkPlace& from, const NetworkPlace& to) {
  if (from.edge != to.edge) return std::nullopt;
  std::optional<DirectPiece> best;
  for (const bool forward : {true, false}) {
    const ArcId arc = metric.graph().arc_of(from.edge, forward);
    // Who stands still waits at no barrier.
    if (from.offset_m == to.offset_m && metric.time_between(arc, from.offset_m, to.offset_m) != kNever) return DirectPiece{arc, {}};
    const auto cost = piece_cost(metric, arc, from.offset_m, to.offset_m);
    if (cost && (!best || *cost < best->cost)) best = DirectPiece{arc, *cost};
  }
  return best;
}

SearchSide::SearchSide(const Metric& metric, Direction direction, int slot)
    : metric_(metric), direction_(direction), memory_(Memory::of_thread(slot)) {
  memory_.start(metric.graph().node_count());
}

bool SearchSide::improve(RoadNodeId node, const PathCost& cost, ArcId arc, bool is_seed) {
  Label& label = memory_.labels[node.index];
  if (label.epoch == memory_.epoch && label.cost <= cost) return false;
  label = {cost, arc, is_seed, memory_.epoch};
  memory_.queue.push({cost, node});
  return true;
}

PathCost SearchSide::least() {
  Queue& queue = memory_.queue;
  // A node that was improved after it was queued stands there twice.
  while (!queue.empty() && memory_.labels[queue.least().node.index].cost != queue.least().cost) queue.pop();
  return queue.empty() ? kNoPath : queue.least().cost;
}

RoadNodeId SearchSide::take() {
  least();
  const RoadNodeId node = memory_.queue.least().node;
  memory_.queue.pop();
  return node;
}

const SearchSide::Label* SearchSide::label(RoadNodeId node) const {
  const Label& label = memory_.labels[node.index];
  return label.epoch == memory_.epoch ? &label : nullptr;
}

}  // namespace obnova::geo
