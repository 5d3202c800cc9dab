#include "geo/query/features/cql2_lexer.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace obnova::geo {
namespace {

constexpr std::size_t kShownLength = 40;

bool is_digit(char c) { return '0' <= c && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Letters of all scripts are above ASCII; what else is up there does no harm.
bool begins_name(char c) {
  return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || c == '_' || c == ':' || static_cast<unsigned char>(c) >= 0x80;
}
bool continues_name(char c) { return begins_name(c) || is_digit(c) || c == '.'; }

// The length of the UTF-8 character that begins the text, 0 when none does.
std::size_t character_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead < 0x80                   ? 1
                             : lead >= 0xC2 && lead < 0xE0 ? 2
                             : (lead & 0xF0) == 0xE0       ? 3
                             : lead >= 0xF0 && lead < 0xF5 ? 4
                                                           : 0;
  if (length == 0 || text.size() < length) return 0;
  return std::ranges::all_of(text.substr(1, length - 1), is_continuation) ? length : 0;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<Token> next() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    const std::size_t begin = at_;
    if (at_ == text_.size()) return Token{TokenKind::kEnd, {}, begin};
    const char c = text_[at_];
    if (c == '\'') return quoted_word(TokenKind::kText);
    if (c == '"') return quoted_word(TokenKind::kQuotedName);
    if (begins_name(c)) {
      while (at_ < text_.size() && continues_name(text_[at_])) ++at_;
      return word(TokenKind::kName, begin);
    }
    if (begins_number()) {
      skip_number();
      return word(TokenKind::kNumber, begin);
    }
    return symbol();
  }

 private:
  char peek(std::size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  Token word(TokenKind kind, std::size_t begin) const { return {kind, std::string(text_.substr(begin, at_ - begin)), begin}; }

  // CQL2 also writes a quote inside of text as \'.
  Result<Token> quoted_word(TokenKind kind) {
    const std::size_t begin = at_;
    const char quote = text_[at_++];
    Token token{kind, {}, begin};
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == quote) {
        if (peek(1) != quote) {
          ++at_;
          return token;
        }
        ++at_;
      } else if (quote == '\'' && text_[at_] == '\\' && peek(1) == quote) {
        ++at_;
      }
      token.text += text_[at_];
    }
    return filter_failure(text_, begin,
                          fmt::format("the {} that begins here has no closing quote", kind == TokenKind::kText ? "text" : "name"));
  }

  bool begins_number() const {
    const std::size_t sign = peek(0) == '-' || peek(0) == '+' ? 1 : 0;
    return is_digit(peek(sign)) || (peek(sign) == '.' && is_digit(peek(sign + 1)));
  }

  void skip_digits() {
    while (is_digit(peek(0))) ++at_;
  }

  void skip_number() {
    if (peek(0) == '-' || peek(0) == '+') ++at_;
    skip_digits();
    if (peek(0) == '.') ++at_;
    skip_digits();
    if (peek(0) != 'e' && peek(0) != 'E') return;
    const std::size_t sign = peek(1) == '-' || peek(1) == '+' ? 1 : 0;
    if (!is_digit(peek(1 + sign))) return;
    at_ += 1 + sign;
    skip_digits();
  }

  Result<Token> symbol() {
    for (const std::string_view symbol : {"<>", "<=", ">=", "<", ">", "=", "(", ")", ","}) {
      if (!text_.substr(at_).starts_with(symbol)) continue;
      Token token{TokenKind::kSymbol, std::string(symbol), at_};
      at_ += symbol.size();
      return token;
    }
    return filter_failure(text_, at_, fmt::format("the character `{}` means nothing here", text_[at_] < ' ' ? '?' : text_[at_]));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::optional<std::size_t> first_broken_byte(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = character_length(text.substr(at));
    if (length == 0) return at;
    at += length;
  }
  return std::nullopt;
}

}  // namespace

Result<std::vector<Token>> tokenize(std::string_view text) {
  if (const auto broken = first_broken_byte(text)) return filter_failure(text, *broken, "the text is not UTF-8");
  Lexer lexer(text);
  std::vector<Token> tokens;
  do {
    Result<Token> token = lexer.next();
    if (!token) return std::unexpected(std::move(token.error()));
    tokens.push_back(*std::move(token));
  } while (tokens.back().kind != TokenKind::kEnd);
  return tokens;
}

std::unexpected<Error> filter_failure(std::string_view text, std::size_t offset, std::string_view problem) {
  if (problem.ends_with('.')) problem.remove_suffix(1);  // A whole sentence of somebody else.
  const auto character = 1 + std::ranges::count_if(text.substr(0, offset), [](char c) { return !is_continuation(c); });
  return failure(ErrorCode::kInvalidArgument, fmt::format("At character {} of the filter: {}.", character, problem), "filter");
}

std::string quoted(const Token& token) {
  if (token.kind == TokenKind::kEnd) return "the end";
  std::string_view shown = token.text;
  if (shown.size() > kShownLength) {
    std::size_t length = kShownLength;
    while (is_continuation(shown[length])) --length;
    shown = shown.substr(0, length);
  }
  const std::string_view rest = shown.size() < token.text.size() ? "…" : "";
  if (token.kind == TokenKind::kText) return fmt::format("`'{}{}'`", shown, rest);
  return fmt::format("`{}{}`", shown, rest);
}

bool is_keyword(const Token& token, std::string_view keyword) {
  const auto upper = [](char c) { return 'a' <= c && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; };
  return token.kind == TokenKind::kName && std::ranges::equal(token.text, keyword, {}, upper);
}

}  // namespace obnova::geo
