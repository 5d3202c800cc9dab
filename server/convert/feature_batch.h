#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "obnova/v1/common.pb.h"
#include "obnova/v1/feature.pb.h"
#include "server/convert/geometry.h"
#include "server/twin/twin.h"

namespace obnova::server {

// A value of an attribute as a message; null sets no kind.
v1::AttributeValue to_proto(const geo::Value& value);
v1::AttributeType to_proto(geo::FieldType type);

// Writes a feature: `layer` gives its attributes their names.
v1::Feature to_proto(const Snapshot& snapshot, const geo::Layer& layer, std::string_view id, const GeometryView& geometry,
                     std::span<const geo::Value> values, Degrees& degrees);

// What of a feature is wanted.
struct BatchShape {
  std::vector<std::size_t> fields;  // Of the layer, in the order wanted.
  bool with_geometry = true;
  bool with_ids = true;
  bool on_plane = false;  // Shapes as they are stored, not in degrees.
};

// All fields when `properties` is empty. Fails with kInvalidArgument for an
// unknown or repeated name, naming `properties[i]`.
template <typename Names>
Result<BatchShape> to_batch_shape(const geo::Layer& layer, const Names& properties, bool skip_geometry);
Result<std::size_t> field_index(const geo::Layer& layer, const std::string& name, const std::string& field);

// Collects features of one layer into batches of columns.
class BatchWriter {
 public:
  // All must outlive this.
  BatchWriter(const Snapshot& snapshot, const geo::Layer& layer, const BatchShape& shape);

  void add(FeatureId feature, Degrees& degrees);
  std::size_t feature_count() const { return static_cast<std::size_t>(batch_.ids_size()); }
  // About how long the batch is as a message.
  std::size_t byte_count() const { return byte_count_; }
  // The batch so far; the next one begins empty.
  v1::FeatureBatch take();

 private:
  void begin();
  void add_value(std::size_t column, FeatureId feature);

  // Set at construction.
  const Snapshot& snapshot_;
  const geo::Layer& layer_;
  const BatchShape& shape_;
  // Of the batch in the making.
  v1::FeatureBatch batch_;
  std::vector<std::vector<bool>> nulls_;
  std::size_t byte_count_ = 0;
};

template <typename Names>
Result<BatchShape> to_batch_shape(const geo::Layer& layer, const Names& properties, bool skip_geometry) {
  BatchShape shape;
  shape.with_geometry = !skip_geometry;
  for (std::size_t i = 0; properties.empty() && i < layer.fields().size(); ++i) shape.fields.push_back(i);
  for (int i = 0; i < properties.size(); ++i) {
    const std::string field = "properties[" + std::to_string(i) + "]";
    const auto index = field_index(layer, properties.Get(i), field);
    if (!index) return std::unexpected(index.error());
    for (const std::size_t before : shape.fields) {
      if (before == *index)
        return failure(ErrorCode::kInvalidArgument, "The attribute `" + properties.Get(i) + "` is asked for twice.", field);
    }
    shape.fields.push_back(*index);
  }
  return shape;
}

}  // namespace obnova::server
