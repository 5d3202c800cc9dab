#include "geo/query/routing/matrix.h"

namespace obnova::geo {
namespace {

std::vector<Snap> snap_all(const TravelNetwork& network, std::span<const Point> places) {
  std::vector<Snap> snaps;
  snaps.reserve(places.size());
  for (const Point place : places) snaps.push_back(network.snap(place));
  return snaps;
}

}  // namespace

MatrixEnds snap_matrix(const TravelNetwork& network, std::span<const Point> origins, std::span<const Point> destinations) {
  return {snap_all(network, origins), snap_all(network, destinations)};
}

Result<void> compute_matrix(const TravelNetwork& network, const MatrixEnds& ends, const std::function<bool(MatrixRow)>& take,
                            const Limits& limits) {
  std::vector<NetworkPlace> places;
  std::vector<std::size_t> columns;  // columns[i] is where places[i] stands in a row.
  for (std::size_t j = 0; j < ends.destinations.size(); ++j) {
    if (!ends.destinations[j].on_network) continue;
    places.push_back(*ends.destinations[j].on_network);
    columns.push_back(j);
  }
  const TargetSet targets(network.metric(), places, Direction::kFromSources);
  for (std::size_t i = 0; i < ends.origins.size(); ++i) {
    MatrixRow row{.origin = i, .reaches = std::vector<Reach>(ends.destinations.size())};
    if (ends.origins[i].on_network) {
      const Result<std::vector<Reach>> reaches = reach_targets(targets, *ends.origins[i].on_network, limits);
      if (!reaches) return std::unexpected(reaches.error());
      for (std::size_t k = 0; k < columns.size(); ++k) row.reaches[columns[k]] = (*reaches)[k];
    }
    if (!take(std::move(row))) return {};
  }
  return {};
}

}  // namespace obnova::geo
