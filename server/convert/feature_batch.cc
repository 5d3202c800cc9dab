#include "server/convert/feature_batch.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "geo/base/wkb.h"
#include "server/convert/provenance.h"

namespace obnova::server {

v1::AttributeValue to_proto(const geo::Value& value) {
  v1::AttributeValue result;
  std::visit(
      [&result](const auto& v) {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, bool>) result.set_bool_value(v);
        if constexpr (std::is_same_v<T, std::int64_t>) result.set_int_value(v);
        if constexpr (std::is_same_v<T, double>) result.set_double_value(v);
        if constexpr (std::is_same_v<T, std::string>) result.set_string_value(v);
      },
      value);
  return result;
}

v1::AttributeType to_proto(geo::FieldType type) { return static_cast<v1::AttributeType>(type); }

Result<std::size_t> field_index(const geo::Layer& layer, const std::string& name, const std::string& field) {
  std::vector<std::string> known;
  for (std::size_t i = 0; i < layer.fields().size(); ++i) {
    if (layer.fields()[i].name == name) return i;
    known.push_back(layer.fields()[i].name);
  }
  return failure(ErrorCode::kInvalidArgument,
                 fmt::format("The layer `{}` has no attribute `{}`; it has {}.", layer.id(), name, fmt::join(known, ", ")), field);
}

v1::Feature to_proto(const Snapshot& snapshot, const geo::Layer& layer, std::string_view id, const GeometryView& geometry,
                     std::span<const geo::Value> values, Degrees& degrees) {
  v1::Feature feature;
  feature.set_name(fmt::format("{}/features/{}", layer_name(snapshot, layer.id()), id));
  std::string wkb = degrees.wkb(geometry);
  if (!wkb.empty()) feature.mutable_geometry()->set_wkb(std::move(wkb));
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::holds_alternative<std::monostate>(values[i])) continue;
    (*feature.mutable_attributes())[layer.fields()[i].name] = to_proto(values[i]);
  }
  return feature;
}

BatchWriter::BatchWriter(const Snapshot& snapshot, const geo::Layer& layer, const BatchShape& shape)
    : snapshot_(snapshot), layer_(layer), shape_(shape) {
  begin();
}

void BatchWriter::begin() {
  batch_.Clear();
  batch_.set_layer(layer_name(snapshot_, layer_.id()));
  for (const std::size_t field : shape_.fields) {
    v1::AttributeColumn* column = batch_.add_columns();
    column->set_name(layer_.fields()[field].name);
    column->set_type(to_proto(layer_.fields()[field].type));
  }
  nulls_.assign(shape_.fields.size(), {});
  byte_count_ = batch_.ByteSizeLong();
}

void BatchWriter::add_value(std::size_t column, FeatureId feature) {
  const geo::Column& values = layer_.column(shape_.fields[column]);
  v1::AttributeColumn& target = *batch_.mutable_columns(static_cast<int>(column));
  const bool null = values.is_null(feature);
  nulls_[column].push_back(null);
  switch (values.type()) {
    case geo::FieldType::kBool:
      target.add_bools(!null && values.bool_at(feature));
      byte_count_ += 1;
      break;
    case geo::FieldType::kInt:
      target.add_ints(null ? 0 : values.int_at(feature));
      byte_count_ += 4;
      break;
    case geo::FieldType::kDouble:
      target.add_doubles(null ? 0 : values.double_at(feature));
      byte_count_ += 8;
      break;
    case geo::FieldType::kString: {
      const std::string_view text = null ? std::string_view() : values.string_at(feature);
      target.add_strings(text.data(), text.size());
      byte_count_ += text.size() + 2;
      break;
    }
  }
}

void BatchWriter::add(FeatureId feature, Degrees& degrees) {
  if (shape_.with_ids) {
    const std::string_view name = layer_.feature_name(feature);
    batch_.add_ids(name.data(), name.size());
    byte_count_ += name.size() + 2;
  }
  if (shape_.with_geometry) {
    const GeometryView geometry = layer_.geometry(feature);
    batch_.add_wkb(shape_.on_plane ? to_wkb(geometry) : degrees.wkb(geometry));
    byte_count_ += batch_.wkb().rbegin()->size() + 4;
  }
  for (std::size_t column = 0; column < shape_.fields.size(); ++column) add_value(column, feature);
}

v1::FeatureBatch BatchWriter::take() {
  for (std::size_t column = 0; column < nulls_.size(); ++column) {
    const std::vector<bool>& nulls = nulls_[column];
    if (std::find(nulls.begin(), nulls.end(), true) == nulls.end()) continue;
    std::string bits((nulls.size() + 7) / 8, '\0');
    for (std::size_t row = 0; row < nulls.size(); ++row) {
      if (nulls[row]) bits[row / 8] = static_cast<char>(bits[row / 8] | (1 << (row % 8)));
    }
    batch_.mutable_columns(static_cast<int>(column))->set_nulls(std::move(bits));
  }
  v1::FeatureBatch result = std::move(batch_);
  begin();
  return result;
}

}  // namespace obnova::server
