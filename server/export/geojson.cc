#include <array>
#include <utility>

#include <fmt/format.h>

#include "server/export/json_text.h"
#include "server/export/layer_text.h"
#include "server/export/shape_json.h"
#include "server/export/value_text.h"

namespace obnova::server {
namespace {

Result<std::string> head(const ExportedLayer& exported) {
  const geo::LayerDescription& description = exported.layer.description();
  std::string text = "{\"type\":\"FeatureCollection\",\"name\":" + json_text(description.id);
  const std::array<std::pair<const char*, const std::string*>, 4> members = {{{"source", &description.source},
                                                                              {"licence", &description.licence},
                                                                              {"attribution", &description.attribution},
                                                                              {"dated", &description.dated}}};
  for (const auto& [name, value] : members) {
    if (!value->empty()) text += fmt::format(",\"{}\":{}", name, json_text(*value));
  }
  const auto note = layer_note(exported, Digits::kDegrees);
  if (!note) return std::unexpected(note.error());
  return text + ",\"obnova\":" + *note + ",\"features\":[";
}

Result<std::string> feature_text(const ExportedLayer& exported, std::span<const std::string> keys, FeatureId row) {
  const geo::Layer& layer = exported.layer;
  std::string text = "{\"type\":\"Feature\",\"id\":" + json_text(layer.feature_name(row)) + ",\"geometry\":";
  const auto shape = exported.projection.to_source(layer.geometry(row));
  if (!shape) return std::unexpected(shape.error());
  append_shape_json(text, shape->view(), Digits::kDegrees);
  text += ",\"properties\":{";
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i != 0) text += ',';
    text += keys[i] + ':' + value_text(layer.column(i), row, "null", json_text);
  }
  return text + "}}";
}

}  // namespace

Result<void> write_geojson(const ExportedLayer& exported, const ByteSink& sink, const Limits& limits) {
  const auto first = head(exported);
  if (!first) return std::unexpected(first.error());
  auto done = sink(*first);
  std::vector<std::string> keys = export_columns(exported.layer);
  for (std::string& key : keys) key = json_text(key);
  std::size_t count = 0;
  for (const FeatureId feature : exported.layer.features()) {
    if (!done) return done;
    if (count % 1024 == 0 && limits.stopped()) return failure(ErrorCode::kCancelled, "The export was cancelled.");
    auto text = feature_text(exported, keys, feature);
    if (!text) return std::unexpected(text.error());
    done = sink((count++ == 0 ? "\n" : ",\n") + *text);
  }
  if (!done) return done;
  return sink("\n]}\n");
}

}  // namespace obnova::server
