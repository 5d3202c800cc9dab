#include "server/ingest/gdal_columns.h"

#include <cpl_conv.h>
#include <fmt/format.h>
#include <ogrsf_frmts.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "server/ingest/tag_values.h"

namespace obnova::server {
namespace {

constexpr std::size_t kMaxColumns = 1'000;
constexpr std::size_t kMaxNameBytes = 255;
constexpr std::size_t kMaxTextBytes = std::size_t{1} << 20;
constexpr double kLargestWhole = 9e15;

// Fields that a theme needs as numbers.
struct ThemeField {
  geo::Theme theme;
  const char* name;
  geo::FieldType type;
  bool is_required;
};
constexpr std::array<ThemeField, 8> kThemeFields = {{{geo::Theme::kPopulation, "population", geo::FieldType::kDouble, true},
                                                     {geo::Theme::kBuildings, "levels", geo::FieldType::kInt, false},
                                                     {geo::Theme::kBuildings, "height_m", geo::FieldType::kDouble, false},
                                                     {geo::Theme::kBuildings, "residents", geo::FieldType::kDouble, false},
                                                     {geo::Theme::kFacilities, "capacity", geo::FieldType::kInt, false},
                                                     {geo::Theme::kUtilities, "voltage_v", geo::FieldType::kInt, false},
                                                     {geo::Theme::kPlaces, "population", geo::FieldType::kInt, false},
                                                     {geo::Theme::kDistricts, "admin_level", geo::FieldType::kInt, false}}};

const ThemeField* theme_field(int theme, std::string_view name) {
  for (const ThemeField& field : kThemeFields) {
    if (static_cast<int>(field.theme) == theme && field.name == name) return &field;
  }
  return nullptr;
}

bool is_coordinate_word(const std::string& word) { return word == "lon" || word == "lat" || word == "wkt"; }

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string listed(std::span<const SourceColumn> columns, const TextDecoder& decoder) {
  std::string names;
  for (const SourceColumn& column : columns) names += (names.empty() ? "" : ", ") + column_name(column, decoder);
  if (names.empty()) return "none";
  return names.size() > 600 ? decoder.decode(names.substr(0, 600)).value_or("many") + " …" : names;
}

// The fields of the layer that a column was mapped to; its own name when none.
std::vector<std::string> targets_of(const std::string& name, const worker::IngestJob& job) {
  std::vector<std::string> targets;
  for (const auto& [field, column] : job.field_map()) {
    if (column == name && !is_coordinate_word(field)) targets.push_back(field);
  }
  std::sort(targets.begin(), targets.end());
  if (targets.empty()) targets.push_back(name);
  return targets;
}

// `2,5` as in the tables of most of Europe.
std::optional<double> comma_number(std::string_view text) {
  if (text.find('.') != std::string_view::npos) return std::nullopt;
  std::string number(text);
  if (const std::size_t comma = number.find(','); comma != std::string::npos) number[comma] = '.';
  return decimal_number(number);
}

// Numbers with a decimal comma, and at least one that is not `1,234`, which may be a thousand.
bool has_comma_numbers(const SourceColumn& column) { return column.only_comma_numbers && column.has_decimal_comma; }

std::optional<geo::FieldType> own_type(const SourceColumn& column, bool infer_types) {
  switch (column.gdal_type) {
    case OFTInteger:
    case OFTInteger64:
      return column.is_bool ? geo::FieldType::kBool : geo::FieldType::kInt;
    case OFTReal:
      return geo::FieldType::kDouble;
    case OFTBinary:
      return std::nullopt;
    default:
      if (!infer_types || column.filled_count == 0) return geo::FieldType::kString;
      if (column.only_whole_numbers) return geo::FieldType::kInt;
      return column.only_numbers || has_comma_numbers(column) ? geo::FieldType::kDouble : geo::FieldType::kString;
  }
}

// `population`, or `population_2` when a column has that name already. Mapped
// names were given away before all others.
std::string free_name(const std::string& name, std::set<std::string>& taken) {
  std::string unique = name;
  for (int i = 2; !taken.insert(lower(unique)).second; ++i) unique = fmt::format("{}_{}", name, i);
  return unique;
}

std::string date_text(const OGRFeature& feature, int index, int type) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, zone = 0;
  float second = 0;
  if (feature.GetFieldAsDateTime(index, &year, &month, &day, &hour, &minute, &second, &zone) == 0) return feature.GetFieldAsString(index);
  const std::string date = fmt::format("{:04}-{:02}-{:02}", year, month, day);
  const std::string time = fmt::format("{:02}:{:02}:{:02}", hour, minute, static_cast<int>(second));
  if (type == OFTDate) return date;
  return type == OFTTime ? time : date + "T" + time;
}

std::string raw_text(const OGRFeature& feature, int index, int type) {
  switch (type) {
    case OFTDate:
    case OFTTime:
    case OFTDateTime:
      return date_text(feature, index, type);
    case OFTIntegerList:
    case OFTInteger64List:
    case OFTRealList:
    case OFTStringList: {
      char* json = feature.GetFieldAsSerializedJSon(index);
      std::string text = json != nullptr ? json : "";
      CPLFree(json);
      return text;
    }
    default:
      return feature.GetFieldAsString(index);
  }
}

// Codes such as `007` and whole numbers too long for a double are no numbers.
bool is_code(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  const bool is_long = text.size() > 15 && text.find_first_of(".,") == std::string_view::npos;
  return is_long || (digits.size() > 1 && digits[0] == '0' && digits[1] != '.' && digits[1] != ',') || text.starts_with('+');
}

}  // namespace

std::string column_name(const SourceColumn& column, const TextDecoder& decoder) {
  const std::string_view raw = column.raw_name;
  std::string name = decoder.decode(raw).value_or(std::string(without_half_letter(raw)));
  if (!is_utf8(name)) name.clear();
  std::replace_if(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return name.empty() ? fmt::format("column_{}", column.index + 1) : name;
}

std::vector<SourceColumn> source_columns(OGRLayer& layer) {
  std::vector<SourceColumn> columns;
  const OGRFeatureDefn* definition = layer.GetLayerDefn();
  for (int i = 0; i < definition->GetFieldCount(); ++i) {
    const OGRFieldDefn* field = definition->GetFieldDefn(i);
    columns.push_back(
        {.index = i, .raw_name = field->GetNameRef(), .gdal_type = field->GetType(), .is_bool = field->GetSubType() == OFSTBoolean});
  }
  return columns;
}

void survey_row(const OGRFeature& feature, std::int64_t row, std::vector<SourceColumn>& columns, TextSurvey& texts) {
  for (SourceColumn& column : columns) {
    if (feature.IsFieldSetAndNotNull(column.index) == 0) continue;
    const std::string_view text = column.gdal_type == OFTString ? feature.GetFieldAsString(column.index) : "";
    if (column.gdal_type == OFTString && text.empty()) continue;
    ++column.filled_count;
    if (column.gdal_type == OFTInteger) {
      const int number = feature.GetFieldAsInteger(column.index);
      if (number != 0 && number != -1) column.only_defaults = false;
    }
    if (column.gdal_type != OFTString) continue;
    texts.add(row, is_utf8(column.raw_name) ? column.raw_name : fmt::format("number {}", column.index + 1), text);
    if (column.only_numbers) column.only_numbers = !is_code(text) && decimal_number(text).has_value();
    if (column.only_whole_numbers) column.only_whole_numbers = !is_code(text) && whole_number(text).has_value();
    if (column.only_comma_numbers) column.only_comma_numbers = !is_code(text) && comma_number(text).has_value();
    const std::size_t comma = text.find(',');
    if (comma != std::string_view::npos && text.size() - comma != 4) column.has_decimal_comma = true;
  }
}

Result<int> column_index(const std::string& name, std::span<const SourceColumn> columns, const TextDecoder& decoder,
                         const std::string& file_name) {
  for (const SourceColumn& column : columns) {
    if (column_name(column, decoder) == name) return column.index;
  }
  return failure(ErrorCode::kInvalidArgument, fmt::format("{} has no column `{}`; it has {}.", file_name, name, listed(columns, decoder)));
}

Result<ColumnPlan> ColumnPlan::make(const worker::IngestJob& job, std::span<const SourceColumn> columns, const TextDecoder& decoder,
                                    bool infer_types, worker::IngestSummary& summary) {
  if (columns.size() > kMaxColumns) {
    return failure(ErrorCode::kLimitExceeded,
                   fmt::format("{} has {} columns, more than {}.", job.file_name(), columns.size(), kMaxColumns));
  }
  std::set<std::string> taken;
  for (const auto& [field, column] : job.field_map()) {
    if (is_coordinate_word(field)) continue;
    const Result<int> index = column_index(column, columns, decoder, job.file_name());
    if (!index) return failure(index.error().code, index.error().message, "field_map");
    taken.insert(lower(field));
  }
  ColumnPlan plan;
  for (const SourceColumn& column : columns) {
    const std::string name = column_name(column, decoder);
    if (!decoder.decode(column.raw_name)) {
      summary.add_warnings(fmt::format("The name of the column {} was cut in the middle of a letter; half of it was dropped.", name));
    }
    const auto type = own_type(column, infer_types);
    if (!type || name.size() > kMaxNameBytes) {
      summary.add_warnings(
          fmt::format("The column {} was left out: it holds no text or number, or its name is too long.", name.substr(0, 100)));
      continue;
    }
    for (const std::string& target : targets_of(name, job)) {
      const bool is_mapped = job.field_map().contains(target) && job.field_map().at(target) == name;
      const std::string field = is_mapped ? target : free_name(target, taken);
      if (field != target) summary.add_warnings(fmt::format("The column {} was renamed to {}: the name was taken.", target, field));
      const ThemeField* known = theme_field(job.theme(), field);
      plan.fields_.push_back({field, known != nullptr ? known->type : *type});
      plan.planned_.push_back({column.index, column.gdal_type, known != nullptr && known->is_required, has_comma_numbers(column)});
    }
  }
  for (const ThemeField& needed : kThemeFields) {
    if (static_cast<int>(needed.theme) != job.theme() || !needed.is_required) continue;
    const auto is_needed = [&](const geo::Field& field) { return field.name == needed.name; };
    if (std::any_of(plan.fields_.begin(), plan.fields_.end(), is_needed)) continue;
    return failure(
        ErrorCode::kInvalidArgument,
        fmt::format("{} has no column `{}`, which a layer of {} needs; say which of its columns it is with `--map {}=COLUMN`: {}.",
                    job.file_name(), needed.name, geo::theme_name(needed.theme), needed.name, listed(columns, decoder)),
        "field_map");
  }
  return plan;
}

Result<std::vector<geo::Value>> ColumnPlan::values_of(const OGRFeature& feature, const TextDecoder& decoder) {
  std::vector<geo::Value> values;
  values.reserve(fields_.size());
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    Result<geo::Value> value = value_of(feature, i, decoder);
    if (!value) return std::unexpected(value.error());
    values.push_back(std::move(*value));
  }
  return values;
}

Result<geo::Value> ColumnPlan::value_of(const OGRFeature& feature, std::size_t field, const TextDecoder& decoder) {
  const Planned& planned = planned_[field];
  if (feature.IsFieldSetAndNotNull(planned.index) == 0) return std::monostate();
  const bool is_whole = planned.gdal_type == OFTInteger || planned.gdal_type == OFTInteger64;
  if (is_whole && fields_[field].type == geo::FieldType::kBool) return feature.GetFieldAsInteger(planned.index) != 0;
  if (is_whole && fields_[field].type == geo::FieldType::kInt) {
    return static_cast<std::int64_t>(feature.GetFieldAsInteger64(planned.index));
  }
  if (is_whole || planned.gdal_type == OFTReal) {
    const double number = feature.GetFieldAsDouble(planned.index);
    const bool becomes_whole = fields_[field].type == geo::FieldType::kInt;
    if (!std::isfinite(number) || (becomes_whole && std::abs(number) > kLargestWhole)) {
      ++dropped_number_count_;
      return std::monostate();
    }
    if (becomes_whole) return static_cast<std::int64_t>(std::llround(number));
    return number;
  }
  const std::string raw = raw_text(feature, planned.index, planned.gdal_type);
  if (raw.size() > kMaxTextBytes) {
    return failure(ErrorCode::kLimitExceeded,
                   fmt::format("field {} holds {} bytes, more than {}.", fields_[field].name, raw.size(), kMaxTextBytes));
  }
  std::optional<std::string> text = decoder.decode(raw);
  if (!text) return failure(ErrorCode::kBadData, fmt::format("field {} is not {}.", fields_[field].name, decoder.encoding()));
  if (text->empty()) return std::monostate();
  if (fields_[field].type == geo::FieldType::kString) return std::move(*text);
  return number_of_text(*text, field);
}

Result<geo::Value> ColumnPlan::number_of_text(const std::string& text, std::size_t field) {
  const std::optional<double> number = planned_[field].has_decimal_comma ? comma_number(text) : decimal_number(text);
  if (number && fields_[field].type == geo::FieldType::kDouble) return *number;
  if (number && std::abs(*number) <= kLargestWhole) return static_cast<std::int64_t>(std::llround(*number));
  if (planned_[field].is_required) {
    return failure(ErrorCode::kBadData, fmt::format("field {} is `{}`, which is no number.", fields_[field].name, text.substr(0, 100)));
  }
  ++dropped_number_count_;
  return std::monostate();
}

}  // namespace obnova::server
