#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "geo/base/result.h"
#include "geo/layer/layer.h"

namespace osmium {
class Relation;
}

namespace obnova::server {

// A relation that forbids or commands a turn, as the file has it.
struct OsmRestriction {
  std::int64_t relation = 0;
  std::string restriction;  // `no_left_turn`, `only_straight_on`, …
  std::string except;       // `bicycle;psv`: who need not obey.
  std::vector<std::int64_t> from_ways;
  std::vector<std::int64_t> via_ways;
  std::vector<std::int64_t> to_ways;
  std::optional<std::int64_t> via_node;
  // Why it cannot be used, whatever else the file holds; empty when it can.
  std::string unusable;
};

// The nodes of the roads that restrictions name, by way.
using WayNodes = std::map<std::int64_t, std::vector<std::int64_t>>;

// One restriction for each pair of a `from` and a `to` way.
struct RestrictionRow {
  std::string id;
  std::int64_t via_node = 0;
  std::vector<geo::Value> values;
};

bool is_restriction(const osmium::Relation& relation);
OsmRestriction to_restriction(const osmium::Relation& relation);

std::vector<geo::Field> restriction_fields();

// Fails with the reason when members are missing or do not meet.
Result<std::vector<RestrictionRow>> restriction_rows(const OsmRestriction& restriction, const WayNodes& ways);

}  // namespace obnova::server
