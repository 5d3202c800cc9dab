#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "geo/query/features/cql2_reader.h"
#include "geo/query/features/cql2_shape.h"
#include "geo/query/features/cql2_syntax.h"

namespace obnova::geo {
namespace {

using Kind = Expression::Kind;

constexpr std::string_view kCondition = "a condition such as `height > 10`";

bool is_reserved(const Token& token) {
  constexpr auto kWords = std::to_array<std::string_view>({"AND", "OR", "NOT", "IN", "LIKE", "BETWEEN", "IS", "NULL"});
  return std::ranges::any_of(kWords, [&](std::string_view word) { return is_keyword(token, word); });
}

std::optional<Comparison> comparison_of(const Token& token) {
  if (token.kind != TokenKind::kSymbol) return std::nullopt;
  if (token.text == "=") return Comparison::kEqual;
  if (token.text == "<>") return Comparison::kNotEqual;
  if (token.text == "<") return Comparison::kLess;
  if (token.text == "<=") return Comparison::kLessOrEqual;
  if (token.text == ">") return Comparison::kGreater;
  if (token.text == ">=") return Comparison::kGreaterOrEqual;
  return std::nullopt;
}

// Recursive descent, one function a rule of the grammar.
class Parser {
 public:
  explicit Parser(TokenReader reader) : reader_(reader) {}

  Result<Expression> parse() {
    Result<Expression> all = any_of();
    if (all && reader_.peek().kind != TokenKind::kEnd) return reader_.expected("AND, OR or the end");
    return all;
  }

 private:
  Result<Expression> any_of() {
    return chain("OR", Kind::kOr, [this] { return all_of(); });
  }

  Result<Expression> all_of() {
    return chain("AND", Kind::kAnd, [this] { return factor(); });
  }

  // item {keyword item}
  template <typename Item>
  Result<Expression> chain(std::string_view keyword, Kind kind, const Item& item) {
    const std::size_t offset = reader_.peek().offset;
    Result<Expression> first = item();
    if (!first || !is_keyword(reader_.peek(), keyword)) return first;
    Result<Expression> all = node(kind, offset);
    if (!all) return all;
    all->children.push_back(*std::move(first));
    while (reader_.take_keyword(keyword)) {
      Result<Expression> next = item();
      if (!next) return next;
      all->children.push_back(*std::move(next));
    }
    return all;
  }

  Result<Expression> factor() {
    const std::size_t offset = reader_.peek().offset;
    if (reader_.take_keyword("NOT")) return one_level_down(offset, [&] { return negated(true, factor()); });
    if (reader_.take_symbol("(")) return one_level_down(offset, [this] { return parenthesized(); });
    if (is_keyword(reader_.peek(), "S_INTERSECTS")) return intersects();
    return predicate();
  }

  template <typename Rule>
  Result<Expression> one_level_down(std::size_t offset, const Rule& rule) {
    if (level_ == kMaxFilterLevels) return reader_.problem_at(offset, fmt::format("there are more than {} levels", kMaxFilterLevels));
    ++level_;
    Result<Expression> inner = rule();
    --level_;
    return inner;
  }

  Result<Expression> parenthesized() {
    Result<Expression> inner = any_of();
    if (!inner) return inner;
    if (const auto close = reader_.expect_symbol(")"); !close) return std::unexpected(close.error());
    return inner;
  }

  Result<Expression> predicate() {
    Result<Operand> first = operand(kCondition);
    if (!first) return std::unexpected(std::move(first.error()));
    if (const auto comparison = comparison_of(reader_.peek())) {
      reader_.take();
      return compare(*std::move(first), *comparison);
    }
    if (reader_.take_keyword("IS")) return is_null(*std::move(first));
    const bool is_negated = reader_.take_keyword("NOT");
    if (reader_.take_keyword("IN")) return negated(is_negated, in(*std::move(first)));
    if (reader_.take_keyword("LIKE")) return negated(is_negated, like(*std::move(first)));
    if (reader_.take_keyword("BETWEEN")) return negated(is_negated, between(*std::move(first)));
    if (is_negated) return reader_.expected("IN, LIKE or BETWEEN after NOT");
    const bool may_be_true = first->is_attribute() || std::holds_alternative<bool>(first->constant);
    const bool ends_here = reader_.peek().kind != TokenKind::kSymbol || reader_.peek().text == ")";
    if (!may_be_true || !ends_here) return reader_.expected("a comparison such as `=`, IN, LIKE, BETWEEN or IS NULL");
    return node(Kind::kIsTrue, first->offset, {*std::move(first)});
  }

  Result<Expression> compare(Operand first, Comparison comparison) {
    Result<Operand> second = operand("an attribute or a value");
    if (!second) return std::unexpected(std::move(second.error()));
    const std::size_t offset = first.offset;
    Result<Expression> result = node(Kind::kCompare, offset, {std::move(first), *std::move(second)});
    if (result) result->comparison = comparison;
    return result;
  }

  Result<Expression> is_null(Operand first) {
    const bool is_negated = reader_.take_keyword("NOT");
    if (!reader_.take_keyword("NULL")) return reader_.expected("NULL");
    if (!first.is_attribute()) return reader_.problem_at(first.offset, "only an attribute can be null");
    const std::size_t offset = first.offset;
    return negated(is_negated, node(Kind::kIsNull, offset, {std::move(first)}));
  }

  Result<Expression> in(Operand first) {
    const std::size_t offset = first.offset;
    std::vector<Operand> operands = {std::move(first)};
    if (const auto open = reader_.expect_symbol("("); !open) return std::unexpected(open.error());
    do {
      Result<Operand> item = operand("an attribute or a value");
      if (!item) return std::unexpected(std::move(item.error()));
      if (item->is_attribute() && ++node_count_ > kMaxFilterNodes) return too_many_nodes(item->offset);
      operands.push_back(*std::move(item));
    } while (reader_.take_symbol(","));
    if (const auto close = reader_.expect_symbol(")"); !close) return std::unexpected(close.error());
    return node(Kind::kIn, offset, std::move(operands));
  }

  Result<Expression> like(Operand first) {
    const Token& pattern = reader_.peek();
    if (pattern.kind != TokenKind::kText) return reader_.expected("a pattern such as `'School%'`");
    reader_.take();
    const std::size_t offset = first.offset;
    return node(Kind::kLike, offset, {std::move(first), Operand{.attribute = {}, .constant = pattern.text, .offset = pattern.offset}});
  }

  Result<Expression> between(Operand first) {
    Result<Operand> low = operand("the least value");
    if (!low) return std::unexpected(std::move(low.error()));
    if (!reader_.take_keyword("AND")) return reader_.expected("AND and the greatest value");
    Result<Operand> high = operand("the greatest value");
    if (!high) return std::unexpected(std::move(high.error()));
    const std::size_t offset = first.offset;
    return node(Kind::kBetween, offset, {std::move(first), *std::move(low), *std::move(high)});
  }

  // The place of the feature and a shape, in either order.
  Result<Expression> intersects() {
    const std::size_t offset = reader_.take().offset;
    if (const auto open = reader_.expect_symbol("("); !open) return std::unexpected(open.error());
    const bool shape_first = begins_shape(reader_);
    if (!shape_first && !take_place()) return reader_.expected("`geom` or a shape");
    if (!shape_first) {
      if (const auto comma = reader_.expect_symbol(","); !comma) return std::unexpected(comma.error());
    }
    Result<Geometry> shape = read_shape(reader_);
    if (!shape) return std::unexpected(std::move(shape.error()));
    if (shape_first) {
      if (const auto comma = reader_.expect_symbol(","); !comma) return std::unexpected(comma.error());
      if (!take_place()) return reader_.expected("`geom`");
    }
    if (const auto close = reader_.expect_symbol(")"); !close) return std::unexpected(close.error());
    Result<Expression> result = node(Kind::kIntersects, offset);
    if (result) result->shape = *std::move(shape);
    return result;
  }

  bool take_place() {
    const Token& token = reader_.peek();
    const bool is_quoted = token.kind == TokenKind::kQuotedName && (token.text == "geom" || token.text == "geometry");
    if (!is_quoted && !is_keyword(token, "GEOM") && !is_keyword(token, "GEOMETRY")) return false;
    reader_.take();
    return true;
  }

  Result<Operand> operand(std::string_view expectation) {
    const Token& token = reader_.peek();
    Operand result{.attribute = {}, .constant = {}, .offset = token.offset};
    if (token.kind == TokenKind::kNumber) {
      Result<Value> number = number_constant(token.text);
      if (!number) return std::unexpected(std::move(number.error()));
      result.constant = *std::move(number);
      return result;
    }
    if (is_keyword(token, "NULL")) return reader_.problem_at(token.offset, "nothing equals NULL; IS NULL asks for it");
    const bool is_name = token.kind == TokenKind::kName && !is_reserved(token);
    if (token.kind == TokenKind::kText) {
      result.constant = token.text;
    } else if (is_keyword(token, "TRUE") || is_keyword(token, "FALSE")) {
      result.constant = is_keyword(token, "TRUE");
    } else if (is_name || (token.kind == TokenKind::kQuotedName && !token.text.empty())) {
      result.attribute = token.text;
    } else {
      return reader_.expected(expectation);
    }
    reader_.take();
    return result;
  }

  // A whole number where it is written as one and fits, so that large ids compare exactly.
  Result<Value> number_constant(std::string_view digits) {
    if (digits.front() == '+') digits.remove_prefix(1);
    std::int64_t whole = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), whole);
    const bool is_whole = parsed.ec == std::errc{} && parsed.ptr == digits.data() + digits.size();
    const Result<double> number = reader_.expect_number();
    if (!number) return std::unexpected(number.error());
    if (is_whole) return whole;
    return *number;
  }

  Result<Expression> negated(bool is_negated, Result<Expression> inner) {
    if (!is_negated || !inner) return inner;
    Result<Expression> result = node(Kind::kNot, inner->offset);
    if (result) result->children.push_back(*std::move(inner));
    return result;
  }

  Result<Expression> node(Kind kind, std::size_t offset, std::vector<Operand> operands = {}) {
    if (++node_count_ > kMaxFilterNodes) return too_many_nodes(offset);
    Expression result;
    result.kind = kind;
    result.offset = offset;
    result.operands = std::move(operands);
    return result;
  }

  std::unexpected<Error> too_many_nodes(std::size_t offset) const {
    return reader_.problem_at(offset, fmt::format("there are more than {} conditions", kMaxFilterNodes));
  }

  TokenReader reader_;
  std::size_t level_ = 0;
  std::size_t node_count_ = 0;
};

}  // namespace

Result<Expression> parse_cql2(std::string_view text) {
  if (text.size() > kMaxFilterBytes) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("The filter has {} bytes, at most {} are read.", text.size(), kMaxFilterBytes),
                   "filter");
  }
  const Result<std::vector<Token>> tokens = tokenize(text);
  if (!tokens) return std::unexpected(tokens.error());
  return Parser(TokenReader(text, *tokens)).parse();
}

}  // namespace obnova::geo
