#include "geo/query/features/shape_probe.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "geo/base/measure.h"
#include "geo/query/features/edge_tests.h"

namespace obnova::geo {
namespace {

// Shapes of more vertices are prepared: looking at all their edges costs more.
constexpr std::size_t kSmallVertexCount = 64;

bool is_flat(const Box& box) { return box.min.x_m == box.max.x_m || box.min.y_m == box.max.y_m; }

// The same places as a flat window: GEOS answers nothing sensible for areas
// without an inside.
Geometry line_or_point(const Box& box) { return box.min == box.max ? Geometry::point(box.min) : Geometry::line({box.min, box.max}); }

bool is_points(GeometryKind kind) { return kind == GeometryKind::kPoint || kind == GeometryKind::kMultiPoint; }

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
  ShapeProbe probe(shape);
  const GeometryView view = probe.shape_.view();
  probe.is_window_ = geo::is_window(view);
  if (!probe.is_window_ && !runs_around_its_middle(view)) {
    if (const auto problem = validity_problem(view)) {
      return failure(ErrorCode::kInvalidArgument, fmt::format("The shape to meet is not valid: {}", *problem));
    }
  }
  const bool is_flat_window = probe.is_window_ && is_flat(probe.box_);
  probe.inner_ = probe.is_window_ ? probe.box_ : box_within(view);
  probe.is_small_area_ = dimension(shape.kind) == 2 && !is_flat_window && view.points.size() <= kSmallVertexCount;
  if (is_flat_window) probe.shape_ = line_or_point(probe.box_);
  return probe;
}

// A feature reaches every side of its box. So where one side lies within the
// inner box, a place of the feature does.
bool ShapeProbe::surely_meets(const Box& box) const {
  const bool south_west = inner_.contains(box.min);
  const bool south_east = inner_.contains({box.max.x_m, box.min.y_m});
  const bool north_east = inner_.contains(box.max);
  const bool north_west = inner_.contains({box.min.x_m, box.max.y_m});
  return (south_west && (south_east || north_west)) || (north_east && (south_east || north_west));
}

Result<bool> ShapeProbe::meets(const GeometryView& feature, const Box& box) const {
  if (!box_.intersects(box)) return false;
  if (surely_meets(box)) return true;
  if (is_window_) {
    const auto in_window = [this](Point p) { return box_.contains(p); };
    if (std::ranges::any_of(feature.points, in_window)) return true;
    if (is_points(feature.kind)) return false;
  }
  if (is_small_area_) return meet_by_edges(shape_.view(), feature);
  return ask_prepared(feature);
}

Result<bool> ShapeProbe::ask_prepared(const GeometryView& feature) const {
  if (!prepared_) {
    Result<PreparedShape> prepared = PreparedShape::make(shape_.view());
    if (!prepared) return std::unexpected(std::move(prepared.error()));
    prepared_ = *std::move(prepared);
  }
  return prepared_->intersects(feature);
}

}  // namespace obnova::geo
