// Measures one city: reading, indexes, routes, coverage, each beside a twin.
//
//   bench_city FILE.gpkg [Google Benchmark's flags]
//
// The file is opened as a server opens it: give it a copy that nobody serves.
// Exit status 1 when a fast answer differs from its twin's.

#include <benchmark/benchmark.h>

#include <cstdio>

#include "tests/bench/plain_dijkstra.h"
#include "tests/bench/workload.h"

namespace obnova::bench {
namespace {

// A fast wrong answer is worth nothing.
bool routes_agree(const Workload& workload) {
  PlainDijkstra plain(workload.car->metric());
  for (std::size_t i = 0; i < 100; ++i) {
    const geo::NetworkPlace& from = workload.on_network[i];
    const geo::NetworkPlace& to = workload.on_network[i + 100];
    plain.run(from, to);
    const auto path = must(geo::fastest_path(workload.car->metric(), from, to, {}));
    if ((path ? path->time : geo::kNever) != plain.time_to(to)) return false;
  }
  return true;
}

int run(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (argc != 2) {
    std::fprintf(stderr, "usage: bench_city FILE.gpkg [--benchmark_…]\n");
    return 2;
  }
  const auto workload = make_workload(argv[1]);
  if (!routes_agree(*workload)) {
    std::fprintf(stderr, "The search and the plain one disagree on a route of %s.\n", argv[1]);
    return 1;
  }
  benchmark::AddCustomContext("features", std::to_string(workload->feature_count));
  benchmark::AddCustomContext("layers", std::to_string(workload->layers.size()));
  benchmark::AddCustomContext("nodes", std::to_string(workload->graph->node_count()));
  benchmark::AddCustomContext("edges", std::to_string(workload->graph->edge_count()));
  benchmark::AddCustomContext("arcs", std::to_string(workload->graph->arc_count()));
  add_layer_benchmarks(*workload);
  add_network_benchmarks(*workload);
  add_route_benchmarks(*workload);
  add_coverage_benchmarks(*workload);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace obnova::bench

int main(int argc, char** argv) { return obnova::bench::run(argc, argv); }
