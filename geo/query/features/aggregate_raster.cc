#include "geo/query/features/aggregate_raster.h"

#include <algorithm>
#include <cmath>

#include "geo/base/overlay.h"

namespace obnova::geo {
namespace {

// A smaller share of the whole is what rounding leaves.
constexpr double kNoise = 1e-9;

ZonalStatistics whole(const Raster& raster) {
  return {.count = static_cast<double>(raster.known_count()),
          .sum = raster.total(),
          .min = raster.min(),
          .max = raster.max(),
          .area_cells = static_cast<double>(raster.grid().columns()) * raster.grid().rows()};
}

// What lies in any of the areas.
Result<ZonalStatistics> covered(const Raster& raster, std::span<const GeometryView> areas, const std::vector<ZonalStatistics>& each,
                                const Limits& limits) {
  if (areas.empty()) return ZonalStatistics{};
  if (areas.size() == 1) return each.front();
  std::vector<Geometry> shapes;
  shapes.reserve(areas.size());
  for (const GeometryView& area : areas) shapes.push_back(Geometry::copy_of(area));
  const Result<Geometry> all = union_all(shapes);
  if (!all) return std::unexpected(all.error());
  if (limits.stopped()) return failure(ErrorCode::kCancelled, "The work was cancelled while areas were joined.");
  return zonal_statistics(raster, all->view(), limits);
}

double rest(double total, double part, double scale) {
  const double difference = total - part;
  return std::abs(difference) <= kNoise * scale ? 0 : difference;
}

}  // namespace

Result<RasterAggregate> aggregate_raster(const Raster& raster, std::span<const GeometryView> areas, const Limits& limits) {
  RasterAggregate result;
  result.total = whole(raster);
  for (const GeometryView& area : areas) {
    if (limits.stopped()) return failure(ErrorCode::kCancelled, "The work was cancelled while the cells of areas were summed.");
    auto statistics = zonal_statistics(raster, area, limits);
    if (!statistics) return std::unexpected(statistics.error());
    result.areas.push_back(*statistics);
  }
  const auto inside = covered(raster, areas, result.areas, limits);
  if (!inside) return std::unexpected(inside.error());
  const double greatest = std::max(std::abs(result.total.min.value_or(0)), std::abs(result.total.max.value_or(0)));
  result.outside.count = rest(result.total.count, inside->count, result.total.count);
  result.outside.sum = result.outside.count == 0 ? 0 : rest(result.total.sum, inside->sum, result.total.count * greatest);
  return result;
}

}  // namespace obnova::geo
