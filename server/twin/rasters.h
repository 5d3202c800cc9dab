#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "geo/base/result.h"
#include "geo/raster/raster.h"
#include "server/facts/timeline.h"
#include "server/store/city_store.h"
#include "server/twin/snapshot.h"

namespace obnova::server {

// The rasters of one snapshot and what the store says of them.
struct SnapshotRasters {
  std::vector<std::shared_ptr<const geo::Raster>> rasters;  // By id.
  std::map<std::string, RasterRecord, std::less<>> records;
};

// What the store holds now, on the plane `crs`; rasters that are as in `before`,
// which may be null, are not read again.
Result<SnapshotRasters> read_rasters(const CityStore& store, const std::string& crs, const Snapshot* before);

// What was known of them in an earlier revision. Fails with kFailedPrecondition
// where one was replaced since, for then it is not known what it was.
Result<SnapshotRasters> rasters_at(const Snapshot& newest, Revision revision);

}  // namespace obnova::server
