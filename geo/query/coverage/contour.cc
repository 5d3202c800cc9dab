#include "geo/query/coverage/contour.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "geo/base/check.h"

namespace obnova::geo {
namespace {

constexpr std::uint32_t kNone = 0xFFFFFFFF;

double signed_area_m2(std::span<const Point> ring) {
  double doubled = 0;
  for (std::size_t i = 1; i < ring.size(); ++i) {
    doubled +=
        (ring[i - 1].x_m - ring[0].x_m) * (ring[i].y_m - ring[0].y_m) - (ring[i].x_m - ring[0].x_m) * (ring[i - 1].y_m - ring[0].y_m);
  }
  return doubled / 2;
}

struct ContourRing {
  std::vector<Point> points;  // Closed; inside on the left.
  std::uint32_t part = 0;     // Which connected part of the inside it bounds.
  bool shell = false;
};

// Follows the boundary around the cells.
class Tracer {
 public:
  Tracer(const Lattice& lattice, std::span<const float> values) : lattice_(lattice), values_(values) {}

  Geometry trace() {
    label_parts();
    link_sides();
    std::vector<ContourRing> rings;
    for (std::uint32_t side = 0; side < next_.size(); ++side) {
      if (next_[side] != kNone) rings.push_back(follow(side));
    }
    return assembled(std::move(rings));
  }

 private:
  // A side of a cell is named by its western or southern place: twice the
  // place's index for the side to the east, one more for the side to the north.
  std::uint32_t east_side(std::int64_t column, std::int64_t row) const { return static_cast<std::uint32_t>(2 * lattice_.at(column, row)); }
  std::uint32_t north_side(std::int64_t column, std::int64_t row) const { return east_side(column, row) + 1; }

  // Never zero, so that no two vertices of a ring meet at a place of the lattice.
  float value(std::size_t at) const {
    const std::int64_t index = static_cast<std::int64_t>(at);
    if (on_rim(index % lattice_.column_count, index / lattice_.column_count)) return -1;
    const float clamped = std::clamp(values_[at], -1.0F, 1.0F);
    constexpr float kLeast = 0.001F;
    return clamped >= 0 ? std::max(clamped, kLeast) : std::min(clamped, -kLeast);
  }
  bool on_rim(std::int64_t column, std::int64_t row) const {
    return column <= 0 || row <= 0 || column >= lattice_.column_count - 1 || row >= lattice_.row_count - 1;
  }
  bool inside(std::int64_t column, std::int64_t row) const { return !on_rim(column, row) && values_[lattice_.at(column, row)] >= 0; }

  // Numbers the parts that hang together along rows and columns.
  void label_parts() {
    part_of_.assign(lattice_.size(), kNone);
    std::vector<std::pair<std::int64_t, std::int64_t>> open;
    for (std::int64_t row = 0; row < lattice_.row_count; ++row) {
      for (std::int64_t column = 0; column < lattice_.column_count; ++column) {
        if (!inside(column, row) || part_of_[lattice_.at(column, row)] != kNone) continue;
        open.push_back({column, row});
        part_of_[lattice_.at(column, row)] = part_count_;
        while (!open.empty()) spread(open);
        ++part_count_;
      }
    }
  }

  void spread(std::vector<std::pair<std::int64_t, std::int64_t>>& open) {
    const auto [column, row] = open.back();
    open.pop_back();
    constexpr std::array<std::pair<int, int>, 4> kSteps = {{{1, 0}, {-1, 0}, {0, 1}, {0, -1}}};
    for (const auto& [right, up] : kSteps) {
      if (!inside(column + right, row + up)) continue;
      std::uint32_t& part = part_of_[lattice_.at(column + right, row + up)];
      if (part != kNone) continue;
      part = part_count_;
      open.push_back({column + right, row + up});
    }
  }

  void link_sides() {
    next_.assign(2 * lattice_.size(), kNone);
    for (std::int64_t row = 0; row + 1 < lattice_.row_count; ++row) {
      for (std::int64_t column = 0; column + 1 < lattice_.column_count; ++column) link_cell(column, row);
    }
  }

  // Counter-clockwise around the cell, each run of inside corners is cut off by
  // a line from the side where the run ends to the side where it began.
  void link_cell(std::int64_t column, std::int64_t row) {
    const std::array<bool, 4> in = {inside(column, row), inside(column + 1, row), inside(column + 1, row + 1), inside(column, row + 1)};
    const std::array<std::uint32_t, 4> side_after = {east_side(column, row), north_side(column + 1, row), east_side(column, row + 1),
                                                     north_side(column, row)};
    for (int corner = 0; corner < 4; ++corner) {
      if (!in[corner] || in[(corner + 1) % 4]) continue;
      int first = corner;
      while (in[(first + 3) % 4]) first = (first + 3) % 4;
      next_[side_after[corner]] = side_after[(first + 3) % 4];
    }
  }

  struct Crossing {
    Point place;
    std::uint32_t part = 0;
  };
  Crossing crossing(std::uint32_t side) const {
    const std::size_t from = side / 2;
    const bool north = side % 2 == 1;
    const auto columns = static_cast<std::size_t>(lattice_.column_count);
    const std::size_t to = from + (north ? columns : 1);
    const bool from_inside = part_of_[from] != kNone;
    const std::size_t in = from_inside ? from : to;
    const std::size_t out = from_inside ? to : from;
    const double in_value = value(in);
    const double out_value = value(out);
    const double share = in_value / (in_value - out_value);
    const double along = from_inside ? share : 1 - share;
    Point place = lattice_.place(static_cast<std::int64_t>(from % columns), static_cast<std::int64_t>(from / columns));
    (north ? place.y_m : place.x_m) += along * lattice_.cell_m;
    return {place, part_of_[in]};
  }

  ContourRing follow(std::uint32_t first) {
    ContourRing ring;
    ring.part = crossing(first).part;
    for (std::uint32_t side = first; next_[side] != kNone;) {
      add_vertex(ring.points, crossing(side).place);
      side = std::exchange(next_[side], kNone);
    }
    ring.points.push_back(ring.points.front());
    ring.shell = signed_area_m2(ring.points) > 0;
    return ring;
  }

  // Leaves out the middle one of three vertices in line.
  void add_vertex(std::vector<Point>& points, Point p) const {
    if (points.size() >= 2) {
      const Point a = points[points.size() - 2];
      const Point b = points.back();
      const double turn_m2 = (b.x_m - a.x_m) * (p.y_m - b.y_m) - (b.y_m - a.y_m) * (p.x_m - b.x_m);
      const double onward_m2 = (b.x_m - a.x_m) * (p.x_m - b.x_m) + (b.y_m - a.y_m) * (p.y_m - b.y_m);
      if (std::abs(turn_m2) <= 1e-9 * lattice_.cell_m * lattice_.cell_m && onward_m2 > 0) points.pop_back();
    }
    points.push_back(p);
  }

  // One polygon a part, in the order of parts: its only shell, then its holes.
  Geometry assembled(std::vector<ContourRing> rings) const {
    Geometry area;
    if (rings.empty()) return area;
    std::ranges::stable_sort(rings, {}, [](const ContourRing& ring) { return std::pair(ring.part, !ring.shell); });
    area.kind = GeometryKind::kMultiPolygon;
    for (std::size_t i = 0; i < rings.size(); ++i) {
      OBNOVA_CHECK(rings[i].shell == (i == 0 || rings[i].part != rings[i - 1].part));
      if (rings[i].shell && i > 0) area.part_ends.push_back(static_cast<std::uint32_t>(area.path_ends.size()));
      area.points.insert(area.points.end(), rings[i].points.begin(), rings[i].points.end());
      area.path_ends.push_back(static_cast<std::uint32_t>(area.points.size()));
    }
    area.part_ends.push_back(static_cast<std::uint32_t>(area.path_ends.size()));
    return area;
  }

  const Lattice& lattice_;
  std::span<const float> values_;
  std::vector<std::uint32_t> part_of_;  // By place of the lattice.
  std::uint32_t part_count_ = 0;
  std::vector<std::uint32_t> next_;  // By side of a cell.
};

}  // namespace

Lattice Lattice::over(const Box& box, double least_cell_m, double max_count) {
  const double width_m = box.max.x_m - box.min.x_m;
  const double height_m = box.max.y_m - box.min.y_m;
  double cell_m = least_cell_m;
  while ((width_m / cell_m + 4) * (height_m / cell_m + 4) > max_count) cell_m *= 1.05;
  // Whole multiples of the cell, so that near boxes get the same places.
  Lattice lattice;
  lattice.cell_m = cell_m;
  lattice.origin = {(std::floor(box.min.x_m / cell_m) - 1) * cell_m, (std::floor(box.min.y_m / cell_m) - 1) * cell_m};
  lattice.column_count = static_cast<std::int64_t>(std::ceil((box.max.x_m - lattice.origin.x_m) / cell_m)) + 2;
  lattice.row_count = static_cast<std::int64_t>(std::ceil((box.max.y_m - lattice.origin.y_m) / cell_m)) + 2;
  return lattice;
}

std::int64_t Lattice::column_before(double x_m) const {
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor((x_m - origin.x_m) / cell_m)), 0, column_count - 1);
}

std::int64_t Lattice::row_before(double y_m) const {
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor((y_m - origin.y_m) / cell_m)), 0, row_count - 1);
}

Geometry contour(const Lattice& lattice, std::span<const float> values) {
  OBNOVA_CHECK(values.size() == lattice.size());
  OBNOVA_CHECK(2 * lattice.size() < kNone);
  return Tracer(lattice, values).trace();
}

}  // namespace obnova::geo
