#include "server/store/geopackage.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

namespace obnova::server {
namespace {

constexpr std::int64_t kCustomSrsId = 100000;

// The tables of the standard, word for word where it gives them.
constexpr const char* kStandardTables = R"sql(
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
INSERT INTO gpkg_spatial_ref_sys VALUES
  ('Undefined Cartesian SRS', -1, 'NONE', -1, 'undefined', 'undefined Cartesian coordinate reference system'),
  ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', 'undefined geographic coordinate reference system'),
  ('WGS 84 geodetic', 4326, 'EPSG', 4326, 'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,'
   || 'AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],'
   || 'UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],'
   || 'AUTHORITY["EPSG","4326"]]', 'longitude/latitude coordinates in decimal degrees on the WGS 84 spheroid');
)sql";

constexpr const char* kOurTables = R"sql(
CREATE TABLE obnova_city (
  fid INTEGER PRIMARY KEY CHECK (fid = 1), id TEXT NOT NULL, title TEXT NOT NULL, crs TEXT NOT NULL, crs_wkt TEXT NOT NULL,
  create_time_s INTEGER NOT NULL, revision INTEGER NOT NULL, format_version INTEGER NOT NULL);
CREATE TABLE obnova_layers (
  fid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, table_name TEXT NOT NULL UNIQUE, theme TEXT NOT NULL, title TEXT NOT NULL,
  source TEXT NOT NULL, licence TEXT NOT NULL, attribution TEXT NOT NULL, dated TEXT NOT NULL, covered_area BLOB,
  revision INTEGER NOT NULL, import_report BLOB);
CREATE TABLE obnova_fields (
  fid INTEGER PRIMARY KEY, layer TEXT NOT NULL REFERENCES obnova_layers(id) ON DELETE CASCADE, position INTEGER NOT NULL,
  name TEXT NOT NULL, column_name TEXT NOT NULL, type INTEGER NOT NULL, UNIQUE (layer, position));
CREATE TABLE obnova_changes (
  fid INTEGER PRIMARY KEY, revision INTEGER NOT NULL UNIQUE, time TEXT NOT NULL, what TEXT NOT NULL);
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES
  ('obnova_city', 'attributes', 'obnova_city', 'The city of this file', 0),
  ('obnova_layers', 'attributes', 'obnova_layers', 'Source, licence and date of every layer', 0),
  ('obnova_fields', 'attributes', 'obnova_fields', 'Attributes of every layer', 0),
  ('obnova_changes', 'attributes', 'obnova_changes', 'Every change of the city by revision', 0);
)sql";

// What format 2 has more than format 1.
constexpr const char* kFactTables = R"sql(
ALTER TABLE obnova_layers ADD COLUMN first_revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE obnova_layers ADD COLUMN kept_revision INTEGER NOT NULL DEFAULT 0;
UPDATE obnova_layers SET first_revision = revision, kept_revision = revision;
ALTER TABLE obnova_changes ADD COLUMN author TEXT NOT NULL DEFAULT '';
ALTER TABLE obnova_changes ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE obnova_changes ADD COLUMN request_id TEXT;
CREATE UNIQUE INDEX obnova_changes_request ON obnova_changes (request_id);
CREATE TABLE obnova_contents (fid INTEGER PRIMARY KEY, geom BLOB, attributes TEXT NOT NULL);
CREATE TABLE obnova_versions (
  fid INTEGER PRIMARY KEY, layer TEXT NOT NULL REFERENCES obnova_layers(id) ON DELETE CASCADE, place INTEGER NOT NULL,
  feature_row INTEGER NOT NULL, feature TEXT NOT NULL, valid_from_us INTEGER, valid_to_us INTEGER,
  known_from INTEGER NOT NULL, known_to INTEGER, content INTEGER NOT NULL REFERENCES obnova_contents(fid), UNIQUE (layer, place));
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES
  ('obnova_contents', 'attributes', 'obnova_contents', 'What edited features are and were', 0),
  ('obnova_versions', 'attributes', 'obnova_versions', 'When edited features were so, and since which revision it was known', 0);
)sql";

// What format 3 has more than format 2.
constexpr const char* kImportTables = R"sql(
CREATE TABLE obnova_imported (
  fid INTEGER PRIMARY KEY, layer TEXT NOT NULL REFERENCES obnova_layers(id) ON DELETE CASCADE, feature_row INTEGER NOT NULL,
  content INTEGER REFERENCES obnova_contents(fid), UNIQUE (layer, feature_row));
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES
  ('obnova_imported', 'attributes', 'obnova_imported', 'What the last file said of features that a file has changed', 0);
)sql";

// What format 3 also has.
constexpr const char* kRecordTables = R"sql(
CREATE TABLE obnova_records (
  fid INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, known_from INTEGER NOT NULL, known_to INTEGER, body TEXT NOT NULL,
  UNIQUE (kind, id, known_from));
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES
  ('obnova_records', 'attributes', 'obnova_records', 'Projects and scenarios, and in which revisions they were so', 0);
)sql";

// SQLite compares names without the case of ASCII letters.
std::string lowered(std::string_view name) {
  std::string result(name);
  for (char& letter : result) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return result;
}

bool reserved(std::string_view layer) {
  return std::ranges::any_of(std::array{"gpkg_", "obnova_", "rtree_", "sqlite_", "layer_"},
                             [layer](std::string_view prefix) { return layer.starts_with(prefix); });
}

const char* sql_type(geo::FieldType type) {
  switch (type) {
    case geo::FieldType::kBool:
      return "BOOLEAN";
    case geo::FieldType::kInt:
      return "INTEGER";
    case geo::FieldType::kDouble:
      return "REAL";
    case geo::FieldType::kString:
      return "TEXT";
  }
  return "TEXT";
}

const char* geometry_type_name(GeometryKind kind) {
  switch (kind) {
    case GeometryKind::kPoint:
      return "POINT";
    case GeometryKind::kLineString:
      return "LINESTRING";
    case GeometryKind::kPolygon:
      return "POLYGON";
    case GeometryKind::kMultiPoint:
      return "MULTIPOINT";
    case GeometryKind::kMultiLineString:
      return "MULTILINESTRING";
    case GeometryKind::kMultiPolygon:
      return "MULTIPOLYGON";
    case GeometryKind::kNone:
      break;
  }
  return "GEOMETRY";
}

// The six triggers of the extension `gpkg_rtree_index` of version 1.3, with
// {t} for the table and {r} for its R-tree.
constexpr const char* kTriggers = R"sql(
CREATE TRIGGER {rn_insert} AFTER INSERT ON {t} WHEN (new.geom NOT NULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN INSERT OR REPLACE INTO {r} VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER {rn_update1} AFTER UPDATE OF geom ON {t}
WHEN OLD.fid = NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN INSERT OR REPLACE INTO {r} VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER {rn_update2} AFTER UPDATE OF geom ON {t}
WHEN OLD.fid = NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM {r} WHERE id = OLD.fid; END;
CREATE TRIGGER {rn_update3} AFTER UPDATE ON {t}
WHEN OLD.fid != NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM {r} WHERE id = OLD.fid;
INSERT OR REPLACE INTO {r} VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
CREATE TRIGGER {rn_update4} AFTER UPDATE ON {t}
WHEN OLD.fid != NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))
BEGIN DELETE FROM {r} WHERE id IN (OLD.fid, NEW.fid); END;
CREATE TRIGGER {rn_delete} AFTER DELETE ON {t} WHEN old.geom NOT NULL
BEGIN DELETE FROM {r} WHERE id = OLD.fid; END;
)sql";

std::string rtree_name(const std::string& table) { return "rtree_" + table + "_geom"; }

std::string trigger_sql(const std::string& table) {
  const std::string tree = rtree_name(table);
  std::string sql = kTriggers;
  const auto put = [&sql](const std::string& mark, const std::string& name) {
    for (auto at = sql.find(mark); at != std::string::npos; at = sql.find(mark, at + name.size())) sql.replace(at, mark.size(), name);
  };
  for (const std::string trigger : {"insert", "update1", "update2", "update3", "update4", "delete"}) {
    put("{rn_" + trigger + "}", quoted_name(tree + "_" + trigger));
  }
  put("{t}", quoted_name(table));
  put("{r}", quoted_name(tree));
  return sql;
}

Result<void> run_with_text(Database& database, std::string_view sql, std::initializer_list<std::string_view> texts) {
  auto statement = database.prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  int parameter = 0;
  for (const std::string_view text : texts) statement->bind(++parameter, text);
  return statement->run();
}

Result<void> widen_extent(Database& database, const std::string& table, const Box& added) {
  auto contents = database.prepare(
      "UPDATE gpkg_contents SET min_x = min(coalesce(min_x, ?2), ?2), min_y = min(coalesce(min_y, ?3), ?3), "
      "max_x = max(coalesce(max_x, ?4), ?4), max_y = max(coalesce(max_y, ?5), ?5) WHERE table_name = ?1");
  if (!contents) return std::unexpected(contents.error());
  contents->bind(1, std::string_view(table));
  contents->bind(2, added.min.x_m);
  contents->bind(3, added.min.y_m);
  contents->bind(4, added.max.x_m);
  contents->bind(5, added.max.y_m);
  return contents->run();
}

Result<void> insert_plane(Database& database, const CityRecord& record) {
  const std::int64_t srs_id = srs_id_of(record.crs);
  if (srs_id == 4326) return {};
  auto statement = database.prepare("INSERT INTO gpkg_spatial_ref_sys VALUES (?1, ?2, ?3, ?4, ?5, 'the metric plane of the city')");
  if (!statement) return std::unexpected(statement.error());
  const bool in_registry = srs_id != kCustomSrsId;
  statement->bind(1, std::string_view(record.crs));
  statement->bind(2, srs_id);
  statement->bind(3, std::string_view(in_registry ? "EPSG" : "NONE"));
  statement->bind(4, srs_id);
  statement->bind(5, std::string_view(record.crs_wkt.empty() ? "undefined" : record.crs_wkt));
  return statement->run();
}

Result<void> insert_city(Database& database, const CityRecord& record) {
  auto statement = database.prepare("INSERT INTO obnova_city VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, std::string_view(record.id));
  statement->bind(2, std::string_view(record.title));
  statement->bind(3, std::string_view(record.crs));
  statement->bind(4, std::string_view(record.crs_wkt));
  statement->bind(5, record.create_time_s);
  statement->bind(6, record.revision);
  statement->bind(7, kFormatVersion);
  return statement->run();
}

}  // namespace

TableLayout table_layout(std::string_view layer, const std::vector<geo::Field>& fields) {
  TableLayout layout{.table = (reserved(layer) ? "layer_" : "") + std::string(layer), .columns = {}};
  std::vector<std::string> taken = {"fid", "id", "geom"};
  for (const geo::Field& field : fields) {
    const std::string wanted = field.name.empty() ? "column" : field.name;
    std::string column = wanted;
    for (int number = 2; std::ranges::find(taken, lowered(column)) != taken.end(); ++number) column = fmt::format("{}_{}", wanted, number);
    taken.push_back(lowered(column));
    layout.columns.push_back(std::move(column));
  }
  return layout;
}

std::int64_t srs_id_of(std::string_view crs) {
  if (!crs.starts_with("EPSG:")) return kCustomSrsId;
  std::int64_t code = 0;
  const auto [end, error] = std::from_chars(crs.data() + 5, crs.data() + crs.size(), code);
  return error == std::errc() && end == crs.data() + crs.size() && code > 0 ? code : kCustomSrsId;
}

Result<void> create_tables(Database& database, const CityRecord& record) {
  auto done =
      database.execute(fmt::format("PRAGMA application_id={}; PRAGMA user_version={};", kGeoPackageApplication, kGeoPackageVersion));
  if (done) done = database.execute(kStandardTables);
  if (done) done = insert_plane(database, record);
  if (done) done = database.execute(kOurTables);
  if (done) done = database.execute(kFactTables);
  if (done) done = database.execute(kImportTables);
  if (done) done = database.execute(kRecordTables);
  if (done) done = insert_city(database, record);
  return done;
}

Result<void> upgrade_tables(Database& database, std::int64_t format_version) {
  if (format_version >= kFormatVersion) return {};
  auto done = database.execute("BEGIN IMMEDIATE");
  if (done && format_version < 2) done = database.execute(kFactTables);
  if (done && format_version < 3) done = database.execute(kImportTables);
  if (done && format_version < 3) done = database.execute(kRecordTables);
  if (done) done = database.execute(fmt::format("UPDATE obnova_city SET format_version = {}", kFormatVersion));
  if (done) done = database.execute("COMMIT");
  database.rollback();
  return done;
}

Result<void> create_feature_table(Database& database, const TableLayout& layout, const std::vector<geo::Field>& fields) {
  std::string sql = fmt::format(
      "CREATE TABLE {} (\"fid\" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, \"id\" TEXT NOT NULL UNIQUE, "
      "\"geom\" GEOMETRY",
      quoted_name(layout.table));
  for (std::size_t i = 0; i < fields.size(); ++i) sql += fmt::format(", {} {}", quoted_name(layout.columns[i]), sql_type(fields[i].type));
  sql += ");";
  sql += fmt::format("CREATE VIRTUAL TABLE {} USING rtree(id, minx, maxx, miny, maxy);", quoted_name(rtree_name(layout.table)));
  return database.execute(sql);
}

Result<void> widen_feature_table(Database& database, const TableLayout& layout, const std::vector<geo::Field>& before,
                                 const std::vector<geo::Field>& fields) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string column = quoted_name(layout.columns[i]);
    Result<void> done;
    if (i >= before.size()) {
      done = database.execute(fmt::format("ALTER TABLE {} ADD COLUMN {} {}", quoted_name(layout.table), column, sql_type(fields[i].type)));
    } else if (fields[i].type != before[i].type) {
      done = database.redeclare(layout.table, fmt::format("{} {}", column, sql_type(before[i].type)),
                                fmt::format("{} {}", column, sql_type(fields[i].type)));
    }
    if (!done) return done;
  }
  return {};
}

Result<void> register_feature_table(Database& database, const FeatureTable& table) {
  const std::string& name = table.layout.table;
  const std::string type = geometry_type_name(table.kind);
  auto contents = database.prepare(
      "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, min_x, min_y, max_x, max_y, srs_id) "
      "VALUES (?1, 'features', ?1, ?2, ?3, ?4, ?5, ?6, ?7)");
  if (!contents) return std::unexpected(contents.error());
  contents->bind(1, std::string_view(name));
  contents->bind(2, std::string_view(table.description));
  if (!table.extent.empty()) {
    contents->bind(3, table.extent.min.x_m);
    contents->bind(4, table.extent.min.y_m);
    contents->bind(5, table.extent.max.x_m);
    contents->bind(6, table.extent.max.y_m);
  }
  contents->bind(7, table.srs_id);
  auto done = contents->run();
  if (!done) return done;
  done = run_with_text(database, fmt::format("INSERT INTO gpkg_geometry_columns VALUES (?1, 'geom', ?2, {}, 0, 0)", table.srs_id),
                       {name, type});
  if (done) {
    done = run_with_text(database,
                         "INSERT INTO gpkg_extensions VALUES (?1, 'geom', 'gpkg_rtree_index', "
                         "'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')",
                         {name});
  }
  if (done && table.kind != GeometryKind::kNone) done = database.redeclare(name, "\"geom\" GEOMETRY", "\"geom\" " + type);
  if (done) done = database.execute(trigger_sql(name));
  return done;
}

Result<void> drop_feature_table(Database& database, const std::string& table) {
  for (const char* sql : {"DELETE FROM gpkg_extensions WHERE table_name = ?1", "DELETE FROM gpkg_geometry_columns WHERE table_name = ?1",
                          "DELETE FROM gpkg_contents WHERE table_name = ?1", "DELETE FROM obnova_layers WHERE table_name = ?1"}) {
    const auto deleted = run_with_text(database, sql, {table});
    if (!deleted) return deleted;
  }
  // Its versions have gone with the layer.
  const auto orphans = database.execute(
      "DELETE FROM obnova_contents WHERE fid NOT IN (SELECT content FROM obnova_versions) "
      "AND fid NOT IN (SELECT content FROM obnova_imported WHERE content IS NOT NULL)");
  if (!orphans) return orphans;
  return database.execute(
      fmt::format("DROP TABLE IF EXISTS {}; DROP TABLE IF EXISTS {};", quoted_name(rtree_name(table)), quoted_name(table)));
}

Result<void> describe_feature_table(Database& database, const std::string& table, const geo::LayerDescription& description) {
  return run_with_text(
      database, "UPDATE gpkg_contents SET description = ?2, last_change = strftime('%Y-%m-%dT%H:%M:%fZ','now') WHERE table_name = ?1",
      {table, description.title});
}

Result<void> refresh_feature_table(Database& database, const std::string& table, const Box& added, const std::set<GeometryKind>& kinds) {
  const auto dated =
      run_with_text(database, "UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ','now') WHERE table_name = ?1", {table});
  if (!dated) return dated;
  const auto wider = added.empty() ? Result<void>() : widen_extent(database, table, added);
  if (!wider) return wider;
  const auto declared = database.text(fmt::format("SELECT geometry_type_name FROM gpkg_geometry_columns WHERE table_name = '{}'", table));
  if (!declared) return std::unexpected(declared.error());
  const bool fits = std::ranges::all_of(kinds, [&](GeometryKind kind) { return *declared == geometry_type_name(kind); });
  if (fits || *declared == "GEOMETRY") return {};
  const auto widened =
      run_with_text(database, "UPDATE gpkg_geometry_columns SET geometry_type_name = 'GEOMETRY' WHERE table_name = ?1", {table});
  if (!widened) return widened;
  return database.redeclare(table, "\"geom\" " + *declared, "\"geom\" GEOMETRY");
}

}  // namespace obnova::server
