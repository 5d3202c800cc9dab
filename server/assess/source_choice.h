#pragma once

#include <span>
#include <string>
#include <vector>

#include "geo/base/result.h"
#include "geo/damage/scale.h"
#include "obnova/worker/ingest.pb.h"
#include "server/assess/statement_rows.h"

namespace obnova::server {

// What the user said of where a file keeps its statements; empty for what is to
// be found out.
struct SourceWish {
  std::string file_name = {};  // For messages.
  std::vector<std::string> layers = {};
  bool every_layer = false;
  std::string code_column = {};
  std::string date_column = {};
  std::string id_column = {};
  std::string area_layer = {};
};

// A layer of a file that holds statements, and where.
struct StatementSource {
  std::string layer;
  std::vector<LookColumns> looks;
  std::string id_column;
};

// Finds the layers of statements: those that were named, else those with a code
// column, of which there must be one unless all were asked for. Fails with
// kInvalidArgument that lists what there is.
Result<std::vector<StatementSource>> choose_sources(std::span<const worker::SourceLayer> layers, const SourceWish& wish,
                                                    const geo::DamageScale& scale);

// The layer of assessed areas: the one that was named, else the only one with a
// usual word in its name, else empty. Fails as above.
Result<std::string> choose_area_layer(std::span<const worker::SourceLayer> layers, const SourceWish& wish, const geo::DamageScale& scale);

// What tells layers apart: their names without what all begin and end with.
std::vector<std::string> short_names(std::span<const StatementSource> sources);

}  // namespace obnova::server
