#include "geo/query/features/cql2_scalar.h"

#include <cmath>
#include <optional>

namespace obnova::geo {
namespace {

template <typename T>
std::strong_ordering ordering(T a, T b) {
  return a < b ? std::strong_ordering::less : a > b ? std::strong_ordering::greater : std::strong_ordering::equal;
}

// A double holds no whole number beyond 2^53 exactly, so the whole part is
// compared as a whole number.
std::strong_ordering ordering(std::int64_t a, double b) {
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  if (b >= kLimit) return std::strong_ordering::less;
  if (b < -kLimit) return std::strong_ordering::greater;
  const double whole = std::trunc(b);
  const std::strong_ordering by_whole = ordering(a, static_cast<std::int64_t>(whole));
  return by_whole != 0 ? by_whole : ordering(0.0, b - whole);
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Where the character after the one at `at` begins.
std::size_t after_character(std::string_view text, std::size_t at) {
  ++at;
  while (at < text.size() && is_continuation(text[at])) ++at;
  return at;
}

}  // namespace

ScalarClass BoundOperand::scalar_class() const {
  if (column != nullptr) {
    if (column->type() == FieldType::kBool) return ScalarClass::kTruth;
    return column->type() == FieldType::kString ? ScalarClass::kText : ScalarClass::kNumber;
  }
  if (std::holds_alternative<bool>(constant)) return ScalarClass::kTruth;
  return std::holds_alternative<std::string>(constant) ? ScalarClass::kText : ScalarClass::kNumber;
}

Scalar BoundOperand::at(FeatureId feature) const {
  if (column == nullptr) {
    return std::visit([](const auto& value) { return Scalar(value); }, constant);
  }
  if (column->is_null(feature)) return std::monostate{};
  switch (column->type()) {
    case FieldType::kBool:
      return column->bool_at(feature);
    case FieldType::kInt:
      return column->int_at(feature);
    case FieldType::kDouble:
      return column->double_at(feature);
    case FieldType::kString:
      return column->string_at(feature);
  }
  return std::monostate{};
}

std::strong_ordering compare(const Scalar& a, const Scalar& b) {
  if (const auto* text = std::get_if<std::string_view>(&a)) return *text <=> std::get<std::string_view>(b);
  if (const auto* truth = std::get_if<bool>(&a)) return *truth <=> std::get<bool>(b);
  if (const auto* whole = std::get_if<std::int64_t>(&a)) {
    if (const auto* other = std::get_if<std::int64_t>(&b)) return *whole <=> *other;
    return ordering(*whole, std::get<double>(b));
  }
  const double number = std::get<double>(a);
  if (const auto* whole = std::get_if<std::int64_t>(&b)) return 0 <=> ordering(*whole, number);
  return ordering(number, std::get<double>(b));
}

Truth compare(const Scalar& a, Comparison comparison, const Scalar& b) {
  if (std::holds_alternative<std::monostate>(a) || std::holds_alternative<std::monostate>(b)) return Truth::kUnknown;
  const std::strong_ordering order = compare(a, b);
  switch (comparison) {
    case Comparison::kEqual:
      return truth_of(order == 0);
    case Comparison::kNotEqual:
      return truth_of(order != 0);
    case Comparison::kLess:
      return truth_of(order < 0);
    case Comparison::kLessOrEqual:
      return truth_of(order <= 0);
    case Comparison::kGreater:
      return truth_of(order > 0);
    case Comparison::kGreaterOrEqual:
      return truth_of(order >= 0);
  }
  return Truth::kUnknown;
}

LikePattern::LikePattern(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) {
      items_.push_back({Item::Kind::kByte, pattern[++i]});
    } else if (pattern[i] == '%') {
      items_.push_back({Item::Kind::kAnyText, '\0'});
    } else if (pattern[i] == '_') {
      items_.push_back({Item::Kind::kOneCharacter, '\0'});
    } else {
      items_.push_back({Item::Kind::kByte, pattern[i]});
    }
  }
}

// Greedy with one place to come back to, the last %: never worse than the
// product of both lengths.
bool LikePattern::matches(std::string_view text) const {
  std::size_t item = 0;
  std::size_t at = 0;
  std::optional<std::size_t> last_any;
  std::size_t any_end = 0;
  while (at < text.size()) {
    const Item* next = item < items_.size() ? &items_[item] : nullptr;
    if (next != nullptr && next->kind == Item::Kind::kAnyText) {
      last_any = item++;
      any_end = at;
    } else if (next != nullptr && next->kind == Item::Kind::kOneCharacter) {
      at = after_character(text, at);
      ++item;
    } else if (next != nullptr && next->byte == text[at]) {
      ++at;
      ++item;
    } else if (last_any) {
      any_end = after_character(text, any_end);
      at = any_end;
      item = *last_any + 1;
    } else {
      return false;
    }
  }
  while (item < items_.size() && items_[item].kind == Item::Kind::kAnyText) ++item;
  return item == items_.size();
}

}  // namespace obnova::geo
