#include "geo/query/features/cql2_compile.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "geo/query/features/cql2_lexer.h"
#include "geo/query/features/cql2_scalar.h"
#include "geo/query/features/shape_probe.h"

namespace obnova::geo {
namespace {

using Kind = Expression::Kind;

std::string_view class_name(ScalarClass scalar_class) {
  switch (scalar_class) {
    case ScalarClass::kTruth:
      return "true or false";
    case ScalarClass::kNumber:
      return "a number";
    case ScalarClass::kText:
      return "text";
  }
  return "";
}

bool is_null(const Scalar& scalar) { return std::holds_alternative<std::monostate>(scalar); }
bool is_less(const Scalar& a, const Scalar& b) { return compare(a, b) < 0; }

// Texts that stand in the column exactly when their codes are equal.
Condition equals_text(const Column* column, std::string_view text, bool equal) {
  return [column, code = column->code_of(text), equal](FeatureId feature) {
    if (column->is_null(feature)) return Truth::kUnknown;
    return truth_of((code && *code == column->text_code_at(feature)) == equal);
  };
}

Condition is_one_of_texts(const Column* column, std::span<const BoundOperand> list) {
  std::vector<std::uint32_t> codes;
  for (const BoundOperand& item : list) {
    if (const auto code = column->code_of(std::get<std::string>(item.constant))) codes.push_back(*code);
  }
  std::ranges::sort(codes);
  return [column, codes = std::move(codes)](FeatureId feature) {
    if (column->is_null(feature)) return Truth::kUnknown;
    return truth_of(std::ranges::binary_search(codes, column->text_code_at(feature)));
  };
}

// Constants are searched in, attributes asked one after the other.
struct InList {
  BoundOperand value;
  std::vector<BoundOperand> constants;  // Ascending.
  std::vector<BoundOperand> attributes;

  Truth operator()(FeatureId feature) const {
    const Scalar wanted = value.at(feature);
    if (is_null(wanted)) return Truth::kUnknown;
    const auto scalar = [](const BoundOperand& constant) { return constant.at({}); };
    if (std::ranges::binary_search(constants, wanted, is_less, scalar)) return Truth::kTrue;
    Truth found = Truth::kFalse;
    for (const BoundOperand& attribute : attributes) found = truth_or(found, compare(wanted, Comparison::kEqual, attribute.at(feature)));
    return found;
  }
};

// A probe serves one thread at a time, a filter any number.
struct LockedProbe {
  explicit LockedProbe(ShapeProbe&& shape) : probe(std::move(shape)) {}

  ShapeProbe probe;
  std::mutex mutex;  // Held to ask.
};

class Compiler {
 public:
  Compiler(std::string_view text, const Layer& layer, const ToPlane& to_plane) : text_(text), layer_(layer), to_plane_(to_plane) {}

  Result<Condition> compile(const Expression& expression) const {
    if (expression.kind == Kind::kIntersects) return intersects(expression);
    if (!expression.children.empty()) return combine(expression);
    std::vector<BoundOperand> operands;
    for (const Operand& operand : expression.operands) {
      Result<BoundOperand> bound = bind(operand);
      if (!bound) return std::unexpected(std::move(bound.error()));
      operands.push_back(*std::move(bound));
    }
    if (const Result<void> checked = check_classes(expression, operands); !checked) return std::unexpected(checked.error());
    return condition(expression, std::move(operands));
  }

 private:
  Result<Condition> combine(const Expression& expression) const {
    std::vector<Condition> parts;
    for (const Expression& child : expression.children) {
      Result<Condition> part = compile(child);
      if (!part) return part;
      parts.push_back(*std::move(part));
    }
    if (expression.kind == Kind::kNot) {
      return [inner = std::move(parts.front())](FeatureId feature) { return truth_not(inner(feature)); };
    }
    const bool is_and = expression.kind == Kind::kAnd;
    return [parts = std::move(parts), is_and](FeatureId feature) {
      const Truth decisive = truth_of(!is_and);
      Truth truth = truth_of(is_and);
      for (const Condition& part : parts) {
        truth = is_and ? truth_and(truth, part(feature)) : truth_or(truth, part(feature));
        if (truth == decisive) break;
      }
      return truth;
    };
  }

  Result<BoundOperand> bind(const Operand& operand) const {
    if (!operand.is_attribute()) return BoundOperand{.constant = operand.constant};
    if (const Column* column = layer_.column(operand.attribute)) return BoundOperand{.column = column, .constant = {}};
    std::vector<std::string_view> names;
    for (const Field& field : layer_.fields()) names.push_back(field.name);
    return filter_failure(text_, operand.offset,
                          fmt::format("there is no attribute `{}`; the layer `{}` has {}", operand.attribute, layer_.id(),
                                      names.empty() ? "none" : fmt::format("`{}`", fmt::join(names, "`, `"))));
  }

  // All operands must be comparable with the first one.
  Result<void> check_classes(const Expression& expression, const std::vector<BoundOperand>& operands) const {
    const ScalarClass first = operands.front().scalar_class();
    const std::size_t offset = expression.operands.front().offset;
    if (expression.kind == Kind::kIsTrue && first != ScalarClass::kTruth) {
      return filter_failure(text_, offset, fmt::format("this is {}, not a condition", class_name(first)));
    }
    if (expression.kind == Kind::kLike && first != ScalarClass::kText) {
      return filter_failure(text_, offset, fmt::format("this is {}, and LIKE compares text", class_name(first)));
    }
    for (std::size_t i = 1; i < operands.size(); ++i) {
      if (operands[i].scalar_class() == first) continue;
      return filter_failure(text_, expression.operands[i].offset,
                            fmt::format("expected {} to compare with {}, found {}", class_name(first), class_name(first),
                                        class_name(operands[i].scalar_class())));
    }
    return {};
  }

  static Condition condition(const Expression& expression, std::vector<BoundOperand> operands) {
    BoundOperand& first = operands.front();
    switch (expression.kind) {
      case Kind::kIsTrue:
        return [first](FeatureId feature) { return compare(first.at(feature), Comparison::kEqual, true); };
      case Kind::kIsNull:
        return [column = first.column](FeatureId feature) { return truth_of(column->is_null(feature)); };
      case Kind::kLike:
        return [first, pattern = LikePattern(std::get<std::string>(operands[1].constant))](FeatureId feature) {
          const Scalar text = first.at(feature);
          return is_null(text) ? Truth::kUnknown : truth_of(pattern.matches(std::get<std::string_view>(text)));
        };
      case Kind::kBetween:
        return [operands](FeatureId feature) {
          const Scalar value = operands[0].at(feature);
          return truth_and(compare(value, Comparison::kGreaterOrEqual, operands[1].at(feature)),
                           compare(value, Comparison::kLessOrEqual, operands[2].at(feature)));
        };
      case Kind::kIn:
        return in(std::move(operands));
      default:
        return comparison(expression.comparison, std::move(operands));
    }
  }

  static Condition comparison(Comparison comparison, std::vector<BoundOperand> operands) {
    const bool is_equality = comparison == Comparison::kEqual || comparison == Comparison::kNotEqual;
    if (is_equality && operands[0].column == nullptr) std::swap(operands[0], operands[1]);
    if (is_equality && operands[0].column != nullptr && operands[1].column == nullptr && operands[0].scalar_class() == ScalarClass::kText) {
      return equals_text(operands[0].column, std::get<std::string>(operands[1].constant), comparison == Comparison::kEqual);
    }
    return [a = std::move(operands[0]), b = std::move(operands[1]), comparison](FeatureId feature) {
      return compare(a.at(feature), comparison, b.at(feature));
    };
  }

  static Condition in(std::vector<BoundOperand> operands) {
    const BoundOperand value = operands.front();
    const std::span<const BoundOperand> list = std::span(operands).subspan(1);
    const bool all_constant = std::ranges::all_of(list, [](const BoundOperand& item) { return item.column == nullptr; });
    if (all_constant && value.column != nullptr && value.scalar_class() == ScalarClass::kText) return is_one_of_texts(value.column, list);
    InList result{.value = value, .constants = {}, .attributes = {}};
    for (const BoundOperand& item : list) (item.column == nullptr ? result.constants : result.attributes).push_back(item);
    std::ranges::sort(result.constants, is_less, [](const BoundOperand& constant) { return constant.at({}); });
    return result;
  }

  Result<Condition> intersects(const Expression& expression) const {
    const Result<Geometry> shape = to_plane_(expression.shape);
    if (!shape) return filter_failure(text_, expression.offset, shape.error().message);
    Result<ShapeProbe> probe = ShapeProbe::make(*shape);
    if (!probe) return filter_failure(text_, expression.offset, probe.error().message);
    const auto locked = std::make_shared<LockedProbe>(*std::move(probe));
    return [locked, layer = &layer_](FeatureId feature) {
      const Box& box = layer->box(feature);
      if (box.empty()) return Truth::kUnknown;  // Where nothing is stated, nothing is known.
      if (!box.intersects(locked->probe.box())) return Truth::kFalse;
      const std::lock_guard lock(locked->mutex);
      const Result<bool> meets = locked->probe.meets(layer->geometry(feature), box);
      return meets ? truth_of(*meets) : Truth::kUnknown;
    };
  }

  std::string_view text_;
  const Layer& layer_;
  const ToPlane& to_plane_;
};

}  // namespace

Result<Condition> compile_cql2(std::string_view text, const Expression& expression, const Layer& layer, const ToPlane& to_plane) {
  return Compiler(text, layer, to_plane).compile(expression);
}

}  // namespace obnova::geo
