#include "server/store/raster_tables.h"

#include <fmt/format.h>

#include "server/store/geopackage.h"
#include "server/store/tiff_tile.h"

namespace obnova::server {
namespace {

// The tables of the standards, word for word where they give them.
constexpr const char* kStandardTables = R"sql(
CREATE TABLE IF NOT EXISTS gpkg_tile_matrix_set (
  table_name TEXT NOT NULL PRIMARY KEY, srs_id INTEGER NOT NULL,
  min_x DOUBLE NOT NULL, min_y DOUBLE NOT NULL, max_x DOUBLE NOT NULL, max_y DOUBLE NOT NULL,
  CONSTRAINT fk_gtms_table_name FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gtms_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE IF NOT EXISTS gpkg_tile_matrix (
  table_name TEXT NOT NULL, zoom_level INTEGER NOT NULL, matrix_width INTEGER NOT NULL, matrix_height INTEGER NOT NULL,
  tile_width INTEGER NOT NULL, tile_height INTEGER NOT NULL, pixel_x_size DOUBLE NOT NULL, pixel_y_size DOUBLE NOT NULL,
  CONSTRAINT pk_ttm PRIMARY KEY (table_name, zoom_level),
  CONSTRAINT fk_tmm_table_name FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name));
CREATE TABLE IF NOT EXISTS gpkg_2d_gridded_coverage_ancillary (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, tile_matrix_set_name TEXT NOT NULL UNIQUE,
  datatype TEXT NOT NULL DEFAULT 'integer', scale REAL NOT NULL DEFAULT 1.0, offset REAL NOT NULL DEFAULT 0.0,
  precision REAL DEFAULT 1.0, data_null REAL, grid_cell_encoding TEXT DEFAULT 'grid-value-is-center', uom TEXT,
  field_name TEXT DEFAULT 'Height', quantity_definition TEXT DEFAULT 'Height',
  CONSTRAINT fk_g2dgtct_name FOREIGN KEY (tile_matrix_set_name) REFERENCES gpkg_tile_matrix_set(table_name),
  CHECK (datatype IN ('integer', 'float')));
CREATE TABLE IF NOT EXISTS gpkg_2d_gridded_tile_ancillary (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, tpudt_name TEXT NOT NULL, tpudt_id INTEGER NOT NULL,
  scale REAL NOT NULL DEFAULT 1.0, offset REAL NOT NULL DEFAULT 0.0, min REAL DEFAULT NULL, max REAL DEFAULT NULL,
  mean REAL DEFAULT NULL, std_dev REAL DEFAULT NULL,
  CONSTRAINT fk_g2dgtat_name FOREIGN KEY (tpudt_name) REFERENCES gpkg_contents(table_name), UNIQUE (tpudt_name, tpudt_id));
INSERT OR IGNORE INTO gpkg_spatial_ref_sys VALUES
  ('WGS 84 3D', 4979, 'EPSG', 4979, 'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,'
   || 'AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],'
   || 'UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],'
   || 'AXIS["Ellipsoidal height",UP],AUTHORITY["EPSG","4979"]]', 'wanted by the extension for gridded coverages');
INSERT INTO gpkg_extensions
  SELECT t, NULL, 'gpkg_2d_gridded_coverage', 'http://docs.opengeospatial.org/is/17-066r1/17-066r1.html', 'read-write'
  FROM (SELECT 'gpkg_2d_gridded_coverage_ancillary' AS t UNION SELECT 'gpkg_2d_gridded_tile_ancillary')
  WHERE t NOT IN (SELECT table_name FROM gpkg_extensions WHERE extension_name = 'gpkg_2d_gridded_coverage');
)sql";

constexpr const char* kOurTables = R"sql(
CREATE TABLE obnova_rasters (
  fid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, table_name TEXT NOT NULL UNIQUE, theme TEXT NOT NULL, title TEXT NOT NULL,
  source TEXT NOT NULL, licence TEXT NOT NULL, attribution TEXT NOT NULL, dated TEXT NOT NULL, unit TEXT NOT NULL,
  crs TEXT NOT NULL, column_count INTEGER NOT NULL, row_count INTEGER NOT NULL, west REAL NOT NULL, north REAL NOT NULL,
  cell_width REAL NOT NULL, cell_height REAL NOT NULL, doubles INTEGER NOT NULL, revision INTEGER NOT NULL,
  first_revision INTEGER NOT NULL, kept_revision INTEGER NOT NULL, import_report BLOB);
CREATE TABLE obnova_raster_doubles (
  fid INTEGER PRIMARY KEY, raster TEXT NOT NULL REFERENCES obnova_rasters(id) ON DELETE CASCADE,
  tile_column INTEGER NOT NULL, tile_row INTEGER NOT NULL, cells BLOB NOT NULL, UNIQUE (raster, tile_row, tile_column));
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES
  ('obnova_rasters', 'attributes', 'obnova_rasters', 'Source, licence, date and cells of every raster', 0),
  ('obnova_raster_doubles', 'attributes', 'obnova_raster_doubles', 'Values of rasters that 32-bit floats do not hold exactly', 0);
)sql";

Result<void> run_for(Database& database, const std::string& sql, const std::string& text) {
  auto statement = database.prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, std::string_view(text));
  return statement->run();
}

Result<bool> found(Database& database, const std::string& sql, const std::string& text) {
  auto statement = database.prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, std::string_view(text));
  return statement->step();
}

// The number of a system in this file, entered when it is not there yet.
Result<std::int64_t> srs_id_for(Database& database, const std::string& name, const std::string& wkt) {
  constexpr std::int64_t kFirstOfRasters = 100'001;
  const std::int64_t custom = srs_id_of("");
  std::int64_t srs_id = srs_id_of(name);
  const bool in_registry = srs_id != custom;
  auto known = database.prepare(in_registry ? "SELECT srs_id FROM gpkg_spatial_ref_sys WHERE srs_id = ?1"
                                            : "SELECT srs_id FROM gpkg_spatial_ref_sys WHERE organization = 'NONE' AND definition = ?1");
  if (!known) return std::unexpected(known.error());
  if (in_registry) {
    known->bind(1, srs_id);
  } else {
    known->bind(1, std::string_view(wkt));
  }
  const auto row = known->step();
  if (!row) return std::unexpected(row.error());
  if (*row) return known->int_at(0);
  if (!in_registry) {
    const auto next = database.number(fmt::format("SELECT max({}, max(srs_id) + 1) FROM gpkg_spatial_ref_sys", kFirstOfRasters));
    if (!next) return next;
    srs_id = *next;
  }
  auto insert = database.prepare("INSERT INTO gpkg_spatial_ref_sys VALUES (?1, ?2, ?3, ?2, ?4, 'the system of a raster')");
  if (!insert) return std::unexpected(insert.error());
  insert->bind(1, std::string_view(name));
  insert->bind(2, srs_id);
  insert->bind(3, std::string_view(in_registry ? "EPSG" : "NONE"));
  insert->bind(4, std::string_view(wkt.empty() ? "undefined" : wkt));
  const auto inserted = insert->run();
  if (!inserted) return std::unexpected(inserted.error());
  return srs_id;
}

Result<void> insert_record(Database& database, const RasterRecord& record) {
  auto insert = database.prepare(
      "INSERT INTO obnova_rasters (id, table_name, theme, title, source, licence, attribution, dated, unit, crs, column_count, row_count, "
      "west, north, cell_width, cell_height, doubles, revision, first_revision, kept_revision, import_report) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)");
  if (!insert) return std::unexpected(insert.error());
  const geo::RasterDescription& said = record.description;
  const std::string table = raster_table(said.id);
  int parameter = 0;
  for (const std::string_view text :
       {std::string_view(said.id), std::string_view(table), geo::raster_theme_name(said.theme), std::string_view(said.title),
        std::string_view(said.source), std::string_view(said.licence), std::string_view(said.attribution), std::string_view(said.dated),
        std::string_view(said.unit), std::string_view(record.crs)}) {
    insert->bind(++parameter, text);
  }
  insert->bind(11, std::int64_t{record.columns});
  insert->bind(12, std::int64_t{record.rows});
  insert->bind(13, record.affine.x0);
  insert->bind(14, record.affine.y0);
  insert->bind(15, record.affine.x_per_column);
  insert->bind(16, -record.affine.y_per_row);
  insert->bind(17, std::int64_t{record.doubles ? 1 : 0});
  insert->bind(18, record.revision);
  insert->bind(19, record.first_revision);
  insert->bind(20, record.kept_revision);
  insert->bind_bytes(21, record.import_report);
  return insert->run();
}

int tiles_along(int cells) { return (cells + kTileSide - 1) / kTileSide; }

// Binds west, south, east and north of this many columns and rows, from a parameter on.
void bind_edges(Statement& statement, int first, const geo::Affine& affine, int columns, int rows) {
  statement.bind(first, affine.x0);
  statement.bind(first + 1, affine.y0 + rows * affine.y_per_row);
  statement.bind(first + 2, affine.x0 + columns * affine.x_per_column);
  statement.bind(first + 3, affine.y0);
}

Result<void> insert_contents(Database& database, const RasterRecord& record, std::int64_t srs_id) {
  auto contents = database.prepare(
      "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, min_x, min_y, max_x, max_y, srs_id) "
      "VALUES (?1, '2d-gridded-coverage', ?1, ?2, ?3, ?4, ?5, ?6, ?7)");
  if (!contents) return std::unexpected(contents.error());
  contents->bind(1, std::string_view(raster_table(record.description.id)));
  contents->bind(2, std::string_view(record.description.title));
  bind_edges(*contents, 3, record.affine, record.columns, record.rows);
  contents->bind(7, srs_id);
  return contents->run();
}

Result<void> insert_matrix(Database& database, const RasterRecord& record, std::int64_t srs_id) {
  const std::string table = raster_table(record.description.id);
  const int wide = tiles_along(record.columns);
  const int high = tiles_along(record.rows);
  auto set = database.prepare("INSERT INTO gpkg_tile_matrix_set VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
  if (!set) return std::unexpected(set.error());
  set->bind(1, std::string_view(table));
  set->bind(2, srs_id);
  bind_edges(*set, 3, record.affine, wide * kTileSide, high * kTileSide);
  const auto done = set->run();
  if (!done) return done;
  auto matrix = database.prepare(
      fmt::format("INSERT INTO gpkg_tile_matrix VALUES (?1, 0, {}, {}, {}, {}, ?2, ?3)", wide, high, kTileSide, kTileSide));
  if (!matrix) return std::unexpected(matrix.error());
  matrix->bind(1, std::string_view(table));
  matrix->bind(2, record.affine.x_per_column);
  matrix->bind(3, -record.affine.y_per_row);
  return matrix->run();
}

Result<void> insert_coverage(Database& database, const RasterRecord& record) {
  auto coverage = database.prepare(
      "INSERT INTO gpkg_2d_gridded_coverage_ancillary "
      "(tile_matrix_set_name, datatype, data_null, grid_cell_encoding, uom, field_name, quantity_definition) "
      "VALUES (?1, 'float', ?2, 'grid-value-is-area', nullif(?3, ''), ?4, ?4)");
  if (!coverage) return std::unexpected(coverage.error());
  const geo::RasterTheme theme = record.description.theme;
  const bool heights = theme == geo::RasterTheme::kTerrain || theme == geo::RasterTheme::kSurface;
  coverage->bind(1, std::string_view(raster_table(record.description.id)));
  coverage->bind(2, kUnknownInTiles);
  coverage->bind(3, std::string_view(record.description.unit));
  coverage->bind(4, heights ? std::string_view("Height") : geo::raster_theme_name(theme));
  return coverage->run();
}

}  // namespace

Result<void> create_raster_tables(Database& database) {
  const auto there = has_raster_tables(database);
  if (!there) return std::unexpected(there.error());
  if (*there) return {};
  const auto done = database.execute(kStandardTables);
  return done ? database.execute(kOurTables) : done;
}

Result<bool> has_raster_tables(Database& database) {
  return found(database, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1", "obnova_rasters");
}

Result<bool> has_raster(Database& database, const std::string& id) {
  const auto there = has_raster_tables(database);
  if (!there || !*there) return there;
  return found(database, "SELECT 1 FROM obnova_rasters WHERE id = ?1", id);
}

Result<void> refuse_raster_id(Database& database, const std::string& id) {
  const auto there = has_raster(database, id);
  if (!there) return std::unexpected(there.error());
  if (!*there) return {};
  return failure(ErrorCode::kFailedPrecondition,
                 fmt::format("There is a raster `{}`: delete it first, or give the layer of features another id.", id));
}

std::string raster_table(const std::string& id) { return table_layout(id, {}).table; }

Result<void> register_raster(Database& database, const RasterRecord& record, const std::string& srs_name, const std::string& srs_wkt) {
  const std::string table = raster_table(record.description.id);
  const auto srs_id = srs_id_for(database, srs_name, srs_wkt);
  if (!srs_id) return std::unexpected(srs_id.error());
  auto done = insert_record(database, record);
  if (done) done = insert_contents(database, record, *srs_id);
  if (done) done = insert_matrix(database, record, *srs_id);
  if (done) done = insert_coverage(database, record);
  if (done) {
    done = run_for(database,
                   "INSERT INTO gpkg_extensions VALUES (?1, 'tile_data', 'gpkg_2d_gridded_coverage', "
                   "'http://docs.opengeospatial.org/is/17-066r1/17-066r1.html', 'read-write')",
                   table);
  }
  if (!done) return done;
  return database.execute(
      fmt::format("CREATE TABLE {} (id INTEGER PRIMARY KEY AUTOINCREMENT, zoom_level INTEGER NOT NULL, tile_column INTEGER NOT NULL, "
                  "tile_row INTEGER NOT NULL, tile_data BLOB NOT NULL, UNIQUE (zoom_level, tile_column, tile_row))",
                  quoted_name(table)));
}

Result<void> drop_raster(Database& database, const std::string& id) {
  const std::string table = raster_table(id);
  for (const char* sql : {"DELETE FROM gpkg_2d_gridded_tile_ancillary WHERE tpudt_name = ?1",
                          "DELETE FROM gpkg_2d_gridded_coverage_ancillary WHERE tile_matrix_set_name = ?1",
                          "DELETE FROM gpkg_tile_matrix WHERE table_name = ?1", "DELETE FROM gpkg_tile_matrix_set WHERE table_name = ?1",
                          "DELETE FROM gpkg_extensions WHERE table_name = ?1", "DELETE FROM gpkg_contents WHERE table_name = ?1",
                          "DELETE FROM obnova_rasters WHERE table_name = ?1"}) {
    const auto deleted = run_for(database, sql, table);
    if (!deleted) return deleted;
  }
  return database.execute("DROP TABLE " + quoted_name(table));
}

}  // namespace obnova::server
