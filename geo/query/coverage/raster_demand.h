#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "geo/base/limits.h"
#include "geo/base/result.h"
#include "geo/query/coverage/demand.h"
#include "geo/raster/raster.h"

namespace obnova::geo {

struct RasterDemandRule {
  // Cells with a longer side are cut into equal squares no longer than this, so
  // that a coarse raster does not put a whole quarter at one place.
  double max_piece_side_m = 250;
  std::size_t max_place_count = 5'000'000;
};

// People of a population raster in the shape of `demand_places` of a layer; its
// `feature` is the number of the cell, row · columns + column.
//
// With areas: the people of each area in turn, cells on a border divided by the
// share the area covers, so that the sum of an area's places equals its
// `zonal_statistics`, and every place lies in its area. Areas that overlap
// count the people of both. Without areas: everybody. A place is the center of
// its piece, or where an area leaves the center out, a point of what it covers.
//
// In order of areas, then rows, then columns. Pieces without people are left
// out. Fails with kBadData naming the cell when a number is negative, with
// kLimitExceeded beyond `max_place_count`, with kInvalidArgument for shapes
// that are no areas and a side that is not greater than 0, with kCancelled when stopped.
Result<std::vector<DemandPlace>> demand_places(const Raster& population, std::span<const Geometry> areas, const RasterDemandRule& rule,
                                               const Limits& limits);

}  // namespace obnova::geo
