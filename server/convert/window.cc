#include <algorithm>
#include <cmath>

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

std::optional<std::string> problem_of(const v1::LngLatBox& w) {
  for (const double degrees : {w.west_deg(), w.south_deg(), w.east_deg(), w.north_deg()}) {
    if (!std::isfinite(degrees)) return "An edge of the window is not finite.";
  }
  if (std::abs(w.west_deg()) > 180 || std::abs(w.east_deg()) > 180) return "A longitude of the window is not between -180 and 180 degrees.";
  if (std::abs(w.south_deg()) > 90 || std::abs(w.north_deg()) > 90) return "A latitude of the window is not between -90 and 90 degrees.";
  if (w.west_deg() > w.east_deg())
    return fmt::format("The window ends at {} degrees east before it begins at {}.", w.east_deg(), w.west_deg());
  if (w.south_deg() > w.north_deg())
    return fmt::format("The window ends at {} degrees north before it begins at {}.", w.north_deg(), w.south_deg());
  return std::nullopt;
}

// A shape that nothing within the extent meets.
Geometry beyond(const Box& extent) {
  const Point corner = extent.empty() ? Point{} : Point{extent.max.x_m + 1, extent.max.y_m + 1};
  return Geometry::rectangle({corner, {corner.x_m + 1, corner.y_m + 1}});
}

}  // namespace

Result<Geometry> to_plane(const v1::LngLatBox& window, const Box& extent, const geo::Projection& projection, const std::string& field) {
  if (const auto problem = problem_of(window)) return failure(ErrorCode::kInvalidArgument, *problem, field);
  if (extent.empty()) return beyond(extent);
  const Result<Box> known = degrees_around(extent, projection);
  if (!known) return std::unexpected(known.error());
  const Box wanted = {{window.west_deg(), window.south_deg()}, {window.east_deg(), window.north_deg()}};
  if (!wanted.intersects(*known)) return beyond(extent);
  const Rectangle part = {{std::max(wanted.min.x_m, known->min.x_m), std::max(wanted.min.y_m, known->min.y_m)},
                          {std::min(wanted.max.x_m, known->max.x_m), std::min(wanted.max.y_m, known->max.y_m)}};
  Result<Geometry> shape = projection.to_plane(shape_of(part).view());
  if (!shape) return failure(shape.error().code, shape.error().message, field);
  return shape;
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
