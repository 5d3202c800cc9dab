#include "geo/query/features/cql2_reader.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace obnova::geo {

const Token& TokenReader::take() {
  const Token& token = peek();
  if (token.kind != TokenKind::kEnd) ++at_;
  return token;
}

bool TokenReader::take_keyword(std::string_view keyword) {
  if (!is_keyword(peek(), keyword)) return false;
  take();
  return true;
}

bool TokenReader::take_symbol(std::string_view symbol) {
  if (peek().kind != TokenKind::kSymbol || peek().text != symbol) return false;
  take();
  return true;
}

Result<void> TokenReader::expect_symbol(std::string_view symbol) {
  if (!take_symbol(symbol)) return expected(fmt::format("`{}`", symbol));
  return {};
}

Result<double> TokenReader::expect_number() {
  if (peek().kind != TokenKind::kNumber) return expected("a number");
  std::string_view digits = peek().text;
  if (digits.front() == '+') digits.remove_prefix(1);
  double number = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (parsed.ec != std::errc{} || !std::isfinite(number)) return expected("a number of a size that can be computed with");
  take();
  return number;
}

std::unexpected<Error> TokenReader::expected(std::string_view what) const {
  return filter_failure(text_, peek().offset, fmt::format("expected {}, found {}", what, quoted(peek())));
}

}  // namespace obnova::geo
