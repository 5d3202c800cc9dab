#include "geo/network/tag_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>
#include <utility>

#include <fmt/format.h>

namespace obnova::geo {
namespace {

constexpr double kWalk_kmh = 5;
constexpr double kMile_km = 1.609344;
constexpr double kKnot_kmh = 1.852;
constexpr double kFoot_m = 0.3048;
constexpr double kPound_t = 0.00045359237;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// Takes a number that is not negative off the front.
std::optional<double> take_number(std::string_view& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc() || !std::isfinite(number) || number < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

using Unit = std::pair<std::string_view, double>;

// A number with one of these units, or with none where a unit is named "".
std::optional<double> parse_quantity(std::string_view text, std::span<const Unit> units) {
  text = trimmed(text);
  const std::optional<double> number = take_number(text);
  if (!number) return std::nullopt;
  const auto unit = std::ranges::find(units, trimmed(text), &Unit::first);
  if (unit == units.end()) return std::nullopt;
  return *number * unit->second;
}

struct CountrySpeeds {
  std::string_view country;
  double urban_kmh;
  double rural_kmh;
  double motorway_kmh;  // 0: there is no general limit.
};

// General limits for cars; https://wiki.openstreetmap.org/wiki/Default_speed_limits.
constexpr std::array kCountrySpeeds = {
    CountrySpeeds{"AT", 50, 100, 130}, CountrySpeeds{"BE", 50, 70, 120},  CountrySpeeds{"BG", 50, 90, 140},
    CountrySpeeds{"BY", 60, 90, 110},  CountrySpeeds{"CH", 50, 80, 120},  CountrySpeeds{"CZ", 50, 90, 130},
    CountrySpeeds{"DE", 50, 100, 0},   CountrySpeeds{"DK", 50, 80, 130},  CountrySpeeds{"ES", 50, 90, 120},
    CountrySpeeds{"FI", 50, 80, 120},  CountrySpeeds{"FR", 50, 80, 130},  CountrySpeeds{"GR", 50, 90, 130},
    CountrySpeeds{"HR", 50, 90, 130},  CountrySpeeds{"HU", 50, 90, 130},  CountrySpeeds{"IT", 50, 90, 130},
    CountrySpeeds{"LT", 50, 90, 130},  CountrySpeeds{"LV", 50, 90, 100},  CountrySpeeds{"MD", 50, 90, 110},
    CountrySpeeds{"NL", 50, 80, 130},  CountrySpeeds{"PL", 50, 90, 140},  CountrySpeeds{"PT", 50, 90, 120},
    CountrySpeeds{"RO", 50, 90, 130},  CountrySpeeds{"RS", 50, 80, 130},  CountrySpeeds{"RU", 60, 90, 110},
    CountrySpeeds{"SI", 50, 90, 130},  CountrySpeeds{"SK", 50, 90, 130},  CountrySpeeds{"UA", 50, 90, 130},
};

std::optional<double> parse_implicit_speed_kmh(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view kind = text.substr(colon + 1);
  if (kind == "walk") return kWalk_kmh;
  if (kind == "living_street") return 20;
  for (const std::string_view zone : {"zone:", "zone"}) {
    if (!kind.starts_with(zone)) continue;
    std::string_view rest = kind.substr(zone.size());
    const std::optional<double> number = take_number(rest);
    if (number && *number > 0 && rest.empty()) return number;
  }
  const auto found = std::ranges::find(kCountrySpeeds, text.substr(0, colon), &CountrySpeeds::country);
  if (found == kCountrySpeeds.end()) return std::nullopt;
  if (kind == "urban") return found->urban_kmh;
  if (kind == "rural") return found->rural_kmh;
  if (kind == "motorway" && found->motorway_kmh > 0) return found->motorway_kmh;
  return std::nullopt;
}

std::optional<double> parse_one_speed_kmh(std::string_view text) {
  if (text == "walk") return kWalk_kmh;
  static constexpr std::array<Unit, 4> kUnits = {{{"", 1}, {"km/h", 1}, {"mph", kMile_km}, {"knots", kKnot_kmh}}};
  const std::optional<double> speed = parse_quantity(text, kUnits);
  if (!speed) return parse_implicit_speed_kmh(text);
  if (*speed <= 0) return std::nullopt;  // Closed is a state, not a speed.
  return speed;
}

std::optional<double> parse_feet_and_inches_m(std::string_view text) {
  const std::optional<double> feet = take_number(text);
  if (!feet || !text.starts_with('\'')) return std::nullopt;
  text = trimmed(text.substr(1));
  if (text.empty()) return *feet * kFoot_m;
  const std::optional<double> inches = take_number(text);
  if (!inches || text != "\"") return std::nullopt;
  return (*feet + *inches / 12) * kFoot_m;
}

// `PT1H5M`; days and longer are no duration of a crossing.
std::optional<double> parse_iso_duration_s(std::string_view text) {
  text.remove_prefix(2);
  if (text.empty()) return std::nullopt;
  double seconds = 0;
  while (!text.empty()) {
    const std::optional<double> number = take_number(text);
    if (!number || text.empty()) return std::nullopt;
    const char unit = text.front();
    text.remove_prefix(1);
    if (unit != 'H' && unit != 'M' && unit != 'S') return std::nullopt;
    seconds += *number * (unit == 'H' ? 3600 : unit == 'M' ? 60 : 1);
  }
  return seconds;
}

}  // namespace

std::string TagReader::get(FeatureId row, std::string_view key) const {
  const Column* column = layer_.column(key);
  if (column == nullptr || column->is_null(row)) return {};
  switch (column->type()) {
    case FieldType::kString: return std::string(column->string_at(row));
    case FieldType::kInt: return fmt::to_string(column->int_at(row));
    case FieldType::kDouble: return fmt::to_string(column->double_at(row));
    case FieldType::kBool: return column->bool_at(row) ? "yes" : "no";
  }
  return {};
}

std::vector<std::string_view> split_list(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(';'), text.size());
    const std::string_view word = trimmed(text.substr(0, end));
    if (!word.empty()) words.push_back(word);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::optional<double> parse_speed_kmh(std::string_view text) {
  std::optional<double> least;
  for (const std::string_view word : split_list(text)) {
    const std::optional<double> speed = parse_one_speed_kmh(word);
    if (speed && (!least || *speed < *least)) least = speed;
  }
  return least;
}

std::optional<double> parse_length_m(std::string_view text) {
  static constexpr std::array<Unit, 6> kUnits = {{{"", 1}, {"m", 1}, {"ft", kFoot_m}, {"cm", 0.01}, {"km", 1000}, {"in", kFoot_m / 12}}};
  const std::optional<double> length = parse_quantity(text, kUnits);
  return length ? length : parse_feet_and_inches_m(trimmed(text));
}

std::optional<double> parse_weight_t(std::string_view text) {
  static constexpr std::array<Unit, 7> kUnits = {
      {{"", 1}, {"t", 1}, {"kg", 0.001}, {"lbs", kPound_t}, {"lb", kPound_t}, {"st", 2000 * kPound_t}, {"lt", 2240 * kPound_t}}};
  return parse_quantity(text, kUnits);
}

std::optional<double> parse_duration_s(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with("PT")) return parse_iso_duration_s(text);
  std::vector<double> parts;
  while (true) {
    const std::optional<double> number = take_number(text);
    if (!number) return std::nullopt;
    parts.push_back(*number);
    if (text.empty()) break;
    if (text.front() != ':') return std::nullopt;
    text.remove_prefix(1);
  }
  if (parts.size() == 1) return parts[0] * 60;
  if (parts.size() == 2) return parts[0] * 3600 + parts[1] * 60;
  if (parts.size() == 3) return parts[0] * 3600 + parts[1] * 60 + parts[2];
  return std::nullopt;
}

}  // namespace obnova::geo
