#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "geo/base/result.h"

namespace obnova::geo {

// The words of a CQL2 text. Private to geo/query/features.

enum class TokenKind {
  kEnd,         // After the last word.
  kName,        // A keyword, an attribute or the name of a function.
  kQuotedName,  // "…": an attribute whatever it is called.
  kText,        // '…'
  kNumber,
  kSymbol,  // ( ) , = <> < <= > >=
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;  // Without quotes and with doubled quotes made single.
  std::size_t offset = 0;
};

// Ends with one kEnd. Fails as `filter_failure` for a character that begins no
// word, a quote that is never closed, and text that is not UTF-8.
Result<std::vector<Token>> tokenize(std::string_view text);

// kInvalidArgument: "At character 12 of the filter: <problem>." Characters are
// counted from 1, as an editor would.
std::unexpected<Error> filter_failure(std::string_view text, std::size_t offset, std::string_view problem);

// How a message shows a word that was found: short, between backquotes.
std::string quoted(const Token& token);

// True when an unquoted name spells this upper-case keyword, in any case.
bool is_keyword(const Token& token, std::string_view keyword);

}  // namespace obnova::geo
