#include <algorithm>
#include <type_traits>
#include <utility>

#include "geo/base/check.h"
#include "geo/layer/layer.h"
#include "geo/layer/layer_content.h"

namespace obnova::geo {
namespace {

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

void Layer::append_slot(const Layer& other, std::uint32_t slot) {
  append_name(other.own_name(slot));
  if (other.is_hole(slot)) return append_hole();
  append_geometry(other.own_geometry(slot));
  boxes_.back() = other.boxes_[slot];
  extent_.add(boxes_.back());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (i < other.columns_.size()) {
      columns_[i].append_slot(other.columns_[i], slot);
    } else {
      columns_[i].append(Value());
    }
  }
}

// Leaves nulls out, so that a field that is added changes nothing about it.
Digest Layer::last_slot_digest(FeatureId row, bool keeps_shape) const {
  const auto slot = static_cast<std::uint32_t>(kinds_.size() - 1);
  Digester digester;
  digester.add(static_cast<std::uint64_t>(row.index)).add(own_name(slot));
  digester.add(static_cast<std::uint64_t>(is_hole(slot))).add(static_cast<std::uint64_t>(keeps_shape));
  add_shape(own_geometry(slot), digester);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].is_null(row)) continue;
    digester.add(static_cast<std::uint64_t>(i));
    add_value(columns_[i].value_at(row), digester);
  }
  return digester.finish();
}

void Layer::finish_patch(std::unique_ptr<const Patch> patch) {
  patch_ = std::move(patch);
  covered_area_ = base_->covered_area_;
  if (covered_area_stated()) {
    covered_area_ = std::shared_ptr<const Geometry>(description_, &description_->covered_area);
  } else {
    auto wider = widened_area(*covered_area_, points_, extent_);
    if (wider) covered_area_ = std::make_shared<const Geometry>(*std::move(wider));
  }
  Digester digester;
  digester.add("patch").add(base_->digest_.high).add(base_->digest_.low).add(static_cast<std::uint64_t>(row_count_));
  for (std::size_t i = base_->fields_.size(); i < fields_.size(); ++i) {
    digester.add(std::string_view(fields_[i].name)).add(static_cast<std::uint64_t>(fields_[i].type));
  }
  add_array(patch_->digests, digester);
  if (description_ != base_->description_) add_description(*description_, fields_, digester);
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
