#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "geo/base/geometry.h"
#include "geo/city/city.h"

namespace obnova::server {

// Joins the roads that a scenario builds to those there are. Roads meet where
// they share a vertex exactly, and a line drawn in degrees hits no vertex exactly:
// so each vertex of a new road is moved to the nearest one of another road within
// 0.2 m, equal distances by x and y.
class RoadJoints {
 public:
  // Moves the vertices of a road, and remembers it for those that follow.
  void join(Geometry& road, const geo::IndexedLayer& roads);

 private:
  using Cell = std::pair<std::int64_t, std::int64_t>;
  static Cell cell_of(Point place);

  std::map<Cell, std::vector<Point>> built_;  // Vertices of new roads.
};

}  // namespace obnova::server
