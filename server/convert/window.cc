#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "server/convert/geometry.h"

namespace obnova::server {
namespace {

// A rectangle of degrees, or of meters, whose edges will be bent.
struct Rectangle {
  Point min;
  Point max;
};

// The outline in pieces no longer than `step`, at most kMaxPieces an edge.
std::vector<Point> outline_in_pieces(const Rectangle& r, double step) {
  constexpr double kMaxPieces = 512;
  const Point corners[] = {r.min, {r.max.x_m, r.min.y_m}, r.max, {r.min.x_m, r.max.y_m}, r.min};
  std::vector<Point> result = {corners[0]};
  for (int edge = 0; edge < 4; ++edge) {
    const Point a = corners[edge];
    const Point b = corners[edge + 1];
    const double length = std::abs(b.x_m - a.x_m) + std::abs(b.y_m - a.y_m);
    const int pieces = static_cast<int>(std::clamp(std::ceil(length / step), 1.0, kMaxPieces));
    for (int i = 1; i < pieces; ++i) {
      const double share = static_cast<double>(i) / pieces;
      result.push_back({a.x_m + (b.x_m - a.x_m) * share, a.y_m + (b.y_m - a.y_m) * share});
    }
    result.push_back(b);
  }
  return result;
}

// The rectangle as a shape. Between two vertices an edge strays from the line of
// equal degrees by less than the room that is added, so edges belong to the
// window; the room is less than half the seventh decimal of a degree.
Geometry shape_of(const Rectangle& r) {
  constexpr double kStep_deg = 0.004;
  constexpr double kRoom_deg = 4e-8;
  const Rectangle grown = {{r.min.x_m - kRoom_deg, r.min.y_m - kRoom_deg}, {r.max.x_m + kRoom_deg, r.max.y_m + kRoom_deg}};
  return Geometry::polygon(outline_in_pieces(grown, kStep_deg));
}

Box around(std::span<const Point> points) {
  Box box;
  for (const Point& p : points) box.add(p);
  return box;
}

// The degrees that hold the extent, with some room for what bends between vertices.
Result<Box> degrees_around(const Box& extent, const geo::Projection& projection) {
  const double step_m = std::max(extent.max.x_m - extent.min.x_m, extent.max.y_m - extent.min.y_m) / 32 + 1;
  const Geometry outline = Geometry::line(outline_in_pieces({extent.min, extent.max}, step_m));
  const Result<Geometry> degrees = projection.to_source(outline.view());
  if (!degrees) return std::unexpected(degrees.error());
  const Box box = around(degrees->points);
  const double room_deg = 0.0001 + 0.001 * std::max(box.max.x_m - box.min.x_m, box.max.y_m - box.min.y_m);
  return box.grown(room_deg);
}

std::optional<std::string> problem_of(const Rectangle& w) {
  for (const double degrees : {w.min.x_m, w.min.y_m, w.max.x_m, w.max.y_m}) {
    if (!std::isfinite(degrees)) return "An edge of the window is not finite.";
  }
  if (std::abs(w.min.x_m) > 180 || std::abs(w.max.x_m) > 180) return "A longitude of the window is not between -180 and 180 degrees.";
  if (std::abs(w.min.y_m) > 90 || std::abs(w.max.y_m) > 90) return "A latitude of the window is not between -90 and 90 degrees.";
  if (w.min.x_m > w.max.x_m) return fmt::format("The window ends at {} degrees east before it begins at {}.", w.max.x_m, w.min.x_m);
  if (w.min.y_m > w.max.y_m) return fmt::format("The window ends at {} degrees north before it begins at {}.", w.max.y_m, w.min.y_m);
  return std::nullopt;
}

// A shape that nothing within the extent meets.
Geometry beyond(const Box& extent) {
  const Point corner = extent.empty() ? Point{} : Point{extent.max.x_m + 1, extent.max.y_m + 1};
  return Geometry::rectangle({corner, {corner.x_m + 1, corner.y_m + 1}});
}

// So small that it needs no cut where it lies on the plane at all.
bool is_small(const Rectangle& r) {
  constexpr double kSmall_deg = 0.1;
  return r.max.x_m - r.min.x_m <= kSmall_deg && r.max.y_m - r.min.y_m <= kSmall_deg;
}

Result<Geometry> cut_to_plane(const Rectangle& wanted, const Box& extent, const geo::Projection& projection, const std::string& field) {
  const Result<Box> known = degrees_around(extent, projection);
  if (!known) return std::unexpected(known.error());
  if (!Box{wanted.min, wanted.max}.intersects(*known)) return beyond(extent);
  const Rectangle part = {{std::max(wanted.min.x_m, known->min.x_m), std::max(wanted.min.y_m, known->min.y_m)},
                          {std::min(wanted.max.x_m, known->max.x_m), std::min(wanted.max.y_m, known->max.y_m)}};
  Result<Geometry> shape = projection.to_plane(shape_of(part).view());
  if (!shape) return failure(shape.error().code, shape.error().message, field);
  return shape;
}

Result<Geometry> bring_to_plane(const Rectangle& wanted, const Box& extent, const geo::Projection& projection, const std::string& field) {
  if (extent.empty()) return beyond(extent);
  if (is_small(wanted)) {
    Result<Geometry> shape = projection.to_plane(shape_of(wanted).view());
    if (shape) return shape;
  }
  return cut_to_plane(wanted, extent, projection, field);
}

// All of them by one question to PROJ. Fails where one does not lie on the plane.
Result<std::vector<Geometry>> bring_to_plane_at_once(std::span<const Rectangle> windows, const geo::Projection& projection) {
  std::vector<Geometry> shapes;
  shapes.reserve(windows.size());
  std::vector<Point> all;
  for (const Rectangle& window : windows) {
    shapes.push_back(shape_of(window));
    all.insert(all.end(), shapes.back().points.begin(), shapes.back().points.end());
  }
  const auto point_count = static_cast<std::uint32_t>(all.size());
  const Result<Geometry> on_plane = projection.to_plane(GeometryView{GeometryKind::kMultiPoint, all, {&point_count, 1}, {}});
  if (!on_plane) return std::unexpected(on_plane.error());
  auto next = on_plane->points.begin();
  for (Geometry& shape : shapes) {
    const auto end = next + static_cast<std::ptrdiff_t>(shape.points.size());
    shape.points.assign(next, end);
    next = end;
  }
  return shapes;
}

}  // namespace

Result<Geometry> to_plane(const v1::LngLatBox& window, const Box& extent, const geo::Projection& projection, const std::string& field) {
  const Rectangle wanted = {{window.west_deg(), window.south_deg()}, {window.east_deg(), window.north_deg()}};
  if (const auto problem = problem_of(wanted)) return failure(ErrorCode::kInvalidArgument, *problem, field);
  return bring_to_plane(wanted, extent, projection, field);
}

Result<std::vector<Geometry>> to_plane(std::span<const double> windows_deg, const Box& extent, const geo::Projection& projection,
                                       const std::string& field) {
  std::vector<Rectangle> windows;
  for (std::size_t i = 0; i + 4 <= windows_deg.size(); i += 4) {
    windows.push_back({{windows_deg[i], windows_deg[i + 1]}, {windows_deg[i + 2], windows_deg[i + 3]}});
    if (const auto problem = problem_of(windows.back()))
      return failure(ErrorCode::kInvalidArgument, *problem, fmt::format("{}[{}]", field, i));
  }
  if (!extent.empty() && std::ranges::all_of(windows, is_small)) {
    auto shapes = bring_to_plane_at_once(windows, projection);
    if (shapes) return shapes;
  }
  std::vector<Geometry> shapes;
  for (const Rectangle& window : windows) {
    auto shape = bring_to_plane(window, extent, projection, fmt::format("{}[{}]", field, 4 * shapes.size()));
    if (!shape) return std::unexpected(shape.error());
    shapes.push_back(std::move(*shape));
  }
  return shapes;
}

v1::LngLatBox Degrees::window(const Box& on_plane) {
  v1::LngLatBox result;
  const double step_m = std::max(on_plane.max.x_m - on_plane.min.x_m, on_plane.max.y_m - on_plane.min.y_m) / 32 + 1;
  const Geometry outline = Geometry::line(outline_in_pieces({on_plane.min, on_plane.max}, step_m));
  const Result<Geometry> degrees = projection_.to_source(outline.view());
  if (!degrees) {
    if (!error_) error_ = degrees.error();
    return result;
  }
  const Box box = around(degrees->points);
  result.set_west_deg(box.min.x_m);
  result.set_south_deg(box.min.y_m);
  result.set_east_deg(box.max.x_m);
  result.set_north_deg(box.max.y_m);
  return result;
}

}  // namespace obnova::server
