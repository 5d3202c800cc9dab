#pragma once

#include "geo/base/geometry.h"

namespace obnova {

// Exact measures on the plane, without any library.

double distance_m(Point a, Point b);

// Length of lines, perimeter of areas, 0 for points.
double length_m(const GeometryView& geometry);

// Area with holes taken out; 0 for points and lines.
double area_m2(const GeometryView& geometry);

// True when the point lies inside an area or on its boundary.
bool covers(const GeometryView& area, Point p);

// The place of the shape that is nearest to a point: the point itself when it
// lies in an area. The shape must not be empty.
Point nearest_place(const GeometryView& geometry, Point from);

// 0 when the point lies in the area or on the shape.
double distance_m(const GeometryView& geometry, Point from);

// The nearest point of one segment, and where along it: 0 at `a`, 1 at `b`.
struct SegmentPlace {
  Point place;
  double fraction = 0;
};
SegmentPlace nearest_on_segment(Point a, Point b, Point from);

// A point that stands for the shape: the point itself, the middle of the
// longest line, or a point strictly inside the largest polygon (never its
// centroid, which may lie outside). The shape must not be empty.
Point interior_point(const GeometryView& geometry);

}  // namespace obnova
