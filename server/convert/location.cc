#include "server/convert/location.h"

#include <utility>

#include <fmt/format.h>

#include "geo/base/measure.h"
#include "geo/query/routing/nearest_facilities.h"
#include "server/convert/demand.h"
#include "server/convert/selection.h"
#include "server/convert/serving.h"
#include "server/convert/travel.h"

namespace obnova::server {
namespace {

constexpr std::size_t kMaxDemand = 50'000;
constexpr std::size_t kMaxCosts = 4'000'000;

// The sites of one layer where they meet the network, and the names of those that do not.
struct LayerSites {
  std::vector<LocationTask::Site> sites;
  std::vector<geo::NetworkPlace> places;
  std::vector<std::string> unreachable;
};

// With `serving`, those that serve nobody are left out and it is said there.
Result<LayerSites> layer_sites(const geo::TravelNetwork& network, const Snapshot& snapshot, const std::string& layer_id,
                               const std::string& filter, const std::string& field, Sources* serving, const Limits& limits) {
  const auto layer = find_layer(snapshot, layer_id, field + "_layer");
  if (!layer) return std::unexpected(layer.error());
  const auto features = serving != nullptr ? select_serving(snapshot, layer_id, filter, field + "_filter", *serving, limits)
                                           : select_filtered(snapshot, layer_id, filter, field + "_filter", limits);
  if (!features) return std::unexpected(features.error());
  const geo::Layer& table = *(*layer)->layer;
  const geo::FacilitySites found = geo::facility_sites(network, table, *features);
  LayerSites result;
  for (std::size_t i = 0; i < features->size(); ++i) {
    if (!found.snaps[i].on_network) result.unreachable.emplace_back(table.feature_name((*features)[i]));
  }
  for (std::size_t i = 0; i < found.features.size(); ++i) {
    const FeatureId feature = found.features[i];
    result.sites.push_back({.id = std::string(table.feature_name(feature)),
                            .title = std::string(table.title_of(feature)),
                            .place = interior_point(table.geometry(feature))});
    result.places.push_back(found.places[i]);
  }
  return result;
}

// Demand where it meets the network; rows of demand that does not are left out.
struct MetDemand {
  std::vector<std::size_t> rows;
  std::vector<geo::NetworkPlace> places;
};

MetDemand met_demand(const geo::TravelNetwork& network, const std::vector<geo::DemandPlace>& demand) {
  MetDemand met;
  for (std::size_t row = 0; row < demand.size(); ++row) {
    const geo::Snap snap = network.snap(demand[row].place);
    if (!snap.on_network) continue;
    met.rows.push_back(row);
    met.places.push_back(*snap.on_network);
  }
  return met;
}

double to_cost(const geo::Reach& reach) { return reach.time < geo::kNever ? to_seconds(reach.time) : -1; }

// Seconds between every demand and every site, -1 where there is no way: one
// search per member of the smaller side.
Result<std::vector<double>> travel_costs(const geo::TravelNetwork& network, std::size_t row_count, const MetDemand& demand,
                                         const std::vector<geo::NetworkPlace>& sites, geo::Direction direction, const Limits& limits) {
  std::vector<double> costs(row_count * sites.size(), -1);
  if (sites.size() <= demand.rows.size()) {
    const geo::TargetSet targets(network.metric(), demand.places, direction);
    for (std::size_t column = 0; column < sites.size(); ++column) {
      const auto reaches = geo::reach_targets(targets, sites[column], limits);
      if (!reaches) return std::unexpected(reaches.error());
      for (std::size_t i = 0; i < demand.rows.size(); ++i) costs[demand.rows[i] * sites.size() + column] = to_cost((*reaches)[i]);
    }
    return costs;
  }
  const geo::Direction reversed = direction == geo::Direction::kToSources ? geo::Direction::kFromSources : geo::Direction::kToSources;
  const geo::TargetSet targets(network.metric(), sites, reversed);
  for (std::size_t i = 0; i < demand.rows.size(); ++i) {
    const auto reaches = geo::reach_targets(targets, demand.places[i], limits);
    if (!reaches) return std::unexpected(reaches.error());
    for (std::size_t column = 0; column < sites.size(); ++column)
      costs[demand.rows[i] * sites.size() + column] = to_cost((*reaches)[column]);
  }
  return costs;
}

Result<LayerSites> existing_sites(const v1::NetworkLocation& message, const geo::TravelNetwork& network, const Snapshot& snapshot,
                                  Sources& sources, const Limits& limits) {
  if (message.existing_layer().empty()) return LayerSites{};
  sources.use(message.existing_layer());
  auto existing = layer_sites(network, snapshot, message.existing_layer(), message.existing_filter(), "network.existing", &sources, limits);
  if (existing && !existing->unreachable.empty()) {
    sources.warn(fmt::format("{} existing facilities do not meet the road network and serve nobody, `{}` first.",
                             existing->unreachable.size(), existing->unreachable.front()));
  }
  return existing;
}

Result<std::vector<geo::DemandPlace>> bounded_demand(const v1::Demand& message, const Snapshot& snapshot, const Limits& limits) {
  auto demand = to_demand(message, snapshot, "network.demand", limits);
  if (demand && demand->size() > kMaxDemand) {
    return failure(ErrorCode::kLimitExceeded,
                   fmt::format("The demand has {} places with people, at most {} are allowed: filter it.", demand->size(), kMaxDemand),
                   "network.demand");
  }
  return demand;
}

}  // namespace

Result<LocationTask> to_task(const v1::NetworkLocation& message, const Snapshot& snapshot, Sources& sources, const Limits& limits) {
  const auto direction = to_direction(message.direction(), geo::Direction::kToSources, "network.direction");
  if (!direction) return std::unexpected(direction.error());
  const auto demand = bounded_demand(message.demand(), snapshot, limits);
  if (!demand) return std::unexpected(demand.error());
  const auto network = to_network(message.options(), snapshot, "network.options", limits);
  if (!network) return std::unexpected(network.error());
  auto candidates =
      layer_sites(*network, snapshot, message.candidates_layer(), message.candidates_filter(), "network.candidates", nullptr, limits);
  if (!candidates) return std::unexpected(candidates.error());
  auto existing = existing_sites(message, *network, snapshot, sources, limits);
  if (!existing) return std::unexpected(existing.error());
  const std::size_t site_count = candidates->sites.size() + existing->sites.size();
  if (demand->size() * site_count > kMaxCosts) {
    return failure(ErrorCode::kLimitExceeded,
                   fmt::format("{} demands times {} sites are more than {} costs: filter them.", demand->size(), site_count, kMaxCosts),
                   "network");
  }
  sources.use_roads();
  use_demand(message.demand(), snapshot, sources);
  sources.use(message.candidates_layer());

  LocationTask task;
  task.unreachable_candidates = std::move(candidates->unreachable);
  task.problem.candidate_count = site_count;
  task.problem.existing.assign(site_count, false);
  std::fill(task.problem.existing.begin() + static_cast<std::ptrdiff_t>(candidates->sites.size()), task.problem.existing.end(), true);
  const DemandNames names(message.demand(), snapshot);
  for (const geo::DemandPlace& place : *demand) {
    task.demand_ids.push_back(names(place.feature));
    task.problem.weights.push_back(place.people);
  }
  task.sites = std::move(candidates->sites);
  task.sites.insert(task.sites.end(), existing->sites.begin(), existing->sites.end());
  std::vector<geo::NetworkPlace> places = std::move(candidates->places);
  places.insert(places.end(), existing->places.begin(), existing->places.end());
  auto costs = travel_costs(*network, demand->size(), met_demand(*network, *demand), places, *direction, limits);
  if (!costs) return std::unexpected(costs.error());
  task.problem.costs = std::move(*costs);
  return task;
}

}  // namespace obnova::server
