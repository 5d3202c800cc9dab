#include "server/store/city_store.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "geo/base/wkb.h"
#include "server/store/city_store_state.h"
#include "server/store/geopackage.h"
#include "server/store/raster_tables.h"
#include "server/store/sqlite.h"

namespace obnova::server {
namespace {

constexpr std::array kRequiredTables = {"gpkg_spatial_ref_sys", "gpkg_contents", "gpkg_geometry_columns", "gpkg_extensions",
                                        "obnova_city",          "obnova_layers", "obnova_fields",         "obnova_changes"};

std::unexpected<Error> damaged(const std::filesystem::path& file, const std::string& why) {
  return failure(ErrorCode::kBadData,
                 fmt::format("The city file {} cannot be used ({}): restore it from a backup, or move it away.", file.string(), why));
}

Result<void> check_content(Database& database, const std::filesystem::path& file) {
  const auto check = database.text("PRAGMA quick_check(1)");
  if (!check) return damaged(file, check.error().message);
  if (*check != "ok") return damaged(file, *check);
  const auto application = database.number("PRAGMA application_id");
  if (!application) return std::unexpected(application.error());
  if (*application != kGeoPackageApplication) return damaged(file, "it is not a GeoPackage");
  for (const char* table : kRequiredTables) {
    const auto count = database.number(fmt::format("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '{}'", table));
    if (!count) return std::unexpected(count.error());
    if (*count == 0) return damaged(file, fmt::format("the table {} is missing", table));
  }
  const auto cities = database.number("SELECT count(*) FROM obnova_city");
  if (!cities) return std::unexpected(cities.error());
  if (*cities != 1) return damaged(file, "it does not say which city it holds");
  const auto version = database.number("SELECT format_version FROM obnova_city");
  if (!version) return std::unexpected(version.error());
  if (*version > kFormatVersion) {
    return failure(ErrorCode::kBadData, fmt::format("The city file {} was written by a newer version of this program (format {}, "
                                                    "this one reads up to {}): start the newer version.",
                                                    file.string(), *version, kFormatVersion));
  }
  return upgrade_tables(database, *version);
}

Result<LayerRecord> read_layer_record(const Statement& row) {
  const std::string id(row.text_at(0));
  const auto theme = geo::theme_by_name(row.text_at(1));
  if (!theme) {
    return failure(ErrorCode::kBadData,
                   fmt::format("The city file says that layer {} is about \"{}\", which is no theme.", id, row.text_at(1)));
  }
  auto covered_area = from_wkb(row.bytes_at(7));
  if (!covered_area) return std::unexpected(covered_area.error());
  return LayerRecord{.description = {.id = id,
                                     .title = std::string(row.text_at(2)),
                                     .theme = *theme,
                                     .source = std::string(row.text_at(3)),
                                     .licence = std::string(row.text_at(4)),
                                     .attribution = std::string(row.text_at(5)),
                                     .dated = std::string(row.text_at(6)),
                                     .covered_area = std::move(*covered_area)},
                     .revision = row.int_at(8),
                     .first_revision = row.int_at(10),
                     .kept_revision = row.int_at(11),
                     .import_report = std::string(row.bytes_at(9))};
}

// The table of a layer, or kNotFound.
Result<std::string> table_of(Database& database, const std::string& layer) {
  auto statement = database.prepare("SELECT table_name FROM obnova_layers WHERE id = ?1");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, std::string_view(layer));
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return failure(ErrorCode::kNotFound, fmt::format("The city has no layer {}.", layer));
  return std::string(statement->text_at(0));
}

Result<void> update_title(Database& database, const std::string& title) {
  auto update = database.prepare("UPDATE obnova_city SET title = ?1");
  if (!update) return std::unexpected(update.error());
  update->bind(1, std::string_view(title));
  return update->run();
}

}  // namespace

Result<void> update_description(Database& database, const geo::LayerDescription& description) {
  const auto table = table_of(database, description.id);
  if (!table) return std::unexpected(table.error());
  auto update = database.prepare(
      "UPDATE obnova_layers SET theme = ?8, title = ?2, source = ?3, licence = ?4, attribution = ?5, dated = ?6, covered_area = ?7, "
      "revision = (SELECT revision + 1 FROM obnova_city) WHERE id = ?1");
  if (!update) return std::unexpected(update.error());
  const std::string area = to_wkb(description.covered_area.view());
  update->bind(1, std::string_view(description.id));
  update->bind(2, std::string_view(description.title));
  update->bind(3, std::string_view(description.source));
  update->bind(4, std::string_view(description.licence));
  update->bind(5, std::string_view(description.attribution));
  update->bind(6, std::string_view(description.dated));
  update->bind_bytes(7, area);
  update->bind(8, geo::theme_name(description.theme));
  const auto updated = update->run();
  if (!updated) return updated;
  return describe_feature_table(database, *table, description);
}

Result<void> begin_change(Database& database) {
  if (database.in_transaction()) return failure(ErrorCode::kFailedPrecondition, "Another change of this city has not ended yet.");
  return database.execute("BEGIN IMMEDIATE");
}

Result<std::int64_t> record_change(Database& database, const std::string& what) {
  auto done = database.execute("UPDATE obnova_city SET revision = revision + 1");
  if (!done) return std::unexpected(done.error());
  auto log = database.prepare(
      "INSERT INTO obnova_changes (revision, time, what) SELECT revision, strftime('%Y-%m-%dT%H:%M:%fZ','now'), ?1 FROM obnova_city");
  if (!log) return std::unexpected(log.error());
  log->bind(1, std::string_view(what));
  done = log->run();
  if (!done) return std::unexpected(done.error());
  return database.number("SELECT revision FROM obnova_city");
}

CityStore::CityStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
CityStore::~CityStore() = default;
CityStore::CityStore(CityStore&&) noexcept = default;
CityStore& CityStore::operator=(CityStore&&) noexcept = default;

Result<CityStore> CityStore::create(const std::filesystem::path& file, const CityRecord& record) {
  if (std::filesystem::exists(file)) {
    return failure(ErrorCode::kAlreadyExists, fmt::format("There is a city file {} already.", file.filename().string()));
  }
  auto database = Database::open(file, Database::Mode::kCreate);
  if (!database) return std::unexpected(database.error());
  auto done = begin_change(*database);
  if (done) done = create_tables(*database, record);
  if (done) done = database->execute("COMMIT");
  database->rollback();
  if (!done) return std::unexpected(done.error());
  return CityStore(std::make_unique<State>(std::move(*database), file));
}

Result<CityStore> CityStore::open(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) {
    return failure(ErrorCode::kNotFound, fmt::format("There is no city file {}.", file.string()));
  }
  auto database = Database::open(file, Database::Mode::kOpen);
  if (!database) {
    if (database.error().code == ErrorCode::kBadData) return damaged(file, database.error().message);
    return std::unexpected(database.error());
  }
  const auto checked = check_content(*database, file);
  if (!checked) return std::unexpected(checked.error());
  return CityStore(std::make_unique<State>(std::move(*database), file));
}

Result<CityStore> CityStore::connect_again() const {
  auto database = Database::open(state_->file, Database::Mode::kOpen);
  if (!database) return std::unexpected(database.error());
  return CityStore(std::make_unique<State>(std::move(*database), state_->file));
}

Result<CityRecord> CityStore::record() const {
  auto statement = state_->database.prepare("SELECT id, title, crs, crs_wkt, create_time_s, revision FROM obnova_city");
  if (!statement) return std::unexpected(statement.error());
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return failure(ErrorCode::kBadData, "The city file does not say which city it holds.");
  return CityRecord{.id = std::string(statement->text_at(0)),
                    .title = std::string(statement->text_at(1)),
                    .crs = std::string(statement->text_at(2)),
                    .crs_wkt = std::string(statement->text_at(3)),
                    .create_time_s = statement->int_at(4),
                    .revision = statement->int_at(5)};
}

Result<std::vector<LayerRecord>> CityStore::layer_records() const {
  auto statement = state_->database.prepare(
      "SELECT id, theme, title, source, licence, attribution, dated, covered_area, revision, import_report, first_revision, kept_revision "
      "FROM obnova_layers ORDER BY id");
  if (!statement) return std::unexpected(statement.error());
  std::vector<LayerRecord> records;
  while (true) {
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return records;
    auto record = read_layer_record(*statement);
    if (!record) return std::unexpected(record.error());
    records.push_back(std::move(*record));
  }
}

Result<std::int64_t> CityStore::set_title(const std::string& title) {
  Database& database = state_->database;
  return change_city(database, "set the title of the city", [&] { return update_title(database, title); });
}

Result<std::int64_t> CityStore::set_description(const geo::LayerDescription& description) {
  Database& database = state_->database;
  return change_city(database, fmt::format("describe layer {}", description.id), [&] { return update_description(database, description); });
}

Result<std::int64_t> CityStore::delete_layer(const std::string& layer) {
  Database& database = state_->database;
  return change_city(database, fmt::format("delete layer {}", layer), [&]() -> Result<void> {
    const auto raster = has_raster(database, layer);
    if (!raster) return std::unexpected(raster.error());
    if (*raster) return drop_raster(database, layer);
    const auto table = table_of(database, layer);
    if (!table) return std::unexpected(table.error());
    return drop_feature_table(database, *table);
  });
}

}  // namespace obnova::server
