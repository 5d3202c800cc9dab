#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "geo/base/point.h"

namespace obnova::server {

// Where the nodes are that ways of interest need: 17 bytes for each of them and
// nothing for the others, whatever their ids are, in whatever order they come.
//
// First `want` everything, then `freeze`, then `place`, then `separate`, then ask.
class OsmNodes {
 public:
  void want(std::int64_t id, bool on_road);
  void freeze();

  // Remembers where a wanted node is, in units of 1e-7 degrees. The first place
  // of a node stays; false when it had one already.
  bool place(std::int64_t id, std::int32_t lng_e7, std::int32_t lat_e7);

  // Roads meet where they share a vertex, so two nodes of roads at exactly one
  // place would become a junction that is not there: every later one (by id) is
  // moved east by 1e-9 degrees (0.1 mm) more. Returns how many were moved.
  std::int64_t separate();

  // Nullopt when the node is not in the file.
  std::optional<LngLat> place_of(std::int64_t id) const;
  bool on_road(std::int64_t id) const;
  std::size_t wanted_count() const { return ids_.size(); }
  std::size_t placed_count() const { return placed_count_; }

 private:
  struct Spot {
    std::int32_t lng_e7 = kNowhere;
    std::int32_t lat_e7 = kNowhere;
    auto operator<=>(const Spot&) const = default;
  };
  static constexpr std::int32_t kNowhere = 2'000'000'000;

  std::optional<std::size_t> index_of(std::int64_t id) const;

  std::vector<std::int64_t> ids_;
  std::vector<std::int64_t> road_ids_;
  std::vector<Spot> spots_;
  std::unordered_map<std::int64_t, int> moves_;
  std::size_t placed_count_ = 0;
};

}  // namespace obnova::server
