#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "geo/base/geometry.h"
#include "geo/base/result.h"
#include "geo/layer/layer.h"

namespace obnova::geo {

// Makes a layer that differs from another one in a few features. The new layer
// is a patch of the changed rows and shares everything else, so it costs time
// and room by the number of changes, those of the layer it starts from
// included, and not by the size of the layer. Used by one thread, then consumed.
//
//   LayerEdit edit(buildings);
//   edit.put("way/8", shape, {Value("hospital"), Value(std::int64_t{4})});
//   edit.remove("way/7");
//   const auto changed = std::move(edit).build();
//
// Rows are for ever: a removed feature leaves a hole, one that comes back takes
// its old row, and new ones take new rows after all others, in the order in
// which they were put.
//
// Patches are never stacked. A layer that starts from a patched one has the same
// base, and its patch holds exactly the rows that differ from that base: equal
// edits give equal layers and digests, in whatever order and in however many
// steps they were made, as long as they put new features in the same order.
class LayerEdit {
 public:
  explicit LayerEdit(std::shared_ptr<const Layer> layer);

  // Those of the layer, and behind them the added ones.
  std::span<const Field> fields() const { return fields_; }

  // Adds a field that is null in all features so far. Fails with
  // kInvalidArgument when its name is empty or taken.
  Result<void> add_field(Field field);

  // Says otherwise what the layer is. Precondition: the same id, and a covered
  // area where one was stated.
  void describe(LayerDescription description);

  // Adds the feature, or replaces all of it. Fails as `LayerBuilder::add` does,
  // and then changes nothing.
  Result<FeatureId> put(std::string_view id, const GeometryView& geometry, std::span<const Value> values);
  Result<FeatureId> put(std::string_view id, const Geometry& geometry, std::initializer_list<Value> values);
  // Replaces the values of a feature and leaves it where it is, which is cheaper
  // than to put its shape again. Fails as `put` does, and with kNotFound when
  // there is no such feature.
  Result<FeatureId> put_values(std::string_view id, std::span<const Value> values);
  // Fails with kNotFound when there is no such feature.
  Result<FeatureId> remove(std::string_view id);
  // Keeps a new row for a feature that does not exist here. Fails with
  // kInvalidArgument when the id is empty or has a row.
  Result<FeatureId> skip(std::string_view id);

  // The base itself when nothing differs from it. Not to be used after.
  std::shared_ptr<const Layer> build() &&;

 private:
  struct Change {
    bool exists = false;
    std::string name;               // Of a row that the layer does not have; else empty.
    std::optional<Geometry> shape;  // Nullopt: as it is in the layer.
    std::vector<Value> values;
  };

  std::optional<FeatureId> find_row(std::string_view id) const;
  bool exists(FeatureId row) const;
  Result<FeatureId> row_for(std::string_view id) const;
  Change& change_of(FeatureId row, std::string_view id);

  bool is_as_in_base(FeatureId row, const Change& change) const;
  std::vector<FeatureId> differing_rows() const;
  std::shared_ptr<Layer> target_with(const PatchRows& slots) const;
  bool append(FeatureId row, const Change& change, Layer& target) const;

  std::shared_ptr<const Layer> layer_;
  std::shared_ptr<const Layer> base_;
  std::shared_ptr<const LayerDescription> description_;
  std::vector<Field> fields_;
  std::map<FeatureId, Change> changes_;
  std::map<std::string, FeatureId, std::less<>> new_rows_;
};

}  // namespace obnova::geo
