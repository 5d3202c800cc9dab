#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/base/check.h"
#include "geo/layer/layer.h"

namespace obnova::geo::brute_force {

// A layer as a plain list of rows, for ever in the same order.
struct ListedLayer {
  struct Row {
    std::string name;
    bool exists = false;
    Geometry shape;
    std::vector<Value> values;
  };
  LayerDescription description;
  std::vector<Field> fields;
  std::vector<Row> rows;

  explicit ListedLayer(const Layer& layer) : description(layer.description()), fields(layer.fields().begin(), layer.fields().end()) {
    for (std::uint32_t i = 0; i < layer.row_count(); ++i) {
      Row row{.name = std::string(layer.feature_name({i})),
              .exists = layer.exists({i}),
              .shape = Geometry::copy_of(layer.geometry({i})),
              .values = {}};
      for (std::size_t f = 0; f < fields.size(); ++f) row.values.push_back(layer.column(f).value_at({i}));
      rows.push_back(std::move(row));
    }
  }

  Row* find(const std::string& name) {
    const auto found = std::ranges::find(rows, name, &Row::name);
    return found == rows.end() ? nullptr : &*found;
  }

  void put(const std::string& name, Geometry shape, std::vector<Value> values) {
    if (find(name) == nullptr) rows.push_back({.name = name, .exists = false, .shape = {}, .values = {}});
    *find(name) = {.name = name, .exists = true, .shape = std::move(shape), .values = std::move(values)};
  }

  bool remove(const std::string& name) {
    Row* row = find(name);
    if (row == nullptr || !row->exists) return false;
    *row = {.name = name, .exists = false, .shape = {}, .values = {}};
    return true;
  }

  // The same layer built anew.
  std::shared_ptr<const Layer> layer() const {
    LayerBuilder builder(description, fields);
    for (const Row& row : rows) {
      std::vector<Value> values = row.values;
      values.resize(fields.size());
      OBNOVA_CHECK(row.exists ? builder.add(row.name, row.shape.view(), values) : builder.skip(row.name));
    }
    return std::move(builder).build();
  }
};

inline void expect_equal_columns(const Column& column, const Column& expected, std::size_t row_count) {
  ASSERT_EQ(column.type(), expected.type());
  std::vector<std::uint32_t> codes;
  for (std::uint32_t i = 0; i < row_count; ++i) {
    const FeatureId row{i};
    ASSERT_EQ(column.is_null(row), expected.is_null(row)) << i;
    ASSERT_EQ(column.value_at(row), expected.value_at(row)) << i;
    ASSERT_EQ(column.number_at(row), expected.number_at(row)) << i;
    ASSERT_EQ(column.text_at(row), expected.text_at(row)) << i;
    if (column.type() != FieldType::kString) continue;
    const std::uint32_t code = column.text_code_at(row);
    if (column.is_null(row)) {
      ASSERT_EQ(code, Column::kNoText);
    } else {
      ASSERT_LT(code, column.text_count());
      ASSERT_EQ(column.text(code), expected.string_at(row));
      ASSERT_EQ(column.code_of(expected.string_at(row)), std::optional(code));
    }
  }
  for (std::uint32_t code = 0; code < column.text_count(); ++code) ASSERT_EQ(column.code_of(column.text(code)), std::optional(code));
}

// Everything that can be asked of a layer, but for what a patch widens only.
inline void expect_equal_layers(const Layer& layer, const Layer& expected) {
  ASSERT_EQ(layer.id(), expected.id());
  ASSERT_EQ(layer.row_count(), expected.row_count());
  ASSERT_EQ(layer.feature_count(), expected.feature_count());
  ASSERT_THAT(layer.fields(), testing::ElementsAreArray(expected.fields()));
  ASSERT_THAT(layer.features(), testing::ElementsAreArray(expected.features()));
  for (std::uint32_t i = 0; i < expected.row_count(); ++i) {
    const FeatureId row{i};
    ASSERT_EQ(layer.exists(row), expected.exists(row)) << i;
    ASSERT_EQ(layer.feature_name(row), expected.feature_name(row)) << i;
    ASSERT_EQ(layer.find_row(expected.feature_name(row)), std::optional(row));
    ASSERT_EQ(layer.find_feature(expected.feature_name(row)), expected.find_feature(expected.feature_name(row)));
    ASSERT_EQ(Geometry::copy_of(layer.geometry(row)), Geometry::copy_of(expected.geometry(row))) << i;
    ASSERT_EQ(layer.box(row), expected.box(row)) << i;
    ASSERT_EQ(layer.title_of(row), expected.title_of(row)) << i;
  }
  ASSERT_FALSE(layer.exists({static_cast<std::uint32_t>(layer.row_count())}));
  for (std::size_t i = 0; i < expected.fields().size(); ++i) {
    ASSERT_EQ(layer.column(layer.fields()[i].name), &layer.column(i));
    expect_equal_columns(layer.column(i), expected.column(i), expected.row_count());
  }
}

}  // namespace obnova::geo::brute_force
