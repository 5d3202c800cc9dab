#include "server/ingest/shapefile_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "server/ingest/zip_archive.h"

namespace obnova::server {
namespace {

struct Part {
  const char* ending;
  std::string ShapefileParts::*bytes;
};
constexpr std::array<Part, 5> kParts = {{{".shp", &ShapefileParts::shp},
                                         {".shx", &ShapefileParts::shx},
                                         {".dbf", &ShapefileParts::dbf},
                                         {".prj", &ShapefileParts::prj},
                                         {".cpg", &ShapefileParts::cpg}}};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string file_content(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Which .shp of the archive: its name without the ending, as in the archive.
Result<std::string> chosen_stem(const std::vector<std::string>& stems, const worker::IngestJob& job) {
  std::string all;
  std::vector<std::string> matching;
  for (const std::string& stem : stems) {
    const std::string name = std::filesystem::path(stem).filename().string();
    all += (all.empty() ? "" : ", ") + name;
    if (name == job.source_layer()) return stem;
    if (name.ends_with(job.source_layer())) matching.push_back(stem);
  }
  if (stems.empty()) return failure(ErrorCode::kBadData, fmt::format("{} holds no .shp file.", job.file_name()));
  if (matching.size() == 1) return matching.front();
  const std::string listed = all.size() > 1500 ? all.substr(0, 1500) + " …" : all;
  if (job.source_layer().empty()) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("{} holds {} layers ({}); name one with --source-layer.", job.file_name(), stems.size(), listed),
                   "source_layer");
  }
  return failure(ErrorCode::kInvalidArgument,
                 fmt::format("{} has no layer `{}`, or several that end so; it has {}.", job.file_name(), job.source_layer(), listed),
                 "source_layer");
}

}  // namespace

Result<ShapefileFiles> shapefile_beside(const worker::IngestJob& job) {
  ShapefileFiles files;
  std::filesystem::path path(job.path());
  files.name = path.stem().string();
  files.parts.shp = file_content(path);
  for (const Part& part : kParts) {
    if (part.bytes == &ShapefileParts::shp) continue;
    files.parts.*part.bytes = file_content(path.replace_extension(part.ending));
  }
  return files;
}

Result<ShapefileFiles> shapefile_in_zip(const worker::IngestJob& job) {
  const Result<std::vector<ZipEntry>> entries = list_zip(job.path(), job.file_name());
  if (!entries) return std::unexpected(entries.error());
  std::map<std::string, const ZipEntry*> by_name;
  std::vector<std::string> stems;
  for (const ZipEntry& entry : *entries) {
    by_name[lower(entry.name)] = &entry;
    if (lower(entry.name).ends_with(".shp")) stems.push_back(entry.name.substr(0, entry.name.size() - 4));
  }
  const Result<std::string> stem = chosen_stem(stems, job);
  if (!stem) return std::unexpected(stem.error());
  ShapefileFiles files;
  files.name = *stem;
  for (const Part& part : kParts) {
    const auto found = by_name.find(lower(*stem + part.ending));
    if (found == by_name.end()) continue;
    Result<std::string> content = read_zip_entry(job.path(), job.file_name(), *found->second);
    if (!content) return std::unexpected(content.error());
    files.parts.*part.bytes = std::move(*content);
  }
  return files;
}

}  // namespace obnova::server
