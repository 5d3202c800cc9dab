#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <zlib.h>

#include "server/store/city_store.h"
#include "server/store/city_store_state.h"
#include "server/store/raster_tables.h"
#include "server/store/tiff_tile.h"

namespace obnova::server {
namespace {

// One tile: where it begins, and how much of it lies within the raster.
struct Tile {
  int column = 0;
  int row = 0;
  geo::CellWindow window;
};

std::vector<Tile> tiles_of(int columns, int rows) {
  std::vector<Tile> tiles;
  for (int row = 0; row * kTileSide < rows; ++row) {
    for (int column = 0; column * kTileSide < columns; ++column) {
      const int left = column * kTileSide;
      const int top = row * kTileSide;
      tiles.push_back({column, row, {left, top, std::min(kTileSide, columns - left), std::min(kTileSide, rows - top)}});
    }
  }
  return tiles;
}

std::unexpected<Error> bad_tile(const std::string& raster, std::int64_t column, std::int64_t row, std::string_view why) {
  return failure(ErrorCode::kBadData,
                 fmt::format("Tile {}/{} of raster {} in the city file cannot be read: {}.", column, row, raster, why));
}

std::string packed(std::span<const double> values) {
  uLongf length = compressBound(values.size_bytes());
  std::string bytes(length, '\0');
  compress2(reinterpret_cast<Bytef*>(bytes.data()), &length, reinterpret_cast<const Bytef*>(values.data()), values.size_bytes(), 6);
  bytes.resize(length);
  return bytes;
}

// False when the bytes are not this many values.
bool unpack(std::string_view bytes, std::span<double> values) {
  uLongf length = values.size_bytes();
  return uncompress(reinterpret_cast<Bytef*>(values.data()), &length, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()) == Z_OK &&
         length == values.size_bytes();
}

// Writes the tiles of one raster.
class TileWriter {
 public:
  static Result<TileWriter> prepare(Database& database, const std::string& raster) {
    const std::string table = raster_table(raster);
    TileWriter writer(raster);
    for (const auto& [statement, sql] :
         {std::pair<Statement*, std::string>{&writer.insert_tile_,
                                             fmt::format("INSERT INTO {} (zoom_level, tile_column, tile_row, tile_data) "
                                                         "VALUES (0, ?1, ?2, ?3) RETURNING id",
                                                         quoted_name(table))},
          {&writer.insert_range_, fmt::format("INSERT INTO gpkg_2d_gridded_tile_ancillary (tpudt_name, tpudt_id, min, max, mean) "
                                              "VALUES ('{}', ?1, ?2, ?3, ?4)",
                                              table)},
          {&writer.insert_doubles_, "INSERT INTO obnova_raster_doubles (raster, tile_column, tile_row, cells) VALUES (?1, ?2, ?3, ?4)"}}) {
      auto prepared = database.prepare(sql);
      if (!prepared) return std::unexpected(prepared.error());
      *statement = std::move(*prepared);
    }
    return writer;
  }

  // A tile without a known value is not written.
  Result<void> write(const geo::Raster& raster, const Tile& tile) {
    const std::vector<double> values = raster.values_in(tile.window);
    if (std::ranges::all_of(values, [](double value) { return std::isnan(value); })) return {};
    const auto written = write_floats(values, tile);
    if (!written || !std::holds_alternative<std::vector<double>>(raster.values())) return written;
    insert_doubles_.bind(1, std::string_view(raster_));
    insert_doubles_.bind(2, std::int64_t{tile.column});
    insert_doubles_.bind(3, std::int64_t{tile.row});
    insert_doubles_.bind_bytes(4, packed(values));
    return insert_doubles_.run();
  }

 private:
  explicit TileWriter(std::string raster) : raster_(std::move(raster)) {}

  Result<void> write_floats(const std::vector<double>& values, const Tile& tile) {
    std::vector<float> cells(kTileCellCount, static_cast<float>(kUnknownInTiles));
    double min = std::numeric_limits<double>::infinity();
    double max = -min;
    double sum = 0;
    int count = 0;
    for (int row = 0; row < tile.window.row_count; ++row) {
      for (int column = 0; column < tile.window.column_count; ++column) {
        const double value = values[static_cast<std::size_t>(row * tile.window.column_count + column)];
        if (std::isnan(value)) continue;
        cells[static_cast<std::size_t>(row * kTileSide + column)] = static_cast<float>(value);
        min = std::min(min, value);
        max = std::max(max, value);
        sum += value;
        ++count;
      }
    }
    const auto bytes = to_tiff_tile(cells);
    if (!bytes) return std::unexpected(bytes.error());
    insert_tile_.bind(1, std::int64_t{tile.column});
    insert_tile_.bind(2, std::int64_t{tile.row});
    insert_tile_.bind_bytes(3, *bytes);
    const auto row = insert_tile_.step();
    if (!row) return std::unexpected(row.error());
    insert_range_.bind(1, insert_tile_.int_at(0));
    insert_tile_.reset();
    insert_range_.bind(2, min);
    insert_range_.bind(3, max);
    insert_range_.bind(4, sum / count);
    return insert_range_.run();
  }

  std::string raster_;
  Statement insert_tile_;
  Statement insert_range_;
  Statement insert_doubles_;
};

bool north_up(const geo::Affine& affine) {
  return affine.x_per_row == 0 && affine.y_per_column == 0 && affine.x_per_column > 0 && affine.y_per_row < 0;
}

// What is kept of the raster that this one replaces.
Result<std::int64_t> drop_old(Database& database, const std::string& id, std::int64_t revision) {
  auto old = database.prepare("SELECT first_revision FROM obnova_rasters WHERE id = ?1");
  if (!old) return std::unexpected(old.error());
  old->bind(1, std::string_view(id));
  const auto found = old->step();
  if (!found) return std::unexpected(found.error());
  if (!*found) return revision;
  const std::int64_t first_revision = old->int_at(0);
  old->reset();
  const auto dropped = drop_raster(database, id);
  if (!dropped) return std::unexpected(dropped.error());
  return first_revision;
}

Result<void> refuse_layer_id(Database& database, const std::string& id) {
  auto layer = database.prepare("SELECT 1 FROM obnova_layers WHERE id = ?1");
  if (!layer) return std::unexpected(layer.error());
  layer->bind(1, std::string_view(id));
  const auto found = layer->step();
  if (!found) return std::unexpected(found.error());
  if (!*found) return {};
  return failure(ErrorCode::kFailedPrecondition,
                 fmt::format("There is a layer `{}` of features: delete it first, or give the raster another id.", id));
}

Result<void> write_raster(Database& database, const geo::Raster& raster, const CellSystem& system, const std::string& import_report,
                          const Limits& limits) {
  auto done = refuse_layer_id(database, raster.id());
  if (done) done = create_raster_tables(database);
  if (!done) return done;
  const auto revision = database.number("SELECT revision + 1 FROM obnova_city");
  if (!revision) return std::unexpected(revision.error());
  const auto first_revision = drop_old(database, raster.id(), *revision);
  if (!first_revision) return std::unexpected(first_revision.error());
  const geo::CellGrid& grid = raster.grid();
  const RasterRecord record{.description = raster.description(),
                            .columns = grid.columns(),
                            .rows = grid.rows(),
                            .affine = grid.affine(),
                            .crs = system.crs,
                            .doubles = std::holds_alternative<std::vector<double>>(raster.values()),
                            .revision = *revision,
                            .first_revision = *first_revision,
                            .kept_revision = *revision,
                            .import_report = import_report};
  done = register_raster(database, record, grid.crs(), system.crs_wkt);
  if (!done) return done;
  auto writer = TileWriter::prepare(database, raster.id());
  if (!writer) return std::unexpected(writer.error());
  for (const Tile& tile : tiles_of(grid.columns(), grid.rows())) {
    if (limits.stopped()) return failure(ErrorCode::kCancelled, fmt::format("The writing of raster {} was cancelled.", raster.id()));
    done = writer->write(raster, tile);
    if (!done) return done;
  }
  return {};
}

// Calls `take(tile, bytes)` for every stored tile within the raster.
template <typename Take>
Result<void> read_tiles(Database& database, const RasterRecord& record, const std::string& sql, const Take& take) {
  auto rows = database.prepare(sql);
  if (!rows) return std::unexpected(rows.error());
  const std::vector<Tile> tiles = tiles_of(record.columns, record.rows);
  const std::int64_t wide = (record.columns + kTileSide - 1) / kTileSide;
  const std::int64_t high = static_cast<std::int64_t>(tiles.size()) / wide;
  while (true) {
    const auto row = rows->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    const std::int64_t column = rows->int_at(0);
    const std::int64_t line = rows->int_at(1);
    if (column < 0 || column >= wide || line < 0 || line >= high) continue;  // Beyond the edge: another program's.
    const Result<void> taken = take(tiles[static_cast<std::size_t>(line * wide + column)], rows->bytes_at(2));
    if (!taken) return bad_tile(record.description.id, column, line, taken.error().message);
  }
}

// Puts the cells of a tile where they belong; `width` is that of a row of `from`.
template <typename Number>
void place_tile(const Tile& tile, const std::vector<Number>& from, int width, int columns, std::vector<Number>& values) {
  for (int row = 0; row < tile.window.row_count; ++row) {
    std::copy_n(from.begin() + std::ptrdiff_t{row} * width, tile.window.column_count,
                values.begin() + (std::ptrdiff_t{tile.window.first_row} + row) * columns + tile.window.first_column);
  }
}

Result<geo::CellValues> read_floats(Database& database, const RasterRecord& record) {
  std::vector<float> values(static_cast<std::size_t>(record.columns) * static_cast<std::size_t>(record.rows),
                            std::numeric_limits<float>::quiet_NaN());
  const std::string sql = fmt::format("SELECT tile_column, tile_row, tile_data FROM {} WHERE zoom_level = 0 ORDER BY tile_row, tile_column",
                                      quoted_name(raster_table(record.description.id)));
  const auto done = read_tiles(database, record, sql, [&](const Tile& tile, std::string_view bytes) -> Result<void> {
    auto cells = from_tiff_tile(bytes);
    if (!cells) return std::unexpected(cells.error());
    std::ranges::replace(*cells, static_cast<float>(kUnknownInTiles), std::numeric_limits<float>::quiet_NaN());
    place_tile(tile, *cells, kTileSide, record.columns, values);
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return values;
}

Result<geo::CellValues> read_doubles(Database& database, const RasterRecord& record) {
  std::vector<double> values(static_cast<std::size_t>(record.columns) * static_cast<std::size_t>(record.rows),
                             std::numeric_limits<double>::quiet_NaN());
  const std::string sql =
      fmt::format("SELECT tile_column, tile_row, cells FROM obnova_raster_doubles WHERE raster = '{}' ORDER BY tile_row, tile_column",
                  record.description.id);
  const auto done = read_tiles(database, record, sql, [&](const Tile& tile, std::string_view bytes) -> Result<void> {
    std::vector<double> cells(static_cast<std::size_t>(tile.window.column_count) * static_cast<std::size_t>(tile.window.row_count));
    if (!unpack(bytes, cells)) return failure(ErrorCode::kBadData, "its values are not complete");
    place_tile(tile, cells, tile.window.column_count, record.columns, values);
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return values;
}

Result<RasterRecord> read_record(const Statement& row) {
  RasterRecord record;
  const auto text = [&](int column) { return std::string(row.text_at(column)); };
  const auto theme = geo::raster_theme_by_name(row.text_at(1));
  record.description = {.id = text(0),
                        .title = text(2),
                        .theme = theme.value_or(geo::RasterTheme::kOther),
                        .source = text(3),
                        .licence = text(4),
                        .attribution = text(5),
                        .dated = text(6),
                        .unit = text(7)};
  record.crs = text(8);
  record.affine = {row.double_at(11), row.double_at(13), 0, row.double_at(12), 0, -row.double_at(14)};
  record.doubles = row.int_at(15) != 0;
  record.revision = row.int_at(16);
  record.first_revision = row.int_at(17);
  record.kept_revision = row.int_at(18);
  record.import_report = row.bytes_at(19);
  const auto is_side = [](std::int64_t side) { return side >= 1 && side <= geo::kMaxGridSide; };
  if (!theme || !is_side(row.int_at(9)) || !is_side(row.int_at(10)) || !geo::valid_layer_id(record.description.id)) {
    return failure(ErrorCode::kBadData, fmt::format("What the city file says of raster {} cannot be true.", record.description.id));
  }
  record.columns = static_cast<int>(row.int_at(9));
  record.rows = static_cast<int>(row.int_at(10));
  return record;
}

Result<void> update_description(Database& database, const geo::RasterDescription& description) {
  auto update = database.prepare(
      "UPDATE obnova_rasters SET title = ?2, source = ?3, licence = ?4, attribution = ?5, dated = ?6, "
      "revision = (SELECT revision + 1 FROM obnova_city) WHERE id = ?1");
  if (!update) return std::unexpected(update.error());
  int parameter = 0;
  for (const std::string* text :
       {&description.id, &description.title, &description.source, &description.licence, &description.attribution, &description.dated}) {
    update->bind(++parameter, std::string_view(*text));
  }
  const auto updated = update->run();
  if (!updated) return updated;
  auto contents = database.prepare(
      "UPDATE gpkg_contents SET description = ?2, last_change = strftime('%Y-%m-%dT%H:%M:%fZ','now') WHERE table_name = ?1");
  if (!contents) return std::unexpected(contents.error());
  contents->bind(1, std::string_view(raster_table(description.id)));
  contents->bind(2, std::string_view(description.title));
  return contents->run();
}

}  // namespace

Result<std::vector<RasterRecord>> CityStore::raster_records() const {
  std::vector<RasterRecord> records;
  const auto there = has_raster_tables(state_->database);
  if (!there) return std::unexpected(there.error());
  if (!*there) return records;
  auto statement = state_->database.prepare(
      "SELECT id, theme, title, source, licence, attribution, dated, unit, crs, column_count, row_count, west, north, cell_width, "
      "cell_height, doubles, revision, first_revision, kept_revision, import_report FROM obnova_rasters ORDER BY id");
  if (!statement) return std::unexpected(statement.error());
  while (true) {
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return records;
    auto record = read_record(*statement);
    if (!record) return std::unexpected(record.error());
    records.push_back(std::move(*record));
  }
}

Result<std::shared_ptr<const geo::Raster>> CityStore::read_raster(const RasterRecord& record, geo::GridPlacement placement) const {
  auto grid = geo::CellGrid::make(record.columns, record.rows, record.affine, geo::Registration::kArea, std::move(placement));
  if (!grid) return failure(ErrorCode::kBadData, grid.error().message);
  auto values = record.doubles ? read_doubles(state_->database, record) : read_floats(state_->database, record);
  if (!values) return std::unexpected(values.error());
  return geo::Raster::make(record.description, std::move(*grid), std::move(*values));
}

Result<std::int64_t> CityStore::put_raster(const geo::Raster& raster, const CellSystem& system, const std::string& import_report,
                                           const Limits& limits) {
  if (!geo::valid_layer_id(raster.id())) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("\"{}\" is no id of a raster: 1 to 63 of a-z0-9_, starting with a letter.", raster.id()));
  }
  if (!north_up(raster.grid().affine())) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("The cells of raster {} do not run from north-west to south-east.", raster.id()));
  }
  Database& database = state_->database;
  const auto revision = change_city(database, fmt::format("import {}", raster.id()),
                                    [&] { return write_raster(database, raster, system, import_report, limits); });
  // Only so that the file alone is the city again; when a reader is in the way, a later one does it.
  if (revision) (void)database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  return revision;
}

Result<std::int64_t> CityStore::set_raster_description(const geo::RasterDescription& description) {
  Database& database = state_->database;
  return change_city(database, fmt::format("describe raster {}", description.id),
                     [&] { return update_description(database, description); });
}

}  // namespace obnova::server
