#include "geo/query/coverage/edge_reach.h"

#include <algorithm>
#include <cmath>

#include "geo/base/measure.h"

namespace obnova::geo {
namespace {

// Free road from an anchor on, as an offset.
double run_end_m(std::span<const Stretch> closed, double length_m, double anchor_m, bool upward) {
  double end_m = upward ? length_m : 0;
  for (const Stretch& stretch : closed) {
    if (upward && stretch.from_m >= anchor_m) end_m = std::min(end_m, stretch.from_m);
    if (!upward && stretch.to_m <= anchor_m) end_m = std::max(end_m, stretch.to_m);
  }
  return end_m;
}

// Offsets where something may change: ends of arrivals, where one becomes
// faster than another, and where the limit is used up.
std::vector<double> changes(std::span<const Arrival> arrivals, const ServiceLimit& limit) {
  std::vector<double> offsets;
  const auto add = [&offsets](const Arrival& arrival, double offset_m) {
    if (offset_m > arrival.from_m && offset_m < arrival.to_m) offsets.push_back(offset_m);
  };
  for (const Arrival& arrival : arrivals) {
    offsets.push_back(arrival.from_m);
    offsets.push_back(arrival.to_m);
    const double anchor_m = arrival.upward ? arrival.from_m : arrival.to_m;
    const double left = amount_of(limit) - used_at(arrival, anchor_m, limit.kind);
    const double per_m = limit.kind == ServiceLimit::Kind::kTime ? arrival.pace_ms_per_m : 1;
    if (left >= 0 && per_m > 0) add(arrival, arrival.upward ? anchor_m + left / per_m : anchor_m - left / per_m);
    for (const Arrival& other : arrivals) {
      // Both times as lines over the offset: time = at zero + slope × offset.
      const double slope = arrival.upward ? arrival.pace_ms_per_m : -arrival.pace_ms_per_m;
      const double other_slope = other.upward ? other.pace_ms_per_m : -other.pace_ms_per_m;
      if (slope != other_slope) add(arrival, (other.time_ms_at(0) - arrival.time_ms_at(0)) / (slope - other_slope));
    }
  }
  std::ranges::sort(offsets);
  offsets.erase(std::ranges::unique(offsets).begin(), offsets.end());
  return offsets;
}

}  // namespace

EdgeReach::EdgeReach(const Metric& metric, const Sweep& sweep, std::span<const NetworkPlace> sources, Direction direction)
    : metric_(metric), sweep_(sweep), sources_(sources), direction_(direction) {
  for (std::uint32_t i = 0; i < sources.size(); ++i) sources_by_edge_.emplace_back(sources[i].edge, i);
  std::ranges::sort(sources_by_edge_);
}

void EdgeReach::add(std::vector<Arrival>& arrivals, ArcId arc, double anchor_m, Reach at_anchor) const {
  const EdgeId edge = metric_.graph().arc(arc).edge;
  const bool from_sources = direction_ == Direction::kFromSources;
  const bool upward = metric_.graph().arc(arc).forward == from_sources;
  const double length_m = metric_.graph().edge(edge).length_m;
  const double end_m = run_end_m(metric_.closed_stretches(edge), length_m, anchor_m, upward);
  // The delay of a barrier at a head is paid between the head and the place just before it.
  const double inset_m = (end_m - anchor_m) * 1e-9;
  const auto time_between = [&](double near_m, double far_m) {
    return from_sources ? metric_.time_between(arc, near_m, far_m) : metric_.time_between(arc, far_m, near_m);
  };
  const Milliseconds along = time_between(anchor_m + inset_m, end_m - inset_m);
  const Milliseconds at_start = time_between(anchor_m, anchor_m + inset_m);
  if (along >= kNever || at_start >= kNever) return;
  const double run_m = std::abs(end_m - anchor_m);
  Arrival arrival{.from_m = std::min(anchor_m, end_m), .to_m = std::max(anchor_m, end_m), .upward = upward};
  arrival.time_ms = static_cast<double>(at_anchor.time + (run_m > 0 ? at_start : 0));
  arrival.length_m = at_anchor.length_m;
  arrival.pace_ms_per_m = run_m > 0 ? static_cast<double>(along) / run_m : 0;
  for (Arrival& other : arrivals) {
    if (other.upward != upward || other.from_m != arrival.from_m || other.to_m != arrival.to_m) continue;
    if (std::pair(arrival.time_ms, arrival.length_m) < std::pair(other.time_ms, other.length_m)) other = arrival;
    return;
  }
  arrivals.push_back(arrival);
}

std::vector<Arrival> EdgeReach::arrivals(EdgeId edge) const {
  std::vector<Arrival> result;
  const RoadGraph& graph = metric_.graph();
  const bool from_sources = direction_ == Direction::kFromSources;
  const auto add_from_node = [&](ArcId arc) {
    const RoadNodeId node = from_sources ? graph.arc(arc).tail : graph.arc(arc).head;
    if (sweep_.time[node.index] >= kNever) return;
    const bool at_first_vertex = graph.arc(arc).forward == from_sources;
    add(result, arc, at_first_vertex ? 0 : graph.edge(edge).length_m, {sweep_.time[node.index], sweep_.length_m[node.index]});
  };
  if (from_sources) {
    for (const ArcId arc : graph.arcs_of(edge)) add_from_node(arc);
  } else {
    for (const bool forward : {true, false}) {
      if (metric_.may_leave(graph.arc_of(edge, forward))) add_from_node(graph.arc_of(edge, forward));
    }
  }
  const auto here = std::ranges::equal_range(sources_by_edge_, edge, {}, &std::pair<EdgeId, std::uint32_t>::first);
  for (const auto& [same_edge, source] : here) {
    for (const bool forward : {true, false}) add(result, graph.arc_of(edge, forward), sources_[source].offset_m, {0, 0});
  }
  return result;
}

const Arrival* fastest_at(std::span<const Arrival> arrivals, double offset_m) {
  const Arrival* best = nullptr;
  for (const Arrival& arrival : arrivals) {
    if (offset_m < arrival.from_m || offset_m > arrival.to_m) continue;
    const auto cost = [offset_m](const Arrival& one) { return std::pair(one.time_ms_at(offset_m), one.length_m_at(offset_m)); };
    if (best == nullptr || cost(arrival) < cost(*best)) best = &arrival;
  }
  return best;
}

double used_at(const Arrival& arrival, double offset_m, ServiceLimit::Kind kind) {
  return kind == ServiceLimit::Kind::kTime ? arrival.time_ms_at(offset_m) : arrival.length_m_at(offset_m);
}

double amount_of(const ServiceLimit& limit) {
  return limit.kind == ServiceLimit::Kind::kTime ? static_cast<double>(limit.time) : limit.length_m;
}

std::vector<Stretch> reached_stretches(std::span<const Arrival> arrivals, const ServiceLimit& limit) {
  std::vector<Stretch> result;
  const std::vector<double> offsets = changes(arrivals, limit);
  for (std::size_t i = 1; i < offsets.size(); ++i) {
    const double middle_m = (offsets[i - 1] + offsets[i]) / 2;
    const Arrival* arrival = fastest_at(arrivals, middle_m);
    if (arrival == nullptr || used_at(*arrival, middle_m, limit.kind) > amount_of(limit)) continue;
    if (!result.empty() && result.back().to_m == offsets[i - 1]) {
      result.back().to_m = offsets[i];
    } else {
      result.push_back({offsets[i - 1], offsets[i]});
    }
  }
  return result;
}

std::vector<Stretch> open_stretches(const Metric& metric, EdgeId edge) {
  std::vector<Stretch> result;
  const double length_m = metric.graph().edge(edge).length_m;
  double from_m = 0;
  const auto add = [&](double to_m) {
    if (from_m < to_m && metric.usable_at(edge, (from_m + to_m) / 2)) result.push_back({from_m, to_m});
  };
  for (const Stretch& closed : metric.closed_stretches(edge)) {
    add(closed.from_m);
    from_m = closed.to_m;
  }
  add(length_m);
  return result;
}

std::vector<Point> cut_line(std::span<const Point> line, Stretch part) {
  std::vector<Point> result;
  double passed_m = 0;
  for (std::size_t i = 1; i < line.size(); ++i) {
    const Point a = line[i - 1];
    const Point b = line[i];
    const double step_m = distance_m(a, b);
    const auto between = [&](double offset_m) {
      const double share = step_m > 0 ? std::clamp((offset_m - passed_m) / step_m, 0.0, 1.0) : 1;
      return Point{a.x_m + share * (b.x_m - a.x_m), a.y_m + share * (b.y_m - a.y_m)};
    };
    const bool last = i + 1 == line.size();
    if (result.empty() && (part.from_m < passed_m + step_m || last)) result.push_back(part.from_m <= passed_m ? a : between(part.from_m));
    if (!result.empty() && (part.to_m <= passed_m + step_m || last)) {
      result.push_back(part.to_m < passed_m + step_m ? between(part.to_m) : b);
      break;
    }
    if (!result.empty()) result.push_back(b);
    passed_m += step_m;
  }
  return result;
}

}  // namespace obnova::geo
