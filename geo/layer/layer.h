#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "geo/base/digest.h"
#include "geo/base/geometry.h"
#include "geo/base/ids.h"
#include "geo/base/result.h"
#include "geo/layer/text_lookup.h"
#include "geo/layer/theme.h"

namespace obnova::geo {

enum class FieldType : std::uint8_t { kBool = 1, kInt = 2, kDouble = 3, kString = 4 };

struct Field {
  std::string name;
  FieldType type = FieldType::kString;
  bool operator==(const Field&) const = default;
};

// A value of an attribute; monostate is null.
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

// Says what a layer is, apart from its features.
struct LayerDescription {
  std::string id = {};  // `roads`; see `valid_layer_id`.
  std::string title = {};
  Theme theme = Theme::kOther;
  std::string source = {};
  std::string licence = {};
  std::string attribution = {};
  std::string dated = {};      // YYYY-MM-DD or empty.
  Geometry covered_area = {};  // kNone: nobody stated it, see `Layer::covered_area`.
};

// 1 to 63 of a-z0-9_, starting with a letter.
bool valid_layer_id(std::string_view id);

// One attribute of all features. Texts are stored once each, so that filters
// compare numbers: two rows hold equal text exactly if their codes are equal.
class Column {
 public:
  explicit Column(FieldType type) : type_(type) {}

  FieldType type() const { return type_; }
  std::size_t size() const { return nulls_.size(); }
  bool is_null(FeatureId row) const { return nulls_[row.index]; }

  // Preconditions of the four: the type is right and the row is not null.
  bool bool_at(FeatureId row) const { return bools_[row.index]; }
  std::int64_t int_at(FeatureId row) const { return numbers_[row.index]; }
  double double_at(FeatureId row) const { return doubles_[row.index]; }
  std::string_view string_at(FeatureId row) const { return texts_[codes_[row.index]]; }

  Value value_at(FeatureId row) const;
  // The number of an int or double column, nullopt when null or not a number.
  std::optional<double> number_at(FeatureId row) const;
  // The text of a string column, empty when null or not text.
  std::string_view text_at(FeatureId row) const;

  // Different texts in the order of their first appearance, for string columns.
  std::span<const std::string> texts() const { return texts_; }
  // The place in `texts` of a row's text; `kNoText` when the row is null.
  std::uint32_t text_code_at(FeatureId row) const { return codes_[row.index]; }
  static constexpr std::uint32_t kNoText = std::numeric_limits<std::uint32_t>::max();
  // The code of a text, nullopt when no row holds it.
  std::optional<std::uint32_t> code_of(std::string_view text) const;

  // Precondition: the value is null or of the column's type.
  void append(const Value& value);
  // Precondition: a string column.
  void append_text(std::string_view text);
  // Gives back the room kept for growth.
  void shrink_to_fit();
  // Adds all values to a fingerprint.
  void add_to(Digester& digester) const;

 private:
  FieldType type_;
  std::vector<bool> nulls_;
  // One of these has a place for every row, by the type.
  std::vector<bool> bools_;
  std::vector<std::int64_t> numbers_;
  std::vector<double> doubles_;
  std::vector<std::uint32_t> codes_;
  std::vector<std::string> texts_;
  TextLookup lookup_;  // In texts_.
};

// Features of one theme from one source: immutable once built, shared by all
// snapshots that hold it, readable by any number of threads.
//
//   LayerBuilder builder({.id = "schools", .theme = Theme::kFacilities}, {{"name", FieldType::kString}});
//   builder.add("node/7", Geometry::point({10, 20}), {Value("School 7")});
//   const auto layer = std::move(builder).build();
class Layer {
 public:
  const LayerDescription& description() const { return description_; }
  const std::string& id() const { return description_.id; }
  std::size_t feature_count() const { return id_ends_.size(); }
  std::span<const Field> fields() const { return fields_; }

  std::string_view feature_name(FeatureId feature) const;
  std::optional<FeatureId> find_feature(std::string_view name) const;
  GeometryView geometry(FeatureId feature) const;
  // The box of every feature, in order; empty boxes for features with no place.
  std::span<const Box> boxes() const { return boxes_; }
  const Box& extent() const { return extent_; }

  // Null when there is no such field.
  const Column* column(std::string_view name) const;
  const Column& column(std::size_t field) const { return columns_[field]; }
  // The `name` attribute of a feature, or empty.
  std::string_view title_of(FeatureId feature) const;

  // The area about which the layer speaks: as stated, else the convex hull of
  // its features (`covered_area_stated` tells which), or their box and a meter
  // around it where they stand in a row. kNone without any place.
  const Geometry& covered_area() const { return covered_area_; }
  bool covered_area_stated() const { return description_.covered_area.kind != GeometryKind::kNone; }

  // Of everything above. Equal digests mean equal layers.
  const Digest& digest() const { return digest_; }

 private:
  friend class LayerBuilder;
  Layer() = default;

  LayerDescription description_;
  std::vector<Field> fields_;
  std::vector<Column> columns_;
  std::string ids_;  // All ids after each other.
  std::vector<std::uint64_t> id_ends_;
  TextLookup by_id_;  // In ids_.
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
  Geometry covered_area_;
  Digest digest_;
};

// Collects the features of one layer. Used by one thread, then consumed.
class LayerBuilder {
 public:
  LayerBuilder(LayerDescription description, std::vector<Field> fields);

  // Fails with kInvalidArgument for an empty or repeated id, a wrong number of
  // values, a value of a wrong type, or a number or coordinate that is not
  // finite; with kLimitExceeded beyond 4,000,000,000 features. The layer under
  // construction then is as it was.
  Result<FeatureId> add(std::string_view id, const GeometryView& geometry, std::span<const Value> values);
  Result<FeatureId> add(std::string_view id, const Geometry& geometry, std::initializer_list<Value> values);

  std::size_t feature_count() const { return layer_->id_ends_.size(); }

  // Not to be used after.
  std::shared_ptr<const Layer> build() &&;

 private:
  Result<void> check(std::string_view id, const GeometryView& geometry, std::span<const Value> values) const;
  void append_geometry(const GeometryView& geometry);

  std::shared_ptr<Layer> layer_;
};

}  // namespace obnova::geo
