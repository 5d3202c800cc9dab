#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "geo/base/geometry.h"
#include "geo/base/point.h"

namespace obnova::geo {

// Places in rows and columns, `cell_m` apart; row after row from the south-west.
struct Lattice {
  Point origin;
  double cell_m = 1;
  std::int64_t column_count = 0;
  std::int64_t row_count = 0;

  // The lattice over a box with cells of at least `least_cell_m`, larger where
  // more than `max_count` places would be needed. The outermost places lie
  // outside the box.
  static Lattice over(const Box& box, double least_cell_m, double max_count);

  std::size_t size() const { return static_cast<std::size_t>(column_count * row_count); }
  std::size_t at(std::int64_t column, std::int64_t row) const { return static_cast<std::size_t>(row * column_count + column); }
  Point place(std::int64_t column, std::int64_t row) const {
    return {origin.x_m + static_cast<double>(column) * cell_m, origin.y_m + static_cast<double>(row) * cell_m};
  }
  // The column or row at or before a place, within the lattice.
  std::int64_t column_before(double x_m) const;
  std::int64_t row_before(double y_m) const;
};

// The area where a field is not negative, by marching squares: kMultiPolygon or
// kNone, always valid. `values` belong to the places of the lattice, in cells of
// distance to the boundary (more than one cell is all the same); those on the
// rim of the lattice count as outside.
//
// A field that is nowhere less gives an area that holds the other: corners of a
// cell that touch diagonally are never joined, and every crossing of a cell's
// side moves outward with the field.
Geometry contour(const Lattice& lattice, std::span<const float> values);

}  // namespace obnova::geo
