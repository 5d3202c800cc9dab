// From layers of roads to a network that can be asked.

#include <benchmark/benchmark.h>

#include <limits>

#include "geo/base/measure.h"
#include "tests/bench/workload.h"

namespace obnova::bench {
namespace {

void add(const std::string& name, auto measure) { benchmark::RegisterBenchmark(name.c_str(), measure)->Unit(benchmark::kMicrosecond); }

std::shared_ptr<const geo::Layer> first_of(const geo::City& city, geo::Theme theme) {
  const auto layers = city.layers_of(theme);
  return layers.empty() ? nullptr : layers.front()->layer;
}

void add_building(const Workload& workload) {
  add("network/graph/obnova", [&workload](benchmark::State& state) {
    const geo::City& city = *workload.city;
    const auto roads = first_of(city, geo::Theme::kRoads);
    const auto barriers = first_of(city, geo::Theme::kBarriers);
    const auto restrictions = first_of(city, geo::Theme::kTurnRestrictions);
    for (auto _ : state) benchmark::DoNotOptimize(must(geo::RoadGraph::build(roads, barriers, restrictions, {})));
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(workload.graph->edge_count()));
  });
  add("network/snap index/obnova", [&workload](benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(std::make_unique<geo::SnapIndex>(workload.graph));
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(workload.graph->edge_count()));
  });
  for (const geo::Profile& profile : workload.profiles) {
    add("network/metric " + profile.id + "/obnova", [&workload, &profile](benchmark::State& state) {
      for (auto _ : state) benchmark::DoNotOptimize(must(geo::Metric::make(workload.graph, profile)));
      state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(workload.graph->arc_count()));
    });
  }
  add("network/metric with closures/obnova", [&workload](benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(must(workload.car->open_metric().with_closed(workload.closures, {})));
    state.SetItemsProcessed(state.iterations());
  });
}

// The nearest place of all edges the traveller can use, one edge after the other.
geo::NetworkPlace snap_slowly(const geo::Metric& metric, Point place) {
  const geo::RoadGraph& graph = metric.graph();
  geo::NetworkPlace best;
  double best_m = std::numeric_limits<double>::infinity();
  for (geo::EdgeId edge{0}; edge.index < graph.edge_count(); ++edge.index) {
    const std::span<const Point> line = graph.edge_points(edge);
    for (std::size_t i = 1; i < line.size(); ++i) {
      const SegmentPlace nearest = nearest_on_segment(line[i - 1], line[i], place);
      const double distance = distance_m(nearest.place, place);
      if (distance >= best_m || !metric.usable_at(edge, 0)) continue;
      best_m = distance;
      best = {edge, 0, nearest.place};
    }
  }
  return best;
}

void add_snapping(const Workload& workload) {
  add("network/snap/obnova", [&workload](benchmark::State& state) {
    std::size_t i = 0;
    for (auto _ : state) benchmark::DoNotOptimize(workload.car->snap(workload.places[i++ % workload.places.size()]));
    state.SetItemsProcessed(state.iterations());
  });
  add("network/snap/every edge", [&workload](benchmark::State& state) {
    std::size_t i = 0;
    for (auto _ : state) benchmark::DoNotOptimize(snap_slowly(workload.car->metric(), workload.places[i++ % workload.places.size()]));
    state.SetItemsProcessed(state.iterations());
  });
}

}  // namespace

void add_network_benchmarks(const Workload& workload) {
  add_building(workload);
  add_snapping(workload);
}

}  // namespace obnova::bench
