#include "server/store/edit.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "server/store/city_store_state.h"
#include "server/store/edit_state.h"

namespace obnova::server {
namespace {

// The columns of the file count features from 1, as `fid` does everywhere.
std::int64_t row_of(FeatureId feature) { return std::int64_t{feature.index} + 1; }

void bind_instant(Statement& statement, int parameter, Instant instant) {
  if (instant == kEver || instant == kForever) {
    statement.bind_null(parameter);
  } else {
    statement.bind(parameter, instant);
  }
}

}  // namespace

Result<void> sign_change(Database& database, Revision revision, const Authorship& authorship) {
  auto sign = database.prepare("UPDATE obnova_changes SET author = ?2, reason = ?3, request_id = nullif(?4, '') WHERE revision = ?1");
  if (!sign) return std::unexpected(sign.error());
  sign->bind(1, revision);
  sign->bind(2, std::string_view(authorship.author));
  sign->bind(3, std::string_view(authorship.reason));
  sign->bind(4, std::string_view(authorship.request_id));
  return sign->run();
}

Result<CityStore::Edit::State::Touched*> CityStore::Edit::State::touched(const std::string& layer) {
  const auto known = layers.find(layer);
  if (known != layers.end()) return &known->second;
  const auto stored = read_fields(database, layer);
  if (!stored) return std::unexpected(stored.error());
  auto rows = FeatureRows::prepare(database, stored->layout, srs_id);
  if (!rows) return std::unexpected(rows.error());
  return &layers.emplace(layer, Touched{.table = stored->layout.table, .rows = std::move(*rows), .extent = {}, .kinds = {}}).first->second;
}

CityStore::Edit::Edit(std::unique_ptr<State> state) : state_(std::move(state)) {}
CityStore::Edit::~Edit() = default;
CityStore::Edit::Edit(Edit&&) noexcept = default;

Result<CityStore::Edit> CityStore::Edit::within_transaction(Database& database, const CityRecord& city) {
  auto state = std::make_unique<State>(database);
  auto contents = database.prepare("INSERT INTO obnova_contents (geom, attributes) VALUES (?1, ?2) RETURNING fid");
  if (!contents) return std::unexpected(contents.error());
  auto versions = database.prepare(
      "INSERT INTO obnova_versions (layer, place, feature_row, feature, valid_from_us, valid_to_us, known_from, known_to, content) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (layer, place) DO UPDATE SET known_to = excluded.known_to");
  if (!versions) return std::unexpected(versions.error());
  auto imported = database.prepare(
      "INSERT INTO obnova_imported (layer, feature_row, content) VALUES (?1, ?2, ?3) "
      "ON CONFLICT (layer, feature_row) DO UPDATE SET content = excluded.content");
  if (!imported) return std::unexpected(imported.error());
  state->srs_id = srs_id_of(city.crs);
  state->revision = city.revision + 1;
  state->add_content = std::move(*contents);
  state->write_version = std::move(*versions);
  state->write_imported = std::move(*imported);
  return Edit(std::move(state));
}

Result<CityStore::Edit> CityStore::begin_edit() {
  const auto city = record();
  if (!city) return std::unexpected(city.error());
  const auto begun = begin_change(state_->database);
  if (!begun) return std::unexpected(begun.error());
  return Edit::within_transaction(state_->database, *city);
}

Revision CityStore::Edit::revision() const { return state_->revision; }

Result<ContentId> CityStore::Edit::add_content(const GeometryView& geometry, std::span<const geo::Field> fields,
                                               std::span<const geo::Value> values) {
  Statement& insert = state_->add_content;
  if (geometry.kind == GeometryKind::kNone) {
    insert.bind_null(1);
  } else {
    insert.bind_bytes(1, to_geopackage_binary(geometry, state_->srs_id));
  }
  insert.bind(2, std::string_view(attributes_json(fields, values)));
  const auto row = insert.step();
  const ContentId content = row && *row ? insert.int_at(0) : 0;
  insert.reset();
  if (!row) return std::unexpected(row.error());
  return content;
}

Result<void> CityStore::Edit::write_version(const std::string& layer, std::size_t place, const Version& version, std::string_view feature) {
  Statement& write = state_->write_version;
  write.bind(1, std::string_view(layer));
  write.bind(2, static_cast<std::int64_t>(place));
  write.bind(3, row_of(version.feature));
  write.bind(4, feature);
  bind_instant(write, 5, version.valid.from);
  bind_instant(write, 6, version.valid.to);
  write.bind(7, version.known_from);
  if (version.known_to == kStillKnown) {
    write.bind_null(8);
  } else {
    write.bind(8, version.known_to);
  }
  write.bind(9, version.content);
  return write.run();
}

Result<void> CityStore::Edit::write_imported(const std::string& layer, FeatureId feature, std::optional<ContentId> content) {
  Statement& write = state_->write_imported;
  write.bind(1, std::string_view(layer));
  write.bind(2, row_of(feature));
  if (content) {
    write.bind(3, *content);
  } else {
    write.bind_null(3);
  }
  return write.run();
}

Result<void> CityStore::Edit::widen_fields(const std::string& layer, const std::vector<geo::Field>& fields) {
  Database& database = state_->database;
  state_->layers.erase(layer);  // Its statements know the old columns.
  const auto stored = read_fields(database, layer);
  if (!stored) return std::unexpected(stored.error());
  TableLayout layout = table_layout(layer, fields);
  layout.table = stored->layout.table;
  std::ranges::copy(stored->layout.columns, layout.columns.begin());
  auto done = widen_feature_table(database, layout, stored->fields, fields);
  if (!done) return done;
  auto keep = database.prepare(
      "INSERT INTO obnova_fields (layer, position, name, column_name, type) VALUES (?1, ?2, ?3, ?4, ?5) "
      "ON CONFLICT (layer, position) DO UPDATE SET type = excluded.type");
  if (!keep) return std::unexpected(keep.error());
  for (std::size_t i = 0; done && i < fields.size(); ++i) {
    keep->bind(1, std::string_view(layer));
    keep->bind(2, static_cast<std::int64_t>(i));
    keep->bind(3, std::string_view(fields[i].name));
    keep->bind(4, std::string_view(layout.columns[i]));
    keep->bind(5, static_cast<std::int64_t>(fields[i].type));
    done = keep->run();
  }
  return done;
}

Result<void> CityStore::Edit::put_row(const std::string& layer, FeatureId feature, std::string_view id, const GeometryView& geometry,
                                      std::span<const geo::Value> values) {
  const auto touched = state_->touched(layer);
  if (!touched) return std::unexpected(touched.error());
  if (geometry.kind != GeometryKind::kNone) {
    (*touched)->extent.add(geometry.box());
    (*touched)->kinds.insert(geometry.kind);
  }
  return (*touched)->rows.put(row_of(feature), id, geometry, values);
}

Result<void> CityStore::Edit::remove_row(const std::string& layer, FeatureId feature) {
  const auto touched = state_->touched(layer);
  if (!touched) return std::unexpected(touched.error());
  return (*touched)->rows.remove(row_of(feature));
}

Result<void> CityStore::Edit::State::end_layers(Revision last) {
  for (auto& [layer, touched] : layers) {
    touched.rows = {};  // A table that is being written cannot be declared anew.
    const auto refreshed = refresh_feature_table(database, touched.table, touched.extent, touched.kinds);
    if (!refreshed) return refreshed;
    auto mark = database.prepare("UPDATE obnova_layers SET revision = ?2 WHERE id = ?1");
    if (!mark) return std::unexpected(mark.error());
    mark->bind(1, std::string_view(layer));
    mark->bind(2, last);
    const auto marked = mark->run();
    if (!marked) return marked;
  }
  return {};
}

Result<Revision> CityStore::Edit::commit(const std::string& what, const Authorship& authorship) {
  const auto begun = begin_batch();
  if (!begun) return std::unexpected(begun.error());
  const auto revision = sign_batch(what, authorship);
  if (!revision) return revision;
  const auto done = commit_signed();
  if (!done) return std::unexpected(done.error());
  return revision;
}

Result<void> CityStore::Edit::begin_batch() { return state_->database.execute("SAVEPOINT batch"); }

Result<void> CityStore::Edit::undo_batch() { return state_->database.execute("ROLLBACK TO batch; RELEASE batch"); }

Result<Revision> CityStore::Edit::sign_batch(const std::string& what, const Authorship& authorship) {
  Database& database = state_->database;
  const auto revision = record_change(database, what);
  if (!revision) return revision;
  auto done = sign_change(database, *revision, authorship);
  if (done) done = database.execute("RELEASE batch");
  if (!done) return std::unexpected(done.error());
  state_->revision = *revision + 1;
  return revision;
}

Result<void> CityStore::Edit::commit_signed() {
  auto done = state_->end_layers(state_->revision - 1);
  if (done) done = state_->database.execute("COMMIT");
  if (done) state_->committed = true;
  return done;
}

}  // namespace obnova::server
