#include "server/ingest/shapefile_files.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "server/ingest/zip_archive.h"
#include "server/ingest/zip_members.h"

namespace obnova::server {
namespace {

struct Part {
  const char* ending;
  std::string ShapefileParts::* bytes;
};
constexpr std::array<Part, 5> kParts = {{{".shp", &ShapefileParts::shp},
                                         {".shx", &ShapefileParts::shx},
                                         {".dbf", &ShapefileParts::dbf},
                                         {".prj", &ShapefileParts::prj},
                                         {".cpg", &ShapefileParts::cpg}}};

std::string file_content(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
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
  const std::vector<std::string> stems = stems_of(*entries, ".shp");
  if (stems.empty()) return failure(ErrorCode::kBadData, fmt::format("{} holds no .shp file.", job.file_name()));
  const Result<std::string> stem = chosen_stem(stems, job);
  if (!stem) return std::unexpected(stem.error());
  ShapefileFiles files;
  files.name = *stem;
  for (const Part& part : kParts) {
    Result<std::string> content = member_of(*entries, *stem + part.ending, job);
    if (!content) return std::unexpected(content.error());
    files.parts.*part.bytes = std::move(*content);
  }
  return files;
}

}  // namespace obnova::server
