#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "geo/base/geometry.h"
#include "geo/base/result.h"
#include "geo/layer/layer.h"

namespace obnova::geo {

// What a CQL2 text says, before anybody knows the layer. Private to
// geo/query/features.

// An attribute or a constant.
struct Operand {
  std::string attribute;  // Empty for a constant.
  Value constant;
  std::size_t offset = 0;

  bool is_attribute() const { return !attribute.empty(); }
};

enum class Comparison { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };

struct Expression {
  enum class Kind {
    kAnd,         // Of `children`.
    kOr,          // Of `children`.
    kNot,         // Of the one child.
    kIsTrue,      // operands[0], an attribute or constant, is true.
    kCompare,     // operands[0] `comparison` operands[1].
    kBetween,     // operands[0] lies in operands[1] to operands[2], ends included.
    kIn,          // operands[0] equals one of the others.
    kLike,        // operands[0] looks like the constant operands[1].
    kIsNull,      // operands[0] is null.
    kIntersects,  // The place of the feature meets `shape`.
  };
  Kind kind = Kind::kIsTrue;
  std::size_t offset = 0;
  Comparison comparison = Comparison::kEqual;
  std::vector<Expression> children;
  std::vector<Operand> operands;
  Geometry shape;  // In degrees.
};

constexpr std::size_t kMaxFilterBytes = 64 * 1024;
constexpr std::size_t kMaxFilterNodes = 256;
constexpr std::size_t kMaxFilterLevels = 16;

// Reads a text that is not empty. Every condition, AND, OR and NOT is a node, as is
// every attribute in the list of an IN; every NOT and every pair of parentheses
// around a condition is a level. Fails with kInvalidArgument that names the place
// and what was expected there.
Result<Expression> parse_cql2(std::string_view text);

}  // namespace obnova::geo
