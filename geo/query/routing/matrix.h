#pragma once

#include <functional>
#include <span>
#include <vector>

#include "geo/query/routing/travel.h"

namespace obnova::geo {

// The snaps of a matrix, known before its first row.
struct MatrixEnds {
  std::vector<Snap> origins;
  std::vector<Snap> destinations;
};
MatrixEnds snap_matrix(const TravelNetwork& network, std::span<const Point> origins, std::span<const Point> destinations);

// One row: `reaches[j]` is from the origin to destination j, as `find_route`
// would have it; {kNever, -1} where either end has no snap or there is no way.
struct MatrixRow {
  std::size_t origin = 0;
  std::vector<Reach> reaches;
};

// Computes rows in the order of the origins and hands each over; stops when
// `take` returns false.
Result<void> compute_matrix(const TravelNetwork& network, const MatrixEnds& ends, const std::function<bool(MatrixRow)>& take,
                            const Limits& limits);

}  // namespace obnova::geo
