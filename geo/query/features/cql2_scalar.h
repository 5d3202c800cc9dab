#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "geo/layer/layer.h"
#include "geo/query/features/cql2_syntax.h"
#include "geo/query/features/truth.h"

namespace obnova::geo {

// What a comparison sees of one attribute of one feature, or of a constant.
// Monostate is null. Private to geo/query/features.
using Scalar = std::variant<std::monostate, bool, std::int64_t, double, std::string_view>;

// What can be compared with what.
enum class ScalarClass { kTruth, kNumber, kText };

// An operand bound to the columns of a layer, which must outlive it.
struct BoundOperand {
  const Column* column = nullptr;  // Null for a constant.
  Value constant;

  ScalarClass scalar_class() const;
  // The view of a text lives as long as the operand and the layer.
  Scalar at(FeatureId feature) const;
};

// Whole and other numbers by their exact value, texts by their code points.
// Precondition: neither is null and both are of one class.
std::strong_ordering compare(const Scalar& a, const Scalar& b);

// Unknown when either is null.
Truth compare(const Scalar& a, Comparison comparison, const Scalar& b);

// A LIKE pattern: % is any text, _ one character, \ takes the next as it is.
class LikePattern {
 public:
  explicit LikePattern(std::string_view pattern);
  bool matches(std::string_view text) const;

 private:
  struct Item {
    enum class Kind : std::uint8_t { kByte, kOneCharacter, kAnyText };
    Kind kind;
    char byte;
  };
  std::vector<Item> items_;
};

}  // namespace obnova::geo
