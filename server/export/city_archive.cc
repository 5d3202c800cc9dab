#include "server/export/city_archive.h"

#include <fmt/format.h>

#include "server/export/flatgeobuf.h"
#include "server/export/json_text.h"
#include "server/export/layer_text.h"
#include "server/export/zip_writer.h"

namespace obnova::server {
namespace {

constexpr const char* kDegrees = "WGS 84 (EPSG:4326), longitude before latitude, in degrees with ten decimals";

Digits digits_of(FileKind kind) { return kind == FileKind::kFlatGeobuf ? Digits::kExact : Digits::kDegrees; }

std::string coordinates(const CityRecord& city, FileKind kind) {
  return kind == FileKind::kFlatGeobuf ? city.crs + ", the plane of the city, in meters" : kDegrees;
}

std::string or_unknown(const std::string& words) { return words.empty() ? "not stated" : words; }

std::string readme_of(const CityRecord& city, std::span<const ExportedLayer> layers, FileKind kind, const ArchiveNote& note) {
  std::string text = fmt::format(
      "{}\n\nThe city `{}` at revision {}{}, exported by Obnova {}.\nSnapshot {}.\nCoordinates: {}.\n"
      "One file for each layer; the column `id` holds the id of a feature. `metadata.json` says the same for programs.\n",
      city.title.empty() ? city.id : city.title, city.id, city.revision, note.context.empty() ? "" : ", " + note.context,
      note.server_version, note.snapshot_digest, coordinates(city, kind));
  for (const ExportedLayer& exported : layers) {
    const geo::LayerDescription& said = exported.layer.description();
    const char* area = exported.layer.covered_area_stated() ? "stated, see metadata.json"
                                                            : "not stated: beyond its features the layer says nothing for sure";
    text += fmt::format(
        "\n{}{}\n  title:        {}\n  theme:        {}\n  features:     {}\n  source:       {}\n  dated:        {}\n  licence:      {}\n"
        "  attribution:  {}\n  covered area: {}\n",
        said.id, file_ending(kind), or_unknown(said.title), geo::theme_name(said.theme), exported.layer.feature_count(),
        or_unknown(said.source), or_unknown(said.dated), or_unknown(said.licence), or_unknown(said.attribution), area);
  }
  for (const std::string& warning : note.warnings) text += "\nNote: " + warning;
  return text + "\n";
}

std::string list_of(std::span<const std::string> texts) {
  std::string list = "[";
  for (const std::string& text : texts) list += (list.size() > 1 ? "," : "") + json_text(text);
  return list + ']';
}

Result<std::string> metadata_of(const CityRecord& city, std::span<const ExportedLayer> layers, FileKind kind, const ArchiveNote& note) {
  std::string text = fmt::format(
      "{{\"format\":1,\"city\":{},\"title\":{},\"plane\":{},\"revision\":{},\"context\":{},\"snapshot_digest\":{},\"coordinates\":{},"
      "\"server_version\":{},\"warnings\":{},\"layers\":[",
      json_text(city.id), json_text(city.title), json_text(city.crs), city.revision, json_text(note.context),
      json_text(note.snapshot_digest), json_text(coordinates(city, kind)), json_text(note.server_version), list_of(note.warnings));
  bool first = true;
  for (const ExportedLayer& exported : layers) {
    const auto said = layer_note(exported, digits_of(kind));
    if (!said) return std::unexpected(said.error());
    text += fmt::format("{}\n{{\"file\":\"{}{}\",\"obnova\":{}}}", first ? "" : ",", exported.layer.id(), file_ending(kind), *said);
    first = false;
  }
  return text + "\n]}\n";
}

}  // namespace

std::string_view file_ending(FileKind kind) {
  switch (kind) {
    case FileKind::kGeoPackage:
      return ".gpkg";
    case FileKind::kFlatGeobuf:
      return ".fgb";
    case FileKind::kGeoJson:
      return ".geojson";
    case FileKind::kCsv:
      break;
  }
  return ".csv";
}

Result<void> write_layer(const ExportedLayer& exported, FileKind kind, const ByteSink& sink, const Limits& limits) {
  if (kind == FileKind::kFlatGeobuf) return write_flatgeobuf(exported, sink, limits);
  if (kind == FileKind::kGeoJson) return write_geojson(exported, sink, limits);
  return write_csv(exported, sink, limits);
}

Result<void> write_city_archive(const CityRecord& city, std::span<const ExportedLayer> layers, FileKind kind, const ArchiveNote& note,
                                const ByteSink& sink, const Limits& limits) {
  const auto metadata = metadata_of(city, layers, kind, note);
  if (!metadata) return std::unexpected(metadata.error());
  ZipWriter zip(sink);
  auto done = zip.begin("README.txt");
  if (done) done = zip.add(readme_of(city, layers, kind, note));
  if (done) done = zip.begin("metadata.json");
  if (done) done = zip.add(*metadata);
  for (const ExportedLayer& exported : layers) {
    if (done) done = zip.begin(exported.layer.id() + std::string(file_ending(kind)));
    if (!done) return done;
    done = write_layer(exported, kind, [&zip](std::string_view bytes) { return zip.add(bytes); }, limits);
  }
  if (!done) return done;
  return zip.finish();
}

}  // namespace obnova::server
