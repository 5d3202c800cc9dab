#include <optional>

#include <fmt/format.h>

#include "geo/base/wkb.h"
#include "server/store/city_store.h"
#include "server/store/city_store_state.h"
#include "server/store/edit_state.h"
#include "server/store/feature_rows.h"
#include "server/store/geopackage.h"
#include "server/store/raster_tables.h"
#include "server/store/sqlite.h"

namespace obnova::server {
namespace {

// SQLite allows 2000 columns; a few are ours.
constexpr std::size_t kMaxFieldCount = 1990;

}  // namespace

struct CityStore::Import::State {
  explicit State(Database& city_file) : database(city_file) {}
  ~State() {
    rows = {};
    edit.reset();
    if (!committed) database.rollback();
  }

  Result<void> insert_description(const geo::LayerDescription& description);
  Result<void> insert_fields(const std::string& layer, const std::vector<geo::Field>& fields);
  // Registers the table that was being filled, if any.
  Result<void> end_layer();

  // Set at construction.
  Database& database;
  std::int64_t srs_id = 0;
  std::int64_t revision = 0;
  // Of all layers.
  bool committed = false;
  std::vector<std::string> layers;
  std::optional<Edit> edit;
  // Of the layer that is being filled.
  bool in_layer = false;
  FeatureTable table;
  bool kinds_differ = false;
  std::size_t field_count = 0;
  std::int64_t row = 0;
  FeatureRows rows;
};

Result<void> CityStore::Import::State::insert_description(const geo::LayerDescription& description) {
  auto insert = database.prepare(
      "INSERT INTO obnova_layers (id, table_name, theme, title, source, licence, attribution, dated, covered_area, revision, "
      "first_revision, kept_revision) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?10)");
  if (!insert) return std::unexpected(insert.error());
  const std::string area = to_wkb(description.covered_area.view());
  insert->bind(1, std::string_view(description.id));
  insert->bind(2, std::string_view(table.layout.table));
  insert->bind(3, geo::theme_name(description.theme));
  insert->bind(4, std::string_view(description.title));
  insert->bind(5, std::string_view(description.source));
  insert->bind(6, std::string_view(description.licence));
  insert->bind(7, std::string_view(description.attribution));
  insert->bind(8, std::string_view(description.dated));
  insert->bind_bytes(9, area);
  insert->bind(10, revision);
  return insert->run();
}

Result<void> CityStore::Import::State::insert_fields(const std::string& layer, const std::vector<geo::Field>& fields) {
  auto insert = database.prepare("INSERT INTO obnova_fields (layer, position, name, column_name, type) VALUES (?1, ?2, ?3, ?4, ?5)");
  if (!insert) return std::unexpected(insert.error());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    insert->bind(1, std::string_view(layer));
    insert->bind(2, static_cast<std::int64_t>(i));
    insert->bind(3, std::string_view(fields[i].name));
    insert->bind(4, std::string_view(table.layout.columns[i]));
    insert->bind(5, static_cast<std::int64_t>(fields[i].type));
    const auto done = insert->run();
    if (!done) return done;
  }
  return {};
}

Result<void> CityStore::Import::State::end_layer() {
  if (!in_layer) return {};
  in_layer = false;
  rows = {};
  if (kinds_differ) table.kind = GeometryKind::kNone;
  return register_feature_table(database, table);
}

CityStore::Import::Import(std::unique_ptr<State> state) : state_(std::move(state)) {}
CityStore::Import::~Import() = default;
CityStore::Import::Import(Import&&) noexcept = default;

Result<CityStore::Import> CityStore::begin_import() {
  const auto city = record();
  if (!city) return std::unexpected(city.error());
  const auto begun = begin_change(state_->database);
  if (!begun) return std::unexpected(begun.error());
  auto state = std::make_unique<Import::State>(state_->database);
  state->srs_id = srs_id_of(city->crs);
  state->revision = city->revision + 1;
  auto edit = Edit::within_transaction(state_->database, *city);
  if (!edit) return std::unexpected(edit.error());
  state->edit.emplace(std::move(*edit));
  return Import(std::move(state));
}

Result<void> CityStore::Import::begin_layer(const geo::LayerDescription& description, const std::vector<geo::Field>& fields) {
  if (!geo::valid_layer_id(description.id)) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("\"{}\" is no id of a layer: 1 to 63 of a-z0-9_, starting with a letter.", description.id));
  }
  if (fields.size() > kMaxFieldCount) {
    return failure(ErrorCode::kLimitExceeded,
                   fmt::format("Layer {} has {} attributes; at most {} can be kept.", description.id, fields.size(), kMaxFieldCount));
  }
  State& state = *state_;
  auto done = refuse_raster_id(state.database, description.id);
  if (done) done = state.end_layer();
  if (!done) return done;
  if (read_fields(state.database, description.id)) {
    return failure(ErrorCode::kAlreadyExists, fmt::format("The city has a layer {} already.", description.id));
  }
  state.table = {.layout = table_layout(description.id, fields), .srs_id = state.srs_id, .description = description.title, .extent = {}};
  state.field_count = fields.size();
  state.kinds_differ = false;
  state.row = 0;
  done = create_feature_table(state.database, state.table.layout, fields);
  if (done) done = state.insert_description(description);
  if (done) done = state.insert_fields(description.id, fields);
  if (!done) return done;
  auto rows = FeatureRows::prepare(state.database, state.table.layout, state.srs_id);
  if (!rows) return std::unexpected(rows.error());
  state.rows = std::move(*rows);
  state.in_layer = true;
  state.layers.push_back(description.id);
  return {};
}

Result<void> CityStore::Import::add_feature(const std::string& id, const GeometryView& geometry, std::span<const geo::Value> values) {
  State& state = *state_;
  if (!state.in_layer || values.size() != state.field_count) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("Feature {} has {} values where {} are wanted.", id, values.size(), state.field_count));
  }
  const auto inserted = state.rows.insert(++state.row, id, geometry, values);
  if (!inserted || geometry.kind == GeometryKind::kNone) return inserted;
  if (state.table.extent.empty()) state.table.kind = geometry.kind;
  state.kinds_differ = state.kinds_differ || geometry.kind != state.table.kind;
  state.table.extent.add(geometry.box());
  return {};
}

Result<void> CityStore::Import::go_on_with_layer(const geo::LayerDescription& description) {
  state_->layers.push_back(description.id);
  return update_description(state_->database, description);
}

CityStore::Edit& CityStore::Import::edit() { return *state_->edit; }

std::int64_t CityStore::Import::revision() const { return state_->revision; }

Result<std::int64_t> CityStore::Import::commit(const std::string& import_report) {
  State& state = *state_;
  auto done = state.end_layer();
  if (done) done = state.edit->state_->end_layers(state.edit->state_->revision);
  if (!done) return std::unexpected(done.error());
  auto keep_report = state.database.prepare("UPDATE obnova_layers SET import_report = ?1 WHERE id = ?2");
  if (!keep_report) return std::unexpected(keep_report.error());
  std::string what = "import";
  for (const std::string& layer : state.layers) {
    keep_report->bind_bytes(1, import_report);
    keep_report->bind(2, std::string_view(layer));
    done = keep_report->run();
    if (!done) return std::unexpected(done.error());
    what += " " + layer;
  }
  const auto revision = record_change(state.database, what);
  if (!revision) return revision;
  done = state.database.execute("COMMIT");
  if (!done) return std::unexpected(done.error());
  state.committed = true;
  state.edit->state_->committed = true;
  // Only so that the file alone is the city again; when a reader is in the way, a later one does it.
  (void)state.database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  return revision;
}

}  // namespace obnova::server
