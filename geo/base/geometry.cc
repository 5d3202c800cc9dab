#include "geo/base/geometry.h"

#include <utility>

#include "geo/base/ring.h"

namespace obnova {

int dimension(GeometryKind kind) {
  switch (kind) {
    case GeometryKind::kNone:
      return -1;
    case GeometryKind::kPoint:
    case GeometryKind::kMultiPoint:
      return 0;
    case GeometryKind::kLineString:
    case GeometryKind::kMultiLineString:
      return 1;
    case GeometryKind::kPolygon:
    case GeometryKind::kMultiPolygon:
      return 2;
  }
  return -1;
}

Box GeometryView::box() const {
  Box box;
  for (const Point& p : points) box.add(p);
  return box;
}

Geometry Geometry::point(Point p) { return {.kind = GeometryKind::kPoint, .points = {p}, .path_ends = {1}, .part_ends = {}}; }

Geometry Geometry::line(std::vector<Point> points) {
  const auto count = static_cast<std::uint32_t>(points.size());
  return {.kind = GeometryKind::kLineString, .points = std::move(points), .path_ends = {count}, .part_ends = {}};
}

Geometry Geometry::polygon(std::vector<Point> outline) {
  if (!outline.empty() && outline.front() != outline.back()) outline.push_back(outline.front());
  remove_repeats(outline, 0);
  turn_ring(outline, true);
  const auto count = static_cast<std::uint32_t>(outline.size());
  return {.kind = GeometryKind::kPolygon, .points = std::move(outline), .path_ends = {count}, .part_ends = {1}};
}

Geometry Geometry::rectangle(const Box& box) { return polygon({box.min, {box.max.x_m, box.min.y_m}, box.max, {box.min.x_m, box.max.y_m}}); }

Geometry Geometry::copy_of(const GeometryView& view) {
  return {.kind = view.kind,
          .points = {view.points.begin(), view.points.end()},
          .path_ends = {view.path_ends.begin(), view.path_ends.end()},
          .part_ends = {view.part_ends.begin(), view.part_ends.end()}};
}

}  // namespace obnova
