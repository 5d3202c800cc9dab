#include "geo/layer/layer_edit.h"

#include <algorithm>
#include <iterator>
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

}  // namespace

LayerEdit::LayerEdit(std::shared_ptr<const Layer> layer)
    : layer_(std::move(layer)),
      base_(layer_->base_ == nullptr ? layer_ : layer_->base_),
      description_(layer_->description_),
      fields_(layer_->fields().begin(), layer_->fields().end()) {}

Result<void> LayerEdit::add_field(Field field) {
  if (field.name.empty()) return failure(ErrorCode::kInvalidArgument, fmt::format("A new field of layer `{}` has no name.", layer_->id()));
  if (std::ranges::find(fields_, field.name, &Field::name) != fields_.end()) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("The layer `{}` has a field `{}` already.", layer_->id(), field.name));
  }
  fields_.push_back(std::move(field));
  return {};
}

void LayerEdit::describe(LayerDescription description) {
  OBNOVA_CHECK(description.id == layer_->id());
  OBNOVA_CHECK(!layer_->covered_area_stated() || description.covered_area.kind != GeometryKind::kNone);
  description_ = std::make_shared<const LayerDescription>(std::move(description));
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

// Adds a slot for a changed row. Returns whether its shape is left to the base.
bool LayerEdit::append(FeatureId row, const Change& change, Layer& target) const {
  const bool is_new = row.index >= base_->row_count();
  target.append_name(!is_new ? std::string_view() : row.index < layer_->row_count() ? layer_->feature_name(row) : change.name);
  if (!change.exists) {
    target.append_hole();
    return false;
  }
  for (std::size_t i = 0; i < fields_.size(); ++i) target.columns_[i].append(i < change.values.size() ? change.values[i] : Value());
  const GeometryView shape = change.shape ? change.shape->view() : layer_->geometry(row);
  const bool keeps_shape = !is_new && base_->exists(row) && equal(shape, base_->geometry(row));
  target.append_geometry(keeps_shape ? GeometryView() : shape);
  if (keeps_shape) target.boxes_.back() = base_->box(row);
  return keeps_shape;
}

// The layer without slots.
std::shared_ptr<Layer> LayerEdit::target_with(const PatchRows& slots) const {
  std::shared_ptr<Layer> target(new Layer);
  target->description_ = *description_ == *base_->description_ ? base_->description_ : description_;
  target->fields_ = fields_;
  target->base_ = base_;
  target->row_count_ = layer_->row_count() + new_rows_.size();
  target->feature_count_ = layer_->feature_count();
  for (const auto& [row, change] : changes_) {
    target->feature_count_ += change.exists ? 1 : 0;
    target->feature_count_ -= layer_->exists(row) ? 1 : 0;
  }
  target->extent_ = base_->extent();
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const Column* column = i < base_->columns_.size() ? &base_->columns_[i] : nullptr;
    target->columns_.emplace_back(fields_[i].type, column, slots);
  }
  return target;
}

std::shared_ptr<const Layer> LayerEdit::build() && {
  OBNOVA_CHECK(layer_ != nullptr);
  std::vector<FeatureId> rows = differing_rows();
  if (rows.empty() && fields_.size() == base_->fields_.size() && *description_ == *base_->description_) return std::move(base_);
  PatchRows slots(rows);
  std::unique_ptr<Layer::Patch> patch(
      new Layer::Patch{.rows = std::move(rows), .slots = std::move(slots), .keeps_shape = {}, .digests = {}});
  const std::shared_ptr<Layer> target = target_with(patch->slots);
  for (std::uint32_t slot = 0; slot < patch->rows.size(); ++slot) {
    const FeatureId row = patch->rows[slot];
    const auto change = changes_.find(row);
    if (change != changes_.end()) {
      patch->keeps_shape.push_back(append(row, change->second, *target));
      patch->digests.push_back(target->last_slot_digest(row, patch->keeps_shape.back()));
      continue;
    }
    const std::uint32_t old_slot = layer_->patch_->slots.slot_of(row);
    target->append_slot(*layer_, old_slot);
    patch->keeps_shape.push_back(layer_->patch_->keeps_shape[old_slot]);
    patch->digests.push_back(layer_->patch_->digests[old_slot]);
  }
  target->shrink_to_fit();
  target->finish_patch(std::move(patch));
  return target;
}

}  // namespace obnova::geo
