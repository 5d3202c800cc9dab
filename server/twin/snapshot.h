#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "geo/city/city.h"
#include "geo/damage/condition.h"
#include "geo/io/projection.h"
#include "server/facts/timeline.h"
#include "server/store/city_store.h"

namespace obnova::server {

struct CityConditions;
// The scenario a snapshot shows, as answers name it.
struct ScenarioUse {
  std::string name;                   // `cities/{city}/scenarios/{scenario}`
  std::vector<std::string> projects;  // That count, in their order.
  std::size_t idle_change_count = 0;  // Changes that should have an effect and have none.
};

// A snapshot with what the edges of the program need beside it. Immutable.
struct Snapshot {
  std::shared_ptr<const geo::City> city;
  std::shared_ptr<const geo::Projection> projection;  // WGS 84 ↔ plane.
  CityRecord record;
  std::map<std::string, LayerRecord, std::less<>> layer_records;
  std::map<std::string, RasterRecord, std::less<>> raster_records;
  // The instant of the real world it shows, until the one at which it changes.
  Instant valid_at = 0;
  Instant valid_to = kForever;
  // What damage its layers carry, and in which reading; null for facts alone.
  std::shared_ptr<const CityConditions> conditions = nullptr;
  geo::ConditionCase condition_case = geo::ConditionCase::kExpected;
  // Null for the facts alone.
  std::shared_ptr<const ScenarioUse> scenario;
};

}  // namespace obnova::server
