#pragma once

#include <algorithm>
#include <compare>
#include <limits>

namespace obnova {

// A place on WGS 84. Exists at the edges of the program only: no algorithm takes one.
struct LngLat {
  double lng_deg = 0;
  double lat_deg = 0;
  bool operator==(const LngLat&) const = default;
};

// A place on the city's projected plane: x east, y north.
struct Point {
  double x_m = 0;
  double y_m = 0;
  bool operator==(const Point&) const = default;
  auto operator<=>(const Point&) const = default;
};

// An axis-parallel rectangle on the city's plane, edges included. The default
// one is empty: it holds nothing and grows to what is added.
struct Box {
  Point min = {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  Point max = {-std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};

  bool operator==(const Box&) const = default;
  bool empty() const { return !(min.x_m <= max.x_m && min.y_m <= max.y_m); }
  bool contains(Point p) const { return min.x_m <= p.x_m && p.x_m <= max.x_m && min.y_m <= p.y_m && p.y_m <= max.y_m; }
  bool intersects(const Box& other) const {
    return min.x_m <= other.max.x_m && other.min.x_m <= max.x_m && min.y_m <= other.max.y_m && other.min.y_m <= max.y_m;
  }
  void add(Point p) {
    min = {std::min(min.x_m, p.x_m), std::min(min.y_m, p.y_m)};
    max = {std::max(max.x_m, p.x_m), std::max(max.y_m, p.y_m)};
  }
  void add(const Box& other) {
    if (other.empty()) return;
    add(other.min);
    add(other.max);
  }
  // The same box with every side moved outward; never call it on an empty box.
  Box grown(double distance_m) const {
    return {{min.x_m - distance_m, min.y_m - distance_m}, {max.x_m + distance_m, max.y_m + distance_m}};
  }
};

}  // namespace obnova
