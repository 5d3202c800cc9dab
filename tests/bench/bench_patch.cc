// Measures what a context costs that differs from a layer of a million features
// by 1, 100 and 10,000 of them. Needs no data: `bench_patch [Google Benchmark's flags]`.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "geo/city/city.h"
#include "geo/layer/layer_edit.h"

namespace obnova::bench {
namespace {

constexpr std::uint32_t kRowCount = 1'000'000;
constexpr std::uint32_t kSide = 1000;
// Prime, so that changes lie all over the layer.
constexpr std::uint64_t kStride = 611'953;

Geometry house(std::uint32_t row, double shift_m) {
  const Point at = {12.0 * (row % kSide) + shift_m, 12.0 * (row / kSide) + shift_m};
  return Geometry::rectangle({at, {at.x_m + 8, at.y_m + 8}});
}

std::string house_id(std::uint32_t row) { return "way/" + std::to_string(row); }

std::vector<geo::Value> values(std::uint32_t row, const char* condition) {
  return {std::string(row % 3 == 0 ? "house" : "apartments"), std::string(condition), static_cast<std::int64_t>(row % 9)};
}

std::shared_ptr<const geo::City> city() {
  static const std::shared_ptr<const geo::City> made = [] {
    geo::LayerBuilder builder(
        {.id = "buildings", .theme = geo::Theme::kBuildings},
        {{"building", geo::FieldType::kString}, {"condition", geo::FieldType::kString}, {"levels", geo::FieldType::kInt}});
    for (std::uint32_t row = 0; row < kRowCount; ++row) (void)builder.add(house_id(row), house(row, 0).view(), values(row, "whole"));
    return geo::City::make("bench", "EPSG:3857", 1, {std::move(builder).build()}, {}, nullptr);
  }();
  return made;
}

const std::shared_ptr<const geo::Layer>& buildings(const geo::City& of) { return (*of.layer("buildings"))->layer; }

std::uint32_t row_of(std::int64_t change) { return static_cast<std::uint32_t>(static_cast<std::uint64_t>(change) * kStride % kRowCount); }

std::shared_ptr<const geo::Layer> edited(const std::shared_ptr<const geo::Layer>& layer, std::int64_t count, bool moves) {
  geo::LayerEdit edit(layer);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint32_t row = row_of(i);
    if (moves) {
      benchmark::DoNotOptimize(edit.put(house_id(row), house(row, 1).view(), values(row, "damaged")));
    } else {
      benchmark::DoNotOptimize(edit.put_values(house_id(row), values(row, "damaged")));
    }
  }
  return std::move(edit).build();
}

void resolve(benchmark::State& state, bool moves) {
  const auto base = city();
  for (auto _ : state) benchmark::DoNotOptimize(geo::City::patched(*base, 2, {edited(buildings(*base), state.range(0), moves)}));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// One more change on top of those there are.
void edit_again(benchmark::State& state) {
  const auto base = city();
  const auto before = geo::City::patched(*base, 2, {edited(buildings(*base), state.range(0), true)});
  for (auto _ : state) {
    geo::LayerEdit edit(buildings(*before));
    benchmark::DoNotOptimize(edit.remove(house_id(1)));
    benchmark::DoNotOptimize(geo::City::patched(*before, 3, {std::move(edit).build()}));
  }
}

// Looks at one attribute and the box of every feature.
void scan(benchmark::State& state) {
  const auto layer = edited(buildings(*city()), state.range(0), true);
  for (auto _ : state) {
    double sum = 0;
    for (const FeatureId feature : layer->features()) sum += layer->column(2).number_at(feature).value_or(0) + layer->box(feature).min.x_m;
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * kRowCount);
}

void pack(benchmark::State& state) {
  const auto layer = edited(buildings(*city()), state.range(0), true);
  for (auto _ : state) benchmark::DoNotOptimize(layer->packed());
}

BENCHMARK_CAPTURE(resolve, attributes, false)->Arg(1)->Arg(100)->Arg(10'000)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(resolve, places, true)->Arg(1)->Arg(100)->Arg(10'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(edit_again)->Arg(1)->Arg(100)->Arg(10'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(scan)->Arg(0)->Arg(1)->Arg(10'000)->Unit(benchmark::kMillisecond);
BENCHMARK(pack)->Arg(100)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace obnova::bench

BENCHMARK_MAIN();
