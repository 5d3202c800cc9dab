#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "geo/base/geometry.h"
#include "geo/base/limits.h"
#include "geo/base/result.h"

namespace obnova::geo {

// Where a cell's corner lies in the system of the grid, in the order of GDAL's
// geotransform: x = x0 + column · x_per_column + row · x_per_row, y likewise.
// (x0, y0) is the outer corner of the first cell, not its center. Rotated and
// south-up grids are as good as any.
struct Affine {
  double x0 = 0;
  double x_per_column = 1;
  double x_per_row = 0;
  double y0 = 0;
  double y_per_column = 0;
  double y_per_row = -1;
  bool operator==(const Affine&) const = default;
};

// What the corner (x0, y0) of a file means: a value speaks for its cell, or for
// one point, and then (x0, y0) is the place of the first point.
enum class Registration { kArea, kPoint };

// How the system of the grid and the city's plane lead to each other. Both
// functions change all points of a span and may be called from any thread; both
// are empty when the grid stands on the plane itself.
struct GridPlacement {
  std::string crs;  // For provenance and the digest: `EPSG:4326`.
  std::function<Result<void>(std::span<Point>)> to_plane;
  std::function<Result<void>(std::span<Point>)> from_plane;
};

// A rectangle of cells.
struct CellWindow {
  int first_column = 0;
  int first_row = 0;
  int column_count = 0;
  int row_count = 0;
  bool empty() const { return column_count <= 0 || row_count <= 0; }
  bool operator==(const CellWindow&) const = default;
};

// An edge of a shape, straight on the plane, is followed in the grid with at
// most this error, as a share of a cell.
inline constexpr double kBendTolerance_cells = 1e-4;

// A shape that needs more vertices than this to be followed is refused.
inline constexpr std::size_t kMaxBentVertices = 5'000'000;

// More columns or rows than this and positions lose digits that fractions need.
inline constexpr int kMaxGridSide = 1 << 20;

// Rows and columns of equal cells in their own coordinate system, and the way
// between them and the city's plane. Immutable; any thread may ask.
//
// *Cell coordinates* are columns (x) and rows (y) as fractional numbers: the
// first cell is the square from (0, 0) to (1, 1), its center is (0.5, 0.5). They
// travel in `Point` and `Geometry` too, so that shapes of both worlds have one
// type; every function says which it means.
//
// Cells are never resampled. Shapes go to the cells instead, bent as exactly as
// kBendTolerance_cells: what a cell counts stays in that cell.
class CellGrid {
 public:
  // Fails with kInvalidArgument for a grid without cells or with more than
  // kMaxGridSide a side, and for an affine that is not finite or has no inverse.
  static Result<CellGrid> make(int columns, int rows, const Affine& affine, Registration registration = Registration::kArea,
                               GridPlacement placement = {});

  int columns() const { return columns_; }
  int rows() const { return rows_; }
  CellWindow window() const { return {0, 0, columns_, rows_}; }
  const Affine& affine() const { return affine_; }  // Of corners, whatever the registration was.
  const std::string& crs() const { return placement_.crs; }
  bool on_plane() const { return !placement_.to_plane; }
  // Same cells at the same places.
  bool same_cells(const CellGrid& other) const;

  // Between the plane and cell coordinates. Fail where the coordinate operation does.
  Result<void> to_cells(std::span<Point> points) const;
  Result<void> to_plane(std::span<Point> points) const;

  // A line or area of the plane in cell coordinates. An edge that two shapes
  // share comes out the same in both, whichever way they run along it. Fails with
  // kLimitExceeded beyond kMaxBentVertices and with kCancelled when stopped.
  Result<Geometry> bent_to_cells(const GeometryView& on_plane, const Limits& limits) const;

  // The cells that a rectangle of the plane touches, within the grid; empty when it touches none.
  Result<CellWindow> cells_in(const Box& on_plane) const;

  // The outline of some cells, on the plane. The window must not be empty.
  Result<Geometry> outline(const CellWindow& window) const;

  // The grid with every cell cut into `pieces` × `pieces` equal ones; fails when that is too many.
  Result<CellGrid> refined(int pieces) const;

  // The longer side of the cell in the middle, on the plane.
  Result<double> cell_side_m() const;

 private:
  CellGrid() = default;

  // Set at construction.
  int columns_ = 0;
  int rows_ = 0;
  Affine affine_;
  GridPlacement placement_;
};

}  // namespace obnova::geo
