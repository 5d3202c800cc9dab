#include "server/assess/observed_at.h"

#include <array>
#include <charconv>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "geo/damage/assessment.h"

namespace obnova::server {
namespace {

constexpr std::int64_t kSecond_us = 1'000'000;
constexpr std::int64_t kDay_us = 86'400 * kSecond_us;

bool is_digit(char c) { return '0' <= c && c <= '9'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// Takes a number of at most so many digits off the text.
std::optional<int> take_number(std::string_view& text, std::size_t most_digits) {
  std::size_t count = 0;
  while (count < text.size() && count < most_digits && is_digit(text[count])) ++count;
  int number = 0;
  if (count == 0 || std::from_chars(text.data(), text.data() + count, number).ec != std::errc()) return std::nullopt;
  text.remove_prefix(count);
  return number;
}

bool take(std::string_view& text, char mark) {
  if (text.empty() || text.front() != mark) return false;
  text.remove_prefix(1);
  return true;
}

// Three numbers with a mark between them.
struct ThreeNumbers {
  std::array<int, 3> numbers = {};
  std::size_t first_digits = 0;
  char mark = '-';
};

std::optional<ThreeNumbers> take_three(std::string_view& text) {
  ThreeNumbers three;
  const std::size_t size = text.size();
  const auto first = take_number(text, 4);
  if (!first || text.empty()) return std::nullopt;
  three.first_digits = size - text.size();
  three.mark = text.front();
  if (three.mark != '-' && three.mark != '/' && three.mark != '.') return std::nullopt;
  text.remove_prefix(1);
  const auto second = take_number(text, 2);
  if (!second || !take(text, three.mark)) return std::nullopt;
  const auto third = take_number(text, three.first_digits == 4 ? 2 : 4);
  if (!third) return std::nullopt;
  three.numbers = {*first, *second, *third};
  return three;
}

std::optional<std::chrono::sys_days> day_of(int year, int month, int day) {
  const std::chrono::year_month_day date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  const bool is_zero_of_spreadsheets = year == 1899 && month == 12 && day == 30;
  if (!date.ok() || year < 1 || is_zero_of_spreadsheets) return std::nullopt;
  return std::chrono::sys_days(date);
}

std::optional<std::chrono::sys_days> take_packed_date(std::string_view& text) {
  for (std::size_t i = 0; i < 8; ++i) {
    if (i >= text.size() || !is_digit(text[i])) return std::nullopt;
  }
  if (text.size() > 8 && is_digit(text[8])) return std::nullopt;
  const int year = *take_number(text, 4);
  const int month = *take_number(text, 2);
  return day_of(year, month, *take_number(text, 2));
}

std::optional<std::chrono::sys_days> take_date(std::string_view& text, DateOrder order) {
  if (std::string_view packed = text; const auto day = take_packed_date(packed)) {
    text = packed;
    return day;
  }
  const auto three = take_three(text);
  if (!three) return std::nullopt;
  const auto& [a, b, c] = three->numbers;
  if (three->first_digits == 4) return day_of(a, b, c);
  if (c < 1000 || three->mark == '-') return std::nullopt;
  const bool day_first = three->mark == '.' || order == DateOrder::kDayFirst;
  return day_first ? day_of(c, b, a) : day_of(c, a, b);
}

// `Z`, `+02:00`, `+0200` or nothing: how far local time is ahead.
std::optional<std::int64_t> take_zone_us(std::string_view& text) {
  if (text.empty() || take(text, 'Z') || take(text, 'z')) return 0;
  const bool is_behind = text.front() == '-';
  if (!is_behind && text.front() != '+') return std::nullopt;
  text.remove_prefix(1);
  const auto hours = take_number(text, 2);
  take(text, ':');
  const int minutes = take_number(text, 2).value_or(0);
  if (!hours || *hours > 14 || minutes > 59) return std::nullopt;
  const std::int64_t ahead_us = (*hours * 60 + minutes) * 60 * kSecond_us;
  return is_behind ? -ahead_us : ahead_us;
}

// The part of a second behind the point, in microseconds.
std::optional<std::int64_t> take_fraction_us(std::string_view& text) {
  if (!take(text, '.')) return 0;
  std::int64_t fraction_us = 0;
  std::int64_t place_us = kSecond_us / 10;
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1), place_us /= 10) fraction_us += (text.front() - '0') * place_us;
  return fraction_us;
}

// `AM`, `pm` or nothing; nullopt for an hour that no clock with twelve hours shows.
std::optional<int> hour_of_day(std::string_view& text, int hour) {
  std::string_view rest = trimmed(text);
  if (rest.size() < 2 || (rest[1] != 'M' && rest[1] != 'm')) return hour;
  const bool is_after_noon = rest[0] == 'P' || rest[0] == 'p';
  if (!is_after_noon && rest[0] != 'A' && rest[0] != 'a') return std::nullopt;
  if (hour < 1 || hour > 12) return std::nullopt;
  text = rest.substr(2);
  return hour % 12 + (is_after_noon ? 12 : 0);
}

// A time of day up to the end of the text, in microseconds of UTC.
std::optional<std::int64_t> time_us(std::string_view text) {
  const auto shown_hour = take_number(text, 2);
  if (!shown_hour || !take(text, ':')) return std::nullopt;
  const auto minute = take_number(text, 2);
  int second = 0;
  std::int64_t fraction_us = 0;
  if (take(text, ':')) {
    const auto seconds = take_number(text, 2);
    const auto fraction = take_fraction_us(text);
    if (!seconds || !fraction) return std::nullopt;
    second = *seconds;
    fraction_us = *fraction;
  }
  const auto hour = hour_of_day(text, *shown_hour);
  const auto zone_us = take_zone_us(text);
  if (!minute || !hour || !zone_us || !text.empty() || *hour > 23 || *minute > 59 || second > 59) return std::nullopt;
  return ((*hour * 60 + *minute) * 60 + second) * kSecond_us + fraction_us - *zone_us;
}

std::string text_of(Instant instant) {
  std::int64_t of_day_us = instant % kDay_us;
  if (of_day_us < 0) of_day_us += kDay_us;
  const std::int64_t second = of_day_us / kSecond_us;
  std::string text = fmt::format("{}T{:02}:{:02}:{:02}", geo::day_of(instant), second / 3600, second / 60 % 60, second % 60);
  if (of_day_us % kSecond_us != 0) text += fmt::format(".{:06}", of_day_us % kSecond_us);
  return text + "Z";
}

}  // namespace

std::optional<ObservedAt> parse_observed_at(std::string_view text, DateOrder order) {
  text = trimmed(text);
  const auto day = take_date(text, order);
  if (!day) return std::nullopt;
  const Instant midnight = std::chrono::duration_cast<std::chrono::microseconds>(day->time_since_epoch()).count();
  if (text.empty()) return ObservedAt{.instant = midnight, .text = geo::day_of(midnight)};
  if (!take(text, 'T') && !take(text, ' ')) return std::nullopt;
  const auto of_day_us = time_us(trimmed(text));
  if (!of_day_us) return std::nullopt;
  const Instant instant = midnight + *of_day_us;
  return ObservedAt{.instant = instant, .text = text_of(instant)};
}

DateEvidence evidence_of_order(std::string_view text) {
  text = trimmed(text);
  const auto three = take_three(text);
  if (!three || three->mark != '/' || three->first_digits == 4) return DateEvidence::kNone;
  if (three->numbers[0] > 12) return DateEvidence::kDayFirst;
  return three->numbers[1] > 12 ? DateEvidence::kMonthFirst : DateEvidence::kNone;
}

}  // namespace obnova::server
