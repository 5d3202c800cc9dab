#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "geo/base/geometry.h"
#include "geo/base/result.h"
#include "geo/layer/layer.h"
#include "server/store/city_store.h"
#include "server/store/sqlite.h"

namespace obnova::server {

// What OGC 12-128r18 wants of a file, in SQL and in bytes. Everything here runs
// in a transaction of the caller.

inline constexpr std::int64_t kGeoPackageApplication = 0x47504B47;  // "GPKG"
inline constexpr std::int64_t kGeoPackageVersion = 10300;
// Of our own tables; a file with a greater one was written by a newer program.
inline constexpr std::int64_t kFormatVersion = 3;

// A feature table: its name, and the column of each field.
struct TableLayout {
  std::string table;
  std::vector<std::string> columns;
};

// The table of a layer is called like the layer, but for names that GeoPackage,
// SQLite or we reserve, which get `layer_` in front. A column is called like
// its field, but for those that SQLite takes for equal to one before or to
// `fid`, `id` or `geom` (case does not count), which get `_2`, `_3`, … behind.
TableLayout table_layout(std::string_view layer, const std::vector<geo::Field>& fields);

// All tables of a new file.
Result<void> create_tables(Database& database, const CityRecord& record);
// Brings the tables of a file of an older format to this one, in a transaction
// of its own. Nothing to do for this format.
Result<void> upgrade_tables(Database& database, std::int64_t format_version);
// The number the plane has in this file: its EPSG code, or 100000.
std::int64_t srs_id_of(std::string_view crs);

// An empty feature table with its R-tree, in no register yet.
Result<void> create_feature_table(Database& database, const TableLayout& layout, const std::vector<geo::Field>& fields);

struct FeatureTable {
  TableLayout layout;
  std::int64_t srs_id = 0;
  std::string description;
  Box extent;
  // The kind of all features that have a place; kNone when they differ or none has.
  GeometryKind kind = GeometryKind::kNone;
};

// Gives a feature table the columns of `fields`, which are those of `before`, some
// of a wider type, and perhaps more. What stands in widened columns stays as it was.
Result<void> widen_feature_table(Database& database, const TableLayout& layout, const std::vector<geo::Field>& before,
                                 const std::vector<geo::Field>& fields);

// Enters a filled table into the registers and adds the triggers that keep its
// R-tree right when another program edits it.
Result<void> register_feature_table(Database& database, const FeatureTable& table);
// Removes a table and everything said of it. Nothing to do when it is not there.
Result<void> drop_feature_table(Database& database, const std::string& table);
// Brings what the registers say of a table to the description of its layer.
Result<void> describe_feature_table(Database& database, const std::string& table, const geo::LayerDescription& description);

// Brings the registers up to date after rows were written: what was added lies
// in `added` and is of these kinds.
Result<void> refresh_feature_table(Database& database, const std::string& table, const Box& added, const std::set<GeometryKind>& kinds);

// A GeoPackageBinary: header, box unless it is a point, WKB. Precondition: the shape is not kNone.
std::string to_geopackage_binary(const GeometryView& geometry, std::int64_t srs_id);
// Reads one that any program wrote. Empty bytes and empty shapes are kNone.
Result<Geometry> from_geopackage_binary(std::string_view bytes);

}  // namespace obnova::server
