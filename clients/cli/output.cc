#include "clients/cli/output.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "clients/cli/spelling.h"

namespace obnova::cli {
namespace {

using nlohmann::json;

// Columns of a text on a terminal: one a code point, none for combining marks.
std::size_t width_of(const std::string& text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0) == 0x80) continue;
    const bool combining = byte == 0xCC || (byte == 0xCD && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xB0);
    if (!combining) ++width;
  }
  return width;
}

// A cell that begins with digits and is short enough to be a number with a unit.
bool is_number(const std::string& text) {
  return !text.empty() && text.size() < 16 && (std::isdigit(static_cast<unsigned char>(text[0])) || text[0] == '-');
}

void print_table(const Table& table) {
  if (table.header.empty()) return;
  std::vector<std::size_t> widths;
  for (const std::string& cell : table.header) widths.push_back(width_of(cell));
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  const auto print_row = [&](const std::vector<std::string>& row, bool align) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - width_of(row[i]), ' ');
      line += align && is_number(row[i]) ? padding + row[i] : row[i] + padding;
      if (i + 1 < row.size()) line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    fmt::print("{}\n", line);
  };
  print_row(table.header, false);
  std::vector<std::string> rule;
  for (const std::size_t width : widths) rule.emplace_back(width, '-');
  print_row(rule, false);
  for (const auto& row : table.rows) print_row(row, true);
}

// RFC 4180; a text cell a spreadsheet would run as a formula gets an apostrophe.
std::string csv_cell(const std::string& text) {
  const bool formula = !text.empty() && (text[0] == '=' || text[0] == '+' || text[0] == '@' ||
                                         (text[0] == '-' && text.size() > 1 && !std::isdigit(static_cast<unsigned char>(text[1]))));
  std::string cell = formula ? "'" + text : text;
  if (cell.find_first_of(",\"\n\r") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

void print_csv(const Table& table) {
  const auto print_row = [](const std::vector<std::string>& row) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += (i > 0 ? "," : "") + csv_cell(row[i]);
    fmt::print("{}\n", line);
  };
  print_row(table.header);
  for (const auto& row : table.rows) print_row(row);
}

void print_json(const Answer& answer) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = answer.messages.size() == 1;
  options.always_print_primitive_fields = true;
  for (const auto* message : answer.messages) {
    std::string text;
    const auto status = google::protobuf::util::MessageToJsonString(*message, &text, options);
    if (!status.ok()) throw UsageError{"The answer cannot be spelled as JSON: " + status.ToString()};
    fmt::print("{}{}", text, options.add_whitespace ? "" : "\n");
  }
}

void print_geojson(const Answer& answer) {
  if (!answer.has_places) throw UsageError{"This answer has no places; use --output table, json or csv."};
  const json collection = {{"type", "FeatureCollection"}, {"features", answer.features}};
  fmt::print("{}\n", collection.dump(-1, ' ', false, json::error_handler_t::replace));
}

}  // namespace

void Answer::add_feature(json geometry, json properties) {
  has_places = true;
  features.push_back({{"type", "Feature"}, {"geometry", std::move(geometry)}, {"properties", std::move(properties)}});
}

void Answer::add_warnings(const v1::Provenance& provenance) {
  for (const std::string& warning : provenance.warnings()) warnings.push_back(warning);
}

void print(const Answer& answer, Output output) {
  switch (output) {
    case Output::kTable:
      for (const std::string& line : answer.headlines) fmt::print("{}\n", line);
      if (!answer.headlines.empty() && !answer.table.rows.empty()) fmt::print("\n");
      if (!answer.table.rows.empty()) print_table(answer.table);
      break;
    case Output::kJson:
      print_json(answer);
      break;
    case Output::kGeoJson:
      print_geojson(answer);
      break;
    case Output::kCsv:
      print_csv(answer.table);
      break;
  }
  std::fflush(stdout);
  for (const std::string& warning : answer.warnings) fmt::print(stderr, "note: {}\n", warning);
}

json point_json(const v1::LngLat& place) { return {{"type", "Point"}, {"coordinates", {place.lng_deg(), place.lat_deg()}}}; }

std::string spell_duration(double seconds) {
  if (seconds < 0) return "no way";
  const auto whole = static_cast<long long>(std::llround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string spell_distance(double meters) {
  if (meters < 0) return "no way";
  return meters < 1000 ? fmt::format("{:.0f} m", meters) : fmt::format("{:.2f} km", meters / 1000);
}

std::string spell_people(double people) {
  std::string digits = fmt::format("{:.0f}", people);
  for (std::ptrdiff_t i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > (people < 0 ? 1 : 0); i -= 3) {
    digits.insert(static_cast<std::size_t>(i), ",");
  }
  return digits;
}

std::string spell_value(const v1::AttributeValue& value) {
  switch (value.kind_case()) {
    case v1::AttributeValue::kBoolValue:
      return value.bool_value() ? "true" : "false";
    case v1::AttributeValue::kIntValue:
      return std::to_string(value.int_value());
    case v1::AttributeValue::kDoubleValue:
      return fmt::format("{}", value.double_value());
    case v1::AttributeValue::kStringValue:
      return value.string_value();
    case v1::AttributeValue::KIND_NOT_SET:
      break;
  }
  return "";
}

json value_json(const v1::AttributeValue& value) {
  switch (value.kind_case()) {
    case v1::AttributeValue::kBoolValue:
      return value.bool_value();
    case v1::AttributeValue::kIntValue:
      return value.int_value();
    case v1::AttributeValue::kDoubleValue:
      return value.double_value();
    case v1::AttributeValue::kStringValue:
      return value.string_value();
    case v1::AttributeValue::KIND_NOT_SET:
      break;
  }
  return nullptr;
}

ProgressBar::ProgressBar() : terminal_(isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (shown_) fmt::print(stderr, "\r\033[K");
}

void ProgressBar::show(const v1::Progress& progress) {
  if (!terminal_) return;
  constexpr int kWidth = 30;
  const int filled = static_cast<int>(std::clamp(progress.fraction(), 0.0, 1.0) * kWidth);
  fmt::print(stderr, "\r\033[K[{}{}] {:3.0f} % {}", std::string(static_cast<std::size_t>(filled), '#'),
             std::string(static_cast<std::size_t>(kWidth - filled), '.'), progress.fraction() * 100, progress.stage());
  std::fflush(stderr);
  shown_ = true;
}

}  // namespace obnova::cli
