#include "geo/raster/cell_fraction.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "geo/base/ring.h"

namespace obnova::geo {
namespace {

constexpr std::size_t kStepsBetweenPolls = 4096;

// What pieces of the outline add to one cell, and to the cells right of it.
struct Piece {
  std::int32_t row = 0;
  std::int32_t column = 0;
  double area = 0;    // Share of this cell right of the piece.
  double height = 0;  // Share of every cell of the row further right.
};

double on_heights(double row) {
  constexpr double kHeightsPerCell = 4294967296.0;  // 2^32
  return std::round(row * kHeightsPerCell) / kHeightsPerCell;
}

// The coordinate of a line at a place along it, never outside its ends.
double between(double from, double to, double share) {
  return std::clamp(from + (to - from) * share, std::min(from, to), std::max(from, to));
}

// Cuts edges at the lines between cells.
class Cutter {
 public:
  Cutter(const CellWindow& window, double sign)
      : left_(window.first_column),
        right_(window.first_column + window.column_count),
        top_(window.first_row),
        bottom_(window.first_row + window.row_count),
        sign_(sign) {}

  // The ends come in either order; the same cut results, with the other sign.
  void add_edge(Point a, Point b) {
    a.y_m = on_heights(a.y_m);
    b.y_m = on_heights(b.y_m);
    if (a.y_m == b.y_m) return;
    if (std::max(a.y_m, b.y_m) <= top_ || std::min(a.y_m, b.y_m) >= bottom_ || std::min(a.x_m, b.x_m) >= right_) return;
    const double direction = a.y_m < b.y_m ? sign_ : -sign_;
    if (a.y_m > b.y_m) std::swap(a, b);
    const double first = std::max(std::floor(a.y_m), top_);
    const double last = std::min(std::ceil(b.y_m), bottom_);
    Point from = at_height(a, b, std::max(a.y_m, first));
    for (double row = first; row < last; ++row) {
      const Point to = at_height(a, b, std::min(b.y_m, row + 1));
      add_in_row(row, from, to, direction);
      from = to;
    }
  }

  std::vector<Piece>& pieces() { return pieces_; }

 private:
  static Point at_height(Point a, Point b, double height) {
    if (height <= a.y_m) return a;
    if (height >= b.y_m) return b;
    return {between(a.x_m, b.x_m, (height - a.y_m) / (b.y_m - a.y_m)), height};
  }

  // A piece within one row, running down.
  void add_in_row(double row, Point from, Point to, double direction) {
    const bool to_the_right = from.x_m <= to.x_m;
    const Point west = to_the_right ? from : to;
    const Point east = to_the_right ? to : from;
    const auto height_at = [&](double x) { return on_heights(between(west.y_m, east.y_m, (x - west.x_m) / (east.x_m - west.x_m))); };
    const double way = to_the_right ? direction : -direction;  // Of heights from west to east.
    Point at = west;
    if (at.x_m < left_) {
      // What happens left of the window counts for the whole row.
      const Point entry = east.x_m > left_ ? Point{left_, height_at(left_)} : Point{left_, east.y_m};
      add(row, left_, {left_, at.y_m}, entry, way);
      if (east.x_m <= left_) return;
      at = entry;
    }
    for (double column = std::floor(at.x_m); column < right_; ++column) {
      const bool ends_here = east.x_m <= column + 1;
      const Point next = ends_here ? east : Point{column + 1, height_at(column + 1)};
      add(row, column, at, next, way);
      if (ends_here) return;
      at = next;
    }
  }

  void add(double row, double column, Point from, Point to, double way) {
    const double height = (to.y_m - from.y_m) * way;
    if (height == 0) return;
    const double right_share = column + 1 - (from.x_m + to.x_m) / 2;
    pieces_.push_back({static_cast<std::int32_t>(row), static_cast<std::int32_t>(column), height * right_share, height});
  }

  // Set at construction.
  double left_;
  double right_;
  double top_;
  double bottom_;
  double sign_;
  // Grows.
  std::vector<Piece> pieces_;
};

double snapped(double fraction) {
  if (fraction < kLeastFraction) return 0;
  return fraction > 1 - kLeastFraction ? 1 : fraction;
}

void append(std::vector<CellRun>& runs, const CellRun& run) {
  if (run.fraction == 0 || run.first_column >= run.end_column) return;
  const bool continues =
      !runs.empty() && runs.back().row == run.row && runs.back().end_column == run.first_column && runs.back().fraction == run.fraction;
  if (continues) {
    runs.back().end_column = run.end_column;
  } else {
    runs.push_back(run);
  }
}

// Sums the sorted pieces of all rows.
std::vector<CellRun> swept(std::span<const Piece> pieces, int end_column) {
  std::vector<CellRun> runs;
  double height = 0;
  for (std::size_t i = 0; i < pieces.size();) {
    const std::int32_t row = pieces[i].row;
    const std::int32_t column = pieces[i].column;
    double fraction = height;
    for (; i < pieces.size() && pieces[i].row == row && pieces[i].column == column; ++i) {
      fraction += pieces[i].area;
      height += pieces[i].height;
    }
    append(runs, {row, column, column + 1, snapped(fraction)});
    const bool row_ends = i == pieces.size() || pieces[i].row != row;
    append(runs, {row, column + 1, row_ends ? end_column : pieces[i].column, snapped(height)});
    if (row_ends) height = 0;
  }
  return runs;
}

// 1 when shells run the way that makes areas positive, else -1.
double sign_of(const GeometryView& area) {
  double sum = 0;
  for (std::size_t i = 0; i < area.path_ends.size(); ++i) sum += signed_area_m2(area.path(i));
  return sum < 0 ? 1 : -1;
}

}  // namespace

Result<std::vector<CellRun>> cell_fractions(const GeometryView& in_cells, const CellWindow& window, const Limits& limits) {
  if (dimension(in_cells.kind) != 2) return failure(ErrorCode::kInvalidArgument, "Only an area covers shares of cells.");
  Cutter cutter(window, sign_of(in_cells));
  std::size_t steps = 0;
  for (std::size_t i = 0; i < in_cells.path_ends.size(); ++i) {
    const std::span<const Point> ring = in_cells.path(i);
    for (std::size_t k = 0; k + 1 < ring.size(); ++k) {
      cutter.add_edge(ring[k], ring[k + 1]);
      if (cutter.pieces().size() > kMaxCrossedCells) {
        return failure(ErrorCode::kLimitExceeded, fmt::format("The outline of an area crosses more than {} cells.", kMaxCrossedCells));
      }
      if (++steps % kStepsBetweenPolls == 0 && limits.stopped()) {
        return failure(ErrorCode::kCancelled, "The work was cancelled while the cells of an area were cut.");
      }
    }
  }
  if (limits.stopped()) return failure(ErrorCode::kCancelled, "The work was cancelled while the cells of an area were cut.");
  std::ranges::sort(cutter.pieces(), {}, [](const Piece& piece) { return std::pair(piece.row, piece.column); });
  return swept(cutter.pieces(), window.first_column + window.column_count);
}

}  // namespace obnova::geo
