#include "geo/raster/zonal.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <variant>

#include <fmt/format.h>

#include "geo/base/measure.h"
#include "geo/raster/cell_fraction.h"

namespace obnova::geo {
namespace {

// Of the known values of one run.
struct RunSum {
  double count = 0;
  double sum = 0;
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
};

// Eight sums side by side, because each addition waits for the one before it.
constexpr std::size_t kLaneCount = 8;

struct Lanes {
  std::array<double, kLaneCount> count = {};
  std::array<double, kLaneCount> sum = {};
  std::array<double, kLaneCount> min = {};
  std::array<double, kLaneCount> max = {};

  Lanes() {
    min.fill(std::numeric_limits<double>::infinity());
    max.fill(-std::numeric_limits<double>::infinity());
  }
  // Without a branch: unknown values change nothing, as no comparison with them is true.
  void add(std::size_t lane, double value) {
    const bool known = value == value;
    count[lane] += known ? 1.0 : 0.0;
    sum[lane] += known ? value : 0.0;
    min[lane] = value < min[lane] ? value : min[lane];
    max[lane] = value > max[lane] ? value : max[lane];
  }
};

template <typename Number>
RunSum run_sum(std::span<const Number> values) {
  Lanes lanes;
  std::size_t i = 0;
  for (; i + kLaneCount <= values.size(); i += kLaneCount) {
    for (std::size_t lane = 0; lane < kLaneCount; ++lane) lanes.add(lane, values[i + lane]);
  }
  for (std::size_t lane = 0; i < values.size(); ++lane, ++i) lanes.add(lane, values[i]);
  RunSum run;
  for (std::size_t lane = 0; lane < kLaneCount; ++lane) {
    run.count += lanes.count[lane];
    run.sum += lanes.sum[lane];
    run.min = std::min(run.min, lanes.min[lane]);
    run.max = std::max(run.max, lanes.max[lane]);
  }
  return run;
}

void add_run(const Raster& raster, const CellRun& run, ZonalStatistics& statistics) {
  const std::size_t begin = static_cast<std::size_t>(run.row) * static_cast<std::size_t>(raster.grid().columns());
  const auto sum = std::visit(
      [&](const auto& values) {
        const auto first = begin + static_cast<std::size_t>(run.first_column);
        return run_sum(std::span(values).subspan(first, static_cast<std::size_t>(run.end_column - run.first_column)));
      },
      raster.values());
  if (sum.count == 0) return;
  statistics.count += sum.count * run.fraction;
  statistics.sum += sum.sum * run.fraction;
  statistics.min = std::min(statistics.min.value_or(sum.min), sum.min);
  statistics.max = std::max(statistics.max.value_or(sum.max), sum.max);
}

void add_weighted(const Raster& raster, const Raster& weights, const CellRun& run, ZonalStatistics& statistics) {
  double weight_sum = 0;
  double weighted_sum = 0;
  for (int column = run.first_column; column < run.end_column; ++column) {
    const std::optional<double> value = raster.value({column, run.row});
    const std::optional<double> weight = weights.value({column, run.row});
    if (!value || !weight) continue;
    weight_sum += *weight;
    weighted_sum += *weight * *value;
  }
  statistics.weight += weight_sum * run.fraction;
  statistics.weighted_sum += weighted_sum * run.fraction;
}

}  // namespace

Result<ZonalStatistics> zonal_statistics(const Raster& raster, const GeometryView& area, const Limits& limits, const Raster* weights) {
  if (dimension(area.kind) != 2) return failure(ErrorCode::kInvalidArgument, "Zonal statistics need an area.");
  if (weights != nullptr && !weights->grid().same_cells(raster.grid())) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("The rasters {} and {} have different cells.", raster.id(), weights->id()));
  }
  const Result<Geometry> in_cells = raster.grid().bent_to_cells(area, limits);
  if (!in_cells) return std::unexpected(in_cells.error());
  const Result<std::vector<CellRun>> runs = cell_fractions(in_cells->view(), raster.grid().window(), limits);
  if (!runs) return std::unexpected(runs.error());

  ZonalStatistics statistics;
  statistics.area_cells = area_m2(in_cells->view());
  constexpr std::int64_t kCellsBetweenPolls = 1 << 16;
  std::int64_t unpolled = 0;
  for (const CellRun& run : *runs) {
    add_run(raster, run, statistics);
    if (weights != nullptr) add_weighted(raster, *weights, run, statistics);
    unpolled += run.end_column - run.first_column;
    if (unpolled < kCellsBetweenPolls) continue;
    unpolled = 0;
    if (limits.stopped()) return failure(ErrorCode::kCancelled, "The work was cancelled while the cells of an area were summed.");
  }
  return statistics;
}

}  // namespace obnova::geo
