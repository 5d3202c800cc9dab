#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "geo/base/measure.h"
#include "geo/network/road_graph.h"
#include "geo/network/road_rules.h"
#include "geo/network/search.h"
#include "geo/network/tag_values.h"

namespace obnova::geo {

// The slow twin of routing: Dijkstra's search over turns, written from the
// restrictions layer without the graph's copies of nodes.
//
// A state is the arc just passed together with every restriction the trip is
// in the middle of and the arcs it passed for it. Of the graph only edges and
// where they end are used; costs come from the tags again.
//
//   BruteForceRouter slow(*graph, restrictions.get(), car);
//   EXPECT_EQ(slow.route(home, school).time, …);
class BruteForceRouter {
 public:
  BruteForceRouter(const RoadGraph& graph, const Layer* restrictions, const Profile& profile, std::vector<Geometry> closed = {})
      : graph_(graph), profile_(profile), closed_(std::move(closed)) {
    if (restrictions != nullptr && profile.obeys_turn_restrictions) read_rules(*restrictions);
    read_arcs();
    build_states();
  }

  // {kNever, -1} when there is no way.
  Reach route(const NetworkPlace& from, const NetworkPlace& to) const { return routes_from(from, {&to, 1}).front(); }

  // The same to many places by one search.
  std::vector<Reach> routes_from(const NetworkPlace& from, std::span<const NetworkPlace> targets) const {
    std::vector<Cost> best;
    std::multimap<std::uint32_t, std::size_t> targets_on_edge;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      best.push_back(direct(from, targets[i]));
      targets_on_edge.emplace(targets[i].edge.index, i);
    }
    std::vector<Cost> costs(states_.size(), kNoCost);
    std::priority_queue<std::pair<Cost, std::uint32_t>, std::vector<std::pair<Cost, std::uint32_t>>, std::greater<>> queue;
    const auto improve = [&](std::uint32_t state, Cost cost) {
      if (cost >= costs[state]) return;
      costs[state] = cost;
      queue.emplace(cost, state);
    };
    for (const bool forward : {true, false}) {
      const std::uint32_t arc = 2 * from.edge.index + (forward ? 0 : 1);
      const Cost cost = part(arc, from.offset_m, forward ? length_of(arc) : 0);
      if (cost != kNoCost && !arcs_[arc].is_stopped) improve(start_state_[arc], cost);
    }
    while (!queue.empty()) {
      const auto [cost, state] = queue.top();
      queue.pop();
      if (cost >= *std::ranges::max_element(best)) break;
      if (cost != costs[state]) continue;
      for (const auto& [arc, next] : states_[state].next) {
        const auto [first, last] = targets_on_edge.equal_range(arc / 2);
        for (auto target = first; target != last; ++target) {
          const Cost piece = part(arc, arc % 2 == 0 ? 0 : length_of(arc), targets[target->second].offset_m);
          if (piece != kNoCost) best[target->second] = std::min(best[target->second], sum(cost, piece));
        }
        if (arcs_[arc].is_open) improve(next, sum(cost, arcs_[arc].whole));
      }
    }
    std::vector<Reach> reaches;
    for (const Cost& cost : best) reaches.push_back(cost == kNoCost ? Reach{} : Reach{cost.first, static_cast<double>(cost.second) * 1e-6});
    return reaches;
  }

  std::size_t state_count() const { return states_.size(); }

 private:
  using Cost = std::pair<Milliseconds, std::int64_t>;  // Time, then micrometers.
  static constexpr Cost kNoCost = {kNever, kNever};
  static Cost sum(Cost a, Cost b) { return {a.first + b.first, a.second + b.second}; }

  struct SlowArc {
    bool is_for_me = false;
    bool is_open = false;  // From end to end.
    bool is_stopped = false;
    double pace = 0;
    Milliseconds delay = 0;
    Cost whole;
  };
  struct Rule {
    bool only = false;
    bool is_u_turn = false;
    std::vector<std::string> from, via, to;
    std::optional<Point> via_place;
  };
  // A restriction the trip is in the middle of, and the arcs passed for it.
  using Item = std::pair<std::uint32_t, std::vector<std::uint32_t>>;
  struct State {
    std::uint32_t arc = 0;
    std::set<Item> items;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> next;  // Arc, state behind it.
  };

  double length_of(std::uint32_t arc) const { return graph_.edge({arc / 2}).length_m; }
  std::uint32_t head(std::uint32_t arc) const {
    const Edge& edge = graph_.edge({arc / 2});
    return arc % 2 == 0 ? edge.to.index : edge.from.index;
  }
  std::string road(std::uint32_t arc) const { return std::string(graph_.roads().feature_name(graph_.edge({arc / 2}).road)); }
  static bool holds(const std::vector<std::string>& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
  }

  void read_rules(const Layer& layer) {
    const TagReader tags(layer);
    const auto words = [&](FeatureId row, const char* key) {
      const std::string text = tags.get(row, key);
      std::vector<std::string> result;
      for (const std::string_view word : split_list(text)) result.emplace_back(word);
      return result;
    };
    for (std::uint32_t i = 0; i < layer.feature_count(); ++i) {
      const std::string kind = tags.get({i}, "restriction");
      const std::vector<std::string> except = words({i}, "except");
      if (!kind.starts_with("no_") && !kind.starts_with("only_")) continue;
      if (std::ranges::any_of(except, [&](const auto& word) { return holds(profile_.restriction_exceptions, word); })) continue;
      Rule rule{kind.starts_with("only_"), kind.ends_with("u_turn"), words({i}, "from_way"),
                words({i}, "via_ways"),    words({i}, "to_way"),     {}};
      bool is_known = !rule.from.empty() && !rule.to.empty();
      for (const auto* names : {&rule.from, &rule.via, &rule.to}) {
        for (const std::string& name : *names) is_known = is_known && graph_.roads().find_feature(name).has_value();
      }
      for (const std::string& via : rule.via) {
        is_known = is_known && !holds(rule.from, via) && !holds(rule.to, via) && std::ranges::count(rule.via, via) == 1;
      }
      if (!layer.geometry({i}).empty()) rule.via_place = layer.geometry({i}).points.front();
      if (!is_known) continue;
      for (const std::string& from : rule.from) rules_from_.emplace(from, static_cast<std::uint32_t>(rules_.size()));
      rules_.push_back(rule);
    }
  }

  void read_arcs() {
    arcs_.resize(2 * graph_.edge_count());
    from_node_.resize(graph_.node_count());
    std::vector<double> road_length_m(graph_.roads().feature_count(), 0);
    for (std::uint32_t e = 0; e < graph_.edge_count(); ++e) road_length_m[graph_.edge({e}).road.index] += graph_.edge({e}).length_m;
    const RoadRules road_rules(graph_.roads(), profile_, {});
    for (std::uint32_t a = 0; a < arcs_.size(); ++a) {
      const FeatureId row = graph_.edge({a / 2}).road;
      const RoadRule rule = road_rules.of(row, road_length_m[row.index]);
      const DirectionRule& mine = a % 2 == 0 ? rule.forward : rule.backward;
      from_node_[head(a ^ 1)].push_back(a);
      SlowArc& arc = arcs_[a];
      if (mine.passage != Passage::kOpen) continue;
      const std::span<const FeatureId> barriers = graph_.barriers_at({head(a)});
      if (!barriers.empty()) {
        const BarrierRule barrier = barrier_rule(*graph_.barriers(), barriers, profile_);
        arc.is_stopped = barrier.stops;
        arc.delay = barrier.delay;
      }
      arc.is_for_me = true;
      arc.pace = 3'600'000 / (mine.speed_kmh * 1000);
      arc.whole = {std::llround(length_of(a) * arc.pace) + arc.delay, std::llround(length_of(a) * 1e6)};
      arc.is_open = !arc.is_stopped && closed_parts(a / 2).empty();
    }
  }

  static bool is_inside(const Geometry& area, Point p) {
    if (!covers(area.view(), p)) return false;
    for (std::size_t ring = 0; ring < area.path_ends.size(); ++ring) {
      const std::span<const Point> points = area.view().path(ring);
      for (std::size_t i = 1; i < points.size(); ++i) {
        if (distance_m(nearest_on_segment(points[i - 1], points[i], p).place, p) <= 1e-7) return false;
      }
    }
    return true;
  }

  static void add_cuts(Point a, Point b, Point p, Point q, std::vector<double>& cuts) {
    const double dx = b.x_m - a.x_m, dy = b.y_m - a.y_m, length2 = dx * dx + dy * dy;
    const auto beside = [&](Point r) { return dx * (r.y_m - a.y_m) - dy * (r.x_m - a.x_m); };
    const auto add = [&](Point r) { cuts.push_back(std::clamp((dx * (r.x_m - a.x_m) + dy * (r.y_m - a.y_m)) / length2, 0.0, 1.0)); };
    if (beside(p) == beside(q)) {
      add(p);
      add(q);
    } else {
      const double t = beside(p) / (beside(p) - beside(q));
      if (t >= 0 && t <= 1) add({p.x_m + t * (q.x_m - p.x_m), p.y_m + t * (q.y_m - p.y_m)});
    }
  }

  // Closed parts of an edge in meters, by cutting every piece with every side.
  const std::vector<Stretch>& closed_parts(std::uint32_t edge) const {
    const auto known = closed_parts_.find(edge);
    if (known != closed_parts_.end()) return known->second;
    std::vector<Stretch>& parts = closed_parts_[edge];
    const std::span<const Point> points = graph_.edge_points({edge});
    for (const Geometry& area : closed_) {
      double passed_m = 0;
      for (std::size_t i = 1; i < points.size(); ++i) {
        const Point a = points[i - 1], b = points[i];
        const double length_m = distance_m(a, b);
        std::vector<double> cuts = {0, 1};
        for (std::size_t ring = 0; length_m > 0 && ring < area.path_ends.size(); ++ring) {
          const std::span<const Point> side = area.view().path(ring);
          for (std::size_t k = 1; k < side.size(); ++k) add_cuts(a, b, side[k - 1], side[k], cuts);
        }
        std::ranges::sort(cuts);
        for (std::size_t k = 1; k < cuts.size(); ++k) {
          const double middle = (cuts[k - 1] + cuts[k]) / 2;
          if ((cuts[k] - cuts[k - 1]) * length_m <= 1e-7) continue;
          if (!is_inside(area, {a.x_m + middle * (b.x_m - a.x_m), a.y_m + middle * (b.y_m - a.y_m)})) continue;
          parts.push_back({passed_m + cuts[k - 1] * length_m, passed_m + cuts[k] * length_m});
        }
        passed_m += length_m;
      }
    }
    return parts;
  }

  // The cost of part of an arc, kNoCost when it cannot be passed.
  Cost part(std::uint32_t arc, double from_m, double to_m) const {
    const SlowArc& slow = arcs_[arc];
    const double length_m = length_of(arc);
    const double begin_m = arc % 2 == 0 ? from_m : length_m - from_m;
    const double end_m = arc % 2 == 0 ? to_m : length_m - to_m;
    if (!slow.is_for_me || begin_m > end_m) return kNoCost;
    for (const Stretch& closed : closed_parts(arc / 2)) {
      if (std::min(from_m, to_m) < closed.to_m - 1e-6 && closed.from_m + 1e-6 < std::max(from_m, to_m)) return kNoCost;
      for (const double m : {from_m, to_m}) {
        if (closed.from_m + 1e-6 < m && m < closed.to_m - 1e-6) return kNoCost;
        if ((m <= 0 && closed.from_m <= 0) || (m >= length_m && closed.to_m >= length_m - 1e-9)) return kNoCost;
      }
    }
    const auto time_to = [&](double m) { return std::llround(m * slow.pace) + (m >= length_m ? slow.delay : 0); };
    const Milliseconds time = time_to(end_m) - (begin_m <= 0 ? 0 : time_to(begin_m));
    return {time, std::abs(std::llround(to_m * 1e6) - std::llround(from_m * 1e6))};
  }

  Cost direct(const NetworkPlace& from, const NetworkPlace& to) const {
    if (from.edge != to.edge) return kNoCost;
    Cost best = kNoCost;
    for (const std::uint32_t arc : {2 * from.edge.index, 2 * from.edge.index + 1}) {
      const Cost cost = part(arc, from.offset_m, to.offset_m);
      if (cost != kNoCost && from.offset_m == to.offset_m) return {0, 0};
      best = std::min(best, cost);
    }
    return best;
  }

  // How far along its roads a sequence of arcs is: the places in the rule
  // (0 from, 1… via, last to) where its last arc can stand; empty when it does
  // not follow the rule.
  std::set<std::size_t> stages(const Rule& rule, const std::vector<std::uint32_t>& arcs) const {
    std::set<std::size_t> now;
    if (!holds(rule.from, road(arcs[0]))) return now;
    if (rule.via.empty() && (!rule.via_place || graph_.node_place({head(arcs[0])}) != *rule.via_place)) return now;
    now.insert(0);
    const std::size_t last = rule.via.size() + 1;
    for (std::size_t i = 1; i < arcs.size(); ++i) {
      std::set<std::size_t> then;
      const bool is_back = arcs[i] == (arcs[i - 1] ^ 1);
      const bool is_again = std::any_of(arcs.begin(), arcs.begin() + static_cast<std::ptrdiff_t>(i),
                                        [&](std::uint32_t arc) { return arc / 2 == arcs[i] / 2; });
      for (const std::size_t stage : now) {
        if (stage >= 1 && stage < last && !is_again && road(arcs[i]) == rule.via[stage - 1]) then.insert(stage);
        if (stage + 1 < last && !is_again && road(arcs[i]) == rule.via[stage]) then.insert(stage + 1);
        const bool same_road = road(arcs[i]) == road(arcs[i - 1]);
        if (stage + 1 == last && holds(rule.to, road(arcs[i])) && !(same_road && is_back != rule.is_u_turn)) then.insert(last);
      }
      now = std::move(then);
    }
    return now;
  }

  // Whether a sequence fulfils the rule, now or after more arcs.
  bool can_fulfil(const Rule& rule, std::vector<std::uint32_t> arcs) const {
    const std::set<std::size_t> now = stages(rule, arcs);
    if (now.empty()) return false;
    if (now.contains(rule.via.size() + 1)) return true;
    for (const std::uint32_t arc : from_node_[head(arcs.back())]) {
      arcs.push_back(arc);
      const bool fulfils = can_fulfil(rule, arcs);
      arcs.pop_back();
      if (fulfils) return true;
    }
    return false;
  }

  // The restrictions in the middle of which a trip is after one more arc;
  // nullopt when one of them forbids it.
  std::optional<std::set<Item>> items_after(const std::set<Item>& before, std::uint32_t arc) const {
    std::set<Item> after;
    for (const auto& [rule_index, passed] : before) {
      const Rule& rule = rules_[rule_index];
      std::vector<std::uint32_t> arcs = passed;
      arcs.push_back(arc);
      const std::set<std::size_t> now = stages(rule, arcs);
      const bool is_at_end = now.contains(rule.via.size() + 1);
      const bool follows = can_fulfil(rule, arcs);
      if (rule.only ? !follows : is_at_end) return std::nullopt;
      if (follows && (now.size() > 1 || !is_at_end)) after.emplace(rule_index, arcs);
    }
    const auto [begin, end] = rules_from_.equal_range(road(arc));
    for (auto rule = begin; rule != end; ++rule) {
      if (can_fulfil(rules_[rule->second], {arc})) after.emplace(rule->second, std::vector{arc});
    }
    return after;
  }

  std::uint32_t state_of(std::uint32_t arc, std::set<Item> items) {
    const auto [found, added] = known_.try_emplace({arc, items}, static_cast<std::uint32_t>(states_.size()));
    if (added) states_.push_back({arc, std::move(items), {}});
    return found->second;
  }

  void build_states() {
    for (std::uint32_t arc = 0; arc < arcs_.size(); ++arc) start_state_.push_back(state_of(arc, *items_after({}, arc)));
    for (std::uint32_t i = 0; i < states_.size(); ++i) {
      const State state = states_[i];
      if (!arcs_[state.arc].is_for_me) continue;
      for (const std::uint32_t arc : from_node_[head(state.arc)]) {
        if (!arcs_[arc].is_for_me) continue;
        auto items = items_after(state.items, arc);
        if (!items) continue;
        const std::uint32_t next = state_of(arc, std::move(*items));  // May move `states_`.
        states_[i].next.emplace_back(arc, next);
      }
    }
  }

  const RoadGraph& graph_;
  const Profile& profile_;
  std::vector<Geometry> closed_;
  std::vector<Rule> rules_;
  std::multimap<std::string, std::uint32_t> rules_from_;  // By from road.
  std::vector<SlowArc> arcs_;                             // 2 * edge, plus 1 backward.
  std::vector<std::vector<std::uint32_t>> from_node_;
  mutable std::map<std::uint32_t, std::vector<Stretch>> closed_parts_;
  std::vector<State> states_;
  std::vector<std::uint32_t> start_state_;  // By arc.
  std::map<std::pair<std::uint32_t, std::set<Item>>, std::uint32_t> known_;
};

}  // namespace obnova::geo
