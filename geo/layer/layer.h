#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "geo/base/digest.h"
#include "geo/base/geometry.h"
#include "geo/base/ids.h"
#include "geo/base/result.h"
#include "geo/layer/column.h"
#include "geo/layer/feature_range.h"
#include "geo/layer/layer_description.h"
#include "geo/layer/patch_rows.h"
#include "geo/layer/text_lookup.h"

namespace obnova::geo {

// Features of one theme from one source: immutable once built, shared by all
// snapshots that hold it, readable by any number of threads.
//
//   LayerBuilder builder({.id = "schools", .theme = Theme::kFacilities}, {{"name", FieldType::kString}});
//   builder.add("node/7", Geometry::point({10, 20}), {Value("School 7")});
//   const auto layer = std::move(builder).build();
//   for (const FeatureId feature : layer->features()) { ... }
//
// A feature keeps its row for ever, and nobody else gets it: where a feature was
// removed, or is not there yet, the row is a hole. A hole has no place and no
// values, no search finds it, and it keeps the string id of its feature.
//
// A layer may be patched (see `LayerEdit`): then it holds the changed rows and
// shares all others with its base. It answers like any other layer.
class Layer {
 public:
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  const LayerDescription& description() const { return *description_; }
  const std::string& id() const { return description_->id; }
  // Rows are counted with holes, features without: every FeatureId is less than `row_count`.
  std::size_t row_count() const { return row_count_; }
  std::size_t feature_count() const { return feature_count_; }
  // False for a hole and beyond the last row.
  bool exists(FeatureId feature) const {
    const Place place = place_of(feature);
    return feature.index < row_count_ && !place.layer.is_hole(place.index);
  }
  // Ascending, from this row on.
  FeatureRange features(FeatureId from = {}) const { return {*this, from}; }
  std::span<const Field> fields() const { return fields_; }

  // The string id, which no other row has. Here and below, a row may be a hole
  // and must be less than `row_count`.
  std::string_view feature_name(FeatureId row) const;
  // The feature with this id if it exists.
  std::optional<FeatureId> find_feature(std::string_view name) const;
  // The row that is, or is kept, for this id.
  std::optional<FeatureId> find_row(std::string_view name) const;
  GeometryView geometry(FeatureId row) const;
  // Empty for features with no place.
  const Box& box(FeatureId row) const {
    const Place place = place_of(row);
    return place.layer.boxes_[place.index];
  }
  // The boxes of all rows. Precondition: not patched; see `base`.
  std::span<const Box> boxes() const;
  // Holds all features; may be larger than needed in a patched layer, because
  // what a removed feature leaves is not measured again.
  const Box& extent() const { return extent_; }

  // Null when there is no such field.
  const Column* column(std::string_view name) const;
  const Column& column(std::size_t field) const { return columns_[field]; }
  // The `name` attribute of a feature, or empty.
  std::string_view title_of(FeatureId row) const;

  // The area about which the layer speaks: as stated, else the convex hull of
  // its features (`covered_area_stated` tells which), or their box and a meter
  // around it where they stand in a row. kNone without any place. A patch only
  // widens it: a layer goes on to speak of where something was removed.
  const Geometry& covered_area() const { return *covered_area_; }
  bool covered_area_stated() const { return description_->covered_area.kind != GeometryKind::kNone; }
  // Of the description, fields and features. Equal digests mean equal layers; a
  // patched layer and one built anew with the same content have different ones.
  const Digest& digest() const { return digest_; }

  bool is_patched() const { return patch_ != nullptr; }
  // The layer below the patch; this one when it is not patched.
  const Layer& base() const { return base_ == nullptr ? *this : *base_; }
  // The rows in which the layer differs from its base, ascending; those beyond
  // the rows of the base are new.
  std::span<const FeatureId> changed_rows() const;
  // Rows in which this layer may differ from `before`, ascending; nullopt when
  // they do not share a base, so that any row may. Costs the size of both patches.
  std::optional<std::vector<FeatureId>> changed_since(const Layer& before) const;
  // An equal layer that is not patched: the same rows, holes, answers and
  // digest. Costs the size of the layer.
  std::shared_ptr<const Layer> packed() const;

 private:
  friend class LayerBuilder;
  friend class LayerEdit;
  // What makes the arrays below those of a patch: slots instead of rows.
  struct Patch {
    std::vector<FeatureId> rows;  // By slot, ascending.
    PatchRows slots;
    std::vector<bool> keeps_shape;  // By slot: the shape is that of the base.
    std::vector<Digest> digests;
  };
  struct Place {
    const Layer& layer;
    std::uint32_t index;  // In the arrays of `layer`.
  };

  Layer() = default;
  Place place_of(FeatureId row) const {
    if (patch_ == nullptr) return {*this, row.index};
    const std::uint32_t slot = patch_->slots.slot_of(row);
    return slot == PatchRows::kNoSlot ? Place{*base_, row.index} : Place{*this, slot};
  }
  bool is_hole(std::uint32_t index) const { return index < holes_.size() && holes_[index]; }
  std::string_view own_name(std::uint32_t index) const;
  GeometryView own_geometry(std::uint32_t index) const;
  void append_name(std::string_view name);
  void append_geometry(const GeometryView& geometry);
  void append_hole();
  void append_slot(const Layer& other, std::uint32_t slot);
  Digest last_slot_digest(FeatureId row, bool keeps_shape) const;
  void finish_patch(std::unique_ptr<const Patch> patch);
  void shrink_to_fit();

  std::shared_ptr<const LayerDescription> description_;
  std::vector<Field> fields_;
  std::size_t row_count_ = 0;
  std::size_t feature_count_ = 0;
  std::vector<Column> columns_;
  std::string ids_;  // All ids after each other.
  std::vector<std::uint64_t> id_ends_;
  TextLookup by_id_;         // In ids_.
  std::vector<bool> holes_;  // As long as the last hole needs.
  std::vector<GeometryKind> kinds_;
  std::vector<Point> points_;
  std::vector<std::uint32_t> path_ends_;  // Within the feature.
  std::vector<std::uint32_t> part_ends_;  // Within the feature.
  // Where each feature begins in the three above, and at the end where the next one would.
  std::vector<std::uint64_t> point_starts_ = {0};
  std::vector<std::uint64_t> path_starts_ = {0};
  std::vector<std::uint64_t> part_starts_ = {0};
  std::vector<Box> boxes_;
  Box extent_;
  std::shared_ptr<const Geometry> covered_area_;
  Digest digest_;
  std::shared_ptr<const Layer> base_;  // Null unless patched, as the patch.
  std::unique_ptr<const Patch> patch_;
};

inline void FeatureRange::Iterator::skip_holes() {
  while (row_.index < layer_->row_count() && !layer_->exists(row_)) ++row_.index;
}

inline FeatureRange::Iterator FeatureRange::end() const {
  const auto row_count = static_cast<std::uint32_t>(layer_->row_count());
  return {*layer_, {std::max(from_.index, row_count)}};
}

// Collects the features of one layer. Used by one thread, then consumed.
class LayerBuilder {
 public:
  LayerBuilder(LayerDescription description, std::vector<Field> fields);

  // Adds a feature in the next row. Fails with kInvalidArgument for an empty or
  // repeated id, a wrong number of values, a value of a wrong type, or a number
  // or coordinate that is not finite; with kLimitExceeded beyond 4,000,000,000
  // rows. The layer under construction then is as it was.
  Result<FeatureId> add(std::string_view id, const GeometryView& geometry, std::span<const Value> values);
  Result<FeatureId> add(std::string_view id, const Geometry& geometry, std::initializer_list<Value> values);
  // Makes the next row a hole that is kept for the feature with this id. Fails
  // as `add` does.
  Result<FeatureId> skip(std::string_view id);

  std::size_t row_count() const { return layer_->row_count_; }
  std::size_t feature_count() const { return layer_->feature_count_; }

  std::shared_ptr<const Layer> build() &&;

 private:
  friend class Layer;
  Result<void> check_id(std::string_view id) const;
  FeatureId append_row(std::string_view id);

  std::shared_ptr<Layer> layer_;
};

}  // namespace obnova::geo
