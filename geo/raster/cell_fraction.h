#pragma once

#include <vector>

#include "geo/base/geometry.h"
#include "geo/base/limits.h"
#include "geo/base/result.h"
#include "geo/raster/cell_grid.h"

namespace obnova::geo {

// Neighbors in one row of which an area covers the same share.
struct CellRun {
  int row = 0;
  int first_column = 0;
  int end_column = 0;   // One past the last.
  double fraction = 0;  // Of each of these cells; greater than 0, at most 1.
  bool operator==(const CellRun&) const = default;
};

// An area whose outline crosses more cells than this is refused.
inline constexpr std::size_t kMaxCrossedCells = 20'000'000;

// A smaller share of a cell is none, and a larger one than 1 less this is all of it.
inline constexpr double kLeastFraction = 1e-12;

// Which share of every cell of `window` a valid area covers, by row, then
// column: area of (area ∩ cell) ÷ area of the cell, computed, not sampled. Cells
// that are not covered do not appear, nor does what lies outside the window.
//
// `in_cells` is in cell coordinates (CellGrid::bent_to_cells); its rings may run
// either way, holes against their shells.
//
// How: every edge is cut at the lines between cells. A piece adds to its cell
// the area to its right, and to the rest of the row its height; summed along the
// row, heights tell which cells are inside. Heights are multiples of 2^-32 of a
// cell, so those sums are exact: inside is exactly 1 and outside exactly 0, and
// the pieces of neighbors along a common edge cancel.
//
// Time and memory grow with the cells that the outline crosses and the rows of
// the inside. Fails with kInvalidArgument unless the shape is an area, with
// kLimitExceeded beyond kMaxCrossedCells, with kCancelled when stopped.
Result<std::vector<CellRun>> cell_fractions(const GeometryView& in_cells, const CellWindow& window, const Limits& limits);

}  // namespace obnova::geo
