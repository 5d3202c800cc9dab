#include "server/ingest/tag_values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace obnova::server {
namespace {

constexpr double kMetersPerFoot = 0.3048;
constexpr double kMetersPerInch = 0.0254;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The number at the beginning and what follows it.
std::optional<std::pair<double, std::string_view>> number_and_rest(std::string_view text) {
  text = trimmed(text);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || !std::isfinite(number)) return std::nullopt;
  return std::pair(number, trimmed(text.substr(static_cast<std::size_t>(end - text.data()))));
}

// `5'11"` after its feet: `'11"`, or `'` alone.
std::optional<double> feet_and_inches(double feet, std::string_view rest) {
  rest.remove_prefix(1);
  if (trimmed(rest).empty()) return feet * kMetersPerFoot;
  const auto inches = number_and_rest(rest);
  if (!inches || (inches->second != "\"" && inches->second != "''")) return std::nullopt;
  return feet * kMetersPerFoot + inches->first * kMetersPerInch;
}

}  // namespace

std::optional<std::int64_t> whole_number(std::string_view text) {
  text = trimmed(text);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<double> decimal_number(std::string_view text) {
  const auto parsed = number_and_rest(text);
  if (!parsed || !parsed->second.empty()) return std::nullopt;
  return parsed->first;
}

std::optional<double> length_in_meters(std::string_view text) {
  const auto parsed = number_and_rest(text);
  if (!parsed) return std::nullopt;
  const auto [number, unit] = *parsed;
  if (unit.empty() || unit == "m") return number;
  if (unit == "km") return number * 1000;
  if (unit == "cm") return number / 100;
  if (unit == "ft" || unit == "feet") return number * kMetersPerFoot;
  if (unit.front() == '\'') return feet_and_inches(number, unit);
  return std::nullopt;
}

std::optional<std::int64_t> level_count(std::string_view text) {
  const auto number = decimal_number(text);
  if (!number || *number < 0 || *number > 1000) return std::nullopt;
  return static_cast<std::int64_t>(std::ceil(*number));
}

std::optional<std::int64_t> people_count(std::string_view text) {
  const auto first = std::find_if(text.begin(), text.end(), is_digit);
  if (first == text.end()) return std::nullopt;
  const std::string_view digits = text.substr(static_cast<std::size_t>(first - text.begin()));
  const auto length = static_cast<std::size_t>(std::find_if_not(digits.begin(), digits.end(), is_digit) - digits.begin());
  const std::string_view rest = digits.substr(length);
  if (std::any_of(rest.begin(), rest.end(), is_digit)) return std::nullopt;
  return whole_number(digits.substr(0, length));
}

std::optional<std::int64_t> largest_of_list(std::string_view text) {
  std::optional<std::int64_t> largest;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(';'), text.size());
    const auto number = whole_number(text.substr(0, end));
    if (number && (!largest || *number > *largest)) largest = number;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return largest;
}

}  // namespace obnova::server
