#include "geo/query/features/edge_tests.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>

#include "geo/base/measure.h"
#include "geo/base/ring.h"

namespace obnova::geo {
namespace {

struct Edge {
  Point a;
  Point b;

  Box box() const { return {{std::min(a.x_m, b.x_m), std::min(a.y_m, b.y_m)}, {std::max(a.x_m, b.x_m), std::max(a.y_m, b.y_m)}}; }
};

Point middle_of(const Box& box) { return {(box.min.x_m + box.max.x_m) / 2, (box.min.y_m + box.max.y_m) / 2}; }

bool is_one_ring(const GeometryView& area) { return area.kind == GeometryKind::kPolygon && area.path_ends.size() == 1; }

// Calls `visit` for every edge of lines and areas until it returns true; says whether one did.
template <typename Visit>
bool any_edge(const GeometryView& shape, const Visit& visit) {
  if (dimension(shape.kind) < 1) return false;
  for (std::size_t index = 0; index < shape.path_ends.size(); ++index) {
    const std::span<const Point> path = shape.path(index);
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
      if (visit(Edge{path[i], path[i + 1]})) return true;
    }
  }
  return false;
}

// True when the ends lie on the two sides of the line, or on it.
bool straddles(const Edge& line, const Edge& ends) {
  return orientation(line.a, line.b, ends.a) * orientation(line.a, line.b, ends.b) <= 0;
}

// Edges on one line straddle each other wherever they lie; then their boxes tell.
bool meet(const Edge& one, const Edge& other) {
  return one.box().intersects(other.box()) && straddles(one, other) && straddles(other, one);
}

// True when some of the edge lies strictly within the box.
bool enters(const Edge& edge, const Box& box) {
  const Box around = edge.box();
  if (around.max.x_m <= box.min.x_m || around.min.x_m >= box.max.x_m || around.max.y_m <= box.min.y_m || around.min.y_m >= box.max.y_m)
    return false;
  const std::array<Point, 4> corners = {box.min, {box.max.x_m, box.min.y_m}, box.max, {box.min.x_m, box.max.y_m}};
  bool any_left = false;
  bool any_right = false;
  for (const Point corner : corners) {
    const int turn = orientation(edge.a, edge.b, corner);
    any_left = any_left || turn > 0;
    any_right = any_right || turn < 0;
  }
  return any_left && any_right;
}

// The box cut so far in that no vertex beside one of its sides is within. A
// vertex at a corner is beside two sides.
Box cut_by_vertices(const GeometryView& area) {
  constexpr double kCornerShare = 0.75;
  const Box outer = area.box();
  const Point middle = middle_of(outer);
  const double half_width = (outer.max.x_m - outer.min.x_m) / 2;
  const double half_height = (outer.max.y_m - outer.min.y_m) / 2;
  Box inner = outer;
  for (const Point p : area.points) {
    const double east = (p.x_m - middle.x_m) / half_width;
    const double north = (p.y_m - middle.y_m) / half_height;
    if (std::abs(east) >= kCornerShare * std::abs(north)) {
      if (east < 0) inner.min.x_m = std::max(inner.min.x_m, p.x_m);
      if (east > 0) inner.max.x_m = std::min(inner.max.x_m, p.x_m);
    }
    if (std::abs(north) >= kCornerShare * std::abs(east)) {
      if (north < 0) inner.min.y_m = std::max(inner.min.y_m, p.y_m);
      if (north > 0) inner.max.y_m = std::min(inner.max.y_m, p.y_m);
    }
  }
  return inner;
}

}  // namespace

Box box_within(const GeometryView& area) {
  if (!is_one_ring(area)) return {};
  const Box inner = cut_by_vertices(area);
  if (!(inner.min.x_m < inner.max.x_m && inner.min.y_m < inner.max.y_m)) return {};
  // No edge comes in and its middle is in the area: then all of it is.
  const bool is_cut = any_edge(area, [&inner](const Edge& edge) { return enters(edge, inner); });
  return !is_cut && covers(area, middle_of(inner)) ? inner : Box{};
}

bool runs_around_its_middle(const GeometryView& area) {
  if (!is_one_ring(area) || area.points.size() < 4) return false;
  const Point middle = middle_of(area.box());
  const bool turns_back = any_edge(area, [middle](const Edge& edge) { return orientation(middle, edge.a, edge.b) <= 0; });
  if (turns_back) return false;
  // Each time around it rises once past the middle.
  std::size_t rise_count = 0;
  any_edge(area, [&](const Edge& edge) {
    if (edge.a.y_m <= middle.y_m && edge.b.y_m > middle.y_m) ++rise_count;
    return false;
  });
  return rise_count == 1;
}

bool meet_by_edges(const GeometryView& area, const GeometryView& shape) {
  if (std::ranges::any_of(shape.points, [&area](Point p) { return covers(area, p); })) return true;
  const Box box = area.box();
  const bool edges_meet = any_edge(shape, [&](const Edge& edge) {
    return box.intersects(edge.box()) && any_edge(area, [&edge](const Edge& of_area) { return meet(edge, of_area); });
  });
  if (edges_meet) return true;
  // No boundary meets another: what is left is that the shape holds a part of the area.
  return dimension(shape.kind) == 2 && std::ranges::any_of(area.points, [&shape](Point p) { return covers(shape, p); });
}

}  // namespace obnova::geo
