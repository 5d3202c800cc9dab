#include "geo/io/grid_placement.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

namespace obnova::geo {
namespace {

// Moves points in place by a way for shapes.
template <typename Way>
Result<void> move_points(std::span<Point> points, const Way& way) {
  const auto count = static_cast<std::uint32_t>(points.size());
  if (count == 0) return {};
  const Result<Geometry> moved = way(GeometryView{GeometryKind::kMultiPoint, points, {&count, 1}, {}});
  if (!moved) return std::unexpected(moved.error());
  std::ranges::copy(moved->points, points.begin());
  return {};
}

}  // namespace

Result<PlacedCells> place_cells(const std::string& crs, const std::string& plane_crs) {
  auto made = Projection::make(crs, plane_crs);
  if (!made) return std::unexpected(made.error());
  const auto projection = std::make_shared<const Projection>(std::move(*made));
  PlacedCells placed{.placement = {}, .operation = projection->note(), .crs_wkt = projection->source_wkt()};
  placed.placement.crs = placed.operation.source_crs;
  const std::string& code = placed.placement.crs;
  // Only a code of a registry proves that both are the same.
  const bool on_plane = code == placed.operation.target_crs && code == projection->plane_code() && code.starts_with("EPSG:");
  if (on_plane) return placed;
  placed.placement.to_plane = [projection](std::span<Point> points) {
    return move_points(points, [&](const GeometryView& shape) { return projection->to_plane(shape); });
  };
  placed.placement.from_plane = [projection](std::span<Point> points) {
    return move_points(points, [&](const GeometryView& shape) { return projection->to_source(shape); });
  };
  return placed;
}

}  // namespace obnova::geo
