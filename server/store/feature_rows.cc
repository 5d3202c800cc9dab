#include "server/store/feature_rows.h"

#include <utility>
#include <variant>

#include <fmt/format.h>

namespace obnova::server {

void bind_value(Statement& statement, int parameter, const geo::Value& value) {
  if (const auto* truth = std::get_if<bool>(&value)) {
    statement.bind(parameter, static_cast<std::int64_t>(*truth));
  } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    statement.bind(parameter, *whole);
  } else if (const auto* number = std::get_if<double>(&value)) {
    statement.bind(parameter, *number);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    statement.bind(parameter, std::string_view(*text));
  } else {
    statement.bind_null(parameter);
  }
}

Result<FeatureRows> FeatureRows::prepare(Database& database, const TableLayout& layout, std::int64_t srs_id) {
  const std::string table = quoted_name(layout.table);
  const std::string tree = quoted_name("rtree_" + layout.table + "_geom");
  std::string sql = "INSERT INTO " + table + " VALUES (?1, ?2, ?3";
  for (std::size_t i = 0; i < layout.columns.size(); ++i) sql += fmt::format(", ?{}", i + 4);
  std::string update = "UPDATE " + table + " SET \"id\" = \"id\"";
  for (std::size_t i = 0; i < layout.columns.size(); ++i) update += fmt::format(", {} = ?{}", quoted_name(layout.columns[i]), i + 4);
  update += " WHERE fid = ?1 AND \"id\" = ?2 AND geom IS ?3 RETURNING fid";
  FeatureRows rows;
  rows.srs_id_ = srs_id;
  for (const auto& [statement, text] : {std::pair(&rows.insert_feature_, sql + ")"), std::pair(&rows.update_values_, update),
                                        std::pair(&rows.insert_box_, "INSERT INTO " + tree + " VALUES (?1, ?2, ?3, ?4, ?5)"),
                                        std::pair(&rows.remove_feature_, "DELETE FROM " + table + " WHERE fid = ?1"),
                                        std::pair(&rows.remove_box_, "DELETE FROM " + tree + " WHERE id = ?1")}) {
    auto prepared = database.prepare(text);
    if (!prepared) return std::unexpected(prepared.error());
    *statement = std::move(*prepared);
  }
  return rows;
}

void FeatureRows::bind_feature(Statement& statement, std::int64_t row, std::string_view id, const GeometryView& geometry,
                               std::span<const geo::Value> values) const {
  statement.bind(1, row);
  statement.bind(2, id);
  if (geometry.kind != GeometryKind::kNone) {
    statement.bind_bytes(3, to_geopackage_binary(geometry, srs_id_));
  } else {
    statement.bind_null(3);
  }
  for (std::size_t i = 0; i < values.size(); ++i) bind_value(statement, static_cast<int>(i) + 4, values[i]);
}

Result<void> FeatureRows::put(std::int64_t row, std::string_view id, const GeometryView& geometry, std::span<const geo::Value> values) {
  bind_feature(update_values_, row, id, geometry, values);
  const auto updated = update_values_.step();
  update_values_.reset();
  if (!updated) return std::unexpected(updated.error());
  if (*updated) return {};
  const auto removed = remove(row);
  if (!removed) return removed;
  return insert(row, id, geometry, values);
}

Result<void> FeatureRows::insert(std::int64_t row, std::string_view id, const GeometryView& geometry, std::span<const geo::Value> values) {
  const bool placed = geometry.kind != GeometryKind::kNone;
  bind_feature(insert_feature_, row, id, geometry, values);
  const auto inserted = insert_feature_.run();
  if (!inserted || !placed) return inserted;
  const Box box = geometry.box();
  insert_box_.bind(1, row);
  insert_box_.bind(2, box.min.x_m);
  insert_box_.bind(3, box.max.x_m);
  insert_box_.bind(4, box.min.y_m);
  insert_box_.bind(5, box.max.y_m);
  return insert_box_.run();
}

Result<void> FeatureRows::remove(std::int64_t row) {
  remove_feature_.bind(1, row);
  const auto removed = remove_feature_.run();
  if (!removed) return removed;
  remove_box_.bind(1, row);
  return remove_box_.run();
}

}  // namespace obnova::server
