#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "geo/query/routing/travel.h"

namespace obnova::geo {

// A piece of a route along one road feature.
struct RouteStep {
  FeatureId road;
  Milliseconds time = 0;
  double length_m = 0;
};

struct RouteLeg {
  Milliseconds time = 0;
  double length_m = 0;
  std::vector<RouteStep> steps;
};

struct Route {
  Milliseconds time = 0;
  double length_m = 0;
  std::vector<Point> line;  // At least two points.
  std::vector<RouteLeg> legs;
};

enum class NoRouteReason { kNone, kNoSnap, kDisconnected, kNoPassage, kClosed, kDamaged };

struct RouteAnswer {
  std::optional<Route> route;
  NoRouteReason reason = NoRouteReason::kNone;
  std::string message;  // The reason as a sentence; names the place or leg.
  std::vector<Snap> snaps;
};

// The fastest route through the places in order; at least two. No route is an
// answer with a reason.
Result<RouteAnswer> find_route(const TravelNetwork& network, std::span<const Point> places, const Limits& limits);

}  // namespace obnova::geo
