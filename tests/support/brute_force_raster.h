#pragma once

#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "geo/base/measure.h"
#include "geo/base/overlay.h"
#include "geo/raster/zonal.h"

namespace obnova::geo {

// The slow twin of cell_fractions: clips every cell of the window by overlay.
// Row after row; in cell coordinates, as the fast one.
inline std::vector<double> brute_force_fractions(const GeometryView& in_cells, const CellWindow& window) {
  std::vector<double> fractions;
  for (int row = window.first_row; row < window.first_row + window.row_count; ++row) {
    for (int column = window.first_column; column < window.first_column + window.column_count; ++column) {
      const Point corner = {static_cast<double>(column), static_cast<double>(row)};
      const Geometry cell = Geometry::rectangle({corner, {corner.x_m + 1, corner.y_m + 1}});
      const Result<Geometry> common = intersection(in_cells, cell.view());
      fractions.push_back(common ? area_m2(common->view()) : std::nan(""));
    }
  }
  return fractions;
}

// The slow twin of zonal_statistics: carries every cell's outline to the plane
// and clips it there. Differs from the fast one by the bend of edges only.
inline ZonalStatistics brute_force_zonal(const Raster& raster, const GeometryView& area) {
  ZonalStatistics all;
  for (int row = 0; row < raster.grid().rows(); ++row) {
    for (int column = 0; column < raster.grid().columns(); ++column) {
      const std::optional<double> value = raster.value({column, row});
      const Geometry cell = raster.grid().outline({column, row, 1, 1}).value();
      const double fraction = area_m2(intersection(area, cell.view()).value().view()) / area_m2(cell.view());
      if (!value || fraction < 1e-9) continue;
      all.count += fraction;
      all.sum += fraction * *value;
      all.min = std::min(all.min.value_or(*value), *value);
      all.max = std::max(all.max.value_or(*value), *value);
    }
  }
  return all;
}

}  // namespace obnova::geo
