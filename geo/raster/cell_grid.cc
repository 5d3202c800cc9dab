#include "geo/raster/cell_grid.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "geo/base/measure.h"

namespace obnova::geo {
namespace {

// Pieces of one side of a rectangle whose image is wanted: the error falls with the square.
constexpr int kSidePieces = 64;

// An edge is halved at most so many times.
constexpr int kMaxHalvings = 14;

double determinant(const Affine& affine) { return affine.x_per_column * affine.y_per_row - affine.x_per_row * affine.y_per_column; }

bool has_inverse(const Affine& affine) {
  const std::array<double, 6> numbers = {affine.x0, affine.x_per_column, affine.x_per_row,
                                         affine.y0, affine.y_per_column, affine.y_per_row};
  if (!std::ranges::all_of(numbers, [](double number) { return std::isfinite(number); })) return false;
  const double column_length = std::hypot(affine.x_per_column, affine.y_per_column);
  const double row_length = std::hypot(affine.x_per_row, affine.y_per_row);
  return std::abs(determinant(affine)) > 1e-9 * column_length * row_length;
}

bool is_straight(const Affine& affine) { return affine.x_per_row == 0 && affine.y_per_column == 0; }

Point forward(const Affine& affine, Point cell) {
  return {affine.x0 + cell.x_m * affine.x_per_column + cell.y_m * affine.x_per_row,
          affine.y0 + cell.x_m * affine.y_per_column + cell.y_m * affine.y_per_row};
}

Point backward(const Affine& affine, Point p) {
  const double dx = p.x_m - affine.x0;
  const double dy = p.y_m - affine.y0;
  if (is_straight(affine)) return {dx / affine.x_per_column, dy / affine.y_per_row};
  const double scale = determinant(affine);
  return {(dx * affine.y_per_row - dy * affine.x_per_row) / scale, (dy * affine.x_per_column - dx * affine.y_per_column) / scale};
}

Point middle_of(Point a, Point b) { return {(a.x_m + b.x_m) / 2, (a.y_m + b.y_m) / 2}; }

// The outline of a rectangle with vertices along its sides, closed.
std::vector<Point> dense_rectangle(Point min, Point max) {
  const std::array<Point, 5> corners = {min, Point{max.x_m, min.y_m}, max, Point{min.x_m, max.y_m}, min};
  std::vector<Point> outline;
  for (std::size_t side = 0; side < 4; ++side) {
    for (int i = 0; i < kSidePieces; ++i) {
      const double share = static_cast<double>(i) / kSidePieces;
      outline.push_back(
          {std::lerp(corners[side].x_m, corners[side + 1].x_m, share), std::lerp(corners[side].y_m, corners[side + 1].y_m, share)});
    }
  }
  outline.push_back(min);
  return outline;
}

// A vertex in both worlds; `open` says that the edge to the next one may still be bent.
struct Vertex {
  Point on_plane;
  Point in_cells;
  bool open = true;
};

// Halves the edges of one path that are not straight in cells. True when some were.
Result<bool> halve_edges(const CellGrid& grid, std::vector<Vertex>& path) {
  std::vector<Point> middles;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    if (path[i].open) middles.push_back(middle_of(path[i].on_plane, path[i + 1].on_plane));
  }
  std::vector<Point> in_cells = middles;
  const Result<void> moved = grid.to_cells(in_cells);
  if (!moved) return std::unexpected(moved.error());

  std::vector<Vertex> finer;
  finer.reserve(path.size() + middles.size());
  std::size_t next = 0;
  bool halved = false;
  for (std::size_t i = 0; i < path.size(); ++i) {
    finer.push_back(path[i]);
    if (i + 1 == path.size() || !path[i].open) continue;
    const std::size_t k = next++;
    finer.back().open = distance_m(in_cells[k], middle_of(path[i].in_cells, path[i + 1].in_cells)) > kBendTolerance_cells;
    if (!finer.back().open) continue;
    halved = true;
    finer.push_back({middles[k], in_cells[k], true});
  }
  path = std::move(finer);
  return halved;
}

Result<std::vector<Vertex>> bent_path(const CellGrid& grid, std::span<const Point> path, const Limits& limits) {
  std::vector<Point> in_cells(path.begin(), path.end());
  const Result<void> moved = grid.to_cells(in_cells);
  if (!moved) return std::unexpected(moved.error());
  std::vector<Vertex> vertices;
  vertices.reserve(path.size());
  for (std::size_t i = 0; i < path.size(); ++i) vertices.push_back({path[i], in_cells[i]});
  for (int i = 0; i < kMaxHalvings && !grid.on_plane(); ++i) {
    if (limits.stopped()) return failure(ErrorCode::kCancelled, "The work was cancelled while a shape was carried to the cells.");
    const Result<bool> halved = halve_edges(grid, vertices);
    if (!halved) return std::unexpected(halved.error());
    if (!*halved) break;
    if (vertices.size() > kMaxBentVertices) {
      return failure(ErrorCode::kLimitExceeded,
                     fmt::format("A shape needs more than {} vertices to follow the cells of a raster.", kMaxBentVertices));
    }
  }
  return vertices;
}

}  // namespace

Result<CellGrid> CellGrid::make(int columns, int rows, const Affine& affine, Registration registration, GridPlacement placement) {
  if (columns < 1 || rows < 1 || columns > kMaxGridSide || rows > kMaxGridSide) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("A grid of {} columns and {} rows is not between 1 and {} a side.", columns, rows, kMaxGridSide));
  }
  if (!has_inverse(affine)) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("The cells of a grid have no area: their sides are ({}, {}) and ({}, {}).",
                                                            affine.x_per_column, affine.y_per_column, affine.x_per_row, affine.y_per_row));
  }
  CellGrid grid;
  grid.columns_ = columns;
  grid.rows_ = rows;
  grid.affine_ = affine;
  if (registration == Registration::kPoint) {
    const Point corner = forward(affine, {-0.5, -0.5});
    grid.affine_.x0 = corner.x_m;
    grid.affine_.y0 = corner.y_m;
  }
  grid.placement_ = std::move(placement);
  return grid;
}

bool CellGrid::same_cells(const CellGrid& other) const {
  return columns_ == other.columns_ && rows_ == other.rows_ && affine_ == other.affine_ && crs() == other.crs();
}

Result<void> CellGrid::to_cells(std::span<Point> points) const {
  if (placement_.from_plane) {
    const Result<void> moved = placement_.from_plane(points);
    if (!moved) return moved;
  }
  for (Point& p : points) p = backward(affine_, p);
  return {};
}

Result<void> CellGrid::to_plane(std::span<Point> points) const {
  for (Point& p : points) p = forward(affine_, p);
  return placement_.to_plane ? placement_.to_plane(points) : Result<void>();
}

Result<Geometry> CellGrid::bent_to_cells(const GeometryView& on_plane, const Limits& limits) const {
  Geometry bent;
  bent.kind = on_plane.kind;
  bent.part_ends.assign(on_plane.part_ends.begin(), on_plane.part_ends.end());
  for (std::size_t i = 0; i < on_plane.path_ends.size(); ++i) {
    const Result<std::vector<Vertex>> path = bent_path(*this, on_plane.path(i), limits);
    if (!path) return std::unexpected(path.error());
    for (const Vertex& vertex : *path) bent.points.push_back(vertex.in_cells);
    if (bent.points.size() > kMaxBentVertices) {
      return failure(ErrorCode::kLimitExceeded,
                     fmt::format("A shape has more than {} vertices on the cells of a raster.", kMaxBentVertices));
    }
    bent.path_ends.push_back(static_cast<std::uint32_t>(bent.points.size()));
  }
  return bent;
}

Result<CellWindow> CellGrid::cells_in(const Box& on_plane) const {
  if (on_plane.empty()) return CellWindow{};
  std::vector<Point> outline = dense_rectangle(on_plane.min, on_plane.max);
  const Result<void> moved = to_cells(outline);
  if (!moved) return std::unexpected(moved.error());
  Box cells;
  for (const Point& p : outline) cells.add(p);
  // A side between two vertices may bulge by less than a cell.
  const double margin = this->on_plane() && is_straight(affine_) ? 0 : 1;
  const auto clamped = [](double number, int count) {
    return static_cast<int>(std::clamp(std::floor(number), -1.0, static_cast<double>(count)));
  };
  const int left = std::max(0, clamped(cells.min.x_m - margin, columns_));
  const int top = std::max(0, clamped(cells.min.y_m - margin, rows_));
  const int right = std::min(columns_ - 1, clamped(cells.max.x_m + margin, columns_));
  const int bottom = std::min(rows_ - 1, clamped(cells.max.y_m + margin, rows_));
  if (left > right || top > bottom) return CellWindow{};
  return CellWindow{left, top, right - left + 1, bottom - top + 1};
}

Result<Geometry> CellGrid::outline(const CellWindow& window) const {
  const Point min = {static_cast<double>(window.first_column), static_cast<double>(window.first_row)};
  const Point max = {min.x_m + window.column_count, min.y_m + window.row_count};
  std::vector<Point> vertices =
      on_plane() ? std::vector<Point>{min, {max.x_m, min.y_m}, max, {min.x_m, max.y_m}} : dense_rectangle(min, max);
  const Result<void> moved = to_plane(vertices);
  if (!moved) return std::unexpected(moved.error());
  return Geometry::polygon(std::move(vertices));
}

Result<CellGrid> CellGrid::refined(int pieces) const {
  const double wanted_side = static_cast<double>(pieces) * std::max(columns_, rows_);
  if (pieces < 1 || wanted_side > kMaxGridSide) {
    return failure(ErrorCode::kLimitExceeded, fmt::format("Cells of a grid of {} columns and {} rows cannot be cut into {} × {} pieces.",
                                                          columns_, rows_, pieces, pieces));
  }
  Affine finer = affine_;
  for (double* step : {&finer.x_per_column, &finer.x_per_row, &finer.y_per_column, &finer.y_per_row}) *step /= pieces;
  return make(columns_ * pieces, rows_ * pieces, finer, Registration::kArea, placement_);
}

Result<double> CellGrid::cell_side_m() const {
  const Point corner = {static_cast<double>(columns_ / 2), static_cast<double>(rows_ / 2)};
  std::array<Point, 3> corners = {corner, Point{corner.x_m + 1, corner.y_m}, Point{corner.x_m, corner.y_m + 1}};
  const Result<void> moved = to_plane(corners);
  if (!moved) return std::unexpected(moved.error());
  return std::max(distance_m(corners[0], corners[1]), distance_m(corners[0], corners[2]));
}

}  // namespace obnova::geo
