#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "geo/base/point.h"

namespace obnova::bench {

// A made-up city of buildings: axis-parallel boxes of 8 to 30 m in a square of
// 40 km, 60 % of them in 400 clusters. The same count gives the same boxes and
// the same questions. The plane is UTM 33N near its middle meridian.
inline constexpr const char* kBoxesCrs = "EPSG:32633";
inline constexpr int kBoxesSrid = 32633;

struct Boxes {
  std::vector<Box> boxes;
  // Places beside boxes.
  std::vector<Point> places;

  // A square window around the corner of a box.
  Box window(std::size_t question, double side_m) const {
    const Point middle = boxes[question * 7919 % boxes.size()].min;
    return {{middle.x_m - side_m / 2, middle.y_m - side_m / 2}, {middle.x_m + side_m / 2, middle.y_m + side_m / 2}};
  }
};

inline std::string box_id(std::size_t row) { return "way/" + std::to_string(row + 1); }

inline Boxes make_boxes(std::size_t count) {
  constexpr Point kOrigin = {480'000, 5'540'000};
  constexpr double kSide_m = 40'000;
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> anywhere(0, kSide_m);
  std::uniform_real_distribution<double> size(8, 30);
  std::normal_distribution<double> spread(0, 600);
  std::vector<Point> clusters(400);
  for (Point& cluster : clusters) cluster = {anywhere(random), anywhere(random)};
  Boxes result;
  for (std::size_t i = 0; i < count; ++i) {
    Point at = {anywhere(random), anywhere(random)};
    if (random() % 10 < 6) {
      const Point cluster = clusters[random() % clusters.size()];
      at = {cluster.x_m + spread(random), cluster.y_m + spread(random)};
    }
    const Point min = {kOrigin.x_m + at.x_m, kOrigin.y_m + at.y_m};
    result.boxes.push_back({min, {min.x_m + size(random), min.y_m + size(random)}});
  }
  for (std::size_t i = 0; i < 20'000; ++i) {
    const Point at = result.boxes[random() % count].min;
    result.places.push_back({at.x_m + spread(random) / 10, at.y_m + spread(random) / 10});
  }
  return result;
}

}  // namespace obnova::bench
