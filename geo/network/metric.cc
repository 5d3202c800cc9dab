#include "geo/network/metric.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "geo/base/check.h"
#include "geo/base/measure.h"
#include "geo/network/closed_area.h"
#include "geo/network/road_rules.h"

namespace obnova::geo {
namespace {

constexpr double kMillisecondsPerHour = 3'600'000;

std::optional<Error> profile_problem(const Profile& profile) {
  const auto bad = [&profile](std::string_view key, double value) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("The profile {} has {} = {}, which is no speed above zero.", profile.id, key, value)};
  };
  for (const auto& [name, speed] : profile.speed_kmh) {
    if (!(std::isfinite(speed) && speed > 0)) return bad(name, speed);
  }
  for (const auto& [name, factor] : profile.surface_factor) {
    if (!(std::isfinite(factor) && factor > 0)) return bad(name, factor);
  }
  if (!(std::isfinite(profile.maxspeed_factor) && profile.maxspeed_factor > 0)) return bad("maxspeed_factor", profile.maxspeed_factor);
  if (!(std::isfinite(profile.default_speed_kmh) && profile.default_speed_kmh >= 0)) {
    return bad("default_speed_kmh", profile.default_speed_kmh);
  }
  return std::nullopt;
}

double road_length_m(const RoadGraph& graph, FeatureId road) {
  double length_m = 0;
  const auto [begin, end] = graph.edges_of(road);
  for (EdgeId edge = begin; edge < end; ++edge.index) length_m += graph.edge(edge).length_m;
  return length_m;
}

// The edges that end where one of these barriers stands.
void add_edges_at(const RoadGraph& graph, std::span<const FeatureId> barriers, std::vector<EdgeId>& edges) {
  if (barriers.empty()) return;
  for (std::uint32_t node = 0; node < graph.node_count(); ++node) {
    const bool stands_here =
        std::ranges::any_of(graph.barriers_at({node}), [&](FeatureId row) { return std::ranges::binary_search(barriers, row); });
    if (!stands_here) continue;
    for (ArcId arc = graph.first_arc({node}); arc < graph.end_arc({node}); ++arc.index) edges.push_back(graph.arc(arc).edge);
  }
}

// Where on its edge, seen along the arc, an offset lies.
double along_m(const Arc& arc, const Edge& edge, double offset_m) { return arc.forward ? offset_m : edge.length_m - offset_m; }

// Ascending and apart; parts that touch become one.
std::vector<Stretch> joined(std::vector<Stretch> stretches) {
  std::ranges::sort(stretches, {}, &Stretch::from_m);
  std::vector<Stretch> result;
  for (const Stretch& stretch : stretches) {
    if (!result.empty() && stretch.from_m <= result.back().to_m) {
      result.back().to_m = std::max(result.back().to_m, stretch.to_m);
    } else {
      result.push_back(stretch);
    }
  }
  return result;
}

std::vector<Stretch> closed_by(const ClosedArea& area, std::span<const Point> points) {
  std::vector<Stretch> result;
  std::vector<LinePart> parts;
  double passed_m = 0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    const double next_m = passed_m + distance_m(points[i - 1], points[i]);
    parts.clear();
    area.cut_line(points[i - 1], points[i], parts);
    for (const LinePart& part : parts) {
      const double from_m = part.from == 0 ? passed_m : passed_m + part.from * (next_m - passed_m);
      const double to_m = part.to == 1 ? next_m : passed_m + part.to * (next_m - passed_m);
      if (from_m < to_m) result.push_back({from_m, to_m});
    }
    passed_m = next_m;
  }
  return result;
}

}  // namespace

// Fills a metric without closures.
class MetricBuilder {
 public:
  MetricBuilder(std::shared_ptr<const RoadGraph> graph, const Profile& profile, MetricOptions options)
      : profile_(profile), metric_(new Metric), costs_(std::make_shared<Metric::Costs>()), rules_(graph->roads(), profile, options) {
    metric_->graph_ = std::move(graph);
  }

  std::shared_ptr<const Metric> build() {
    costs_->pace_ms_per_m.resize(2 * graph().edge_count(), 0);
    costs_->free_times.resize(graph().arc_count(), kNever);
    costs_->is_stopped.resize(graph().arc_count(), false);
    metric_->times_.resize(graph().arc_count(), kNever);
    metric_->passages_.resize(graph().arc_count(), Passage::kNoAccess);
    const std::vector<BarrierRule> barriers = barrier_rules();
    for (std::uint32_t e = 0; e < graph().edge_count(); ++e) {
      set_edge({e}, [&barriers](RoadNodeId node) { return barriers[node.index]; });
    }
    forbid(graph().forbidden_arcs());
    metric_->costs_ = std::move(costs_);
    return std::move(metric_);
  }

  // As `build`, but only these edges can differ from `before`.
  std::shared_ptr<const Metric> build(const Metric& before, std::span<const EdgeId> edges) {
    *costs_ = *before.costs_;
    metric_->times_ = before.times_;
    metric_->passages_ = before.passages_;
    for (const EdgeId edge : edges) {
      set_edge(edge, [this](RoadNodeId node) { return barrier_rule_at(node); });
      for (const ArcId arc : graph().arcs_of(edge)) forbid(std::ranges::equal_range(graph().forbidden_arcs(), arc, {}, &ForbiddenArc::arc));
    }
    metric_->costs_ = std::move(costs_);
    return std::move(metric_);
  }

 private:
  const RoadGraph& graph() const { return *metric_->graph_; }

  BarrierRule barrier_rule_at(RoadNodeId node) const {
    const std::span<const FeatureId> rows = graph().barriers_at(node);
    return rows.empty() ? BarrierRule() : barrier_rule(*graph().barriers(), rows, profile_);
  }

  std::vector<BarrierRule> barrier_rules() const {
    std::vector<BarrierRule> rules(graph().node_count());
    for (std::uint32_t node = 0; node < graph().node_count(); ++node) rules[node] = barrier_rule_at({node});
    return rules;
  }

  // The edges of a road stand next to each other, so each road is read once.
  const RoadRule& road_rule(FeatureId road) {
    if (read_road_ != road) {
      road_rule_ = rules_.of(road, road_length_m(graph(), road));
      read_road_ = road;
    }
    return road_rule_;
  }

  template <typename BarrierAt>
  void set_edge(EdgeId edge, const BarrierAt& barrier_at) {
    const RoadRule& road = road_rule(graph().edge(edge).road);
    for (const ArcId arc : graph().arcs_of(edge)) {
      set_arc(arc, graph().arc(arc).forward ? road.forward : road.backward, barrier_at(graph().arc(arc).head));
    }
  }

  void set_arc(ArcId id, const DirectionRule& rule, const BarrierRule& barrier) {
    const Arc& arc = graph().arc(id);
    const bool is_open = rule.passage == Passage::kOpen;
    const double pace = is_open ? kMillisecondsPerHour / (rule.speed_kmh * 1000) : 0;
    costs_->pace_ms_per_m[2 * arc.edge.index + (arc.forward ? 0 : 1)] = pace;
    costs_->free_times[id.index] = is_open ? std::llround(graph().edge(arc.edge).length_m * pace) + barrier.delay : kNever;
    costs_->is_stopped[id.index] = barrier.stops;
    set_passage(id, is_open && barrier.stops ? Passage::kNoAccess : rule.passage);
  }

  void set_passage(ArcId id, Passage passage) {
    metric_->passages_[id.index] = passage;
    metric_->times_[id.index] = passage == Passage::kOpen ? costs_->free_times[id.index] : kNever;
  }

  template <typename ForbiddenArcs>
  void forbid(const ForbiddenArcs& forbidden_arcs) {
    if (!profile_.obeys_turn_restrictions) return;
    const std::vector<std::string>& exempt = profile_.restriction_exceptions;
    for (const ForbiddenArc& forbidden : forbidden_arcs) {
      const bool is_exempt = std::ranges::any_of(
          forbidden.except, [&exempt](const std::string& word) { return std::ranges::find(exempt, word) != exempt.end(); });
      if (is_exempt) continue;
      costs_->free_times[forbidden.arc.index] = kNever;
      const Passage passage = metric_->passages_[forbidden.arc.index];
      set_passage(forbidden.arc, passage == Passage::kOpen ? Passage::kTurn : passage);
    }
  }

  const Profile& profile_;
  std::shared_ptr<Metric> metric_;
  std::shared_ptr<Metric::Costs> costs_;
  RoadRules rules_;
  std::optional<FeatureId> read_road_;
  RoadRule road_rule_;
};

Result<std::shared_ptr<const Metric>> Metric::make(std::shared_ptr<const RoadGraph> graph, const Profile& profile, MetricOptions options) {
  if (const auto problem = profile_problem(profile)) return std::unexpected(*problem);
  return MetricBuilder(std::move(graph), profile, options).build();
}

std::shared_ptr<const Metric> Metric::with_attributes(std::shared_ptr<const RoadGraph> graph, const Profile& profile,
                                                      std::span<const FeatureId> roads, std::span<const FeatureId> barriers) const {
  OBNOVA_CHECK(areas_.empty());
  std::vector<EdgeId> edges;
  for (const FeatureId road : roads) {
    const auto [begin, end] = graph->edges_of(road);
    for (EdgeId edge = begin; edge < end; ++edge.index) edges.push_back(edge);
  }
  add_edges_at(*graph, barriers, edges);
  return MetricBuilder(std::move(graph), profile, {}).build(*this, edges);
}

Result<std::shared_ptr<const Metric>> Metric::with_closed(std::span<const Geometry> areas, const Limits& limits) const {
  const std::shared_ptr<Metric> result(new Metric(*this));
  for (const Geometry& area : areas) {
    if (area.points.empty()) continue;
    if (dimension(area.kind) != 2) return failure(ErrorCode::kInvalidArgument, "Only areas can be closed, not points or lines.");
    result->areas_.push_back(std::make_shared<const ClosedArea>(area.view()));
    const Result<void> closed = result->close(*result->areas_.back(), limits);
    if (!closed) return std::unexpected(closed.error());
  }
  return result;
}

Result<void> Metric::close(const ClosedArea& area, const Limits& limits) {
  for (std::uint32_t e = 0; e < graph_->edge_count(); ++e) {
    if (e % 4096 == 0 && limits.stopped()) return failure(ErrorCode::kCancelled, "Closing roads was cancelled.");
    if (!graph_->edge_box({e}).intersects(area.box())) continue;
    std::vector<Stretch> stretches = closed_by(area, graph_->edge_points({e}));
    if (!stretches.empty()) add_closed({e}, std::move(stretches));
  }
  return {};
}

void Metric::add_closed(EdgeId edge, std::vector<Stretch> stretches) {
  std::vector<Stretch>& all = closed_[edge];
  all.insert(all.end(), stretches.begin(), stretches.end());
  all = joined(std::move(all));
  for (const ArcId arc : graph_->arcs_of(edge)) {
    if (passages_[arc.index] == Passage::kOpen) passages_[arc.index] = Passage::kClosed;
    times_[arc.index] = kNever;
  }
}

Milliseconds Metric::time_between(ArcId arc_id, double from_m, double to_m) const {
  const Milliseconds whole = costs_->free_times[arc_id.index];
  if (whole == kNever) return kNever;
  const Arc& arc = graph_->arc(arc_id);
  const Edge& edge = graph_->edge(arc.edge);
  const double begin_m = along_m(arc, edge, from_m);
  const double end_m = along_m(arc, edge, to_m);
  if (begin_m > end_m) return kNever;
  if (!closed_.empty()) {
    if (is_in_closed_stretch(arc.edge, from_m) || is_in_closed_stretch(arc.edge, to_m)) return kNever;
    const auto [least_m, most_m] = std::minmax(from_m, to_m);
    for (const Stretch& stretch : closed_stretches(arc.edge)) {
      if (least_m < stretch.to_m && stretch.from_m < most_m) return kNever;
    }
  }
  const double pace = costs_->pace_ms_per_m[2 * arc.edge.index + (arc.forward ? 0 : 1)];
  // What stands at the head delays those who reach it.
  const auto time_to = [&](double offset_m) { return offset_m >= edge.length_m ? whole : std::llround(offset_m * pace); };
  return time_to(end_m) - (begin_m <= 0 ? 0 : time_to(begin_m));
}

bool Metric::usable_at(EdgeId edge, double offset_m) const {
  const auto is_used = [&](bool forward) { return costs_->free_times[graph_->arc_of(edge, forward).index] != kNever; };
  return (is_used(true) || is_used(false)) && !is_in_closed_stretch(edge, offset_m);
}

std::span<const Stretch> Metric::closed_stretches(EdgeId edge) const {
  const auto found = closed_.find(edge);
  if (found == closed_.end()) return {};
  return found->second;
}

bool Metric::is_in_closed_stretch(EdgeId edge, double offset_m) const {
  const double length_m = graph_->edge(edge).length_m;
  return std::ranges::any_of(closed_stretches(edge), [&](const Stretch& stretch) {
    // An end of the edge that a closed stretch reaches is closed with it.
    const bool after_begin = stretch.from_m < offset_m || (stretch.from_m <= 0 && offset_m <= 0);
    const bool before_end = offset_m < stretch.to_m || (stretch.to_m >= length_m && offset_m >= length_m);
    return after_begin && before_end;
  });
}

bool Metric::is_closed_at(Point place) const {
  return std::ranges::any_of(areas_, [place](const auto& area) { return area->holds(place); });
}

}  // namespace obnova::geo
