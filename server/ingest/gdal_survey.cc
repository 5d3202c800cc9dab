#include "server/ingest/gdal_survey.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <utility>
#include <vector>

#include "server/ingest/gdal_columns.h"
#include "server/ingest/gdal_source.h"
#include "server/ingest/text_encoding.h"
#include "server/ingest/zip_archive.h"

namespace obnova::server {
namespace {

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

Result<std::vector<std::string>> shapefiles_of(const worker::IngestJob& job) {
  const auto entries = list_zip(job.path(), job.file_name());
  if (!entries) return std::unexpected(entries.error());
  std::vector<std::string> names;
  for (const ZipEntry& entry : *entries) {
    if (lower(entry.name).ends_with(".shp")) names.push_back(std::filesystem::path(entry.name).stem().string());
  }
  return names;
}

Result<std::vector<std::string>> layers_of(const worker::IngestJob& job, FileFormat format) {
  if (lower(job.file_name()).ends_with(".zip")) {
    auto names = shapefiles_of(job);
    if (!names || !names->empty()) return names;
  }
  const auto source = VectorSource::open(job, format);
  if (!source) return std::unexpected(source.error());
  return source->names();
}

Result<worker::SourceLayer> survey_one(worker::IngestJob job, FileFormat format, const std::string& name) {
  job.set_source_layer(name);
  const auto source = VectorSource::open(job, format);
  if (!source) return std::unexpected(source.error());
  worker::SourceLayer layer;
  layer.set_name(name);
  for (const SourceColumn& column : source_columns(source->layer())) {
    if (is_utf8(column.raw_name)) layer.add_columns(column.raw_name);
  }
  return layer;
}

}  // namespace

Result<Reading> survey_vector(const worker::IngestJob& job, FileFormat format) {
  if (is_osm(format)) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("{} is an OpenStreetMap file: it states no damage.", job.file_name()));
  }
  const auto names = layers_of(job, format);
  if (!names) return std::unexpected(names.error());
  Reading reading;
  for (const std::string& name : *names) {
    auto layer = survey_one(job, format, name);
    if (!layer) return std::unexpected(layer.error());
    *reading.summary.add_source_layers() = std::move(*layer);
  }
  return reading;
}

}  // namespace obnova::server
