#include "server/ingest/file_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
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
constexpr std::array<Extension, 17> kExtensions = {{{".osm.pbf", FileFormat::kOsmPbf},
                                                    {".osm.gz", FileFormat::kOsmXmlGzip},
                                                    {".osm.bz2", FileFormat::kOsmXmlBzip2},
                                                    {".pbf", FileFormat::kOsmPbf},
                                                    {".osm", FileFormat::kOsmXml},
                                                    {".gpkg", FileFormat::kGeoPackage},
                                                    {".geojsonl", FileFormat::kGeoJsonLines},
                                                    {".geojsons", FileFormat::kGeoJsonLines},
                                                    {".ndjson", FileFormat::kGeoJsonLines},
                                                    {".geojson", FileFormat::kGeoJson},
                                                    {".json", FileFormat::kGeoJson},
                                                    {".shp", FileFormat::kShapefile},
                                                    {".zip", FileFormat::kShapefileZip},
                                                    {".fgb", FileFormat::kFlatGeobuf},
                                                    {".csv", FileFormat::kCsv},
                                                    {".kml", FileFormat::kKml},
                                                    {".gml", FileFormat::kGml}}};

// What a file is by its first bytes, for comparison and for messages.
struct Content {
  std::string_view word;
  std::string_view magic;
};
constexpr std::array<Content, 12> kMagics = {{{"a zip archive", {"PK\x03\x04", 4}},
                                              {"gzip data", {"\x1f\x8b", 2}},
                                              {"bzip2 data", {"BZh", 3}},
                                              {"an SQLite database", {"SQLite format 3\0", 16}},
                                              {"a shapefile", {"\0\0\x27\x0a", 4}},
                                              {"FlatGeobuf", {"fgb", 3}},
                                              {"a PNG picture", {"\x89PNG", 4}},
                                              {"a JPEG picture", {"\xff\xd8\xff", 3}},
                                              {"a TIFF picture", {"II*\0", 4}},
                                              {"a TIFF picture", {"MM\0*", 4}},
                                              {"a PDF document", {"%PDF", 4}},
                                              {"an empty zip archive", {"PK\x05\x06", 4}}}};

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

std::string content_word(std::string_view head) {
  if (is_pbf(head)) return "OpenStreetMap PBF";
  for (const Content& content : kMagics) {
    if (head.starts_with(content.magic)) return std::string(content.word);
  }
  const std::string_view text = without_mark_and_space(head);
  if (text.starts_with("<?xml") || text.starts_with("<")) {
    const std::string_view root = root_element(text);
    if (root == "osm" || root == "osmChange") return "OpenStreetMap XML";
    if (root == "kml" || root.ends_with(":kml")) return "KML";
    if (root == "OGRVRTDataSource" || root == "VRTDataset") return "a GDAL virtual file";
    if (text.find("opengis.net/gml") != std::string_view::npos) return "GML";
    return "XML";
  }
  if (text.starts_with("{")) return "JSON";
  if (head.find('\0') == std::string_view::npos) return "text";
  return "unknown binary data";
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
    case FileFormat::kShapefileZip:
      return "a zip archive";
    case FileFormat::kFlatGeobuf:
      return "FlatGeobuf";
    case FileFormat::kCsv:
      return "text";
    case FileFormat::kKml:
      return "KML";
    case FileFormat::kGml:
      return "GML";
  }
  return "";
}

std::string known_endings() {
  std::string endings;
  for (const Extension& extension : kExtensions) endings += (endings.empty() ? "" : ", ") + std::string(extension.ending);
  return endings;
}

}  // namespace

bool is_osm(FileFormat format) {
  return format == FileFormat::kOsmPbf || format == FileFormat::kOsmXml || format == FileFormat::kOsmXmlGzip ||
         format == FileFormat::kOsmXmlBzip2;
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
  const std::optional<FileFormat> format = by_extension(file_name);
  if (!format) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("{} is of a kind that is not read; known endings are {}.", file_name, known_endings()));
  }
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return failure(ErrorCode::kNotFound, fmt::format("{} cannot be opened.", file_name));
  std::string head(kHeadBytes, '\0');
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(stream.gcount()));
  if (head.empty()) return failure(ErrorCode::kBadData, fmt::format("{} is empty.", file_name));
  const std::string word = content_word(head);
  if (word != expected_word(*format)) {
    return failure(ErrorCode::kBadData,
                   fmt::format("{} is named like {} but its content looks like {}.", file_name, expected_word(*format), word));
  }
  return *format;
}

}  // namespace obnova::server
