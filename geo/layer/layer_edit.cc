#include "geo/layer/layer_edit.h"

#include <algorithm>
#include <iterator>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "geo/base/check.h"
#include "geo/layer/layer_content.h"

namespace obnova::geo {
namespace {

bool equal(const GeometryView& a, const GeometryView& b) {
  if (a.empty() || b.empty()) return a.empty() == b.empty();
  return a.kind == b.kind && std::ranges::equal(a.points, b.points) && std::ranges::equal(a.path_ends, b.path_ends) &&
         std::ranges::equal(a.part_ends, b.part_ends);
}

void add_value(const Value& value, Digester& digester) {
  digester.add(static_cast<std::uint64_t>(value.index()));
  std::visit(
      [&digester](const auto& v) {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::int64_t>) digester.add(static_cast<std::uint64_t>(v));
        if constexpr (std::is_same_v<T, double>) digester.add(v);
        if constexpr (std::is_same_v<T, std::string>) digester.add(std::string_view(v));
      },
      value);
}

}  // namespace

LayerEdit::LayerEdit(std::shared_ptr<const Layer> layer)
    : layer_(std::move(layer)),
      base_(layer_->base_ == nullptr ? layer_ : layer_->base_),
      fields_(layer_->fields().begin(), layer_->fields().end()) {}

Result<void> LayerEdit::add_field(Field field) {
  if (field.name.empty()) return failure(ErrorCode::kInvalidArgument, fmt::format("A new field of layer `{}` has no name.", layer_->id()));
  if (std::ranges::find(fields_, field.name, &Field::name) != fields_.end()) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("The layer `{}` has a field `{}` already.", layer_->id(), field.name));
  }
  fields_.push_back(std::move(field));
  return {};
}

std::optional<FeatureId> LayerEdit::find_row(std::string_view id) const {
  if (const auto row = layer_->find_row(id)) return row;
  const auto found = new_rows_.find(id);
  return found == new_rows_.end() ? std::nullopt : std::optional(found->second);
}

bool LayerEdit::exists(FeatureId row) const {
  const auto found = changes_.find(row);
  return found == changes_.end() ? layer_->exists(row) : found->second.exists;
}

// The row of the id, or the next one.
Result<FeatureId> LayerEdit::row_for(std::string_view id) const {
  if (const auto row = find_row(id)) return *row;
  const std::size_t row_count = layer_->row_count() + new_rows_.size();
  if (const Result<void> checked = check_row_count(row_count); !checked) return std::unexpected(checked.error());
  if (id.empty()) return failure(ErrorCode::kInvalidArgument, "A changed feature has an empty id.");
  return FeatureId{static_cast<std::uint32_t>(row_count)};
}

LayerEdit::Change& LayerEdit::change_of(FeatureId row, std::string_view id) {
  Change& change = changes_[row];
  if (row.index >= layer_->row_count() && change.name.empty()) {
    change.name = id;
    new_rows_.emplace(change.name, row);
  }
  return change;
}

Result<FeatureId> LayerEdit::put(std::string_view id, const GeometryView& geometry, std::span<const Value> values) {
  Result<FeatureId> row = row_for(id);
  if (!row) return row;
  if (const Result<void> checked = check_feature(fields_, id, geometry, values); !checked) return std::unexpected(checked.error());
  Change& change = change_of(*row, id);
  change.exists = true;
  change.shape = Geometry::copy_of(geometry);
  change.values.assign(values.begin(), values.end());
  return row;
}

Result<FeatureId> LayerEdit::put(std::string_view id, const Geometry& geometry, std::initializer_list<Value> values) {
  return put(id, geometry.view(), std::span<const Value>(values.begin(), values.size()));
}

Result<FeatureId> LayerEdit::put_values(std::string_view id, std::span<const Value> values) {
  const auto row = find_row(id);
  if (!row || !exists(*row)) {
    return failure(ErrorCode::kNotFound, fmt::format("There is no feature `{}` in the layer `{}`.", id, layer_->id()));
  }
  if (const Result<void> checked = check_feature(fields_, id, {}, values); !checked) return std::unexpected(checked.error());
  Change& change = change_of(*row, id);
  change.exists = true;
  change.values.assign(values.begin(), values.end());
  return *row;
}

Result<FeatureId> LayerEdit::remove(std::string_view id) {
  const auto row = find_row(id);
  if (!row || !exists(*row)) {
    return failure(ErrorCode::kNotFound, fmt::format("There is no feature `{}` in the layer `{}`.", id, layer_->id()));
  }
  Change& change = change_of(*row, id);
  change = {.exists = false, .name = std::move(change.name), .shape = {}, .values = {}};
  return *row;
}

Result<FeatureId> LayerEdit::skip(std::string_view id) {
  if (find_row(id)) return failure(ErrorCode::kInvalidArgument, fmt::format("The feature id `{}` is there twice.", id));
  Result<FeatureId> row = row_for(id);
  if (row) change_of(*row, id);
  return row;
}

bool LayerEdit::is_as_in_base(FeatureId row, const Change& change) const {
  if (row.index >= base_->row_count() || change.exists != base_->exists(row)) return false;
  if (!change.exists) return true;
  const GeometryView shape = change.shape ? change.shape->view() : layer_->geometry(row);
  if (!equal(shape, base_->geometry(row))) return false;
  for (std::size_t i = 0; i < change.values.size(); ++i) {
    if (change.values[i] != (i < base_->columns_.size() ? base_->column(i).value_at(row) : Value())) return false;
  }
  return true;
}

// The rows of the patch, ascending.
std::vector<FeatureId> LayerEdit::differing_rows() const {
  std::vector<FeatureId> changed;
  for (const auto& [row, change] : changes_) changed.push_back(row);
  std::vector<FeatureId> rows;
  std::ranges::set_union(layer_->changed_rows(), changed, std::back_inserter(rows));
  std::erase_if(rows, [this](FeatureId row) {
    const auto found = changes_.find(row);
    return found != changes_.end() && is_as_in_base(row, found->second);
  });
  return rows;
}

void LayerEdit::append_values(FeatureId row, const Change* change, Layer& target) const {
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    Value value;
    if (change != nullptr && i < change->values.size()) value = change->values[i];
    if (change == nullptr && i < layer_->columns_.size()) value = layer_->column(i).value_at(row);
    target.columns_[i].append(value);
  }
}

// Adds a slot. Returns whether its shape is left to the base.
bool LayerEdit::append(FeatureId row, Layer& target) const {
  const auto found = changes_.find(row);
  const Change* change = found == changes_.end() ? nullptr : &found->second;
  const bool is_new = row.index >= base_->row_count();
  target.append_name(!is_new ? std::string_view() : row.index < layer_->row_count() ? layer_->feature_name(row) : change->name);
  if (!exists(row)) {
    target.append_hole();
    return false;
  }
  ++target.feature_count_;
  append_values(row, change, target);
  const GeometryView shape = change != nullptr && change->shape ? change->shape->view() : layer_->geometry(row);
  const bool keeps_shape = !is_new && base_->exists(row) && equal(shape, base_->geometry(row));
  target.append_geometry(keeps_shape ? GeometryView() : shape);
  if (keeps_shape) target.boxes_.back() = base_->box(row);
  return keeps_shape;
}

std::shared_ptr<const Layer> LayerEdit::build() && {
  OBNOVA_CHECK(layer_ != nullptr);
  std::vector<FeatureId> rows = differing_rows();
  if (rows.empty() && fields_.size() == base_->fields_.size()) return std::move(base_);
  const std::shared_ptr<Layer> target(new Layer);
  target->description_ = base_->description_;
  target->fields_ = fields_;
  target->base_ = base_;
  target->row_count_ = layer_->row_count() + new_rows_.size();
  target->feature_count_ = base_->feature_count();
  target->extent_ = base_->extent();
  std::unique_ptr<Layer::Patch> patch(new Layer::Patch{.rows = std::move(rows), .slots = PatchRows({}), .keeps_shape = {}});
  patch->slots = PatchRows(patch->rows);
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const Column* column = i < base_->columns_.size() ? &base_->columns_[i] : nullptr;
    target->columns_.emplace_back(fields_[i].type, column, patch->slots);
  }
  for (const FeatureId row : patch->rows) {
    if (base_->exists(row)) --target->feature_count_;
    patch->keeps_shape.push_back(append(row, *target));
  }
  target->patch_ = std::move(patch);
  target->shrink_to_fit();
  target->finish_patch();
  return target;
}

// What a patched layer derives from its slots.
void Layer::finish_patch() {
  covered_area_ = base_->covered_area_;
  if (!points_.empty() && !covered_area_stated()) {
    std::vector<Point> corners = points_;
    corners.insert(corners.end(), covered_area_->points.begin(), covered_area_->points.end());
    covered_area_ = std::make_shared<const Geometry>(surrounding_area(corners, extent_));
  }
  Digester digester;
  digester.add("patch").add(base_->digest_.high).add(base_->digest_.low).add(static_cast<std::uint64_t>(row_count_));
  for (std::size_t i = base_->fields_.size(); i < fields_.size(); ++i) {
    digester.add(std::string_view(fields_[i].name)).add(static_cast<std::uint64_t>(fields_[i].type));
  }
  for (std::uint32_t slot = 0; slot < patch_->rows.size(); ++slot) {
    digester.add(static_cast<std::uint64_t>(patch_->rows[slot].index)).add(own_name(slot));
    digester.add(static_cast<std::uint64_t>(is_hole(slot))).add(static_cast<std::uint64_t>(patch_->keeps_shape[slot]));
    add_shape(own_geometry(slot), digester);
    for (const Column& column : columns_) add_value(column.value_at(patch_->rows[slot]), digester);
  }
  digest_ = digester.finish();
}

std::shared_ptr<const Layer> Layer::packed() const {
  LayerBuilder builder(*description_, fields_);
  std::vector<Value> values(fields_.size());
  for (std::uint32_t row = 0; row < row_count_; ++row) {
    const FeatureId feature{row};
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = columns_[i].value_at(feature);
    const bool is_added =
        (exists(feature) ? builder.add(feature_name(feature), geometry(feature), values) : builder.skip(feature_name(feature))).has_value();
    OBNOVA_CHECK(is_added);
  }
  const std::shared_ptr<Layer> layer = std::move(builder.layer_);
  layer->shrink_to_fit();
  layer->extent_ = extent_;
  layer->covered_area_ = covered_area_;
  layer->digest_ = digest_;
  return layer;
}

}  // namespace obnova::geo
