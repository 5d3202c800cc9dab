#include <utility>

#include <fmt/format.h>

#include "geo/base/check.h"
#include "geo/layer/layer.h"
#include "geo/layer/layer_content.h"

namespace obnova::geo {

LayerBuilder::LayerBuilder(LayerDescription description, std::vector<Field> fields) : layer_(new Layer) {
  layer_->description_ = std::make_shared<const LayerDescription>(std::move(description));
  layer_->fields_ = std::move(fields);
  for (const Field& field : layer_->fields_) layer_->columns_.emplace_back(field.type);
}

Result<void> LayerBuilder::check_id(std::string_view id) const {
  if (const Result<void> checked = check_row_count(row_count()); !checked) return checked;
  if (id.empty()) return failure(ErrorCode::kInvalidArgument, fmt::format("Feature {} has an empty id.", row_count() + 1));
  if (layer_->find_row(id)) return failure(ErrorCode::kInvalidArgument, fmt::format("The feature id `{}` is there twice.", id));
  return {};
}

FeatureId LayerBuilder::append_row(std::string_view id) {
  layer_->append_name(id);
  return {static_cast<std::uint32_t>(layer_->row_count_++)};
}

Result<FeatureId> LayerBuilder::add(std::string_view id, const GeometryView& geometry, std::span<const Value> values) {
  if (const Result<void> checked = check_id(id); !checked) return std::unexpected(checked.error());
  if (const Result<void> checked = check_feature(layer_->fields_, id, geometry, values); !checked) return std::unexpected(checked.error());
  layer_->append_geometry(geometry);
  for (std::size_t i = 0; i < values.size(); ++i) layer_->columns_[i].append(values[i]);
  ++layer_->feature_count_;
  return append_row(id);
}

Result<FeatureId> LayerBuilder::add(std::string_view id, const Geometry& geometry, std::initializer_list<Value> values) {
  return add(id, geometry.view(), std::span<const Value>(values.begin(), values.size()));
}

Result<FeatureId> LayerBuilder::skip(std::string_view id) {
  if (const Result<void> checked = check_id(id); !checked) return std::unexpected(checked.error());
  layer_->append_hole();
  return append_row(id);
}

std::shared_ptr<const Layer> LayerBuilder::build() && {
  OBNOVA_CHECK(layer_ != nullptr);
  Layer& layer = *layer_;
  layer.shrink_to_fit();
  if (layer.covered_area_stated()) {
    layer.covered_area_ = {layer.description_, &layer.description_->covered_area};
  } else {
    layer.covered_area_ = std::make_shared<const Geometry>(surrounding_area(layer.points_, layer.extent_));
  }

  Digester digester;
  add_description(*layer.description_, layer.fields_, digester);
  digester.add(std::string_view(layer.ids_));
  add_array(layer.id_ends_, digester);
  add_array(layer.kinds_, digester);
  add_array(layer.points_, digester);
  add_array(layer.path_ends_, digester);
  add_array(layer.part_ends_, digester);
  add_array(layer.point_starts_, digester);
  add_array(layer.path_starts_, digester);
  add_array(layer.part_starts_, digester);
  for (const Column& column : layer.columns_) column.add_to(digester);
  if (!layer.holes_.empty()) add_bits(layer.holes_, digester);
  layer.digest_ = digester.finish();
  return std::move(layer_);
}

}  // namespace obnova::geo
