#include "server/rpc/coverage_handlers.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "geo/query/coverage/coverage.h"
#include "geo/query/coverage/service_area.h"
#include "server/convert/demand.h"
#include "server/convert/geometry.h"
#include "server/convert/number.h"
#include "server/convert/provenance.h"
#include "server/convert/selection.h"
#include "server/convert/serving.h"
#include "server/convert/travel.h"

namespace obnova::server {
namespace {

constexpr std::size_t kMaxAreaPlaces = 1000;
constexpr int kMaxAreaLimits = 10;

Result<std::vector<geo::ServiceLimit>> to_limits(const v1::ComputeServiceAreaRequest& request) {
  if (request.limits_size() < 1 || request.limits_size() > kMaxAreaLimits) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("The number of limits is {}, not 1 to {}.", request.limits_size(), kMaxAreaLimits), "limits");
  }
  std::vector<geo::ServiceLimit> limits;
  for (int i = 0; i < request.limits_size(); ++i) {
    const std::string field = fmt::format("limits[{}]", i);
    const auto limit = to_limit(request.limits(i), field);
    if (!limit) return std::unexpected(limit.error());
    if (i > 0 && limit->kind != limits.back().kind) {
      return failure(ErrorCode::kInvalidArgument, "The limits mix times and lengths.", field);
    }
    if (i > 0 && limit->time <= limits.back().time && limit->length_m <= limits.back().length_m) {
      return failure(ErrorCode::kInvalidArgument, "The limits do not ascend.", field);
    }
    limits.push_back(*limit);
  }
  return limits;
}

// Everything the request names, found and checked.
struct CoverageAsked {
  const geo::Layer* facilities_layer = nullptr;
  std::vector<FeatureId> facilities;
  std::vector<geo::DemandPlace> demand;
  const geo::IndexedLayer* districts = nullptr;
  geo::ServiceLimit limit;
  geo::Direction direction = geo::Direction::kToSources;
  std::size_t max_cluster_count = 0;
};

Result<CoverageAsked> read_request(const v1::ComputeCoverageRequest& request, const Snapshot& snapshot, Sources& sources,
                                   const Limits& limits) {
  CoverageAsked asked;
  const auto facilities_layer = find_layer(snapshot, request.facilities_layer(), "facilities_layer");
  if (!facilities_layer) return std::unexpected(facilities_layer.error());
  asked.facilities_layer = (*facilities_layer)->layer.get();
  const auto limit = to_limit(request.standard(), "standard");
  if (!limit) return std::unexpected(limit.error());
  asked.limit = *limit;
  const auto direction = to_direction(request.direction(), geo::Direction::kToSources, "direction");
  if (!direction) return std::unexpected(direction.error());
  asked.direction = *direction;
  const auto cluster_count = count_or(request.max_cluster_count(), 20, 1000, "max_cluster_count");
  if (!cluster_count) return std::unexpected(cluster_count.error());
  asked.max_cluster_count = *cluster_count;
  if (!request.districts_layer().empty()) {
    const auto districts = find_layer(snapshot, request.districts_layer(), "districts_layer");
    if (!districts) return std::unexpected(districts.error());
    asked.districts = *districts;
  }
  auto facilities = select_serving(snapshot, request.facilities_layer(), request.facilities_filter(), "facilities_filter", sources, limits);
  if (!facilities) return std::unexpected(facilities.error());
  asked.facilities = std::move(*facilities);
  auto demand = to_demand(request.demand(), snapshot, "demand", limits);
  if (!demand) return std::unexpected(demand.error());
  asked.demand = std::move(*demand);
  // Cells of a raster have no damage.
  const auto demand_layer = snapshot.city->layers().find(request.demand().layer());
  if (demand_layer == snapshot.city->layers().end()) return asked;
  std::vector<FeatureId> homes;
  for (const geo::DemandPlace& place : asked.demand) homes.push_back(place.feature);
  const auto warned = warn_of_unassessed(snapshot, *demand_layer->second.layer, homes, sources);
  if (!warned) return std::unexpected(warned.error());
  return asked;
}

// Where roads and facilities are known; and says so in the sources. The hull of
// a few schools says nothing of where schools were looked for: facilities with
// no stated area are taken to be known wherever roads are.
std::vector<Geometry> assessed_areas(const CoverageAsked& asked, const geo::TravelNetwork& network, Sources& sources) {
  const geo::Layer& roads = network.graph().roads();
  const geo::Layer& facilities = *asked.facilities_layer;
  sources.use_with_area(roads.id());
  if (asked.facilities.empty()) sources.warn(fmt::format("No facility of layer `{}` matches: nobody can be covered.", facilities.id()));
  if (facilities.covered_area_stated()) {
    sources.use_with_area(facilities.id());
    return {roads.covered_area(), facilities.covered_area()};
  }
  sources.use(facilities.id());
  sources.warn(
      fmt::format("The covered area of layer `{}` was not stated: it was taken to be complete wherever roads are known.", facilities.id()));
  return {roads.covered_area()};
}

v1::PeopleCount to_proto(const geo::PeopleCount& people) {
  v1::PeopleCount message;
  message.set_total(people.total);
  message.set_covered(people.covered);
  message.set_uncovered(people.uncovered);
  message.set_unreachable(people.unreachable);
  message.set_unassessed(people.unassessed);
  return message;
}

std::string name_of(const geo::Layer& layer, const std::optional<FeatureId>& feature) {
  return feature ? std::string(layer.feature_name(*feature)) : std::string();
}

void fill_districts(const geo::CoverageAnswer& found, const geo::IndexedLayer* districts, v1::ComputeCoverageResponse& answer) {
  if (!districts) return;
  for (const FeatureId district : districts->layer->features()) {
    v1::DistrictCoverage* message = answer.add_districts();
    message->set_district(std::string(districts->layer->feature_name(district)));
    message->set_title(std::string(districts->layer->title_of(district)));
    *message->mutable_people() = to_proto(found.districts[district.index]);
  }
  *answer.mutable_outside_districts() = to_proto(found.outside_districts);
}

void fill_clusters(const geo::CoverageAnswer& found, const geo::Layer& facilities, Degrees& degrees, v1::ComputeCoverageResponse& answer) {
  for (const geo::UncoveredCluster& cluster : found.clusters) {
    v1::UncoveredCluster* message = answer.add_clusters();
    message->set_wkb(degrees.wkb(cluster.area.view()));
    message->set_people(cluster.people);
    message->set_unreachable_people(cluster.unreachable_people);
    message->set_nearest_facility(name_of(facilities, cluster.nearest_facility));
    message->set_mean_excess(cluster.mean_excess);
    message->set_place_count(cluster.place_count);
  }
}

void fill_facilities(const geo::CoverageAnswer& found, const CoverageAsked& asked, const geo::RoadGraph& graph, Degrees& degrees,
                     v1::ComputeCoverageResponse& answer) {
  SnapMessages snaps = server::to_proto(found.facility_snaps, graph, degrees);
  for (std::size_t i = 0; i < asked.facilities.size(); ++i) {
    v1::FacilityCoverage* message = answer.add_facilities();
    message->set_facility(std::string(asked.facilities_layer->feature_name(asked.facilities[i])));
    message->set_title(std::string(asked.facilities_layer->title_of(asked.facilities[i])));
    message->set_people(found.facility_people[i]);
    message->mutable_snap()->Swap(&snaps[static_cast<int>(i)]);
    if (asked.facilities_layer->geometry(asked.facilities[i]).empty()) message->mutable_snap()->clear_place();
  }
}

void fill_places(const geo::CoverageAnswer& found, const CoverageAsked& asked, const DemandNames& names, Degrees& degrees,
                 v1::ComputeCoverageResponse& answer) {
  std::vector<Point> points;
  for (const geo::DemandPlace& place : asked.demand) points.push_back(place.place);
  const std::vector<v1::LngLat> in_degrees = degrees.places(points);
  for (std::size_t i = 0; i < asked.demand.size(); ++i) {
    const geo::PlaceCoverage& coverage = found.places[i];
    const bool reached = coverage.reach.time < geo::kNever;
    v1::PlaceCoverage* message = answer.add_places();
    message->set_place(names(asked.demand[i].feature));
    *message->mutable_location() = in_degrees[i];
    message->set_people(asked.demand[i].people);
    message->set_status(static_cast<v1::PlaceStatus>(static_cast<int>(coverage.status) + 1));
    message->set_facility(name_of(*asked.facilities_layer, coverage.facility));
    message->set_duration_s(reached ? to_seconds(coverage.reach.time) : -1);
    message->set_distance_m(reached ? coverage.reach.length_m : -1);
  }
}

}  // namespace

Result<v1::ComputeServiceAreaResponse> compute_service_area(const Twin& twin, const Call& call,
                                                            const v1::ComputeServiceAreaRequest& request) {
  const auto snapshot = twin.resolve(request.context());
  if (!snapshot) return std::unexpected(snapshot.error());
  const auto places = to_plane(request.places(), {1, kMaxAreaPlaces}, *(*snapshot)->projection, "places");
  if (!places) return std::unexpected(places.error());
  const auto limits = to_limits(request);
  if (!limits) return std::unexpected(limits.error());
  const auto direction = to_direction(request.direction(), geo::Direction::kFromSources, "direction");
  if (!direction) return std::unexpected(direction.error());
  const auto network = to_network(request.options(), **snapshot, "options", call.limits());
  if (!network) return std::unexpected(network.error());

  const auto found = geo::service_area(*network, *places, *limits, *direction, call.limits());
  if (!found) return std::unexpected(found.error());
  Degrees degrees(*(*snapshot)->projection);
  v1::ComputeServiceAreaResponse answer;
  for (std::size_t i = 0; i < found->areas.size(); ++i) {
    const geo::ServiceArea& area = found->areas[i];
    v1::ServiceArea* message = answer.add_areas();
    *message->mutable_limit() = request.limits(static_cast<int>(i));
    message->set_wkb(degrees.wkb(area.area.view()));
    message->set_area_m2(area.area_m2);
    message->set_reached_length_m(area.reached_length_m);
    if (request.include_edges()) message->set_edges_wkb(degrees.wkb(area.edges.view()));
  }
  *answer.mutable_snaps() = to_proto(found->snaps, network->graph(), degrees, &request.places());
  Sources sources(**snapshot);
  sources.use_roads();
  *answer.mutable_provenance() = sources.provenance();
  return degrees.checked(std::move(answer));
}

Result<v1::ComputeCoverageResponse> compute_coverage(const Twin& twin, const Call& call, const v1::ComputeCoverageRequest& request) {
  const auto snapshot = twin.resolve(request.context());
  if (!snapshot) return std::unexpected(snapshot.error());
  Sources sources(**snapshot);
  const auto asked = read_request(request, **snapshot, sources, call.limits());
  if (!asked) return std::unexpected(asked.error());
  const auto network = to_network(request.options(), **snapshot, "options", call.limits());
  if (!network) return std::unexpected(network.error());

  geo::CoverageQuery query = {.demand = asked->demand,
                              .facilities_layer = asked->facilities_layer,
                              .facilities = asked->facilities,
                              .limit = asked->limit,
                              .direction = asked->direction,
                              .districts = asked->districts,
                              .assessed_areas = assessed_areas(*asked, *network, sources),
                              .max_cluster_count = asked->max_cluster_count};
  const auto found = geo::coverage(*network, query, call.limits());
  if (!found) return std::unexpected(with_field(found.error(), "districts_layer"));

  Degrees degrees(*(*snapshot)->projection);
  v1::ComputeCoverageResponse answer;
  *answer.mutable_total() = to_proto(found->total);
  fill_districts(*found, asked->districts, answer);
  fill_clusters(*found, *asked->facilities_layer, degrees, answer);
  fill_facilities(*found, *asked, network->graph(), degrees, answer);
  if (request.include_places()) fill_places(*found, *asked, DemandNames(request.demand(), **snapshot), degrees, answer);
  sources.use_roads();
  use_demand(request.demand(), **snapshot, sources);
  if (asked->districts) sources.use(asked->districts->layer->id());
  *answer.mutable_provenance() = sources.provenance();
  return degrees.checked(std::move(answer));
}

}  // namespace obnova::server
