#include <fmt/format.h>
#include <sqlite3.h>

#include "server/store/city_store.h"
#include "server/store/city_store_state.h"
#include "server/store/geopackage.h"
#include "server/store/sqlite.h"

namespace obnova::server {
namespace {

// In one go. A program that numbers its rows by something else leaves more.
constexpr std::int64_t kMaxSkippedRows = 10'000'000;

// SQLite keeps what it is given, so a column may hold what it was not declared for.
Result<geo::Value> read_value(const Statement& row, int column, geo::FieldType type) {
  const int stored = row.type(column);
  if (stored == SQLITE_NULL) return geo::Value();
  switch (type) {
    case geo::FieldType::kBool:
      if (stored == SQLITE_INTEGER) return geo::Value(row.int_at(column) != 0);
      break;
    case geo::FieldType::kInt:
      if (stored == SQLITE_INTEGER) return geo::Value(row.int_at(column));
      break;
    case geo::FieldType::kDouble:
      if (stored == SQLITE_FLOAT || stored == SQLITE_INTEGER) return geo::Value(row.double_at(column));
      break;
    case geo::FieldType::kString:
      if (stored != SQLITE_BLOB) return geo::Value(std::string(row.text_at(column)));
      break;
  }
  return failure(ErrorCode::kBadData, "a value is not of the type of its column");
}

std::unexpected<Error> bad_row(const std::string& layer, std::string_view id, const Error& error) {
  return failure(ErrorCode::kBadData, fmt::format("Feature {} of layer {} in the city file cannot be read: {}", id, layer, error.message));
}

Result<void> add_row(const Statement& row, const StoredFields& stored, std::vector<geo::Value>& values, geo::LayerBuilder& builder) {
  for (std::size_t i = 0; i < stored.fields.size(); ++i) {
    auto value = read_value(row, static_cast<int>(i) + 2, stored.fields[i].type);
    if (!value) return failure(ErrorCode::kBadData, fmt::format("{} ({}).", value.error().message, stored.fields[i].name));
    values[i] = std::move(*value);
  }
  const auto geometry = from_geopackage_binary(row.bytes_at(1));
  if (!geometry) return std::unexpected(geometry.error());
  const auto added = builder.add(row.text_at(0), geometry->view(), values);
  if (!added) return std::unexpected(added.error());
  return {};
}

// Keeps the rows of features that are not there now, up to this one. Rows that
// another program took out were nobody's.
Result<void> skip_rows(geo::LayerBuilder& builder, const std::map<FeatureId, std::string>& ids, std::int64_t row) {
  const auto first = static_cast<std::int64_t>(builder.row_count());
  if (row < first || row - first > kMaxSkippedRows) {
    return failure(ErrorCode::kBadData, fmt::format("its `fid` is {} and the one before it {}; give it the next number", row + 1, first));
  }
  for (std::int64_t hole = first; hole < row; ++hole) {
    const auto known = ids.find(FeatureId{static_cast<std::uint32_t>(hole)});
    const auto skipped = builder.skip(known == ids.end() ? fmt::format("obnova:no-feature/{}", hole + 1) : known->second);
    if (!skipped) return std::unexpected(skipped.error());
  }
  return {};
}

}  // namespace

Result<StoredFields> read_fields(Database& database, const std::string& layer) {
  auto statement = database.prepare(
      "SELECT l.table_name, f.name, f.column_name, f.type FROM obnova_layers l LEFT JOIN obnova_fields f ON f.layer = l.id "
      "WHERE l.id = ?1 ORDER BY f.position");
  if (!statement) return std::unexpected(statement.error());
  statement->bind(1, std::string_view(layer));
  StoredFields stored;
  while (true) {
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    stored.layout.table = statement->text_at(0);
    if (statement->is_null(3)) continue;  // A layer without attributes.
    const std::int64_t type = statement->int_at(3);
    if (type < 1 || type > 4)
      return failure(ErrorCode::kBadData, fmt::format("The city file gives a field of layer {} the type {}.", layer, type));
    stored.fields.push_back({std::string(statement->text_at(1)), static_cast<geo::FieldType>(type)});
    stored.layout.columns.emplace_back(statement->text_at(2));
  }
  if (stored.layout.table.empty()) return failure(ErrorCode::kNotFound, fmt::format("The city has no layer {}.", layer));
  return stored;
}

Result<std::shared_ptr<const geo::Layer>> CityStore::read_layer(const LayerRecord& record) const {
  Database& database = state_->database;
  const std::string& layer = record.description.id;
  const auto stored = read_fields(database, layer);
  if (!stored) return std::unexpected(stored.error());
  std::string sql = "SELECT \"id\", \"geom\"";
  for (const std::string& column : stored->layout.columns) sql += ", " + quoted_name(column);
  sql += ", \"fid\"";
  auto rows = database.prepare(sql + " FROM " + quoted_name(stored->layout.table) + " ORDER BY \"fid\"");
  if (!rows) return std::unexpected(rows.error());

  const auto facts = read_facts(layer);
  if (!facts) return std::unexpected(facts.error());
  geo::LayerBuilder builder(record.description, stored->fields);
  std::vector<geo::Value> values(stored->fields.size());
  while (true) {
    const auto row = rows->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    const auto skipped = skip_rows(builder, facts->ids, rows->int_at(static_cast<int>(values.size()) + 2) - 1);
    if (!skipped) return bad_row(layer, rows->text_at(0), skipped.error());
    const auto added = add_row(*rows, *stored, values, builder);
    if (!added) return bad_row(layer, rows->text_at(0), added.error());
  }
  if (!facts->ids.empty() && facts->ids.rbegin()->first.index >= builder.row_count()) {
    const auto skipped = skip_rows(builder, facts->ids, std::int64_t{facts->ids.rbegin()->first.index} + 1);
    if (!skipped) return std::unexpected(skipped.error());
  }
  return std::move(builder).build();
}

}  // namespace obnova::server
