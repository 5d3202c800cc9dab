#pragma once

#include <optional>
#include <string>
#include <vector>

#include "geo/base/result.h"
#include "geo/layer/layer.h"
#include "obnova/worker/ingest.pb.h"
#include "server/ingest/file_format.h"

namespace obnova::server {

// What a file that this program exported says of a layer in it, see server/export.
struct ExportedNote {
  struct Column {
    std::string name;  // In the file.
    geo::Field field;  // What it was in the layer.
  };
  std::string layer;
  geo::Theme theme = geo::Theme::kOther;
  worker::LayerSaid said;  // Without the covered area.
  // In the coordinates of the file: GeoJSON, or WKB; at most one is there.
  std::string covered_area_json;
  std::string covered_area_wkb;
  std::string id_column;
  std::vector<Column> columns;
  // Where the layer stands: a table of a GeoPackage, a file of an archive; empty for the only one.
  std::string place;
};

// The note of the layer the job asks for; nullopt for a file that has none, and
// for one with several layers when the job names none of them.
std::optional<ExportedNote> find_exported_note(const worker::IngestJob& job, FileFormat format);

}  // namespace obnova::server
