#pragma once

#include <string>
#include <vector>

#include "geo/query/coverage/demand.h"
#include "geo/raster/raster.h"
#include "obnova/v1/coverage.pb.h"
#include "server/convert/provenance.h"
#include "server/twin/twin.h"

namespace obnova::server {

// Where people are, in the order of their layer; features with no people are
// left out. The layer may be a raster of population. `field` is the path of the
// message in the request.
Result<std::vector<geo::DemandPlace>> to_demand(const v1::Demand& demand, const Snapshot& snapshot, const std::string& field,
                                                const Limits& limits);

// What the places of an accepted demand are called.
class DemandNames {
 public:
  // The snapshot must outlive this.
  DemandNames(const v1::Demand& demand, const Snapshot& snapshot);
  std::string operator()(FeatureId place) const;

 private:
  const geo::Layer* layer_ = nullptr;
  const geo::Raster* raster_ = nullptr;
};

// The answer depends on the people of an accepted demand.
void use_demand(const v1::Demand& demand, const Snapshot& snapshot, Sources& sources);

}  // namespace obnova::server
