#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "geo/network/profile.h"
#include "geo/query/siting/rules.h"
#include "server/assess/city_conditions.h"
#include "server/facts/timeline.h"
#include "server/ingest/run_ingest.h"

namespace obnova::server {

// Of the machine.
Instant system_clock_now();

// Everything a server needs to know from outside, read once at the start.
struct TwinSettings {
  std::filesystem::path store_folder;  // `<id>.gpkg` files.
  std::vector<geo::Profile> profiles;
  std::vector<geo::RulePack> rule_packs;
  DamageRules damage = {};
  IngestSettings ingest;
  // Now. Tests have their own time.
  std::function<Instant()> clock = system_clock_now;
};

}  // namespace obnova::server
