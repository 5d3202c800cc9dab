#include "server/rpc/routing_handlers.h"

#include <limits>
#include <utility>

#include <fmt/format.h>

#include "geo/query/routing/matrix.h"
#include "geo/query/routing/nearest_facilities.h"
#include "geo/query/routing/route.h"
#include "server/convert/geometry.h"
#include "server/convert/number.h"
#include "server/convert/provenance.h"
#include "server/convert/selection.h"
#include "server/convert/serving.h"
#include "server/convert/travel.h"

namespace obnova::server {
namespace {

constexpr std::size_t kMaxRoutePlaces = 100;
constexpr std::size_t kMaxPlaces = 10'000;
constexpr std::size_t kMaxCells = 1'000'000;

v1::Provenance roads_provenance(const Snapshot& snapshot) {
  Sources sources(snapshot);
  sources.use_roads();
  return sources.provenance();
}

void fill(const geo::RouteLeg& leg, const geo::Layer& roads, v1::RouteLeg* message) {
  message->set_duration_s(to_seconds(leg.time));
  message->set_distance_m(leg.length_m);
  for (const geo::RouteStep& step : leg.steps) {
    v1::RouteStep* step_message = message->add_steps();
    step_message->set_road(std::string(roads.feature_name(step.road)));
    step_message->set_road_name(std::string(roads.title_of(step.road)));
    step_message->set_duration_s(to_seconds(step.time));
    step_message->set_distance_m(step.length_m);
  }
}

void fill(const geo::Route& route, const geo::Layer& roads, Degrees& degrees, v1::Route* message) {
  message->set_duration_s(to_seconds(route.time));
  message->set_distance_m(route.length_m);
  const auto end = static_cast<std::uint32_t>(route.line.size());
  message->set_wkb(degrees.wkb({GeometryKind::kLineString, route.line, {&end, 1}, {}}));
  for (const geo::RouteLeg& leg : route.legs) fill(leg, roads, message->add_legs());
}

v1::ComputeMatrixResponse to_message(const geo::MatrixRow& row) {
  v1::ComputeMatrixResponse message;
  message.set_origin_index(static_cast<std::int32_t>(row.origin));
  message.mutable_durations_ms()->Reserve(static_cast<int>(row.reaches.size()));
  message.mutable_distances_m()->Reserve(static_cast<int>(row.reaches.size()));
  for (const geo::Reach& reach : row.reaches) {
    const bool reached = reach.time < geo::kNever;
    message.add_durations_ms(reached ? reach.time : -1);
    message.add_distances_m(reached ? reach.length_m : -1);
  }
  return message;
}

}  // namespace

Result<v1::ComputeRouteResponse> compute_route(const Twin& twin, const Call& call, const v1::ComputeRouteRequest& request) {
  const auto snapshot = twin.resolve(request.context());
  if (!snapshot) return std::unexpected(snapshot.error());
  const auto places = to_plane(request.places(), {2, kMaxRoutePlaces}, *(*snapshot)->projection, "places");
  if (!places) return std::unexpected(places.error());
  const auto network = to_network(request.options(), **snapshot, "options", call.limits());
  if (!network) return std::unexpected(network.error());

  const auto found = geo::find_route(*network, *places, call.limits());
  if (!found) return std::unexpected(found.error());
  Degrees degrees(*(*snapshot)->projection);
  v1::ComputeRouteResponse answer;
  if (found->route) fill(*found->route, network->graph().roads(), degrees, answer.mutable_route());
  answer.set_no_route_reason(static_cast<v1::NoRouteReason>(found->reason));
  answer.set_no_route_message(found->message);
  *answer.mutable_snaps() = to_proto(found->snaps, network->graph(), degrees, &request.places());
  *answer.mutable_provenance() = roads_provenance(**snapshot);
  return degrees.checked(std::move(answer));
}

Result<void> compute_matrix(const Twin& twin, const Call& call, const v1::ComputeMatrixRequest& request,
                            const Writer<v1::ComputeMatrixResponse>& write) {
  const auto snapshot = twin.resolve(request.context());
  if (!snapshot) return std::unexpected(snapshot.error());
  const geo::Projection& projection = *(*snapshot)->projection;
  const auto origins = to_plane(request.origins(), {1, kMaxCells}, projection, "origins");
  if (!origins) return std::unexpected(origins.error());
  const auto destinations = to_plane(request.destinations(), {1, kMaxCells}, projection, "destinations");
  if (!destinations) return std::unexpected(destinations.error());
  if (origins->size() * destinations->size() > kMaxCells) {
    return failure(
        ErrorCode::kInvalidArgument,
        fmt::format("{} origins times {} destinations are more than {} cells.", origins->size(), destinations->size(), kMaxCells),
        "destinations");
  }
  const auto network = to_network(request.options(), **snapshot, "options", call.limits());
  if (!network) return std::unexpected(network.error());

  const geo::MatrixEnds ends = geo::snap_matrix(*network, *origins, *destinations);
  Degrees degrees(projection);
  v1::ComputeMatrixResponse first;
  *first.mutable_origin_snaps() = to_proto(ends.origins, network->graph(), degrees, &request.origins());
  *first.mutable_destination_snaps() = to_proto(ends.destinations, network->graph(), degrees, &request.destinations());
  *first.mutable_provenance() = roads_provenance(**snapshot);
  const auto head = degrees.checked(std::move(first));
  if (!head) return std::unexpected(head.error());

  Result<void> written;
  const auto take = [&](const geo::MatrixRow& row) {
    v1::ComputeMatrixResponse message = to_message(row);
    if (row.origin == 0) message.MergeFrom(*head);
    written = write(std::move(message));
    return written.has_value();
  };
  const auto computed = geo::compute_matrix(*network, ends, take, call.limits());
  return written ? computed : written;
}

Result<v1::FindNearestFacilitiesResponse> find_nearest_facilities(const Twin& twin, const Call& call,
                                                                  const v1::FindNearestFacilitiesRequest& request) {
  const auto snapshot = twin.resolve(request.context());
  if (!snapshot) return std::unexpected(snapshot.error());
  const auto places = to_plane(request.places(), {1, kMaxPlaces}, *(*snapshot)->projection, "places");
  if (!places) return std::unexpected(places.error());
  const auto facilities_layer = find_layer(**snapshot, request.facilities_layer(), "facilities_layer");
  if (!facilities_layer) return std::unexpected(facilities_layer.error());
  const auto k = count_or(request.k(), 1, 100, "k");
  if (!k) return std::unexpected(k.error());
  const auto duration_s = number_in(request.max_duration_s(), {0, std::numeric_limits<double>::max()}, "max_duration_s");
  if (!duration_s) return std::unexpected(duration_s.error());
  const auto direction = to_direction(request.direction(), geo::Direction::kToSources, "direction");
  if (!direction) return std::unexpected(direction.error());
  Sources sources(**snapshot);
  const auto facilities = select_serving(**snapshot, request.facilities_layer(), request.filter(), "filter", sources, call.limits());
  if (!facilities) return std::unexpected(facilities.error());
  const auto network = to_network(request.options(), **snapshot, "options", call.limits());
  if (!network) return std::unexpected(network.error());

  const geo::Layer& layer = *(*facilities_layer)->layer;
  const geo::FacilitySites sites = geo::facility_sites(*network, layer, *facilities);
  const geo::Milliseconds longest = *duration_s == 0 ? geo::kNever : milliseconds_within(*duration_s);
  const auto rows = geo::nearest_facilities(*network, *places, sites, *k, longest, *direction, call.limits());
  if (!rows) return std::unexpected(rows.error());

  Degrees degrees(*(*snapshot)->projection);
  v1::FindNearestFacilitiesResponse answer;
  std::vector<geo::Snap> snaps;
  for (const geo::NearestFacilitiesRow& row : *rows) {
    snaps.push_back(row.snap);
    v1::NearestFacilities* message = answer.add_results();
    for (const geo::FacilityReach& reached : row.facilities) {
      v1::FacilityReach* facility = message->add_facilities();
      facility->set_facility(std::string(layer.feature_name(reached.facility)));
      facility->set_title(std::string(layer.title_of(reached.facility)));
      facility->set_duration_s(to_seconds(reached.reach.time));
      facility->set_distance_m(reached.reach.length_m);
    }
  }
  SnapMessages snap_messages = to_proto(snaps, network->graph(), degrees, &request.places());
  for (int i = 0; i < snap_messages.size(); ++i) answer.mutable_results(i)->mutable_snap()->Swap(&snap_messages[i]);
  answer.set_unreachable_facility_count(sites.unreachable_count);
  sources.use_roads();
  sources.use(layer.id());
  *answer.mutable_provenance() = sources.provenance();
  return degrees.checked(std::move(answer));
}

Result<v1::SnapPlacesResponse> snap_places(const Twin& twin, const Call& call, const v1::SnapPlacesRequest& request) {
  const auto snapshot = twin.resolve(request.context());
  if (!snapshot) return std::unexpected(snapshot.error());
  const auto places = to_plane(request.places(), {1, kMaxPlaces}, *(*snapshot)->projection, "places");
  if (!places) return std::unexpected(places.error());
  const auto network = to_network(request.options(), **snapshot, "options", call.limits());
  if (!network) return std::unexpected(network.error());
  std::vector<geo::Snap> snaps;
  for (const Point place : *places) snaps.push_back(network->snap(place));
  Degrees degrees(*(*snapshot)->projection);
  v1::SnapPlacesResponse answer;
  *answer.mutable_snaps() = to_proto(snaps, network->graph(), degrees, &request.places());
  *answer.mutable_provenance() = roads_provenance(**snapshot);
  return degrees.checked(std::move(answer));
}

}  // namespace obnova::server
