#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "geo/base/geometry.h"

namespace obnova::geo {

// Part of a straight line, as fractions of its length; from < to.
struct LinePart {
  double from = 0;
  double to = 0;
};

// The interior of one area, made ready for many questions: its boundary is
// sorted into horizontal bands, so that a shape of 25,000 vertices costs a
// question about as much as one of a hundred. Immutable; keeps no reference.
//
// What is closer to the boundary than a ten-thousandth of a millimeter is on it.
class ClosedArea {
 public:
  // The shape must be a valid area. Rings count by the even-odd rule.
  explicit ClosedArea(const GeometryView& area);

  const Box& box() const { return box_; }
  // False on the boundary.
  bool holds(Point p) const;
  // Appends the parts of the line from `a` to `b` that lie inside, ascending. A
  // part of the line along the boundary is not inside, nor is a touching point.
  void cut_line(Point a, Point b, std::vector<LinePart>& inside) const;

 private:
  struct Side {
    Point a;
    Point b;
  };
  std::size_t band_of(double y_m) const;
  std::span<const std::uint32_t> sides_in(std::size_t band) const;
  void make_bands();
  // Where the line meets the boundary: crossings and the ends of shared parts
  // go to `cuts`, shared parts to `shared`.
  void meet_sides(Point a, Point b, std::vector<double>& cuts, std::vector<LinePart>& shared) const;

  Box box_;
  std::vector<Side> sides_;
  double band_height_m_ = 0;
  std::vector<std::uint32_t> first_side_;  // By band, one more than bands.
  std::vector<std::uint32_t> band_sides_;
};

}  // namespace obnova::geo
