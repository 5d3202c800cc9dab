#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "geo/base/geometry.h"
#include "geo/base/limits.h"
#include "geo/base/result.h"

namespace obnova {

// Predicates, overlay and buffers on the plane, computed by GEOS (OverlayNG).
// Any thread may call any of these. Results have our ring orientation; an
// empty result is kNone. Bad shapes fail with kInvalidArgument, never with an
// exception. Cost can grow with the square of the vertices: bound them first.

// Why an area or line is not valid (self-crossing, hole outside, …) with the
// place, one sentence; nullopt when it is.
std::optional<std::string> validity_problem(const GeometryView& geometry);

// The valid shape of the same dimension that covers the same points
// (GEOSMakeValid, structure method); kNone when nothing of that dimension is left.
Result<Geometry> make_valid(const GeometryView& geometry);

// The predicates of OGC Simple Features.
Result<bool> intersects(const GeometryView& a, const GeometryView& b);
Result<bool> within(const GeometryView& a, const GeometryView& b);
Result<bool> contains(const GeometryView& a, const GeometryView& b);
Result<bool> covers(const GeometryView& a, const GeometryView& b);
Result<bool> covered_by(const GeometryView& a, const GeometryView& b);
Result<bool> touches(const GeometryView& a, const GeometryView& b);
Result<bool> crosses(const GeometryView& a, const GeometryView& b);
Result<bool> overlaps(const GeometryView& a, const GeometryView& b);
Result<bool> disjoint(const GeometryView& a, const GeometryView& b);
Result<bool> equals(const GeometryView& a, const GeometryView& b);
// The DE-9IM matrix, nine characters.
Result<std::string> relate(const GeometryView& a, const GeometryView& b);

// Of overlay results that mix dimensions only the highest is kept.
Result<Geometry> intersection(const GeometryView& a, const GeometryView& b);
Result<Geometry> difference(const GeometryView& a, const GeometryView& b);
Result<Geometry> symmetric_difference(const GeometryView& a, const GeometryView& b);
Result<Geometry> union_of(const GeometryView& a, const GeometryView& b);
Result<Geometry> union_all(std::span<const Geometry> shapes);

// All places within `radius_m` (negative shrinks), round joins and caps,
// `quadrant_segments` to a quarter circle.
Result<Geometry> buffer(const GeometryView& geometry, double radius_m, int quadrant_segments = 16);

Result<Geometry> convex_hull(const GeometryView& geometry);

// Douglas-Peucker that keeps areas valid.
Result<Geometry> simplify(const GeometryView& geometry, double tolerance_m);

// Shortest distance between two shapes and the two places where it is reached.
struct Gap {
  double distance_m = 0;
  Point on_a;
  Point on_b;
};
Result<Gap> gap_between(const GeometryView& a, const GeometryView& b);

// A shape made ready for many questions. Keeps a copy of the shape. One thread
// at a time may ask; copies are cheap enough to make one a thread.
class PreparedShape {
 public:
  static Result<PreparedShape> make(const GeometryView& shape);
  ~PreparedShape();
  PreparedShape(PreparedShape&&) noexcept;
  PreparedShape& operator=(PreparedShape&&) noexcept;

  Result<bool> intersects(const GeometryView& other) const;
  Result<bool> covers(const GeometryView& other) const;
  bool covers(Point p) const;
  const Box& box() const;

 private:
  struct State;  // GEOS handles; its headers stay in the .cc file.
  explicit PreparedShape(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace obnova
