#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <queue>
#include <utility>
#include <vector>

#include "geo/network/metric.h"
#include "geo/network/snap.h"

namespace obnova::bench {

// The yardstick of all searches: Dijkstra's search from one side with a
// std::priority_queue, as a textbook has it. Knows times only.
class PlainDijkstra {
 public:
  explicit PlainDijkstra(const geo::Metric& metric) : metric_(metric) {}

  // Settles nodes until `target` cannot get less, or all nodes without one.
  void run(const geo::NetworkPlace& source, const std::optional<geo::NetworkPlace>& target = {}) {
    const geo::RoadGraph& graph = metric_.graph();
    times_.assign(graph.node_count(), geo::kNever);
    source_ = source;
    Queue queue;
    for (const bool forward : {true, false}) {
      const geo::ArcId arc = graph.arc_of(source.edge, forward);
      if (!metric_.may_leave(arc)) continue;
      improve(queue, graph.arc(arc).head, metric_.time_between(arc, source.offset_m, end_m(arc)));
    }
    geo::Milliseconds best = target ? time_to(*target) : geo::kNever;
    while (!queue.empty() && queue.top().first < best) {
      const auto [time, node] = queue.top();
      queue.pop();
      if (time != times_[node.index]) continue;
      for (geo::ArcId arc = graph.first_arc(node); arc < graph.end_arc(node); ++arc.index) {
        if (target && graph.arc(arc).edge == target->edge) best = std::min(best, time_to(*target));
        if (metric_.time(arc) != geo::kNever) improve(queue, graph.arc(arc).head, time + metric_.time(arc));
      }
    }
  }

  // By the nodes settled so far.
  geo::Milliseconds time_to(const geo::NetworkPlace& target) const {
    const geo::RoadGraph& graph = metric_.graph();
    geo::Milliseconds best = geo::kNever;
    for (const geo::ArcId arc : graph.arcs_of(target.edge)) {
      const geo::Milliseconds before = times_[graph.arc(arc).tail.index];
      const geo::Milliseconds piece = metric_.time_between(arc, begin_m(arc), target.offset_m);
      if (before != geo::kNever && piece != geo::kNever) best = std::min(best, before + piece);
      if (target.edge != source_.edge) continue;
      best = std::min(best, target.offset_m == source_.offset_m && metric_.usable_at(target.edge, target.offset_m)
                                ? 0
                                : metric_.time_between(arc, source_.offset_m, target.offset_m));
    }
    return best;
  }

 private:
  using Entry = std::pair<geo::Milliseconds, geo::RoadNodeId>;
  using Queue = std::priority_queue<Entry, std::vector<Entry>, std::greater<>>;

  void improve(Queue& queue, geo::RoadNodeId node, geo::Milliseconds time) {
    if (time >= times_[node.index]) return;
    times_[node.index] = time;
    queue.emplace(time, node);
  }
  double length_m(geo::ArcId arc) const { return metric_.graph().edge(metric_.graph().arc(arc).edge).length_m; }
  double begin_m(geo::ArcId arc) const { return metric_.graph().arc(arc).forward ? 0 : length_m(arc); }
  double end_m(geo::ArcId arc) const { return metric_.graph().arc(arc).forward ? length_m(arc) : 0; }

  const geo::Metric& metric_;
  geo::NetworkPlace source_;
  std::vector<geo::Milliseconds> times_;
};

}  // namespace obnova::bench
