#include "geo/damage/scale.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace obnova::geo {
namespace {

constexpr std::array<std::string_view, 3> kSubjectNames = {"building", "road", "ground"};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '_' || c == '-'; }

bool is_digit(char c) { return '0' <= c && c <= '9'; }

// Lower case of the two-byte letters of Ukrainian and Russian, in UTF-8.
std::uint32_t lower_cyrillic(std::uint32_t letter) {
  if (0x0410 <= letter && letter <= 0x042F) return letter + 0x20;
  if (0x0400 <= letter && letter <= 0x040F) return letter + 0x50;
  return letter == 0x0490 ? 0x0491 : letter;
}

std::string lower(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool is_pair = (byte & 0xE0U) == 0xC0U && i + 1 < text.size();
    if (!is_pair) {
      result.push_back('A' <= text[i] && text[i] <= 'Z' ? static_cast<char>(text[i] + 0x20) : text[i]);
      continue;
    }
    const std::uint32_t letter = lower_cyrillic((byte & 0x1FU) << 6U | (static_cast<unsigned char>(text[++i]) & 0x3FU));
    result.push_back(static_cast<char>(0xC0U | letter >> 6U));
    result.push_back(static_cast<char>(0x80U | (letter & 0x3FU)));
  }
  return result;
}

std::string_view without_decimals(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == 0 || dot == std::string_view::npos) return text;
  const bool is_whole = std::ranges::all_of(text.substr(0, dot), is_digit);
  const bool is_zero = std::ranges::all_of(text.substr(dot + 1), [](char c) { return c == '0'; });
  return is_whole && is_zero ? text.substr(0, dot) : text;
}

}  // namespace

std::string_view subject_name(Subject subject) { return kSubjectNames[static_cast<std::size_t>(subject)]; }

std::optional<Subject> subject_by_name(std::string_view name) {
  const auto found = std::ranges::find(kSubjectNames, name);
  if (found == kSubjectNames.end()) return std::nullopt;
  return static_cast<Subject>(found - kSubjectNames.begin());
}

std::string folded_word(std::string_view word) {
  std::string result;
  for (const char c : lower(word)) {
    if (!is_space(c)) {
      result.push_back(c);
    } else if (!result.empty() && result.back() != ' ') {
      result.push_back(' ');
    }
  }
  if (!result.empty() && result.back() == ' ') result.pop_back();
  return std::string(without_decimals(result));
}

const DamageCode* DamageScale::find(std::string_view word) const {
  const std::string folded = folded_word(word);
  const auto found =
      std::ranges::find_if(codes, [&](const DamageCode& code) { return std::ranges::find(code.words, folded) != code.words.end(); });
  return found == codes.end() ? nullptr : &*found;
}

const DamageScale* find_scale(std::span<const DamageScale> scales, std::string_view id) {
  const auto found = std::ranges::find(scales, id, &DamageScale::id);
  return found == scales.end() ? nullptr : &*found;
}

Result<const DamageCode*> find_code(std::span<const DamageScale> scales, std::string_view scale, std::string_view word) {
  const DamageScale* const found = find_scale(scales, scale);
  if (found == nullptr) return failure(ErrorCode::kNotFound, fmt::format("There is no damage scale `{}`.", scale));
  const DamageCode* const code = found->find(word);
  if (code == nullptr) return failure(ErrorCode::kInvalidArgument, fmt::format("The damage scale `{}` has no code `{}`.", scale, word));
  return code;
}

bool speaks_of(const DamageCode& code, Theme theme) {
  return code.speaks_of.has(theme == Theme::kRoads ? Subject::kRoad : Subject::kBuilding);
}

}  // namespace obnova::geo
