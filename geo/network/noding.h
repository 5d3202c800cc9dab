#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <unordered_map>
#include <vector>

#include "geo/base/limits.h"
#include "geo/base/result.h"
#include "geo/network/road_graph.h"

namespace obnova::geo {

// Only for `RoadGraph::build`: lines become nodes and edges.

struct PointHash {
  std::size_t operator()(Point p) const noexcept;
};

// Roads cut where they meet. Edges are numbered along each road, road by road;
// nodes in the order in which the edges meet them.
struct NodedRoads {
  std::vector<Point> node_places;
  std::vector<Edge> edges;
  std::vector<std::uint64_t> edge_point_starts;  // One more than edges.
  std::vector<Point> edge_points;
  std::vector<std::uint32_t> first_edge_of_road;  // One more than rows of the roads layer.
  std::unordered_map<Point, RoadNodeId, PointHash> node_at;
  std::int64_t zero_length_count = 0;
  std::int64_t not_line_count = 0;
};

// Cuts the lines of the roads at their ends, at every vertex that is used
// twice or more (by one line or several), and at those `cut_places` that are a
// vertex. Features that are no lines are counted and have no edges.
Result<NodedRoads> node_roads(const Layer& roads, std::span<const Point> cut_places, const Limits& limits);

}  // namespace obnova::geo
