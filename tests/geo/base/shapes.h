#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "geo/base/overlay.h"
#include "tests/support/brute_force_geometry.h"

namespace obnova {

// Shapes that the tests of this folder share.

inline Geometry square(double x_m, double y_m, double side_m) { return Geometry::rectangle({{x_m, y_m}, {x_m + side_m, y_m + side_m}}); }

inline Geometry with_hole(const Geometry& shell, std::vector<Point> hole) {
  Geometry area = shell;
  const Geometry ring = Geometry::polygon(std::move(hole));
  area.points.insert(area.points.end(), ring.points.rbegin(), ring.points.rend());
  area.path_ends.push_back(static_cast<std::uint32_t>(area.points.size()));
  area.part_ends = {static_cast<std::uint32_t>(area.path_ends.size())};
  return area;
}

inline Geometry bow_tie() { return {GeometryKind::kPolygon, {{0, 0}, {4, 4}, {4, 0}, {0, 4}, {0, 0}}, {5}, {1}}; }

// A seeded valid area; nullopt where the grid made the star cross itself.
inline std::optional<Geometry> valid_area(std::mt19937_64& random, Point center, double grid_m) {
  Geometry area = random_area(random, center, 12, grid_m);
  if (validity_problem(area.view())) return std::nullopt;
  return area;
}

inline void expect_our_orientation(const Geometry& area) {
  std::uint32_t ring = 0;
  for (const std::uint32_t last : area.part_ends) {
    for (const std::uint32_t shell = ring; ring < last; ++ring) {
      const auto path = area.view().path(ring);
      double twice = 0;
      for (std::size_t i = 0; i + 1 < path.size(); ++i) {
        twice +=
            (path[i].x_m - path[0].x_m) * (path[i + 1].y_m - path[0].y_m) - (path[i].y_m - path[0].y_m) * (path[i + 1].x_m - path[0].x_m);
      }
      EXPECT_EQ(twice > 0, ring == shell);
    }
  }
}

}  // namespace obnova
