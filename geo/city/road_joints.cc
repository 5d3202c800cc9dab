#include "geo/city/road_joints.h"

#include "geo/base/measure.h"

namespace obnova::geo {

Geometry joined_to_roads(Geometry shape, const IndexedLayer& roads) {
  for (Point& vertex : shape.points) {
    Box near;
    near.add(Point{vertex.x_m - kRoadJoint_m, vertex.y_m - kRoadJoint_m});
    near.add(Point{vertex.x_m + kRoadJoint_m, vertex.y_m + kRoadJoint_m});
    Point joint = vertex;
    double nearest_m = kRoadJoint_m;
    bool is_found = false;
    for (const FeatureId road : roads.index->in_window(near)) {
      for (const Point& other : roads.layer->geometry(road).points) {
        const double apart_m = distance_m(vertex, other);
        if (apart_m > nearest_m || (is_found && apart_m == nearest_m)) continue;
        nearest_m = apart_m;
        joint = other;
        is_found = true;
      }
    }
    vertex = joint;
  }
  return shape;
}

}  // namespace obnova::geo
