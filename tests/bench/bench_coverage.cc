// Service areas, and who is covered.

#include <benchmark/benchmark.h>

#include "geo/query/coverage/coverage.h"
#include "geo/query/coverage/demand.h"
#include "geo/query/coverage/service_area.h"
#include "tests/bench/workload.h"

namespace obnova::bench {
namespace {

constexpr geo::Milliseconds kMinute = 60'000;

void add(const std::string& name, auto measure) { benchmark::RegisterBenchmark(name.c_str(), measure)->Unit(benchmark::kMicrosecond); }

geo::ServiceLimit minutes(int count) { return {.kind = geo::ServiceLimit::Kind::kTime, .time = count * kMinute, .length_m = 0}; }

std::vector<FeatureId> all_of(const geo::Layer& layer) {
  std::vector<FeatureId> ids;
  for (FeatureId id{0}; id.index < layer.feature_count(); ++id.index) ids.push_back(id);
  return ids;
}

void add_areas(const Workload& workload, const std::string& profile) {
  const auto network =
      std::make_shared<const geo::TravelNetwork>(must(geo::TravelNetwork::make(*workload.city, {.profile = profile, .avoid = {}}, {})));
  add("service area/" + profile + " 15 min/obnova", [&workload, network](benchmark::State& state) {
    std::size_t i = 0;
    const std::vector<geo::ServiceLimit> limits = {minutes(15)};
    for (auto _ : state) {
      const auto place = std::span(workload.places).subspan(i++ % 64, 1);
      benchmark::DoNotOptimize(must(geo::service_area(*network, place, limits, geo::Direction::kFromSources, {})));
    }
    state.SetItemsProcessed(state.iterations());
  });
}

void add_coverage(const Workload& workload, const std::string& what, std::vector<geo::DemandPlace> demand) {
  if (demand.empty()) return;
  add("coverage/200 facilities, " + what + "/obnova", [&workload, demand = std::move(demand)](benchmark::State& state) {
    const std::vector<FeatureId> facilities = all_of(*workload.facilities);
    const geo::CoverageQuery query = {.demand = demand,
                                      .facilities_layer = workload.facilities.get(),
                                      .facilities = facilities,
                                      .limit = minutes(5),
                                      .direction = geo::Direction::kToSources,
                                      .districts = nullptr,
                                      .assessed_areas = {}};
    for (auto _ : state) benchmark::DoNotOptimize(must(geo::coverage(*workload.car, query, {})));
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(demand.size()));
  });
}

std::vector<geo::DemandPlace> people_of_buildings(const Workload& workload) {
  const auto layers = workload.city->layers_of(geo::Theme::kBuildings);
  if (layers.empty()) return {};
  const geo::Layer& buildings = *layers.front()->layer;
  return must(geo::demand_places(buildings, all_of(buildings), {}));
}

std::vector<geo::DemandPlace> people_at_nodes(const geo::RoadGraph& graph) {
  std::vector<geo::DemandPlace> demand;
  for (geo::RoadNodeId node{0}; node.index < graph.node_count(); ++node.index) {
    demand.push_back({FeatureId{node.index}, graph.node_place(node), 1});
  }
  return demand;
}

}  // namespace

void add_coverage_benchmarks(const Workload& workload) {
  add_areas(workload, "foot");
  add_areas(workload, "car");
  add_coverage(workload, "all buildings", people_of_buildings(workload));
  add_coverage(workload, "all crossings", people_at_nodes(*workload.graph));
}

}  // namespace obnova::bench
