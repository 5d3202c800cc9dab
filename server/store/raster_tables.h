#pragma once

#include <cstdint>
#include <string>

#include "geo/base/result.h"
#include "server/store/city_store.h"
#include "server/store/sqlite.h"

namespace obnova::server {

// What OGC 17-066r1 wants of a file with rasters, and our own tables of them,
// which are made with the first raster. Everything here runs in a transaction
// of the caller.

// Stands for unknown in tiles: the lowest float, as GDAL has it.
inline constexpr double kUnknownInTiles = -3.4028234663852886e+38;

Result<void> create_raster_tables(Database& database);
// False for a file that never had one.
Result<bool> has_raster_tables(Database& database);
Result<bool> has_raster(Database& database, const std::string& id);
// Fails with kFailedPrecondition when a raster has the id.
Result<void> refuse_raster_id(Database& database, const std::string& id);

// A raster without its tiles: makes its empty table and enters it into all
// registers. Precondition: no raster and no layer has its id.
Result<void> register_raster(Database& database, const RasterRecord& record, const std::string& srs_name, const std::string& srs_wkt);
// Removes a raster and everything said of it.
Result<void> drop_raster(Database& database, const std::string& id);

// The table of tiles of a raster.
std::string raster_table(const std::string& id);

}  // namespace obnova::server
