#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "geo/base/digest.h"
#include "geo/base/ids.h"
#include "geo/layer/patch_rows.h"
#include "geo/layer/text_lookup.h"

namespace obnova::geo {

enum class FieldType : std::uint8_t { kBool = 1, kInt = 2, kDouble = 3, kString = 4 };

struct Field {
  std::string name;
  FieldType type = FieldType::kString;
  bool operator==(const Field&) const = default;
};

// A value of an attribute; monostate is null.
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

// True for null and for a value of that type.
bool fits(const Value& value, FieldType type);

// One attribute of all rows; null in a hole. Texts are stored once each, so that
// filters compare numbers: two rows hold equal text exactly if their codes are
// equal. Codes are numbers within this one column: the column of another layer,
// or of the same layer patched otherwise, has its own.
class Column {
 public:
  explicit Column(FieldType type) : type_(type) {}
  // The column of a patched layer: `append` adds slot by slot, and rows that
  // are in no slot are those of `base`, or null when that is null. Both must
  // outlive the column.
  Column(FieldType type, const Column* base, const PatchRows& slots) : type_(type), base_(base), slots_(&slots) {}

  FieldType type() const { return type_; }
  bool is_null(FeatureId row) const {
    if (slots_ == nullptr) [[likely]]
      return nulls_[row.index];
    const Place place = place_of(row);
    return place.column == nullptr || place.column->nulls_[place.index];
  }

  // Preconditions of the four: the type is right and the row is not null.
  bool bool_at(FeatureId row) const { return at(&Column::bools_, row); }
  std::int64_t int_at(FeatureId row) const { return at(&Column::numbers_, row); }
  double double_at(FeatureId row) const { return at(&Column::doubles_, row); }
  std::string_view string_at(FeatureId row) const { return text(at(&Column::codes_, row)); }

  Value value_at(FeatureId row) const;
  // The number of an int or double column, nullopt when null or not a number.
  std::optional<double> number_at(FeatureId row) const;
  // The text of a string column, empty when null or not text.
  std::string_view text_at(FeatureId row) const;

  // For string columns: the different texts have the codes from 0 up. A patch
  // may leave texts that no row holds any more.
  std::uint32_t text_count() const { return base_text_count() + static_cast<std::uint32_t>(texts_.size()); }
  std::string_view text(std::uint32_t code) const {
    if (base_ != nullptr && code < base_text_count()) return base_->texts_[code];
    return texts_[code - base_text_count()];
  }
  // The code of a row's text; `kNoText` when the row is null.
  std::uint32_t text_code_at(FeatureId row) const {
    if (slots_ == nullptr) [[likely]]
      return codes_[row.index];
    const Place place = place_of(row);
    return place.column == nullptr ? kNoText : place.column->codes_[place.index];
  }
  static constexpr std::uint32_t kNoText = std::numeric_limits<std::uint32_t>::max();
  // The code of a text, nullopt when the column does not have it.
  std::optional<std::uint32_t> code_of(std::string_view text) const;

  // Precondition: the value is null or of the column's type.
  void append(const Value& value);
  // Precondition: a string column.
  void append_text(std::string_view text);
  // Appends what stands in a slot of another patched column with the same base.
  void append_slot(const Column& other, std::uint32_t slot);
  // Gives back the room kept for growth.
  void shrink_to_fit();
  // Adds all values to a fingerprint. Precondition: not of a patched layer.
  void add_to(Digester& digester) const;

 private:
  struct Place {
    const Column* column;  // Null where a column that the patch added has no value.
    std::uint32_t index;
  };
  Place place_of(FeatureId row) const {
    const std::uint32_t slot = slots_->slot_of(row);
    return slot == PatchRows::kNoSlot ? Place{base_, row.index} : Place{this, slot};
  }
  template <typename Array>
  typename Array::value_type at(Array Column::*array, FeatureId row) const {
    if (slots_ == nullptr) [[likely]]
      return (this->*array)[row.index];
    const Place place = place_of(row);
    return (place.column->*array)[place.index];
  }
  std::uint32_t base_text_count() const { return base_ == nullptr ? 0 : static_cast<std::uint32_t>(base_->texts_.size()); }

  FieldType type_;
  // Null unless of a patched layer.
  const Column* base_ = nullptr;
  const PatchRows* slots_ = nullptr;
  std::vector<bool> nulls_;
  // One of these has a place for every row or slot, by the type.
  std::vector<bool> bools_;
  std::vector<std::int64_t> numbers_;
  std::vector<double> doubles_;
  std::vector<std::uint32_t> codes_;
  std::vector<std::string> texts_;  // Those of the base not repeated.
  TextLookup lookup_;               // In texts_.
};

}  // namespace obnova::geo
