#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "geo/base/overlay.h"
#include "geo/raster/raster.h"

namespace obnova::geo {

// Seeded; only the engine of <random>, so that every machine sees the same.
class RasterDice {
 public:
  explicit RasterDice(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t below(std::uint64_t count) { return engine_() % count; }
  double share() { return static_cast<double>(below(1 << 20)) / (1 << 20); }

 private:
  std::mt19937_64 engine_;
};

// A valid area from a ring of random whole or half coordinates between `low` and
// `high`; often of many parts with holes. kNone when nothing of it has an area.
inline Geometry random_area(RasterDice& dice, int vertex_count, int low, int high) {
  std::vector<Point> ring;
  const auto coordinate = [&] { return low + static_cast<double>(dice.below(static_cast<std::uint64_t>(high - low) * 2 + 1)) / 2; };
  for (int i = 0; i < vertex_count; ++i) ring.push_back({coordinate(), coordinate()});
  ring.push_back(ring.front());
  const auto end = static_cast<std::uint32_t>(ring.size());
  const Geometry rough = {GeometryKind::kPolygon, std::move(ring), {end}, {1}};
  return make_valid(rough.view()).value_or(Geometry{});
}

// Triangles that share all their vertices and cover the square from `low` to `high` once.
inline std::vector<Geometry> random_partition(RasterDice& dice, int pieces, double low, double high) {
  const auto at = [&](int i) { return low + (high - low) * i / pieces; };
  std::vector<std::vector<Point>> nodes;
  for (int row = 0; row <= pieces; ++row) {
    nodes.emplace_back();
    for (int column = 0; column <= pieces; ++column) {
      const bool inner = row > 0 && column > 0 && row < pieces && column < pieces;
      const double step = inner ? (high - low) / pieces / 3 : 0;
      nodes.back().push_back({at(column) + step * (dice.share() - 0.5), at(row) + step * (dice.share() - 0.5)});
    }
  }
  std::vector<Geometry> triangles;
  for (std::size_t r = 0; r + 1 < nodes.size(); ++r) {
    for (std::size_t c = 0; c + 1 < nodes.size(); ++c) {
      triangles.push_back(Geometry::polygon({nodes[r][c], nodes[r][c + 1], nodes[r + 1][c + 1]}));
      triangles.push_back(Geometry::polygon({nodes[r][c], nodes[r + 1][c + 1], nodes[r + 1][c]}));
    }
  }
  return triangles;
}

// A grid on the plane whose first cell has its outer corner at (0, rows): x is
// the column, y counts from the bottom.
inline CellGrid plain_grid(int columns, int rows) {
  return CellGrid::make(columns, rows, {0, 1, 0, static_cast<double>(rows), 0, -1}).value();
}

inline std::shared_ptr<const Raster> plain_raster(int columns, int rows, CellValues values) {
  return Raster::make({.id = "cells"}, plain_grid(columns, rows), std::move(values)).value();
}

// A plane whose way to the grid is no affine: straight lines bend.
inline GridPlacement bent_placement() {
  constexpr double kBend = 0.002;
  return {"bent",
          [](std::span<Point> points) -> Result<void> {
            for (Point& p : points) p.y_m += kBend * p.x_m * p.x_m;
            return {};
          },
          [](std::span<Point> points) -> Result<void> {
            for (Point& p : points) p.y_m -= kBend * p.x_m * p.x_m;
            return {};
          }};
}

}  // namespace obnova::geo
