#include "server/ingest/table_places.h"

#include <cpl_conv.h>
#include <fmt/format.h>
#include <ogrsf_frmts.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "server/ingest/tag_values.h"

namespace obnova::server {
namespace {

constexpr auto kLonNames =
    std::to_array<std::string_view>({"lon",       "lng",     "long",    "longitude",       "lon_deg",         "lng_deg",   "gps_lon",
                                     "gps_lng",   "довгота", "geo_lon", "zeměpisná_délka", "zemepisna_delka", "zem_délka", "zem_delka",
                                     "gps_délka", "x",       "x_coord", "coord_x",         "point_x",         "easting"});
constexpr auto kLatNames =
    std::to_array<std::string_view>({"lat", "latitude", "lat_deg", "gps_lat", "широта", "geo_lat", "zeměpisná_šířka", "zemepisna_sirka",
                                     "zem_šířka", "zem_sirka", "gps_šířka", "y", "y_coord", "coord_y", "point_y", "northing"});
constexpr auto kWktNames = std::to_array<std::string_view>(
    {"wkt", "_wkt", "wkt_geom", "geom_wkt", "geometry_wkt", "the_geom", "geom", "geometry", "геометрія", "geometrie"});

constexpr std::size_t kMaxShownBytes = 60;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The column the job maps to the word, else the first of the usual names; -1 for none.
Result<int> column_for(const char* word, std::span<const std::string_view> usual, const worker::IngestJob& job,
                       std::span<const SourceColumn> columns, const TextDecoder& decoder) {
  if (const auto mapped = job.field_map().find(word); mapped != job.field_map().end()) {
    const Result<int> index = column_index(mapped->second, columns, decoder, job.file_name());
    return index ? index : failure(index.error().code, index.error().message, "field_map");
  }
  for (const std::string_view name : usual) {
    for (const SourceColumn& column : columns) {
      if (usual_form(column_name(column, decoder)) == name) return column.index;
    }
  }
  return -1;
}

std::string shown(std::string_view text) {
  std::string part(text.substr(0, kMaxShownBytes));
  while (!is_utf8(part)) part.pop_back();
  return part.size() < text.size() ? part + "…" : part;
}

// Spaces between digits group them by thousands, or the number is none.
std::optional<std::string> without_groups(const std::string& text) {
  std::string joined;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != ' ') {
      joined.push_back(text[i]);
      continue;
    }
    const std::string_view group = std::string_view(text).substr(i + 1, 4);
    const bool is_group =
        group.size() >= 3 && is_digit(group[0]) && is_digit(group[1]) && is_digit(group[2]) && (group.size() < 4 || !is_digit(group[3]));
    if (!is_group) return std::nullopt;
  }
  return joined;
}

bool has_degree_signs(std::string_view text) {
  for (const std::string_view sign : {"°", "'", "\"", "′", "″", "º", "’", "”"}) {
    if (text.find(sign) != std::string_view::npos) return true;
  }
  const auto is_letter = [](unsigned char c) { return c == 'N' || c == 'S' || c == 'E' || c == 'W'; };
  return std::any_of(text.begin(), text.end(), is_digit) &&
         (is_letter(static_cast<unsigned char>(text.front())) || is_letter(static_cast<unsigned char>(text.back())));
}

std::unexpected<Error> degrees_and_minutes(std::string_view text) {
  return failure(ErrorCode::kInvalidArgument,
                 fmt::format("`{}` has degrees and minutes, which are not read; write decimal degrees such as 30.5234.", shown(text)));
}

bool is_hexadecimal(std::string_view text) {
  return text.size() >= 18 && text.size() % 2 == 0 && (text.starts_with("00") || text.starts_with("01")) &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
}

std::unique_ptr<OGRGeometry> from_hexadecimal(const char* text) {
  int size = 0;
  GByte* bytes = CPLHexToBinary(text, &size);
  OGRGeometry* shape = nullptr;
  const OGRErr error = OGRGeometryFactory::createFromWkb(bytes, nullptr, &shape, static_cast<std::size_t>(size));
  CPLFree(bytes);
  return std::unique_ptr<OGRGeometry>(error == OGRERR_NONE ? shape : nullptr);
}

}  // namespace

std::string folded(std::string_view text) {
  std::string small(text);
  for (std::size_t i = 0; i < small.size(); ++i) {
    const auto first = static_cast<unsigned char>(small[i]);
    if (first < 0x80) small[i] = static_cast<char>(std::tolower(first));
    if (first < 0xC3 || first > 0xD2 || i + 1 >= small.size()) continue;
    unsigned code = (first & 0x1Fu) << 6 | (static_cast<unsigned char>(small[i + 1]) & 0x3Fu);
    const bool is_even_big = (code >= 0x100 && code <= 0x137) || (code >= 0x14A && code <= 0x177) || (code >= 0x490 && code <= 0x4BF);
    const bool is_odd_big = (code >= 0x139 && code <= 0x148) || (code >= 0x179 && code <= 0x17E);
    if ((code >= 0xC0 && code <= 0xDE && code != 0xD7) || (code >= 0x410 && code <= 0x42F))
      code += 0x20;
    else if (code >= 0x400 && code <= 0x40F)
      code += 0x50;
    else if ((is_even_big && code % 2 == 0) || (is_odd_big && code % 2 == 1))
      code += 1;
    small[i] = static_cast<char>(0xC0 | (code >> 6));
    small[i + 1] = static_cast<char>(0x80 | (code & 0x3F));
    ++i;
  }
  return small;
}

std::string usual_form(std::string_view name) {
  std::string form = folded(name.substr(0, name.find('(')));
  while (!form.empty() && form.back() == ' ') form.pop_back();
  std::replace_if(form.begin(), form.end(), [](char c) { return c == ' ' || c == '.' || c == '-'; }, '_');
  for (std::size_t at = form.find("__"); at != std::string::npos; at = form.find("__", at)) form.erase(at, 1);
  return form;
}

std::span<const std::string_view> usual_lon_names() { return kLonNames; }
std::span<const std::string_view> usual_lat_names() { return kLatNames; }
std::span<const std::string_view> usual_wkt_names() { return kWktNames; }

std::unique_ptr<OGRGeometry> shape_of_text(const char* text) {
  if (*text == '{') return std::unique_ptr<OGRGeometry>(OGRGeometryFactory::createFromGeoJson(text));
  if (is_hexadecimal(text)) return from_hexadecimal(text);
  if (std::string_view(text).starts_with("SRID=")) {
    while (*text != '\0' && *text != ';') ++text;
    if (*text == ';') ++text;
  }
  OGRGeometry* shape = nullptr;
  const char* rest = text;
  const OGRErr error = OGRGeometryFactory::createFromWkt(&rest, nullptr, &shape);
  std::unique_ptr<OGRGeometry> owned(shape);
  while (rest != nullptr && std::isspace(static_cast<unsigned char>(*rest)) != 0) ++rest;
  if (error != OGRERR_NONE || rest == nullptr || *rest != '\0') return nullptr;
  return owned;
}

Result<double> coordinate_of(std::string_view text) {
  std::string plain(text);
  for (const std::string_view space : {"\u00a0", "\u202f", "\u2009"}) {
    for (std::size_t at = plain.find(space); at != std::string::npos; at = plain.find(space, at)) plain.replace(at, space.size(), " ");
  }
  plain.erase(0, std::min(plain.find_first_not_of(" \t"), plain.size()));
  plain.erase(plain.find_last_not_of(" \t") + 1);
  if (has_degree_signs(plain)) return degrees_and_minutes(text);
  const bool has_digits_only = plain.find_first_not_of("0123456789 .,-+") == std::string::npos;
  const std::optional<std::string> joined = without_groups(plain);
  if (!joined && has_digits_only) return degrees_and_minutes(text);
  std::string number = joined.value_or("");
  if (std::count(number.begin(), number.end(), ',') == 1 && number.find('.') == std::string::npos) number[number.find(',')] = '.';
  if (number.starts_with('+')) number.erase(0, 1);
  if (const auto value = decimal_number(number)) return *value;
  return failure(ErrorCode::kBadData, fmt::format("`{}` is no coordinate.", shown(text)));
}

Result<std::optional<TablePlaces>> TablePlaces::find(const worker::IngestJob& job, std::span<const SourceColumn> columns,
                                                     const TextDecoder& decoder) {
  TablePlaces places;
  const bool wants_coordinates = job.field_map().contains("lon") || job.field_map().contains("lat");
  const Result<int> wkt = wants_coordinates ? Result<int>(-1) : column_for("wkt", kWktNames, job, columns, decoder);
  const Result<int> lon = column_for("lon", kLonNames, job, columns, decoder);
  const Result<int> lat = column_for("lat", kLatNames, job, columns, decoder);
  for (const Result<int>* column : {&wkt, &lon, &lat}) {
    if (!*column) return std::unexpected(column->error());
  }
  if (*wkt >= 0) {
    places.wkt_ = *wkt;
  } else if (*lon >= 0 && *lat >= 0) {
    places.lon_ = *lon;
    places.lat_ = *lat;
  } else {
    return std::nullopt;
  }
  return places;
}

Result<std::optional<double>> TablePlaces::coordinate_at(const OGRFeature& feature, int column, std::string_view name) const {
  if (feature.IsFieldSetAndNotNull(column) == 0) return std::nullopt;
  const OGRFieldType type = feature.GetFieldDefnRef(column)->GetType();
  if (type == OFTReal || type == OFTInteger || type == OFTInteger64) return feature.GetFieldAsDouble(column);
  const std::string_view text = feature.GetFieldAsString(column);
  if (text.find_first_not_of(" \t") == std::string_view::npos) return std::nullopt;
  // Bytes of other encodings are no digits either way.
  const Result<double> number = is_utf8(text) ? coordinate_of(text) : failure(ErrorCode::kBadData, "The text is no coordinate.");
  if (!number) return failure(number.error().code, fmt::format("{}: {}", name, number.error().message), "field_map");
  return *number;
}

Result<std::unique_ptr<OGRGeometry>> TablePlaces::place_of(const OGRFeature& feature) const {
  if (wkt_ >= 0) {
    const std::string text = feature.GetFieldAsString(wkt_);
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string::npos) return nullptr;
    auto shape = shape_of_text(text.c_str() + begin);
    if (shape != nullptr) return shape;
    return failure(ErrorCode::kBadData, fmt::format("`{}` is no shape.", is_utf8(text) ? shown(text) : "The text"));
  }
  const auto lon = coordinate_at(feature, lon_, "lon");
  if (!lon) return std::unexpected(lon.error());
  const auto lat = coordinate_at(feature, lat_, "lat");
  if (!lat) return std::unexpected(lat.error());
  if (!*lon && !*lat) return nullptr;
  if (!*lon || !*lat) return failure(ErrorCode::kBadData, "Only one of its two coordinates is filled.");
  return std::make_unique<OGRPoint>(**lon, **lat);
}

}  // namespace obnova::server
