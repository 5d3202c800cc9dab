#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "geo/query/coverage/service_area.h"
#include "geo/query/routing/travel.h"
#include "obnova/v1/coverage.pb.h"
#include "obnova/v1/routing.pb.h"
#include "server/convert/geometry.h"
#include "server/twin/twin.h"

namespace obnova::server {

// The network a request travels on: profile, closed areas, snap distance.
Result<geo::TravelNetwork> to_network(const v1::TravelOptions& options, const Snapshot& snapshot, const std::string& field,
                                      const Limits& limits);

// From a place to its facility is a path to the sources of a sweep. Unspecified
// means `when_unspecified`.
Result<geo::Direction> to_direction(v1::TravelDirection direction, geo::Direction when_unspecified, const std::string& field);

// A limit of service, in the range the contract states.
Result<geo::ServiceLimit> to_limit(const v1::ServiceStandard& standard, const std::string& field);

// Whole milliseconds within so many seconds.
geo::Milliseconds milliseconds_within(double seconds);
double to_seconds(geo::Milliseconds time);

// Snaps in their order, as messages. With `places`, those are the places as
// they were given in the request, and one snap belongs to each.
using SnapMessages = google::protobuf::RepeatedPtrField<v1::Snap>;
SnapMessages to_proto(std::span<const geo::Snap> snaps, const geo::RoadGraph& graph, Degrees& degrees, const v1::LngLats* places = nullptr);

}  // namespace obnova::server
