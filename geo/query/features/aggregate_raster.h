#pragma once

#include <span>
#include <vector>

#include "geo/base/geometry.h"
#include "geo/base/limits.h"
#include "geo/base/result.h"
#include "geo/raster/zonal.h"

namespace obnova::geo {

// What the cells of a raster come to by area.
struct RasterAggregate {
  std::vector<ZonalStatistics> areas;  // In the order of the question.
  ZonalStatistics outside;             // The total less what lies in any area, each place once; no min and max.
  ZonalStatistics total;               // The whole raster.
};

// See `zonal_statistics`: over areas that are a partition the sums add up to the
// total, and `outside` is zero. Fails as it does.
Result<RasterAggregate> aggregate_raster(const Raster& raster, std::span<const GeometryView> areas, const Limits& limits);

}  // namespace obnova::geo
