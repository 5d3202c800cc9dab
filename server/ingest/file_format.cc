#include "server/ingest/file_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>

namespace obnova::server {
namespace {

constexpr std::size_t kHeadBytes = 4096;

struct Extension {
  std::string_view ending;
  FileFormat format;
};

// Longer endings first: `.osm.gz` is not `.gz`.
constexpr auto kExtensions = std::to_array<Extension>({{".osm.pbf", FileFormat::kOsmPbf},
                                                       {".osm.gz", FileFormat::kOsmXmlGzip},
                                                       {".osm.bz2", FileFormat::kOsmXmlBzip2},
                                                       {".pbf", FileFormat::kOsmPbf},
                                                       {".osm", FileFormat::kOsmXml},
                                                       {".gpkg", FileFormat::kGeoPackage},
                                                       {".geojsonl", FileFormat::kGeoJsonLines},
                                                       {".geojsons", FileFormat::kGeoJsonLines},
                                                       {".ndjson", FileFormat::kGeoJsonLines},
                                                       {".city.json", FileFormat::kCityJson},
                                                       {".cityjson", FileFormat::kCityJson},
                                                       {".geojson", FileFormat::kGeoJson},
                                                       {".json", FileFormat::kGeoJson},
                                                       {".shp", FileFormat::kShapefile},
                                                       {".zip", FileFormat::kZip},
                                                       {".fgb", FileFormat::kFlatGeobuf},
                                                       {".csv", FileFormat::kCsv},
                                                       {".xlsx", FileFormat::kXlsx},
                                                       {".ods", FileFormat::kOds},
                                                       {".kml", FileFormat::kKml},
                                                       {".kmz", FileFormat::kKmz},
                                                       {".gml", FileFormat::kGml},
                                                       {".gpx", FileFormat::kGpx},
                                                       {".dxf", FileFormat::kDxf},
                                                       {".inp", FileFormat::kEpanet}});

// What to do with a file that is not read.
struct Advice {
  std::string_view ending;
  std::string_view words;
};
constexpr auto kAdvice = std::to_array<Advice>({{".dwg", "save the drawing as .dxf"},
                                                {".xls", "save the table as .xlsx or .csv"},
                                                {".tab", "put the .tab and its .dat, .map and .id into one .zip"},
                                                {".mif", "put the .mif and its .mid into one .zip"},
                                                {".dbf", "put it with its .shp and .shx into one .zip"},
                                                {".7z", "pack it as .zip"},
                                                {".rar", "pack it as .zip"}});

// What a file is by its first bytes, for comparison and for messages.
struct Content {
  std::string_view word;
  std::string_view magic;
};
constexpr auto kMagics = std::to_array<Content>({{"a zip archive", {"PK\x03\x04", 4}},
                                                 {"gzip data", {"\x1f\x8b", 2}},
                                                 {"bzip2 data", {"BZh", 3}},
                                                 {"an SQLite database", {"SQLite format 3\0", 16}},
                                                 {"a shapefile", {"\0\0\x27\x0a", 4}},
                                                 {"FlatGeobuf", {"fgb", 3}},
                                                 {"a binary DXF drawing", {"AutoCAD Binary DXF", 18}},
                                                 {"an old or encrypted Office document", {"\xd0\xcf\x11\xe0", 4}},
                                                 {"a PNG picture", {"\x89PNG", 4}},
                                                 {"a JPEG picture", {"\xff\xd8\xff", 3}},
                                                 {"a TIFF picture", {"II*\0", 4}},
                                                 {"a TIFF picture", {"MM\0*", 4}},
                                                 {"a PDF document", {"%PDF", 4}},
                                                 {"an empty zip archive", {"PK\x05\x06", 4}}});

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::optional<FileFormat> by_extension(const std::string& file_name) {
  const std::string name = lower(file_name);
  for (const Extension& extension : kExtensions) {
    if (name.ends_with(extension.ending)) return extension.format;
  }
  return std::nullopt;
}

bool is_pbf(std::string_view head) { return head.size() > 20 && head.substr(0, 20).find("OSMHeader") != std::string_view::npos; }

// The first element of an XML document, or empty.
std::string_view root_element(std::string_view head) {
  std::size_t at = 0;
  while ((at = head.find('<', at)) != std::string_view::npos) {
    const std::string_view rest = head.substr(at + 1);
    if (!rest.starts_with("?") && !rest.starts_with("!")) return rest.substr(0, rest.find_first_of(" \t\r\n/>"));
    ++at;
  }
  return {};
}

std::string_view without_mark_and_space(std::string_view head) {
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  while (!head.empty() && (std::isspace(static_cast<unsigned char>(head.front())) != 0 || head.front() == '\x1e')) head.remove_prefix(1);
  return head;
}

std::string_view trimmed(std::string_view line) {
  while (!line.empty() && std::isspace(static_cast<unsigned char>(line.back())) != 0) line.remove_suffix(1);
  while (!line.empty() && std::isspace(static_cast<unsigned char>(line.front())) != 0) line.remove_prefix(1);
  return line;
}

// The next line of the text, without spaces around it.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = trimmed(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

// Pairs of lines, a number and its value; comments have the number 999.
bool is_dxf(std::string_view text) {
  while (!text.empty()) {
    const std::string_view code = take_line(text);
    const std::string_view value = take_line(text);
    if (code != "999") return code == "0" && value == "SECTION";
  }
  return false;
}

// A section in brackets after blank lines and comments.
bool is_epanet(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty() || line.starts_with(";")) continue;
    return line.size() > 2 && line.front() == '[' && line.back() == ']' && std::isalpha(static_cast<unsigned char>(line[1])) != 0;
  }
  return false;
}

bool is_city_json(std::string_view text) {
  for (std::size_t at = text.find("\"type\""); at != std::string_view::npos; at = text.find("\"type\"", at + 1)) {
    std::string_view rest = trimmed(text.substr(at + 6));
    if (!rest.starts_with(":")) continue;
    rest = trimmed(rest.substr(1));
    if (rest.starts_with("\"CityJSON\"")) return true;
  }
  return false;
}

std::string xml_word(std::string_view text) {
  const std::string_view root = root_element(text);
  if (root == "osm" || root == "osmChange") return "OpenStreetMap XML";
  if (root == "kml" || root.ends_with(":kml")) return "KML";
  if (root == "gpx" || root.ends_with(":gpx")) return "GPX";
  if (root == "OGRVRTDataSource" || root == "VRTDataset") return "a GDAL virtual file";
  if (text.find("opengis.net/gml") != std::string_view::npos) return "GML";
  return "XML";
}

std::string content_word(std::string_view head) {
  if (is_pbf(head)) return "OpenStreetMap PBF";
  for (const Content& content : kMagics) {
    if (head.starts_with(content.magic)) return std::string(content.word);
  }
  const std::string_view text = without_mark_and_space(head);
  if (text.starts_with("<")) return xml_word(text);
  if (text.starts_with("{")) return is_city_json(text) ? "CityJSON" : "JSON";
  if (head.find('\0') != std::string_view::npos) return "unknown binary data";
  if (is_dxf(text)) return "a DXF drawing";
  return is_epanet(text) ? "an EPANET model" : "text";
}

// The word of `content_word` that a file of this format has.
std::string_view expected_word(FileFormat format) {
  switch (format) {
    case FileFormat::kOsmPbf:
      return "OpenStreetMap PBF";
    case FileFormat::kOsmXml:
      return "OpenStreetMap XML";
    case FileFormat::kOsmXmlGzip:
      return "gzip data";
    case FileFormat::kOsmXmlBzip2:
      return "bzip2 data";
    case FileFormat::kGeoPackage:
      return "an SQLite database";
    case FileFormat::kGeoJson:
    case FileFormat::kGeoJsonLines:
      return "JSON";
    case FileFormat::kShapefile:
      return "a shapefile";
    case FileFormat::kZip:
    case FileFormat::kXlsx:
    case FileFormat::kOds:
    case FileFormat::kKmz:
      return "a zip archive";
    case FileFormat::kFlatGeobuf:
      return "FlatGeobuf";
    case FileFormat::kCsv:
      return "text";
    case FileFormat::kKml:
      return "KML";
    case FileFormat::kGml:
      return "GML";
    case FileFormat::kGpx:
      return "GPX";
    case FileFormat::kDxf:
      return "a DXF drawing";
    case FileFormat::kCityJson:
      return "CityJSON";
    case FileFormat::kEpanet:
      return "an EPANET model";
    case FileFormat::kMapInfo:
    case FileFormat::kPowerTables:
      break;  // They come in archives only.
  }
  return "";
}

// The text of the member `type` of a JSON object, wherever in the file it stands.
std::string type_of_json(std::ifstream& stream) {
  stream.clear();
  stream.seekg(0);
  int depth = 0;
  bool is_text = false;
  bool is_key = true;
  std::string text, key;
  for (std::istreambuf_iterator<char> at(stream), end; at != end; ++at) {
    const char c = *at;
    if (is_text && c == '"') {
      is_text = false;
      if (depth == 1 && is_key) key = text;
      if (depth == 1 && !is_key && key == "type") return text;
    } else if (is_text) {
      if (c == '\\' && ++at == end) break;
      if (depth == 1 && text.size() < kHeadBytes) text.push_back(c);
    } else if (c == '"') {
      is_text = true;
      text.clear();
    } else {
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      if (depth == 1 && (c == ',' || c == '{')) is_key = true;
      if (depth == 1 && c == ':') is_key = false;
    }
  }
  return {};
}

std::string known_endings() {
  std::string endings;
  for (const Extension& extension : kExtensions) endings += (endings.empty() ? "" : ", ") + std::string(extension.ending);
  return endings;
}

std::unexpected<Error> unknown_kind(const std::string& file_name) {
  for (const Advice& advice : kAdvice) {
    if (!lower(file_name).ends_with(advice.ending)) continue;
    return failure(ErrorCode::kInvalidArgument, fmt::format("{} is of a kind that is not read; {}.", file_name, advice.words));
  }
  return failure(ErrorCode::kInvalidArgument,
                 fmt::format("{} is of a kind that is not read; known endings are {}.", file_name, known_endings()));
}

}  // namespace

bool is_osm(FileFormat format) {
  return format == FileFormat::kOsmPbf || format == FileFormat::kOsmXml || format == FileFormat::kOsmXmlGzip ||
         format == FileFormat::kOsmXmlBzip2;
}

bool is_table(FileFormat format) { return format == FileFormat::kCsv || format == FileFormat::kXlsx || format == FileFormat::kOds; }

bool is_always_unicode(FileFormat format) {
  return format != FileFormat::kShapefile && format != FileFormat::kCsv && format != FileFormat::kEpanet &&
         format != FileFormat::kPowerTables && format != FileFormat::kDxf && format != FileFormat::kGeoJson &&
         format != FileFormat::kGeoJsonLines;
}

bool invents_columns(FileFormat format) {
  return format == FileFormat::kKml || format == FileFormat::kKmz || format == FileFormat::kGpx || format == FileFormat::kDxf;
}

const char* osmium_format(FileFormat format) {
  switch (format) {
    case FileFormat::kOsmPbf:
      return "pbf";
    case FileFormat::kOsmXmlGzip:
      return "osm.gz";
    case FileFormat::kOsmXmlBzip2:
      return "osm.bz2";
    default:
      return "osm";
  }
}

Result<FileFormat> file_format(const std::string& path, const std::string& file_name) {
  const std::string name = lower(file_name);
  if (name.ends_with(".osc") || name.find(".osc.") != std::string::npos || name.find(".osh.") != std::string::npos ||
      name.ends_with(".osh")) {
    return failure(ErrorCode::kBadData,
                   fmt::format("{} holds the history of objects or changes to them; a plain extract of one moment is needed.", file_name));
  }
  std::optional<FileFormat> format = by_extension(file_name);
  if (!format) return unknown_kind(file_name);
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return failure(ErrorCode::kNotFound, fmt::format("{} cannot be opened.", file_name));
  std::string head(kHeadBytes, '\0');
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(stream.gcount()));
  if (head.empty()) return failure(ErrorCode::kBadData, fmt::format("{} is empty.", file_name));
  const std::string word = content_word(head);
  // Files of both kinds are often just `.json`, and the first bytes of a city need not say that it is one.
  if (word == "JSON" && *format == FileFormat::kCityJson) return FileFormat::kCityJson;
  if ((word == "CityJSON" || word == "JSON") && name.ends_with(".json") && type_of_json(stream) == "CityJSON") return FileFormat::kCityJson;
  if (word != expected_word(*format)) {
    return failure(ErrorCode::kBadData,
                   fmt::format("{} is named like {} but its content looks like {}.", file_name, expected_word(*format), word));
  }
  return *format;
}

}  // namespace obnova::server
