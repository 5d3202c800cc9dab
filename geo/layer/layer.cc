#include "geo/layer/layer.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "geo/base/check.h"

namespace obnova::geo {

bool valid_layer_id(std::string_view id) {
  const auto is_letter = [](char c) { return 'a' <= c && c <= 'z'; };
  const auto is_allowed = [&](char c) { return is_letter(c) || ('0' <= c && c <= '9') || c == '_'; };
  return !id.empty() && id.size() <= 63 && is_letter(id.front()) && std::ranges::all_of(id, is_allowed);
}

std::string_view Layer::own_name(std::uint32_t index) const {
  const std::uint64_t begin = index == 0 ? 0 : id_ends_[index - 1];
  return std::string_view(ids_).substr(begin, id_ends_[index] - begin);
}

// The patch names its new rows only: all others keep the names of the base.
std::string_view Layer::feature_name(FeatureId row) const {
  if (patch_ == nullptr) return own_name(row.index);
  return row.index < base_->row_count_ ? base_->own_name(row.index) : own_name(patch_->slots.slot_of(row));
}

std::optional<FeatureId> Layer::find_row(std::string_view name) const {
  if (patch_ != nullptr) {
    if (const auto row = base_->find_row(name)) return row;
  }
  const auto index = by_id_.find(name, [this](std::uint32_t i) { return own_name(i); });
  if (!index) return std::nullopt;
  return patch_ == nullptr ? FeatureId{*index} : patch_->rows[*index];
}

std::optional<FeatureId> Layer::find_feature(std::string_view name) const {
  const auto row = find_row(name);
  return row && exists(*row) ? row : std::nullopt;
}

std::span<const Box> Layer::boxes() const {
  OBNOVA_CHECK(patch_ == nullptr);
  return boxes_;
}

GeometryView Layer::own_geometry(std::uint32_t index) const {
  const auto slice = [index](const auto& all, const std::vector<std::uint64_t>& starts) {
    return std::span(all).subspan(starts[index], starts[index + 1] - starts[index]);
  };
  return {.kind = kinds_[index],
          .points = slice(points_, point_starts_),
          .path_ends = slice(path_ends_, path_starts_),
          .part_ends = slice(part_ends_, part_starts_)};
}

GeometryView Layer::geometry(FeatureId row) const {
  if (patch_ == nullptr) [[likely]]
    return own_geometry(row.index);
  const std::uint32_t slot = patch_->slots.slot_of(row);
  const bool is_of_base = slot == PatchRows::kNoSlot || patch_->keeps_shape[slot];
  return is_of_base ? base_->own_geometry(row.index) : own_geometry(slot);
}

const Column* Layer::column(std::string_view name) const {
  const auto field = std::ranges::find(fields_, name, &Field::name);
  return field == fields_.end() ? nullptr : &columns_[static_cast<std::size_t>(field - fields_.begin())];
}

std::string_view Layer::title_of(FeatureId row) const {
  const Column* names = column("name");
  return names == nullptr ? std::string_view{} : names->text_at(row);
}

std::span<const FeatureId> Layer::changed_rows() const {
  if (patch_ == nullptr) return {};
  return patch_->rows;
}

std::optional<std::vector<FeatureId>> Layer::changed_since(const Layer& before) const {
  if (&base() != &before.base()) return std::nullopt;
  std::vector<FeatureId> rows;
  std::ranges::set_union(before.changed_rows(), changed_rows(), std::back_inserter(rows));
  return rows;
}

// A patched layer names a row that is not in the base only.
void Layer::append_name(std::string_view name) {
  const auto index = static_cast<std::uint32_t>(id_ends_.size());
  ids_.append(name);
  id_ends_.push_back(ids_.size());
  if (!name.empty()) by_id_.insert(index, [this](std::uint32_t i) { return own_name(i); });
}

void Layer::append_geometry(const GeometryView& geometry) {
  kinds_.push_back(geometry.empty() ? GeometryKind::kNone : geometry.kind);
  const Box box = geometry.box();
  boxes_.push_back(box);
  extent_.add(box);
  points_.insert(points_.end(), geometry.points.begin(), geometry.points.end());
  path_ends_.insert(path_ends_.end(), geometry.path_ends.begin(), geometry.path_ends.end());
  part_ends_.insert(part_ends_.end(), geometry.part_ends.begin(), geometry.part_ends.end());
  point_starts_.push_back(points_.size());
  path_starts_.push_back(path_ends_.size());
  part_starts_.push_back(part_ends_.size());
}

void Layer::append_hole() {
  holes_.resize(kinds_.size() + 1, false);
  holes_.back() = true;
  append_geometry({});
  for (Column& column : columns_) column.append(Value());
}

void Layer::shrink_to_fit() {
  const auto shrink = [](auto&... arrays) { (arrays.shrink_to_fit(), ...); };
  shrink(ids_, id_ends_, holes_, kinds_, points_, path_ends_, part_ends_, point_starts_, path_starts_, part_starts_, boxes_);
  for (Column& column : columns_) column.shrink_to_fit();
}

}  // namespace obnova::geo
