#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "geo/base/limits.h"
#include "geo/base/result.h"
#include "server/export/exported_layer.h"

namespace obnova::server {

// `.gpkg`, `.fgb`, `.geojson`, `.csv`.
std::string_view file_ending(FileKind kind);

// One layer in one of the formats that stream. Precondition: not kGeoPackage.
Result<void> write_layer(const ExportedLayer& exported, FileKind kind, const ByteSink& sink, const Limits& limits);

// What the files of an archive say of it together.
struct ArchiveNote {
  std::string context;                // The state that was asked for, in words.
  std::string snapshot_digest;        // 32 hexadecimal digits.
  std::string server_version;         // `0.1.0`.
  std::vector<std::string> warnings;  // What the files do not hold as the city does.
};

// A whole city as one zip: a file for every layer, called like it, `README.txt`
// for people and `metadata.json` for programs. Precondition: not kGeoPackage.
Result<void> write_city_archive(const CityRecord& city, std::span<const ExportedLayer> layers, FileKind kind, const ArchiveNote& note,
                                const ByteSink& sink, const Limits& limits);

}  // namespace obnova::server
