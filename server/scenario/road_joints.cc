#include "server/scenario/road_joints.h"

#include <cmath>
#include <limits>
#include <span>
#include <tuple>

namespace obnova::server {
namespace {

constexpr double kReach_m = 0.2;

// The nearest vertex so far.
struct Joint {
  Point place;
  double distance_m = std::numeric_limits<double>::infinity();

  void look_at(std::span<const Point> vertices, Point from) {
    for (const Point vertex : vertices) {
      const double distance = std::hypot(vertex.x_m - from.x_m, vertex.y_m - from.y_m);
      if (distance > kReach_m) continue;
      if (std::tie(distance, vertex.x_m, vertex.y_m) >= std::tie(distance_m, place.x_m, place.y_m)) continue;
      place = vertex;
      distance_m = distance;
    }
  }
};

}  // namespace

RoadJoints::Cell RoadJoints::cell_of(Point place) {
  return {static_cast<std::int64_t>(std::floor(place.x_m / kReach_m)), static_cast<std::int64_t>(std::floor(place.y_m / kReach_m))};
}

void RoadJoints::join(Geometry& road, const geo::IndexedLayer& roads) {
  for (Point& vertex : road.points) {
    Joint joint;
    const auto [column, row] = cell_of(vertex);
    for (std::int64_t x = column - 1; x <= column + 1; ++x) {
      for (std::int64_t y = row - 1; y <= row + 1; ++y) {
        const auto near = built_.find({x, y});
        if (near != built_.end()) joint.look_at(near->second, vertex);
      }
    }
    const Box around{{vertex.x_m - kReach_m, vertex.y_m - kReach_m}, {vertex.x_m + kReach_m, vertex.y_m + kReach_m}};
    for (const FeatureId feature : roads.index->in_window(around)) joint.look_at(roads.layer->geometry(feature).points, vertex);
    if (joint.distance_m <= kReach_m) vertex = joint.place;
  }
  for (const Point vertex : road.points) built_[cell_of(vertex)].push_back(vertex);
}

}  // namespace obnova::server
