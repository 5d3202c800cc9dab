#pragma once

#include <span>
#include <vector>

#include "geo/base/point.h"

namespace obnova {

// What the files of this folder share about rings and outlines. Rings are closed.

// Coordinates beyond this are refused: their squares would no longer be exact
// enough for any answer, and beyond 1e154 they overflow.
inline constexpr double kLargestCoordinate = 1e100;

// Finite and not absurdly large.
bool is_usable(Point p);

// 1 when a, b, c turn left, -1 when they turn right, 0 when they lie on one
// line. Exact for every pair of usable coordinates.
int orientation(Point a, Point b, Point c);

// Positive when the ring runs counter-clockwise. Computed about the ring's
// first vertex, so that far-away coordinates lose no digits.
double signed_area_m2(std::span<const Point> ring);

// Reverses the ring when it does not run the wished way. Flat rings stay.
void turn_ring(std::span<Point> ring, bool counter_clockwise);

// Drops vertices, from index `begin` on, that equal their predecessor.
void remove_repeats(std::vector<Point>& points, std::size_t begin);

}  // namespace obnova
