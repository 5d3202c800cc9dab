#include "geo/query/features/edge_tests.h"

#include <algorithm>
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

// The box without what lies on the other side of an edge: cut where the least
// of it is lost, so that no place of the edge is strictly within.
Box cut_by(const Edge& edge, const Box& box) {
  const Box around = edge.box();
  const double width_m = box.max.x_m - box.min.x_m;
  const double height_m = box.max.y_m - box.min.y_m;
  const double west = (around.max.x_m - box.min.x_m) / width_m;  // The shares lost when this side is cut.
  const double east = (box.max.x_m - around.min.x_m) / width_m;
  const double south = (around.max.y_m - box.min.y_m) / height_m;
  const double north = (box.max.y_m - around.min.y_m) / height_m;
  const double least = std::min({west, east, south, north});
  if (!(least > 0)) return box;  // It is not within.
  Box cut = box;
  if (least == west) {
    cut.min.x_m = around.max.x_m;
  } else if (least == east) {
    cut.max.x_m = around.min.x_m;
  } else if (least == south) {
    cut.min.y_m = around.max.y_m;
  } else {
    cut.max.y_m = around.min.y_m;
  }
  return cut;
}

}  // namespace

Box box_within(const GeometryView& area) {
  if (!is_one_ring(area)) return {};
  Box inner = area.box();
  const bool is_used_up = any_edge(area, [&inner](const Edge& edge) {
    inner = cut_by(edge, inner);
    return !(inner.min.x_m < inner.max.x_m && inner.min.y_m < inner.max.y_m);
  });
  // No edge comes in: where its middle is in the area, all of it is.
  return !is_used_up && covers(area, middle_of(inner)) ? inner : Box{};
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
