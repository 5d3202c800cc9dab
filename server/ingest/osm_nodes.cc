#include "server/ingest/osm_nodes.h"

#include <algorithm>
#include <utility>

namespace obnova::server {
namespace {

constexpr double kDegreesPerUnit = 1e-7;
constexpr double kMoveDeg = 1e-9;

void sort_and_unite(std::vector<std::int64_t>& ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  ids.shrink_to_fit();
}

}  // namespace

void OsmNodes::want(std::int64_t id, bool on_road) {
  ids_.push_back(id);
  if (on_road) road_ids_.push_back(id);
}

void OsmNodes::freeze() {
  sort_and_unite(ids_);
  sort_and_unite(road_ids_);
  spots_.assign(ids_.size(), {});
}

std::optional<std::size_t> OsmNodes::index_of(std::int64_t id) const {
  const auto found = std::lower_bound(ids_.begin(), ids_.end(), id);
  if (found == ids_.end() || *found != id) return std::nullopt;
  return static_cast<std::size_t>(found - ids_.begin());
}

bool OsmNodes::place(std::int64_t id, std::int32_t lng_e7, std::int32_t lat_e7) {
  const auto index = index_of(id);
  if (!index) return true;
  Spot& spot = spots_[*index];
  if (spot.lng_e7 != kNowhere) return false;
  spot = {lng_e7, lat_e7};
  ++placed_count_;
  return true;
}

std::int64_t OsmNodes::separate() {
  std::vector<std::pair<Spot, std::int64_t>> places;
  places.reserve(road_ids_.size());
  for (const std::int64_t id : road_ids_) {
    const Spot& spot = spots_[*index_of(id)];
    if (spot.lng_e7 != kNowhere) places.emplace_back(spot, id);
  }
  std::sort(places.begin(), places.end());
  int occurrence = 0;
  for (std::size_t i = 1; i < places.size(); ++i) {
    occurrence = places[i].first == places[i - 1].first ? occurrence + 1 : 0;
    if (occurrence > 0) moves_[places[i].second] = occurrence;
  }
  return static_cast<std::int64_t>(moves_.size());
}

std::optional<LngLat> OsmNodes::place_of(std::int64_t id) const {
  const auto index = index_of(id);
  if (!index || spots_[*index].lng_e7 == kNowhere) return std::nullopt;
  LngLat place{spots_[*index].lng_e7 * kDegreesPerUnit, spots_[*index].lat_e7 * kDegreesPerUnit};
  const auto moved = moves_.find(id);
  if (moved != moves_.end()) place.lng_deg += moved->second * kMoveDeg;
  return place;
}

bool OsmNodes::on_road(std::int64_t id) const { return std::binary_search(road_ids_.begin(), road_ids_.end(), id); }

}  // namespace obnova::server
