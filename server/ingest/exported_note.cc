#include "server/ingest/exported_note.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <exception>
#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "server/ingest/zip_archive.h"
#include "server/store/sqlite.h"

namespace obnova::server {
namespace {

constexpr std::size_t kHeadBytes = std::size_t{1} << 16;
constexpr std::uint32_t kMaxHeaderBytes = 64U << 20;
constexpr std::uint64_t kMaxMetadataBytes = 64U << 20;
constexpr std::size_t kMetadataField = 13;  // Of FlatGeobuf's Header.

geo::FieldType type_of(const std::string& name) {
  if (name == "bool") return geo::FieldType::kBool;
  if (name == "int") return geo::FieldType::kInt;
  return name == "double" ? geo::FieldType::kDouble : geo::FieldType::kString;
}

// Throws what nlohmann throws for a note that lacks something.
std::optional<ExportedNote> note_of(const nlohmann::json& json) {
  if (json.at("format").get<int>() != 1) return std::nullopt;
  ExportedNote note;
  note.layer = json.at("layer").get<std::string>();
  const auto theme = geo::theme_by_name(json.at("theme").get<std::string>());
  if (!theme || !geo::valid_layer_id(note.layer)) return std::nullopt;
  note.theme = *theme;
  note.said.set_title(json.at("title").get<std::string>());
  note.said.set_source(json.at("source").get<std::string>());
  note.said.set_licence(json.at("licence").get<std::string>());
  note.said.set_attribution(json.at("attribution").get<std::string>());
  note.said.set_dated(json.at("dated").get<std::string>());
  if (!json.at("covered_area").is_null()) note.covered_area_json = json.at("covered_area").dump();
  note.id_column = json.at("id_column").get<std::string>();
  for (const nlohmann::json& field : json.at("fields")) {
    note.columns.push_back({.name = field.at("column").get<std::string>(),
                            .field = {field.at("name").get<std::string>(), type_of(field.at("type").get<std::string>())}});
  }
  return note;
}

// Of the member `obnova`, which our files have in front of `features`.
std::optional<ExportedNote> geojson_note(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string head(kHeadBytes, '\0');
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(stream.gcount()));
  const std::string member = ",\"obnova\":";
  const std::size_t at = head.find(member);
  if (at == std::string::npos || head.find("\"features\":") < at) return std::nullopt;
  stream.clear();
  stream.seekg(static_cast<std::streamoff>(at + member.size()));
  nlohmann::json json;
  stream >> json;
  return note_of(json);
}

// Numbers of a message in the format of FlatBuffers, nothing beyond its end.
class FlatMessage {
 public:
  explicit FlatMessage(std::string bytes) : bytes_(std::move(bytes)) {}
  template <typename Number>
  std::optional<std::size_t> number(std::size_t at) const {
    if (at > bytes_.size() || bytes_.size() - at < sizeof(Number)) return std::nullopt;
    Number value;
    std::memcpy(&value, bytes_.data() + at, sizeof(Number));
    return static_cast<std::size_t>(value);
  }
  // The text of a field of the root; empty when there is none.
  std::string text(std::size_t field) const {
    const auto root = number<std::uint32_t>(0);
    const auto back = root ? number<std::int32_t>(*root) : std::nullopt;
    if (!back || *back > *root) return {};
    const std::size_t list = *root - *back;
    const auto list_bytes = number<std::uint16_t>(list);
    if (!list_bytes || *list_bytes < 2 * (3 + field)) return {};
    const auto offset = number<std::uint16_t>(list + 2 * (2 + field));
    if (!offset || *offset == 0) return {};
    const auto pointer = number<std::uint32_t>(*root + *offset);
    const auto length = pointer ? number<std::uint32_t>(*root + *offset + *pointer) : std::nullopt;
    const std::size_t begin = length ? *root + *offset + *pointer + sizeof(std::uint32_t) : bytes_.size();
    if (!length || *length > bytes_.size() - std::min(begin, bytes_.size())) return {};
    return bytes_.substr(begin, *length);
  }

 private:
  const std::string bytes_;
};

std::optional<ExportedNote> flatgeobuf_note(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string magic(8, '\0');
  std::uint32_t size = 0;
  stream.read(magic.data(), 8);
  stream.read(reinterpret_cast<char*>(&size), sizeof(size));
  if (!stream || !magic.starts_with("fgb\3") || size > kMaxHeaderBytes) return std::nullopt;
  std::string header(size, '\0');
  stream.read(header.data(), static_cast<std::streamsize>(size));
  if (!stream) return std::nullopt;
  return note_of(nlohmann::json::parse(FlatMessage(std::move(header)).text(kMetadataField)));
}

bool has_table(Database& database, const std::string& name) {
  const auto count = database.number("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '" + name + "'");
  return count && *count == 1;
}

// Reads the row of `obnova_layers` that `rows` stands at.
std::optional<ExportedNote> table_note(Database& database, const Statement& row) {
  ExportedNote note;
  note.layer = row.text_at(0);
  note.place = row.text_at(1);
  const auto theme = geo::theme_by_name(row.text_at(2));
  if (!theme || !geo::valid_layer_id(note.layer)) return std::nullopt;
  note.theme = *theme;
  note.said.set_title(std::string(row.text_at(3)));
  note.said.set_source(std::string(row.text_at(4)));
  note.said.set_licence(std::string(row.text_at(5)));
  note.said.set_attribution(std::string(row.text_at(6)));
  note.said.set_dated(std::string(row.text_at(7)));
  note.covered_area_wkb = row.bytes_at(8);
  note.id_column = "id";
  auto fields = database.prepare("SELECT name, column_name, type FROM obnova_fields WHERE layer = ?1 ORDER BY position");
  if (!fields) return std::nullopt;
  fields->bind(1, std::string_view(note.layer));
  for (auto more = fields->step(); more && *more; more = fields->step()) {
    const std::int64_t type = fields->int_at(2);
    if (type < 1 || type > 4) return std::nullopt;
    note.columns.push_back(
        {.name = std::string(fields->text_at(1)), .field = {std::string(fields->text_at(0)), static_cast<geo::FieldType>(type)}});
  }
  return note;
}

std::optional<ExportedNote> geopackage_note(const worker::IngestJob& job) {
  auto database = Database::open(job.path(), Database::Mode::kReadStranger);
  if (!database || !has_table(*database, "obnova_layers") || !has_table(*database, "obnova_fields")) return std::nullopt;
  auto rows = database->prepare(
      "SELECT id, table_name, theme, title, source, licence, attribution, dated, covered_area FROM obnova_layers "
      "WHERE ?1 = '' OR id = ?1 OR table_name = ?1 LIMIT 2");
  if (!rows) return std::nullopt;
  rows->bind(1, std::string_view(job.source_layer()));
  const auto row = rows->step();
  if (!row || !*row) return std::nullopt;
  auto note = table_note(*database, *rows);
  const auto another = rows->step();
  if (!another || *another) return std::nullopt;
  return note;
}

std::optional<ExportedNote> archive_note(const worker::IngestJob& job) {
  const auto entries = list_zip(job.path(), job.file_name());
  if (!entries) return std::nullopt;
  const auto metadata = std::ranges::find(*entries, "metadata.json", &ZipEntry::name);
  if (metadata == entries->end() || metadata->bytes > kMaxMetadataBytes) return std::nullopt;
  const auto text = read_zip_entry(job.path(), job.file_name(), *metadata);
  if (!text) return std::nullopt;
  const nlohmann::json json = nlohmann::json::parse(*text);
  std::optional<ExportedNote> found;
  for (const nlohmann::json& layer : json.at("layers")) {
    auto note = note_of(layer.at("obnova"));
    if (!note || (!job.source_layer().empty() && note->layer != job.source_layer())) continue;
    if (found) return std::nullopt;
    found = std::move(note);
    found->place = layer.at("file").get<std::string>();
  }
  return found;
}

}  // namespace

std::optional<ExportedNote> find_exported_note(const worker::IngestJob& job, FileFormat format) {
  try {
    switch (format) {
      case FileFormat::kGeoPackage:
        return geopackage_note(job);
      case FileFormat::kGeoJson:
        return geojson_note(job.path());
      case FileFormat::kFlatGeobuf:
        return flatgeobuf_note(job.path());
      case FileFormat::kZip:
        return archive_note(job);
      default:
        return std::nullopt;
    }
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;  // Somebody else's file, or one whose note was changed.
  }
}

}  // namespace obnova::server
