#include "geo/network/noding.h"

#include <bit>

#include "geo/base/measure.h"

namespace obnova::geo {
namespace {

constexpr std::uint32_t kPollEvery = 4096;

// How often a vertex is used; two is "twice or more, or a line ends here".
using UseCounts = std::unordered_map<Point, std::uint8_t, PointHash>;

bool is_line(const GeometryView& shape) {
  return shape.kind == GeometryKind::kLineString || shape.kind == GeometryKind::kMultiLineString;
}

Error cancelled() { return {ErrorCode::kCancelled, "Joining roads to a network was cancelled."}; }

void count_line(std::span<const Point> line, UseCounts& uses) {
  for (const Point p : line) {
    std::uint8_t& count = uses[p];
    if (count < 2) ++count;
  }
  uses[line.front()] = 2;
  uses[line.back()] = 2;
}

Result<UseCounts> count_uses(const Layer& roads, const Limits& limits) {
  UseCounts uses;
  std::uint32_t count = 0;
  for (const FeatureId road : roads.features()) {
    if (count++ % kPollEvery == 0 && limits.stopped()) return std::unexpected(cancelled());
    const GeometryView shape = roads.geometry(road);
    if (!is_line(shape)) continue;
    for (std::size_t path = 0; path < shape.path_ends.size(); ++path) {
      if (!shape.path(path).empty()) count_line(shape.path(path), uses);
    }
  }
  return uses;
}

RoadNodeId node_of(Point place, NodedRoads& noded) {
  const RoadNodeId next = {static_cast<std::uint32_t>(noded.node_places.size())};
  const auto [found, added] = noded.node_at.try_emplace(place, next);
  if (added) noded.node_places.push_back(place);
  return found->second;
}

void add_edge(std::span<const Point> points, FeatureId road, NodedRoads& noded) {
  Edge edge{.from = node_of(points.front(), noded), .to = {}, .road = road, .length_m = 0};
  edge.to = node_of(points.back(), noded);
  for (std::size_t i = 1; i < points.size(); ++i) edge.length_m += distance_m(points[i - 1], points[i]);
  if (edge.length_m == 0) ++noded.zero_length_count;
  noded.edge_points.insert(noded.edge_points.end(), points.begin(), points.end());
  noded.edge_point_starts.push_back(noded.edge_points.size());
  noded.edges.push_back(edge);
}

void cut_line(std::span<const Point> line, FeatureId road, const UseCounts& uses, NodedRoads& noded) {
  std::size_t begin = 0;
  for (std::size_t i = 1; i < line.size(); ++i) {
    if (uses.at(line[i]) < 2) continue;
    add_edge(line.subspan(begin, i - begin + 1), road, noded);
    begin = i;
  }
}

}  // namespace

std::size_t PointHash::operator()(Point p) const noexcept {
  // Adding zero makes -0.0 and 0.0, which are equal, hash alike.
  const auto x = std::bit_cast<std::uint64_t>(p.x_m + 0.0);
  const auto y = std::bit_cast<std::uint64_t>(p.y_m + 0.0);
  std::uint64_t hash = (x ^ (x >> 32)) * 0x9E3779B97F4A7C15ULL;
  hash = (hash ^ (hash >> 29) ^ y) * 0xBF58476D1CE4E5B9ULL;
  return static_cast<std::size_t>(hash ^ (hash >> 32));
}

Result<NodedRoads> node_roads(const Layer& roads, std::span<const Point> cut_places, const Limits& limits) {
  Result<UseCounts> uses = count_uses(roads, limits);
  if (!uses) return std::unexpected(uses.error());
  for (const Point place : cut_places) {
    const auto found = uses->find(place);
    if (found != uses->end()) found->second = 2;
  }
  NodedRoads noded;
  noded.edge_point_starts.push_back(0);
  noded.first_edge_of_road.push_back(0);
  for (std::uint32_t i = 0; i < roads.row_count(); ++i) {
    if (i % kPollEvery == 0 && limits.stopped()) return std::unexpected(cancelled());
    const GeometryView shape = roads.geometry({i});
    if (is_line(shape)) {
      for (std::size_t path = 0; path < shape.path_ends.size(); ++path) cut_line(shape.path(path), {i}, *uses, noded);
    } else if (roads.exists({i})) {
      ++noded.not_line_count;
    }
    noded.first_edge_of_road.push_back(static_cast<std::uint32_t>(noded.edges.size()));
  }
  return noded;
}

}  // namespace obnova::geo
