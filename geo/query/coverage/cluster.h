#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "geo/base/geometry.h"
#include "geo/base/limits.h"
#include "geo/base/result.h"

namespace obnova::geo {

// Places closer than this to each other belong together.
inline constexpr double kClusterGap_m = 250;

// Groups of places in which one comes from each to each by steps shorter than
// kClusterGap_m: indexes ascending, groups by their first index. Fails with kCancelled only.
Result<std::vector<std::vector<std::uint32_t>>> clusters_of(std::span<const Point> places, const Limits& limits);

// The area within half the gap of any of the places, drawn on a lattice of 25 m
// (wider when they spread over more than 600 km²). kMultiPolygon; at least one place.
Geometry area_around(std::span<const Point> places);

}  // namespace obnova::geo
