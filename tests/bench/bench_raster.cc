// Sums of a raster by area, each beside a twin.
//
//   bench_raster [Google Benchmark's flags]
//
// A made-up raster of 4 million cells; the same one in every run.

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "geo/base/measure.h"
#include "geo/base/overlay.h"
#include "geo/raster/zonal.h"

namespace obnova::bench {
namespace {

constexpr int kSide = 2000;

template <typename T>
T must(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    std::exit(2);
  }
  return std::move(*result);
}

std::shared_ptr<const geo::Raster> make_raster() {
  std::vector<float> heights;
  for (int row = 0; row < kSide; ++row) {
    for (int column = 0; column < kSide; ++column) heights.push_back(static_cast<float>((column * 7 + row * 13) % 101));
  }
  const geo::CellGrid grid = must(geo::CellGrid::make(kSide, kSide, {0, 1, 0, kSide, 0, -1}));
  return must(geo::Raster::make({.id = "bench"}, grid, std::move(heights)));
}

// A star with many teeth around the middle of the raster.
Geometry ragged_area(double radius, int vertex_count) {
  std::vector<Point> outline;
  for (int i = 0; i < vertex_count; ++i) {
    const double angle = 2 * 3.14159265358979 * i / vertex_count;
    const double reach = radius * (0.8 + 0.2 * ((i * 7919) % 1000) / 1000.0);
    outline.push_back({kSide / 2.0 + reach * std::cos(angle), kSide / 2.0 + reach * std::sin(angle)});
  }
  return Geometry::polygon(std::move(outline));
}

geo::CellWindow window_of(const geo::Raster& raster, const Geometry& area) { return must(raster.grid().cells_in(area.view().box())); }

// What overlay needs for the same sum.
double sum_by_overlay(const geo::Raster& raster, const Geometry& area) {
  const geo::CellWindow window = window_of(raster, area);
  double sum = 0;
  for (int row = window.first_row; row < window.first_row + window.row_count; ++row) {
    for (int column = window.first_column; column < window.first_column + window.column_count; ++column) {
      const Geometry cell = must(raster.grid().outline({column, row, 1, 1}));
      sum += raster.value({column, row}).value_or(0) * area_m2(must(intersection(area.view(), cell.view())).view());
    }
  }
  return sum;
}

// Cells whose center lies inside, without any fraction: what is often done, and wrong for small areas.
double sum_of_centers(const geo::Raster& raster, const Geometry& area) {
  const geo::CellWindow window = window_of(raster, area);
  double sum = 0;
  for (int row = window.first_row; row < window.first_row + window.row_count; ++row) {
    for (int column = window.first_column; column < window.first_column + window.column_count; ++column) {
      if (covers(area.view(), Point{column + 0.5, kSide - row - 0.5})) sum += raster.value({column, row}).value_or(0);
    }
  }
  return sum;
}

void add(const std::string& name, auto measure) { benchmark::RegisterBenchmark(name.c_str(), measure)->Unit(benchmark::kMicrosecond); }

void add_sums(const std::shared_ptr<const geo::Raster>& raster, const std::string& what, const Geometry& area, bool slow_twins) {
  add("raster/" + what + "/obnova", [raster, area](benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(must(geo::zonal_statistics(*raster, area.view(), {})));
  });
  if (!slow_twins) return;
  add("raster/" + what + "/centers only", [raster, area](benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(sum_of_centers(*raster, area));
  });
  add("raster/" + what + "/overlay of every cell", [raster, area](benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(sum_by_overlay(*raster, area));
  });
}

int run(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  const auto raster = make_raster();
  const Geometry small = ragged_area(10, 40);
  const double difference = sum_by_overlay(*raster, small) - must(geo::zonal_statistics(*raster, small.view(), {})).sum;
  if (!(std::abs(difference) < 1e-5)) {
    std::fprintf(stderr, "Sums by share and by overlay differ by %g.\n", difference);
    return 1;
  }
  add_sums(raster, "sum over 300 cells, 40 vertices", small, true);
  add_sums(raster, "sum over 25 thousand cells, 2000 vertices", ragged_area(100, 2000), false);
  add_sums(raster, "sum over 2.5 million cells, 2000 vertices", ragged_area(1000, 2000), false);
  add_sums(raster, "sum over all 4 million cells, 4 vertices", Geometry::rectangle({{0, 0}, {kSide, kSide}}), false);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace obnova::bench

int main(int argc, char** argv) { return obnova::bench::run(argc, argv); }
