#include "geo/layer/column.h"

#include <utility>

#include "geo/base/check.h"

namespace obnova::geo {

// Variant alternatives stand in the order of FieldType, null first.
bool fits(const Value& value, FieldType type) { return value.index() == 0 || value.index() == static_cast<std::size_t>(type); }

Value Column::value_at(FeatureId row) const {
  if (is_null(row)) return std::monostate{};
  switch (type_) {
    case FieldType::kBool:
      return bool_at(row);
    case FieldType::kInt:
      return int_at(row);
    case FieldType::kDouble:
      return double_at(row);
    case FieldType::kString:
      return std::string(string_at(row));
  }
  return std::monostate{};
}

std::optional<double> Column::number_at(FeatureId row) const {
  if (is_null(row)) return std::nullopt;
  if (type_ == FieldType::kInt) return static_cast<double>(int_at(row));
  if (type_ == FieldType::kDouble) return double_at(row);
  return std::nullopt;
}

std::string_view Column::text_at(FeatureId row) const {
  if (type_ != FieldType::kString || is_null(row)) return {};
  return string_at(row);
}

std::optional<std::uint32_t> Column::code_of(std::string_view text) const {
  if (base_ != nullptr) {
    if (const auto code = base_->code_of(text)) return code;
  }
  const auto place = lookup_.find(text, [this](std::uint32_t i) { return std::string_view(texts_[i]); });
  if (!place) return std::nullopt;
  return base_text_count() + *place;
}

void Column::append(const Value& value) {
  const bool null = std::holds_alternative<std::monostate>(value);
  if (type_ == FieldType::kString && !null) return append_text(std::get<std::string>(value));
  nulls_.push_back(null);
  switch (type_) {
    case FieldType::kBool:
      bools_.push_back(!null && std::get<bool>(value));
      break;
    case FieldType::kInt:
      numbers_.push_back(null ? 0 : std::get<std::int64_t>(value));
      break;
    case FieldType::kDouble:
      doubles_.push_back(null ? 0 : std::get<double>(value));
      break;
    case FieldType::kString:
      codes_.push_back(kNoText);
      break;
  }
}

void Column::append_text(std::string_view text) {
  OBNOVA_CHECK(type_ == FieldType::kString);
  std::optional<std::uint32_t> code = code_of(text);
  if (!code) {
    code = text_count();
    texts_.emplace_back(text);
    lookup_.insert(*code - base_text_count(), [this](std::uint32_t i) { return std::string_view(texts_[i]); });
  }
  nulls_.push_back(false);
  codes_.push_back(*code);
}

void Column::append_slot(const Column& other, std::uint32_t slot) {
  OBNOVA_CHECK(type_ == other.type_ && base_ == other.base_);
  if (type_ == FieldType::kString) {
    const std::uint32_t code = other.codes_[slot];
    if (code != kNoText && code >= base_text_count()) return append_text(other.text(code));
    codes_.push_back(code);
  }
  nulls_.push_back(other.nulls_[slot]);
  if (type_ == FieldType::kBool) bools_.push_back(other.bools_[slot]);
  if (type_ == FieldType::kInt) numbers_.push_back(other.numbers_[slot]);
  if (type_ == FieldType::kDouble) doubles_.push_back(other.doubles_[slot]);
}

void Column::shrink_to_fit() {
  nulls_.shrink_to_fit();
  bools_.shrink_to_fit();
  numbers_.shrink_to_fit();
  doubles_.shrink_to_fit();
  codes_.shrink_to_fit();
  texts_.shrink_to_fit();
}

}  // namespace obnova::geo
