// Routes, matrices and sweeps, beside a plain search of the same run.

#include <benchmark/benchmark.h>

#include "geo/query/routing/matrix.h"
#include "geo/query/routing/nearest_facilities.h"
#include "geo/query/routing/route.h"
#include "tests/bench/plain_dijkstra.h"
#include "tests/bench/workload.h"

namespace obnova::bench {
namespace {

constexpr std::size_t kMatrixSide = 100;

void add(const std::string& name, auto measure) { benchmark::RegisterBenchmark(name.c_str(), measure)->Unit(benchmark::kMicrosecond); }

// Pairs of places far apart in the list, hence anywhere in the city.
template <typename Place>
std::pair<Place, Place> pair_of(const std::vector<Place>& places, std::size_t i) {
  return {places[i % places.size()], places[(i * 31 + 17) % places.size()]};
}

using Network = std::shared_ptr<const geo::TravelNetwork>;

void add_routes(const Workload& workload, const Network& network, const std::string& what) {
  add("routes/" + what + ", time/obnova", [&workload, network](benchmark::State& state) {
    std::size_t i = 0;
    for (auto _ : state) {
      const auto [from, to] = pair_of(workload.on_network, i++);
      benchmark::DoNotOptimize(must(geo::fastest_path(network->metric(), from, to, {})));
    }
    state.SetItemsProcessed(state.iterations());
  });
  add("routes/" + what + ", time/plain Dijkstra", [&workload, network](benchmark::State& state) {
    std::size_t i = 0;
    PlainDijkstra plain(network->metric());
    for (auto _ : state) {
      const auto [from, to] = pair_of(workload.on_network, i++);
      plain.run(from, to);
      benchmark::DoNotOptimize(plain.time_to(to));
    }
    state.SetItemsProcessed(state.iterations());
  });
  add("routes/" + what + ", line and steps/obnova", [&workload, network](benchmark::State& state) {
    std::size_t i = 0;
    for (auto _ : state) {
      const auto [from, to] = pair_of(workload.places, i++);
      const std::vector<Point> places = {from, to};
      benchmark::DoNotOptimize(must(geo::find_route(*network, places, {})));
    }
    state.SetItemsProcessed(state.iterations());
  });
}

// An answer too: it says why.
void add_no_way(const Workload& workload) {
  if (workload.islands.empty()) return;
  add("routes/car, no way and the reason/obnova", [&workload](benchmark::State& state) {
    std::size_t i = 0;
    for (auto _ : state) {
      const std::vector<Point> places = {workload.islands[i % workload.islands.size()], workload.places[i % workload.places.size()]};
      ++i;
      benchmark::DoNotOptimize(must(geo::find_route(*workload.car, places, {})));
    }
    state.SetItemsProcessed(state.iterations());
  });
}

void add_matrix(const Workload& workload) {
  add("matrix/100 by 100/obnova", [&workload](benchmark::State& state) {
    const std::span<const Point> places = workload.places;
    for (auto _ : state) {
      const geo::MatrixEnds ends = geo::snap_matrix(*workload.car, places.first(kMatrixSide), places.last(kMatrixSide));
      const auto take = [](const geo::MatrixRow& row) {
        benchmark::DoNotOptimize(row.reaches.data());
        return true;
      };
      must(geo::compute_matrix(*workload.car, ends, take, {}));
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kMatrixSide * kMatrixSide));
  });
  add("matrix/100 by 100/plain Dijkstra", [&workload](benchmark::State& state) {
    PlainDijkstra plain(workload.car->metric());
    const std::span<const geo::NetworkPlace> places = workload.on_network;
    for (auto _ : state) {
      for (const geo::NetworkPlace& origin : places.first(kMatrixSide)) {
        plain.run(origin);
        for (const geo::NetworkPlace& destination : places.last(kMatrixSide)) benchmark::DoNotOptimize(plain.time_to(destination));
      }
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kMatrixSide * kMatrixSide));
  });
  add("matrix/1 to 100/obnova", [&workload](benchmark::State& state) {
    const geo::TargetSet targets(workload.car->metric(), std::span(workload.on_network).last(kMatrixSide), geo::Direction::kFromSources);
    std::size_t i = 0;
    for (auto _ : state) benchmark::DoNotOptimize(must(geo::reach_targets(targets, workload.on_network[i++ % 512], {})));
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kMatrixSide));
  });
}

void add_facilities(const Workload& workload) {
  add("facilities/3 nearest of 200/obnova", [&workload](benchmark::State& state) {
    std::vector<FeatureId> ids;
    for (FeatureId id{0}; id.index < workload.facilities->feature_count(); ++id.index) ids.push_back(id);
    const geo::FacilitySites sites = geo::facility_sites(*workload.car, *workload.facilities, ids);
    for (auto _ : state) {
      const auto places = std::span(workload.places).first(100);
      benchmark::DoNotOptimize(must(geo::nearest_facilities(*workload.car, places, sites, 3, geo::kNever, geo::Direction::kToSources, {})));
    }
    state.SetItemsProcessed(state.iterations() * 100);
  });
}

void add_sweeps(const Workload& workload) {
  add("sweep/1 source to all nodes/obnova", [&workload](benchmark::State& state) {
    std::size_t i = 0;
    for (auto _ : state) {
      const auto source = std::span(workload.on_network).subspan(i++ % 1024, 1);
      benchmark::DoNotOptimize(must(geo::sweep_from(workload.car->metric(), source, geo::Direction::kFromSources, geo::kNever, {})));
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(workload.graph->node_count()));
  });
  add("sweep/1 source to all nodes/plain Dijkstra", [&workload](benchmark::State& state) {
    PlainDijkstra plain(workload.car->metric());
    std::size_t i = 0;
    for (auto _ : state) plain.run(workload.on_network[i++ % 1024]);
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(workload.graph->node_count()));
  });
  add("sweep/200 sources to all nodes/obnova", [&workload](benchmark::State& state) {
    const auto sources = std::span(workload.on_network).last(200);
    for (auto _ : state) {
      benchmark::DoNotOptimize(must(geo::sweep_from(workload.car->metric(), sources, geo::Direction::kToSources, geo::kNever, {})));
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(workload.graph->node_count()));
  });
}

}  // namespace

void add_route_benchmarks(const Workload& workload) {
  const auto closed = std::make_shared<const geo::TravelNetwork>(
      must(geo::TravelNetwork::make(*workload.city, {.profile = "car", .avoid = workload.closures}, {})));
  add_routes(workload, workload.car, "car");
  add_no_way(workload);
  add_routes(workload, closed, "car around closures");
  add("routes/open a request with closures/obnova", [&workload](benchmark::State& state) {
    for (auto _ : state) {
      benchmark::DoNotOptimize(must(geo::TravelNetwork::make(*workload.city, {.profile = "car", .avoid = workload.closures}, {})));
    }
    state.SetItemsProcessed(state.iterations());
  });
  add_matrix(workload);
  add_facilities(workload);
  add_sweeps(workload);
}

}  // namespace obnova::bench
