#pragma once

#include <span>
#include <vector>

#include "geo/query/routing/travel.h"

namespace obnova::geo {

// A limit of service, inclusive: by time or by length of the fastest way.
struct ServiceLimit {
  enum class Kind { kTime, kLength } kind = Kind::kTime;
  Milliseconds time = 0;
  double length_m = 0;
};

struct ServiceArea {
  Geometry area;   // kMultiPolygon or kNone.
  Geometry edges;  // kMultiLineString of the reached pieces, cut exactly; kNone.
  double area_m2 = 0;
  double reached_length_m = 0;
};

struct ServiceAreaAnswer {
  std::vector<Snap> snaps;
  std::vector<ServiceArea> areas;  // One per limit; each holds all before it.
};

// How far from a reached road a place may be and still count as reached.
inline constexpr double kServiceAreaReach_m = 100;

// What any of the places reaches (kFromSources) or can be reached from
// (kToSources) within each limit; limits ascending and of one kind. A place
// belongs to the area when the nearest point of the usable network is reached
// and not farther than kServiceAreaReach_m.
Result<ServiceAreaAnswer> service_area(const TravelNetwork& network, std::span<const Point> places, std::span<const ServiceLimit> limits,
                                       Direction direction, const Limits& work_limits);

}  // namespace obnova::geo
