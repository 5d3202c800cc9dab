#include "geo/query/features/shape_probe.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace obnova::geo {
namespace {

bool inside(const Box& inner, const Box& outer) { return outer.contains(inner.min) && outer.contains(inner.max); }

bool is_flat(const Box& box) { return box.min.x_m == box.max.x_m || box.min.y_m == box.max.y_m; }

// The same places as a flat window: GEOS answers nothing sensible for areas
// without an inside.
Geometry line_or_point(const Box& box) { return box.min == box.max ? Geometry::point(box.min) : Geometry::line({box.min, box.max}); }

}  // namespace

bool is_window(const GeometryView& shape) {
  if (shape.kind != GeometryKind::kPolygon || shape.path_ends.size() != 1) return false;
  const Box box = shape.box();
  if (is_flat(box)) return true;
  if (shape.points.size() != 5) return false;
  // From corner to corner along the sides, each corner once.
  for (std::size_t i = 0; i < 4; ++i) {
    const Point a = shape.points[i];
    const Point b = shape.points[i + 1];
    const bool at_corner = (a.x_m == box.min.x_m || a.x_m == box.max.x_m) && (a.y_m == box.min.y_m || a.y_m == box.max.y_m);
    if (!at_corner || (a.x_m != b.x_m && a.y_m != b.y_m)) return false;
  }
  return shape.points[0].x_m != shape.points[2].x_m && shape.points[0].y_m != shape.points[2].y_m &&
         shape.points[1].x_m != shape.points[3].x_m && shape.points[1].y_m != shape.points[3].y_m;
}

Result<ShapeProbe> ShapeProbe::make(const Geometry& shape) {
  if (shape.kind == GeometryKind::kNone || shape.points.empty()) return failure(ErrorCode::kInvalidArgument, "The shape to meet is empty.");
  const bool window = geo::is_window(shape.view());
  const Box box = shape.view().box();
  if (!window) {
    if (const auto problem = validity_problem(shape.view())) {
      return failure(ErrorCode::kInvalidArgument, fmt::format("The shape to meet is not valid: {}", *problem));
    }
  }
  Result<PreparedShape> prepared = PreparedShape::make((window && is_flat(box) ? line_or_point(box) : shape).view());
  if (!prepared) return std::unexpected(std::move(prepared.error()));
  return ShapeProbe(box, window, *std::move(prepared));
}

Result<bool> ShapeProbe::meets(const GeometryView& feature, const Box& box) const {
  if (!box_.intersects(box)) return false;
  if (is_window_) {
    const auto in_window = [this](Point p) { return box_.contains(p); };
    if (inside(box, box_) || std::ranges::any_of(feature.points, in_window)) return true;
    if (feature.kind == GeometryKind::kPoint || feature.kind == GeometryKind::kMultiPoint) return false;
  }
  return shape_.intersects(feature);
}

}  // namespace obnova::geo
