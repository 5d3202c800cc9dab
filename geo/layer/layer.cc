#include "geo/layer/layer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "geo/base/check.h"
#include "geo/layer/layer_content.h"

namespace obnova::geo {
namespace {

constexpr std::size_t kMaxFeatureCount = 4'000'000'000;  // Below the free mark of TextLookup.

std::string_view type_name(FieldType type) {
  switch (type) {
    case FieldType::kBool:
      return "true or false";
    case FieldType::kInt:
      return "a whole number";
    case FieldType::kDouble:
      return "a number";
    case FieldType::kString:
      return "text";
  }
  return "";
}

// Variant alternatives stand in the order of FieldType, null first.
bool has_type(const Value& value, FieldType type) { return value.index() == static_cast<std::size_t>(type); }

bool is_finite(Point p) { return std::isfinite(p.x_m) && std::isfinite(p.y_m); }

}  // namespace

bool valid_layer_id(std::string_view id) {
  const auto is_letter = [](char c) { return 'a' <= c && c <= 'z'; };
  const auto is_allowed = [&](char c) { return is_letter(c) || ('0' <= c && c <= '9') || c == '_'; };
  return !id.empty() && id.size() <= 63 && is_letter(id.front()) && std::ranges::all_of(id, is_allowed);
}

std::string_view Layer::feature_name(FeatureId feature) const {
  const std::uint64_t begin = feature.index == 0 ? 0 : id_ends_[feature.index - 1];
  return std::string_view(ids_).substr(begin, id_ends_[feature.index] - begin);
}

std::optional<FeatureId> Layer::find_feature(std::string_view name) const {
  const auto row = by_id_.find(name, [this](std::uint32_t i) { return feature_name({i}); });
  if (!row) return std::nullopt;
  return FeatureId{*row};
}

GeometryView Layer::geometry(FeatureId feature) const {
  const auto slice = [&](const auto& all, const std::vector<std::uint64_t>& starts) {
    return std::span(all).subspan(starts[feature.index], starts[feature.index + 1] - starts[feature.index]);
  };
  return {.kind = kinds_[feature.index],
          .points = slice(points_, point_starts_),
          .path_ends = slice(path_ends_, path_starts_),
          .part_ends = slice(part_ends_, part_starts_)};
}

const Column* Layer::column(std::string_view name) const {
  const auto field = std::ranges::find(fields_, name, &Field::name);
  return field == fields_.end() ? nullptr : &columns_[static_cast<std::size_t>(field - fields_.begin())];
}

std::string_view Layer::title_of(FeatureId feature) const {
  const Column* names = column("name");
  return names == nullptr ? std::string_view{} : names->text_at(feature);
}

LayerBuilder::LayerBuilder(LayerDescription description, std::vector<Field> fields) : layer_(new Layer) {
  layer_->description_ = std::move(description);
  layer_->fields_ = std::move(fields);
  for (const Field& field : layer_->fields_) layer_->columns_.emplace_back(field.type);
}

Result<void> LayerBuilder::check(std::string_view id, const GeometryView& geometry, std::span<const Value> values) const {
  const std::vector<Field>& fields = layer_->fields_;
  if (layer_->feature_count() >= kMaxFeatureCount) {
    return failure(ErrorCode::kLimitExceeded, fmt::format("A layer holds at most {} features.", kMaxFeatureCount));
  }
  if (id.empty()) return failure(ErrorCode::kInvalidArgument, fmt::format("Feature {} has an empty id.", layer_->feature_count() + 1));
  if (layer_->find_feature(id)) return failure(ErrorCode::kInvalidArgument, fmt::format("The feature id `{}` is there twice.", id));
  if (values.size() != fields.size()) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("Feature `{}` has {} values for {} fields.", id, values.size(), fields.size()));
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::holds_alternative<std::monostate>(values[i])) continue;
    if (!has_type(values[i], fields[i].type)) {
      return failure(ErrorCode::kInvalidArgument,
                     fmt::format("The field `{}` of feature `{}` must be {}.", fields[i].name, id, type_name(fields[i].type)));
    }
    if (fields[i].type == FieldType::kDouble && !std::isfinite(std::get<double>(values[i]))) {
      return failure(ErrorCode::kInvalidArgument,
                     fmt::format("The field `{}` of feature `{}` is not a finite number.", fields[i].name, id));
    }
  }
  if (!std::ranges::all_of(geometry.points, is_finite)) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("Feature `{}` has a coordinate that is not a finite number.", id));
  }
  return {};
}

void LayerBuilder::append_geometry(const GeometryView& geometry) {
  Layer& layer = *layer_;
  layer.kinds_.push_back(geometry.empty() ? GeometryKind::kNone : geometry.kind);
  const Box box = geometry.box();
  layer.boxes_.push_back(box);
  layer.extent_.add(box);
  layer.points_.insert(layer.points_.end(), geometry.points.begin(), geometry.points.end());
  layer.path_ends_.insert(layer.path_ends_.end(), geometry.path_ends.begin(), geometry.path_ends.end());
  layer.part_ends_.insert(layer.part_ends_.end(), geometry.part_ends.begin(), geometry.part_ends.end());
  layer.point_starts_.push_back(layer.points_.size());
  layer.path_starts_.push_back(layer.path_ends_.size());
  layer.part_starts_.push_back(layer.part_ends_.size());
}

Result<FeatureId> LayerBuilder::add(std::string_view id, const GeometryView& geometry, std::span<const Value> values) {
  if (const Result<void> checked = check(id, geometry, values); !checked) return std::unexpected(checked.error());
  Layer& layer = *layer_;
  const FeatureId feature{static_cast<std::uint32_t>(layer.feature_count())};
  layer.ids_.append(id);
  layer.id_ends_.push_back(layer.ids_.size());
  layer.by_id_.insert(feature.index, [&layer](std::uint32_t i) { return layer.feature_name({i}); });
  append_geometry(geometry);
  for (std::size_t i = 0; i < values.size(); ++i) layer.columns_[i].append(values[i]);
  return feature;
}

Result<FeatureId> LayerBuilder::add(std::string_view id, const Geometry& geometry, std::initializer_list<Value> values) {
  return add(id, geometry.view(), std::span<const Value>(values.begin(), values.size()));
}

std::shared_ptr<const Layer> LayerBuilder::build() && {
  OBNOVA_CHECK(layer_ != nullptr);
  Layer& layer = *layer_;
  const auto shrink = [](auto&... arrays) { (arrays.shrink_to_fit(), ...); };
  shrink(layer.ids_, layer.id_ends_, layer.kinds_, layer.points_, layer.path_ends_, layer.part_ends_, layer.point_starts_,
         layer.path_starts_, layer.part_starts_, layer.boxes_);
  for (Column& column : layer.columns_) column.shrink_to_fit();
  layer.covered_area_ = layer.covered_area_stated() ? layer.description_.covered_area : surrounding_area(layer.points_, layer.extent_);

  Digester digester;
  add_description(layer.description_, layer.fields_, digester);
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
  layer.digest_ = digester.finish();
  return std::move(layer_);
}

}  // namespace obnova::geo
