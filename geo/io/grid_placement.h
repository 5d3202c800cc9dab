#pragma once

#include <string>

#include "geo/base/result.h"
#include "geo/io/projection.h"
#include "geo/raster/cell_grid.h"

namespace obnova::geo {

// How the cells of a raster lie to the plane of a city.
struct PlacedCells {
  GridPlacement placement;
  OperationNote operation;
  std::string crs_wkt;  // Of the cells, version 1; empty when that has no words for it.
};

// The way between a system of cells and a plane, each anything PROJ reads. The
// same texts give the same way. Fails as `Projection::make` does.
Result<PlacedCells> place_cells(const std::string& crs, const std::string& plane_crs);

}  // namespace obnova::geo
