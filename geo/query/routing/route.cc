#include "geo/query/routing/route.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "geo/base/measure.h"

namespace obnova::geo {
namespace {

constexpr std::size_t kMaxNamedRoads = 3;

void add_point(Point p, std::vector<Point>& line) {
  if (line.empty() || line.back() != p) line.push_back(p);
}

// Appends the part of an edge between two offsets, in the direction from one to the other.
void add_piece(const RoadGraph& graph, const PathPiece& piece, Point begin, Point end, std::vector<Point>& line) {
  const std::span<const Point> points = graph.edge_points(graph.arc(piece.arc).edge);
  const auto [least_m, most_m] = std::minmax(piece.from_m, piece.to_m);
  std::vector<Point> between;
  double passed_m = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i > 0) passed_m += distance_m(points[i - 1], points[i]);
    if (least_m < passed_m && passed_m < most_m) between.push_back(points[i]);
  }
  if (piece.from_m > piece.to_m) std::ranges::reverse(between);
  add_point(begin, line);
  for (const Point p : between) add_point(p, line);
  add_point(end, line);
}

// Pieces joined by road; the parts add up to the whole exactly.
RouteLeg leg_of(const Metric& metric, const Path& path) {
  const RoadGraph& graph = metric.graph();
  RouteLeg leg{.time = path.time, .length_m = path.length_m, .steps = {}};
  for (const PathPiece& piece : path.pieces) {
    const FeatureId road = graph.edge(graph.arc(piece.arc).edge).road;
    if (leg.steps.empty() || leg.steps.back().road != road) leg.steps.push_back({.road = road, .time = 0, .length_m = 0});
    RouteStep& step = leg.steps.back();
    if (piece.from_m != piece.to_m || path.pieces.size() > 1) step.time += metric.time_between(piece.arc, piece.from_m, piece.to_m);
    step.length_m += std::abs(piece.to_m - piece.from_m);
  }
  return leg;
}

void add_line(const RoadGraph& graph, const Path& path, const NetworkPlace& from, const NetworkPlace& to, std::vector<Point>& line) {
  for (std::size_t i = 0; i < path.pieces.size(); ++i) {
    const Arc& arc = graph.arc(path.pieces[i].arc);
    const Point begin = i == 0 ? from.place : graph.node_place(arc.tail);
    const Point end = i + 1 == path.pieces.size() ? to.place : graph.node_place(arc.head);
    add_piece(graph, path.pieces[i], begin, end, line);
  }
}

std::string_view words_of(SnapFailure failure) {
  switch (failure) {
    case SnapFailure::kNone: return "meets the network";
    case SnapFailure::kTooFar: return "is too far from any road";
    case SnapFailure::kNoAccessForProfile: return "has no road near that this profile may use";
    case SnapFailure::kInsideBarrier: return "lies inside a closed area";
  }
  return {};
}

// The roads of a path that the traveller cannot pass in fact, first ones first.
std::string blocking_roads(const RoadGraph& graph, const Metric& metric, const Path& path, Passage passage) {
  std::vector<std::string> names;
  for (const PathPiece& piece : path.pieces) {
    if (metric.passage(piece.arc) != passage) continue;
    const FeatureId road = graph.edge(graph.arc(piece.arc).edge).road;
    const std::string_view title = graph.roads().title_of(road);
    const std::string_view id = graph.roads().feature_name(road);
    std::string name = title.empty() ? std::string(id) : fmt::format("{} ({})", title, id);
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  if (names.size() > kMaxNamedRoads) {
    const std::size_t more_count = names.size() - kMaxNamedRoads;
    names.resize(kMaxNamedRoads);
    names.push_back(fmt::format("{} more", more_count));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

struct Absence {
  NoRouteReason reason = NoRouteReason::kNoPassage;
  std::string message;
};

// Tells why a leg has no path: the first thing that would have to change.
class Explanation {
 public:
  Explanation(const TravelNetwork& network, const NetworkPlace& from, const NetworkPlace& to, std::size_t leg, const Limits& limits)
      : network_(network), from_(from), to_(to), leg_(leg), limits_(limits) {}

  Result<Absence> find() const {
    const RoadGraph& graph = network_.graph();
    if (graph.component_of(from_.edge) != graph.component_of(to_.edge)) {
      return Absence{NoRouteReason::kDisconnected, sentence("no road connects them")};
    }
    auto found = path_over(network_.open_metric(), NoRouteReason::kClosed, Passage::kClosed, "the closed areas cut every way, on {}");
    if (!found || *found) return found ? Result<Absence>(**found) : std::unexpected(found.error());
    found = path_relaxed({.ignores_damage = true}, NoRouteReason::kDamaged, Passage::kDamaged,
                         "only destroyed or unbuilt roads lead there: {}");
    if (!found || *found) return found ? Result<Absence>(**found) : std::unexpected(found.error());
    found = path_relaxed({.ignores_physical_limits = true}, NoRouteReason::kNoPassage, Passage::kTooNarrow,
                         "the vehicle exceeds a limit of {}");
    if (!found || *found) return found ? Result<Absence>(**found) : std::unexpected(found.error());
    return Absence{NoRouteReason::kNoPassage, sentence("access rules, one-way streets or turn restrictions leave no way for this profile")};
  }

 private:
  std::string sentence(std::string_view why) const {
    return fmt::format("There is no way from place {} to place {}: {}.", leg_ + 1, leg_ + 2, why);
  }

  Result<std::optional<Absence>> path_over(const Metric& metric, NoRouteReason reason, Passage passage, const char* words) const {
    const Result<std::optional<Path>> path = fastest_path(metric, from_, to_, limits_);
    if (!path) return std::unexpected(path.error());
    if (!*path) return std::nullopt;
    const std::string roads = blocking_roads(network_.graph(), network_.metric(), **path, passage);
    return Absence{reason, sentence(fmt::format(fmt::runtime(words), roads))};
  }

  Result<std::optional<Absence>> path_relaxed(MetricOptions options, NoRouteReason reason, Passage passage, const char* words) const {
    const auto metric = network_.relaxed_metric(options);
    if (!metric) return std::unexpected(metric.error());
    return path_over(**metric, reason, passage, words);
  }

  const TravelNetwork& network_;
  const NetworkPlace& from_;
  const NetworkPlace& to_;
  std::size_t leg_;
  const Limits& limits_;
};

// False when a place does not meet the network; the answer then says so.
bool snap_places(const TravelNetwork& network, std::span<const Point> places, RouteAnswer& answer) {
  for (std::size_t i = 0; i < places.size(); ++i) {
    answer.snaps.push_back(network.snap(places[i]));
    const Snap& snap = answer.snaps.back();
    if (snap.on_network || answer.reason != NoRouteReason::kNone) continue;
    answer.reason = NoRouteReason::kNoSnap;
    answer.message = fmt::format("Place {} {}.", i + 1, words_of(snap.failure));
  }
  return answer.reason == NoRouteReason::kNone;
}

}  // namespace

Result<RouteAnswer> find_route(const TravelNetwork& network, std::span<const Point> places, const Limits& limits) {
  if (places.size() < 2) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("A route needs at least 2 places, got {}.", places.size()), "places");
  }
  RouteAnswer answer;
  if (!snap_places(network, places, answer)) return answer;
  Route route;
  for (std::size_t i = 0; i + 1 < places.size(); ++i) {
    const NetworkPlace& from = *answer.snaps[i].on_network;
    const NetworkPlace& to = *answer.snaps[i + 1].on_network;
    const Result<std::optional<Path>> path = fastest_path(network.metric(), from, to, limits);
    if (!path) return std::unexpected(path.error());
    if (!*path) {
      Result<Absence> absence = Explanation(network, from, to, i, limits).find();
      if (!absence) return std::unexpected(absence.error());
      answer.reason = absence->reason;
      answer.message = std::move(absence->message);
      return answer;
    }
    route.legs.push_back(leg_of(network.metric(), **path));
    route.time += (*path)->time;
    route.length_m += (*path)->length_m;
    add_line(network.graph(), **path, from, to, route.line);
  }
  if (route.line.size() == 1) route.line.push_back(route.line.front());
  answer.route = std::move(route);
  return answer;
}

}  // namespace obnova::geo
