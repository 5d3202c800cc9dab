#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <random>
#include <vector>

#include "geo/base/geometry.h"

namespace obnova {

// Slow twins of geo/base/measure.h: each computes its answer another way.

// Area of one closed ring: trapezoids under its edges.
inline double brute_ring_area_m2(std::span<const Point> ring) {
  long double sum = 0;
  for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
    sum += static_cast<long double>(ring[i].x_m - ring[i + 1].x_m) * (ring[i].y_m + ring[i + 1].y_m) / 2;
  }
  return static_cast<double>(sum < 0 ? -sum : sum);
}

inline double brute_area_m2(const GeometryView& area) {
  double sum = 0;
  std::size_t ring = 0;
  for (const std::uint32_t last : area.part_ends) {
    sum += brute_ring_area_m2(area.path(ring));
    for (++ring; ring < last; ++ring) sum -= brute_ring_area_m2(area.path(ring));
  }
  return sum;
}

// Cross product in long double: exact for small whole numbers and their halves.
inline long double brute_cross(Point a, Point b, Point p) {
  return (static_cast<long double>(b.x_m) - a.x_m) * (static_cast<long double>(p.y_m) - a.y_m) -
         (static_cast<long double>(b.y_m) - a.y_m) * (static_cast<long double>(p.x_m) - a.x_m);
}

inline bool brute_on_segment(Point a, Point b, Point p) {
  return brute_cross(a, b, p) == 0 && std::min(a.x_m, b.x_m) <= p.x_m && p.x_m <= std::max(a.x_m, b.x_m) &&
         std::min(a.y_m, b.y_m) <= p.y_m && p.y_m <= std::max(a.y_m, b.y_m);
}

inline bool brute_on_boundary(const GeometryView& area, Point p) {
  for (std::size_t index = 0; index < area.path_ends.size(); ++index) {
    const auto ring = area.path(index);
    for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
      if (brute_on_segment(ring[i], ring[i + 1], p)) return true;
    }
  }
  return false;
}

// The turns that all rings together make around the point, by angles.
inline bool brute_strictly_inside(const GeometryView& area, Point p) {
  if (brute_on_boundary(area, p)) return false;
  double turns = 0;
  for (std::size_t index = 0; index < area.path_ends.size(); ++index) {
    const auto ring = area.path(index);
    for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
      const double before = std::atan2(ring[i].y_m - p.y_m, ring[i].x_m - p.x_m);
      const double after = std::atan2(ring[i + 1].y_m - p.y_m, ring[i + 1].x_m - p.x_m);
      turns += std::remainder(after - before, 2 * std::numbers::pi);
    }
  }
  return std::abs(turns) > std::numbers::pi;
}

inline bool brute_covers(const GeometryView& area, Point p) { return brute_on_boundary(area, p) || brute_strictly_inside(area, p); }

// The distance to lines and outlines by golden-section search on every segment.
inline double brute_distance_to_paths_m(const GeometryView& shape, Point from) {
  double nearest_m = std::numeric_limits<double>::infinity();
  for (std::size_t index = 0; index < shape.path_ends.size(); ++index) {
    const auto path = shape.path(index);
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
      const auto at = [&](double t) {
        return std::hypot(std::lerp(path[i].x_m, path[i + 1].x_m, t) - from.x_m, std::lerp(path[i].y_m, path[i + 1].y_m, t) - from.y_m);
      };
      double low = 0;
      double high = 1;
      for (int step = 0; step < 100; ++step) {
        const double first = low + (high - low) / 3;
        const double second = high - (high - low) / 3;
        (at(first) < at(second) ? high : low) = at(first) < at(second) ? second : first;
      }
      nearest_m = std::min({nearest_m, at(low), at(0), at(1)});
    }
  }
  return nearest_m;
}

// A star around a center: simple whatever the radii, with vertices on a grid so
// that ties happen. Radii are from the half to the whole.
inline std::vector<Point> random_star(std::mt19937_64& random, Point center, double radius_m, int corners, double grid_m) {
  std::vector<Point> outline;
  std::uniform_real_distribution<double> share(0.5, 1.0);
  for (int i = 0; i < corners; ++i) {
    const double angle = 2 * std::numbers::pi * i / corners;
    const double r = radius_m * share(random);
    Point p = {center.x_m + r * std::cos(angle), center.y_m + r * std::sin(angle)};
    if (grid_m > 0) p = {std::round(p.x_m / grid_m) * grid_m, std::round(p.y_m / grid_m) * grid_m};
    outline.push_back(p);
  }
  return outline;
}

// A star with one or no hole (a smaller star in its middle), valid unless the grid is coarse.
inline Geometry random_area(std::mt19937_64& random, Point center, double radius_m, double grid_m) {
  std::uniform_int_distribution<int> corners(5, 14);
  Geometry area = Geometry::polygon(random_star(random, center, radius_m, corners(random), grid_m));
  if (random() % 2 == 0) return area;
  Geometry hole = Geometry::polygon(random_star(random, center, radius_m * 0.3, corners(random), grid_m));
  std::ranges::reverse(hole.points);
  area.points.insert(area.points.end(), hole.points.begin(), hole.points.end());
  area.path_ends.push_back(static_cast<std::uint32_t>(area.points.size()));
  area.part_ends = {2};
  return area;
}

}  // namespace obnova
