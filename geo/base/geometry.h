#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "geo/base/point.h"

namespace obnova {

// The shapes a feature can have. Collections of mixed kinds do not exist
// inside: they are split or refused where data enters.
enum class GeometryKind : std::uint8_t {
  kNone,  // The feature has no place. Found by no spatial question.
  kPoint,
  kLineString,
  kPolygon,
  kMultiPoint,
  kMultiLineString,
  kMultiPolygon,
};

// 0 for points, 1 for lines, 2 for areas, -1 for kNone.
int dimension(GeometryKind kind);

// A shape somebody else owns. Cheap to copy; valid as long as its owner.
//
// All vertices stand in one array, path after path. A path is one point of a
// kPoint or kMultiPoint set (all of them are one path), one line, or one ring.
// Rings are closed (first vertex repeated at the end). The first ring of a part
// is its shell, the others are its holes; shells run counter-clockwise and
// holes clockwise.
//
//   kPolygon with one hole: path_ends {5, 10}, part_ends {2}.
struct GeometryView {
  GeometryKind kind = GeometryKind::kNone;
  std::span<const Point> points;
  // One past the last vertex of each path, in `points`.
  std::span<const std::uint32_t> path_ends;
  // One past the last ring of each polygon, in `path_ends`; empty unless areas.
  std::span<const std::uint32_t> part_ends;

  bool empty() const { return points.empty(); }
  std::span<const Point> path(std::size_t index) const {
    const std::uint32_t begin = index == 0 ? 0 : path_ends[index - 1];
    return points.subspan(begin, path_ends[index] - begin);
  }
  Box box() const;
};

// A shape that owns its vertices. A plain value: build it, then take a view.
struct Geometry {
  GeometryKind kind = GeometryKind::kNone;
  std::vector<Point> points;
  std::vector<std::uint32_t> path_ends;
  std::vector<std::uint32_t> part_ends;

  static Geometry point(Point p);
  static Geometry line(std::vector<Point> points);
  // A closed or open outline of at least three different points, without holes;
  // closed and turned counter-clockwise here.
  static Geometry polygon(std::vector<Point> outline);
  static Geometry rectangle(const Box& box);
  // A deep copy of a view.
  static Geometry copy_of(const GeometryView& view);

  GeometryView view() const { return {kind, points, path_ends, part_ends}; }
  bool operator==(const Geometry&) const = default;
};

}  // namespace obnova
