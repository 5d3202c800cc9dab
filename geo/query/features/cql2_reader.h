#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "geo/base/result.h"
#include "geo/query/features/cql2_lexer.h"

namespace obnova::geo {

// The words of a filter with a place to read at. Private to geo/query/features.
class TokenReader {
 public:
  // Both must outlive the reader; `tokens` come from `tokenize(text)`.
  TokenReader(std::string_view text, const std::vector<Token>& tokens) : text_(text), tokens_(&tokens) {}

  const Token& peek() const { return (*tokens_)[at_]; }
  // The one after, kEnd after the end.
  const Token& peek_after() const { return (*tokens_)[std::min(at_ + 1, tokens_->size() - 1)]; }
  // Reads a word; the end stays where it is.
  const Token& take();

  // Reads the keyword or symbol when it is next.
  bool take_keyword(std::string_view keyword);
  bool take_symbol(std::string_view symbol);
  // Reads the symbol or fails.
  Result<void> expect_symbol(std::string_view symbol);
  // Reads a finite number or fails.
  Result<double> expect_number();

  // "At character …: expected <what>, found `…`."
  std::unexpected<Error> expected(std::string_view what) const;
  std::unexpected<Error> problem_at(std::size_t offset, std::string_view problem) const { return filter_failure(text_, offset, problem); }

 private:
  std::string_view text_;
  const std::vector<Token>* tokens_;
  std::size_t at_ = 0;
};

}  // namespace obnova::geo
