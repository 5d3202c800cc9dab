#include "server/store/city_copy.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "server/store/geopackage.h"
#include "server/store/sqlite.h"

namespace obnova::server {
namespace {

constexpr std::size_t kFeaturesBetweenPolls = 1024;
constexpr const char* kNoStrangers =
    "SELECT count(*) FROM sqlite_schema WHERE type = 'view' OR "
    "(sql LIKE 'CREATE VIRTUAL%' AND sql NOT LIKE '%USING rtree(id, minx, maxx, miny, maxy)')";

Result<void> copy_layer(CityStore::Import& import, const geo::Layer& layer, const Limits& limits) {
  auto done = import.begin_layer(layer.description(), {layer.fields().begin(), layer.fields().end()});
  std::vector<geo::Value> values(layer.fields().size());
  std::size_t count = 0;
  for (const FeatureId feature : layer.features()) {
    if (!done) return done;
    if (count++ % kFeaturesBetweenPolls == 0 && limits.stopped()) return failure(ErrorCode::kCancelled, "The copy was cancelled.");
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = layer.column(i).value_at(feature);
    done = import.add_feature(std::string(layer.feature_name(feature)), layer.geometry(feature), values);
  }
  return done;
}

// What an import does not know: when there first was such a layer, and how it came.
Result<void> complete_records(Database& database, std::span<const LayerToCopy> layers) {
  auto update = database.prepare("UPDATE obnova_layers SET first_revision = ?2, import_report = ?3 WHERE id = ?1");
  if (!update) return std::unexpected(update.error());
  for (const LayerToCopy& copy : layers) {
    update->bind(1, std::string_view(copy.layer.id()));
    update->bind(2, copy.record.first_revision);
    update->bind_bytes(3, copy.record.import_report);
    const auto done = update->run();
    if (!done) return done;
  }
  return {};
}

// A file in WAL mode wants to be written even by those who only read it.
Result<void> leave_alone(const std::filesystem::path& file, std::span<const LayerToCopy> layers) {
  auto database = Database::open(file, Database::Mode::kOpen);
  if (!database) return std::unexpected(database.error());
  auto done = complete_records(*database, layers);
  if (done) done = database->execute("PRAGMA journal_mode=DELETE");
  return done;
}

Result<void> copy_pages(Database& from, const std::filesystem::path& to, const Limits& limits) {
  auto copy = from.prepare("VACUUM INTO ?1");
  if (!copy) return std::unexpected(copy.error());
  copy->bind(1, std::string_view(to.native()));
  return from.run_until(*copy, limits);
}

std::unexpected<Error> unusable(const std::string& name, const std::string& why) {
  return failure(ErrorCode::kBadData, fmt::format("{} is no file of a city: {}.", name, why));
}

Result<void> check_stranger(Database& database, const std::string& name, const Limits& limits) {
  const auto strangers = database.number(kNoStrangers);
  if (!strangers) return unusable(name, "it is no SQLite file, or damaged");
  if (*strangers > 0) return unusable(name, "it holds views or virtual tables");
  const auto cities = database.number("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'obnova_city'");
  if (!cities || *cities != 1) return unusable(name, "it lacks the table obnova_city, which an export of a whole city has");
  auto check = database.prepare("PRAGMA integrity_check(1)");
  if (!check) return unusable(name, "it is damaged");
  const auto sound = database.text_until(*check, limits);
  if (!sound) return std::unexpected(sound.error());
  if (*sound != "ok") return unusable(name, "it is damaged");
  return {};
}

Result<void> rename_city(const std::filesystem::path& file, const std::string& id) {
  auto database = Database::open(file, Database::Mode::kOpen);
  if (!database) return std::unexpected(database.error());
  auto update = database->prepare("UPDATE obnova_city SET id = ?1");
  if (!update) return std::unexpected(update.error());
  update->bind(1, std::string_view(id));
  return update->run();
}

}  // namespace

Result<void> write_city_file(const std::filesystem::path& file, const CityRecord& record, std::span<const LayerToCopy> layers,
                             const Limits& limits) {
  CityRecord before = record;
  if (!layers.empty()) --before.revision;  // The layers come with the next one.
  auto store = CityStore::create(file, before);
  if (!store) return std::unexpected(store.error());
  if (!layers.empty()) {
    auto import = store->begin_import();
    if (!import) return std::unexpected(import.error());
    for (const LayerToCopy& copy : layers) {
      const auto done = copy_layer(*import, copy.layer, limits);
      if (!done) return done;
    }
    const auto committed = import->commit({});
    if (!committed) return std::unexpected(committed.error());
  }
  store = failure(ErrorCode::kUnavailable, "closed");
  return leave_alone(file, layers);
}

Result<void> copy_city_file(const std::filesystem::path& from, const std::filesystem::path& to, const Limits& limits) {
  auto database = Database::open(from, Database::Mode::kOpen);
  if (!database) return std::unexpected(database.error());
  const auto copied = copy_pages(*database, to, limits);
  if (!copied) return copied;
  return leave_alone(to, {});
}

Result<void> adopt_city_file(const std::filesystem::path& from, const std::filesystem::path& to, const std::string& id,
                             const std::string& name, const Limits& limits) {
  auto database = Database::open(from, Database::Mode::kReadStranger);
  if (!database) return unusable(name, "it is no SQLite file, or damaged");
  auto done = check_stranger(*database, name, limits);
  if (done) done = copy_pages(*database, to, limits);
  if (!done) return done;
  const auto store = CityStore::open(to);
  if (!store) return unusable(name, "its tables are not those of a city");
  return rename_city(to, id);
}

}  // namespace obnova::server
