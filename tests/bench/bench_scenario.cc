// Measures what a scenario costs that changes 1, 100 and 10,000 roads of a city.
//
//   bench_scenario FILE.gpkg [Google Benchmark's flags]
//
// The file is opened as a server opens it: give it a copy that nobody serves.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "geo/base/check.h"
#include "geo/io/profile_file.h"
#include "server/scenario/overlay.h"

namespace obnova::server {
namespace {

std::shared_ptr<const Snapshot> read_city(const char* file) {
  const auto store = CityStore::open(file);
  OBNOVA_CHECK(store.has_value());
  const auto record = store->record();
  const auto records = store->layer_records();
  auto profiles = geo::read_profiles(OBNOVA_SOURCE_DIR "/data/profiles");
  OBNOVA_CHECK(record.has_value() && records.has_value() && profiles.has_value());
  std::vector<std::shared_ptr<const geo::Layer>> layers;
  for (const LayerRecord& layer : *records) {
    auto read = store->read_layer(layer);
    OBNOVA_CHECK(read.has_value());
    layers.push_back(std::move(*read));
  }
  auto projection = geo::Projection::make("EPSG:4326", record->crs);
  OBNOVA_CHECK(projection.has_value());
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->city = geo::City::make(record->id, record->crs, record->revision, std::move(layers), std::move(*profiles), nullptr);
  snapshot->projection = std::make_shared<const geo::Projection>(std::move(*projection));
  snapshot->record = *record;
  return snapshot;
}

// Closes every so many roads.
ScenarioPlan closures(const Snapshot& snapshot, std::size_t count) {
  const geo::Layer& roads = *(*snapshot.city->layer("roads"))->layer;
  auto known = std::make_shared<KnownScenario>();
  known->id = "bench";
  // Prime, so that changes lie all over the layer.
  for (std::uint64_t i = 0; i < count; ++i) {
    const FeatureId road{static_cast<std::uint32_t>(i * 611'953 % roads.row_count())};
    v1::Change& change = *known->message.add_steps()->mutable_change();
    change.set_layer("roads");
    change.set_feature(std::string(roads.feature_name(road)));
    change.mutable_close();
  }
  ScenarioPlan plan{.id = "bench", .parts = {}, .digest = {}};
  for (std::size_t i = 0; i < count; ++i) {
    plan.parts.push_back({.place = {.scenario = "bench", .index = static_cast<int>(i)}, .scenario = known});
  }
  return plan;
}

void resolve(benchmark::State& state, const std::shared_ptr<const Snapshot>& city) {
  const ScenarioPlan plan = closures(*city, static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(apply(*city, city, plan, {}));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// The network weighed anew for one profile besides.
void resolve_and_weigh(benchmark::State& state, const std::shared_ptr<const Snapshot>& city) {
  const ScenarioPlan plan = closures(*city, static_cast<std::size_t>(state.range(0)));
  OBNOVA_CHECK((*city->city->roads())->metric("car").has_value());
  for (auto _ : state) {
    const auto outcome = apply(*city, city, plan, {});
    benchmark::DoNotOptimize((*outcome->snapshot->city->roads())->metric("car"));
  }
}

int run(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (argc != 2) {
    std::fprintf(stderr, "usage: bench_scenario FILE.gpkg [--benchmark_…]\n");
    return 2;
  }
  const auto city = read_city(argv[1]);
  const auto three = [](benchmark::internal::Benchmark* measured) {
    measured->Arg(1)->Arg(100)->Arg(10'000)->Unit(benchmark::kMicrosecond);
  };
  three(benchmark::RegisterBenchmark("resolve", resolve, city));
  three(benchmark::RegisterBenchmark("resolve_and_weigh", resolve_and_weigh, city));
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace obnova::server

int main(int argc, char** argv) { return obnova::server::run(argc, argv); }
