#include "server/ingest/epanet_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace obnova::server {
namespace {

constexpr std::size_t kNameLetters = 4;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// The next word, without its quotes; what is left stays in `rest`.
std::string take_word(std::string_view& rest) {
  const bool is_quoted = rest.front() == '"';
  if (is_quoted) rest.remove_prefix(1);
  const auto ends = [&](char c) { return is_quoted ? c == '"' : is_space(c); };
  const auto length = static_cast<std::size_t>(std::find_if(rest.begin(), rest.end(), ends) - rest.begin());
  std::string word(rest.substr(0, length));
  rest.remove_prefix(std::min(length + (is_quoted ? 1 : 0), rest.size()));
  return word;
}

// Where the comment begins; a semicolon in quotes is none.
std::size_t comment_begin(std::string_view line) {
  bool is_quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') is_quoted = !is_quoted;
    if (line[i] == ';' && !is_quoted) return i;
  }
  return line.size();
}

EpanetLine split(std::string_view line, std::size_t number) {
  EpanetLine split_line{.number = number, .words = {}, .comment = {}};
  const std::size_t end = comment_begin(line);
  std::string_view rest = trimmed(line.substr(0, end));
  while (!rest.empty()) {
    split_line.words.push_back(take_word(rest));
    rest = trimmed(rest);
  }
  if (end < line.size()) split_line.comment = trimmed(line.substr(end + 1));
  return split_line;
}

// `JUNC` of `[JUNCTIONS]`.
std::string section_name(std::string_view word) {
  std::string name;
  for (const char c : word.substr(1, kNameLetters)) {
    if (c != ']') name.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  }
  return name;
}

}  // namespace

Result<EpanetSections> epanet_sections(std::string_view text, const std::string& file_name) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  EpanetSections sections;
  std::vector<EpanetLine>* section = nullptr;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    EpanetLine line = split(text.substr(0, end), number);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.words.empty()) continue;
    if (line.words.front().starts_with('[')) {
      section = &sections[section_name(line.words.front())];
    } else if (section == nullptr) {
      return failure(ErrorCode::kBadData, fmt::format("{} is damaged: line {} stands before the first section.", file_name, number));
    } else {
      section->push_back(std::move(line));
    }
  }
  if (sections.contains("SUBC") || sections.contains("COND")) {
    return failure(ErrorCode::kBadData, fmt::format("{} is a model of SWMM, which is not read; EPANET models are.", file_name));
  }
  return sections;
}

}  // namespace obnova::server
