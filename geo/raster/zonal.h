#pragma once

#include <optional>

#include "geo/base/geometry.h"
#include "geo/base/limits.h"
#include "geo/base/result.h"
#include "geo/raster/raster.h"

namespace obnova::geo {

// What the cells of a raster come to within one area. Every known cell counts
// by the share of it that the area covers: a parcel smaller than a cell gets its
// share, and areas that do not overlap never count anything twice.
struct ZonalStatistics {
  double count = 0;           // Known cells, by share.
  double sum = 0;             // Values, by share: people of a population raster.
  std::optional<double> min;  // Of the cells that the area covers at all; nullopt when no known cell.
  std::optional<double> max;
  double area_cells = 0;  // The whole area, also what lies on unknown cells and off the grid.
  // With a raster of weights: Σ share · weight, and Σ share · weight · value, over cells of which both are known.
  double weight = 0;
  double weighted_sum = 0;

  std::optional<double> mean() const { return count > 0 ? std::optional(sum / count) : std::nullopt; }
  std::optional<double> weighted_mean() const { return weight != 0 ? std::optional(weighted_sum / weight) : std::nullopt; }
  // The share of the area of which the raster knows something: below 1, the answer is partly unknown.
  double known_share() const { return area_cells > 0 ? count / area_cells : 0; }
};

// The statistics of one valid area of the plane; holes are left out. Sums over a
// partition equal the total of the raster to 1e-9 of the sum of absolute values,
// as long as neighbors share the vertices of their common border: where one has
// a vertex and the other none, border cells may differ by kBendTolerance_cells
// (by nothing when the grid stands on the plane).
//
// Fails with kInvalidArgument unless the shape is an area and `weights`, if any,
// has the same cells; with kLimitExceeded and kCancelled as `cell_fractions` does.
// Time grows with the cells the outline crosses, plus about a nanosecond for every cell inside.
Result<ZonalStatistics> zonal_statistics(const Raster& raster, const GeometryView& area, const Limits& limits,
                                         const Raster* weights = nullptr);

}  // namespace obnova::geo
