#include "server/ingest/zip_members.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>

#include "server/ingest/gdal_drivers.h"
#include "server/ingest/xml_check.h"

namespace obnova::server {
namespace {

constexpr std::size_t kMaxListedBytes = 1500;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// What other systems put into archives beside what was meant.
bool is_litter(const std::string& name) {
  return name.starts_with("__MACOSX/") || name.find("/.") != std::string::npos || name.starts_with(".");
}

// The text of a .tab decides what is opened besides it.
Result<void> check_table(const std::string& tab, const worker::IngestJob& job) {
  const std::string text = lower(tab);
  const std::size_t type = text.find("type ");
  const bool is_native = type != std::string::npos && text.substr(type + 5).starts_with("native");
  if (is_native && text.find("create view") == std::string::npos && text.find("isseamless\" = \"true") == std::string::npos) return {};
  return failure(ErrorCode::kBadData,
                 fmt::format("{} holds a .tab that only refers to other files; save the layer as a native table.", job.file_name()));
}

}  // namespace

std::vector<std::string> stems_of(const std::vector<ZipEntry>& entries, std::string_view ending) {
  std::vector<std::string> stems;
  for (const ZipEntry& entry : entries) {
    if (lower(entry.name).ends_with(ending) && !is_litter(entry.name))
      stems.push_back(entry.name.substr(0, entry.name.size() - ending.size()));
  }
  return stems;
}

Result<FileFormat> format_in_zip(const std::vector<ZipEntry>& entries, const std::string& file_name) {
  if (!stems_of(entries, ".shp").empty()) return FileFormat::kShapefile;
  if (!stems_of(entries, ".tab").empty() || !stems_of(entries, ".mif").empty()) return FileFormat::kMapInfo;
  const std::size_t tables = stems_of(entries, ".csv").size();
  if (tables > 0) return tables == 1 ? FileFormat::kCsv : FileFormat::kPowerTables;
  return failure(
      ErrorCode::kBadData,
      fmt::format("{} holds nothing that is read out of archives: a shapefile (.shp), a MapInfo table (.tab or .mif), or tables of "
                  "one network (.csv).",
                  file_name));
}

Result<std::string> chosen_stem(const std::vector<std::string>& stems, const worker::IngestJob& job) {
  std::string all;
  std::vector<std::string> matching;
  for (const std::string& stem : stems) {
    const std::string name = std::filesystem::path(stem).filename().string();
    all += (all.empty() ? "" : ", ") + name;
    if (name == job.source_layer()) return stem;
    if (name.ends_with(job.source_layer())) matching.push_back(stem);
  }
  if (matching.size() == 1) return matching.front();
  const std::string listed = all.size() > kMaxListedBytes ? all.substr(0, kMaxListedBytes) + " …" : all;
  if (job.source_layer().empty()) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("{} holds {} layers ({}); name one with --source-layer.", job.file_name(), stems.size(), listed),
                   "source_layer");
  }
  return failure(ErrorCode::kInvalidArgument,
                 fmt::format("{} has no layer `{}`, or several that end so; it has {}.", job.file_name(), job.source_layer(), listed),
                 "source_layer");
}

Result<std::string> member_of(const std::vector<ZipEntry>& entries, const std::string& name, const worker::IngestJob& job) {
  for (const ZipEntry& entry : entries) {
    if (lower(entry.name) == lower(name)) return read_zip_entry(job.path(), job.file_name(), entry);
  }
  return std::string();
}

Result<std::string> map_info_in_memory(const std::vector<ZipEntry>& entries, const worker::IngestJob& job) {
  std::vector<std::string> stems = stems_of(entries, ".tab");
  const bool is_native = !stems.empty();
  if (!is_native) stems = stems_of(entries, ".mif");
  const Result<std::string> stem = chosen_stem(stems, job);
  if (!stem) return stem;
  std::string name;
  for (const char* ending : {".dat", ".map", ".id", ".ind", ".mid", ".mif", ".tab"}) {
    const Result<std::string> content = member_of(entries, *stem + ending, job);
    if (!content) return content;
    if (std::string_view(ending) == ".tab" && is_native) {
      const Result<void> checked = check_table(*content, job);
      if (!checked) return std::unexpected(checked.error());
    }
    if (!content->empty()) name = put_in_memory(ending, *content);
  }
  return name;
}

Result<std::string> kml_of_kmz(const worker::IngestJob& job) {
  const Result<std::vector<ZipEntry>> entries = list_zip(job.path(), job.file_name());
  if (!entries) return std::unexpected(entries.error());
  // The document may only link to others in the archive.
  std::vector<std::string> filled;
  for (const std::string& stem : stems_of(*entries, ".kml")) {
    const Result<std::string> document = member_of(*entries, stem + ".kml", job);
    if (!document) return document;
    if (document->find("Placemark") != std::string::npos) filled.push_back(stem);
  }
  if (filled.empty()) return failure(ErrorCode::kBadData, fmt::format("{} holds no .kml file with places.", job.file_name()));
  const Result<std::string> stem = chosen_stem(filled, job);
  return stem ? member_of(*entries, *stem + ".kml", job) : stem;
}

Result<void> check_office_document(const worker::IngestJob& job) {
  const Result<std::vector<ZipEntry>> entries = list_zip(job.path(), job.file_name());
  if (!entries) return std::unexpected(entries.error());
  for (const ZipEntry& entry : *entries) {
    if (!lower(entry.name).ends_with(".xml") && !lower(entry.name).ends_with(".rels")) continue;
    const Result<std::string> content = read_zip_entry(job.path(), job.file_name(), entry);
    if (!content) return std::unexpected(content.error());
    const Result<void> good = check_xml(*content, fmt::format("{} ({})", job.file_name(), entry.name));
    if (!good) return good;
  }
  return {};
}

}  // namespace obnova::server
