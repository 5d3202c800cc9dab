#include <array>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "server/export/coordinates.h"
#include "server/export/layer_text.h"
#include "server/export/value_text.h"

namespace obnova::server {
namespace {

std::string json_text(std::string_view text) {
  // Bytes that are no UTF-8 cannot come from an import; whatever they are, the file stays JSON.
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void append_path(std::string& text, const GeometryView& shape, std::size_t path) {
  text += '[';
  bool first = true;
  for (const Point place : shape.path(path)) {
    text += first ? "[" : ",[";
    append_place(text, place, ',');
    text += ']';
    first = false;
  }
  text += ']';
}

void append_paths(std::string& text, const GeometryView& shape, std::size_t begin, std::size_t end) {
  text += '[';
  for (std::size_t path = begin; path < end; ++path) {
    if (path != begin) text += ',';
    append_path(text, shape, path);
  }
  text += ']';
}

void append_polygons(std::string& text, const GeometryView& shape) {
  text += '[';
  std::size_t begin = 0;
  for (const std::uint32_t end : shape.part_ends) {
    if (begin != 0) text += ',';
    append_paths(text, shape, begin, end);
    begin = end;
  }
  text += ']';
}

void append_coordinates(std::string& text, const GeometryView& shape) {
  switch (shape.kind) {
    case GeometryKind::kPoint:
      text += '[';
      append_place(text, shape.points.front(), ',');
      text += ']';
      return;
    case GeometryKind::kLineString:
    case GeometryKind::kMultiPoint:
      return append_path(text, shape, 0);
    case GeometryKind::kPolygon:
    case GeometryKind::kMultiLineString:
      return append_paths(text, shape, 0, shape.path_ends.size());
    case GeometryKind::kMultiPolygon:
      return append_polygons(text, shape);
    case GeometryKind::kNone:
      return;
  }
}

const char* type_name(GeometryKind kind) {
  switch (kind) {
    case GeometryKind::kPoint:
      return "Point";
    case GeometryKind::kLineString:
      return "LineString";
    case GeometryKind::kPolygon:
      return "Polygon";
    case GeometryKind::kMultiPoint:
      return "MultiPoint";
    case GeometryKind::kMultiLineString:
      return "MultiLineString";
    case GeometryKind::kMultiPolygon:
      return "MultiPolygon";
    case GeometryKind::kNone:
      break;
  }
  return "";
}

std::string head(const geo::LayerDescription& description) {
  std::string text = "{\"type\":\"FeatureCollection\",\"name\":" + json_text(description.id);
  const std::array<std::pair<const char*, const std::string*>, 4> members = {{{"source", &description.source},
                                                                              {"licence", &description.licence},
                                                                              {"attribution", &description.attribution},
                                                                              {"dated", &description.dated}}};
  for (const auto& [name, value] : members) {
    if (!value->empty()) text += fmt::format(",\"{}\":{}", name, json_text(*value));
  }
  return text + ",\"features\":[";
}

Result<std::string> feature_text(const geo::Layer& layer, FeatureId row, const geo::Projection& projection) {
  std::string text = "{\"type\":\"Feature\",\"id\":" + json_text(layer.feature_name(row)) + ",\"geometry\":";
  const GeometryView on_plane = layer.geometry(row);
  if (on_plane.kind == GeometryKind::kNone) {
    text += "null";
  } else {
    const auto shape = projection.to_source(on_plane);
    if (!shape) return std::unexpected(shape.error());
    text += fmt::format("{{\"type\":\"{}\",\"coordinates\":", type_name(shape->kind));
    append_coordinates(text, shape->view());
    text += '}';
  }
  text += ",\"properties\":{";
  for (std::size_t i = 0; i < layer.fields().size(); ++i) {
    if (i != 0) text += ',';
    text += json_text(layer.fields()[i].name) + ':' + value_text(layer.column(i), row, "null", json_text);
  }
  return text + "}}";
}

}  // namespace

Result<void> write_geojson(const geo::Layer& layer, const geo::Projection& projection, const TextSink& sink, const Limits& limits) {
  auto done = sink(head(layer.description()));
  std::size_t count = 0;
  for (const FeatureId feature : layer.features()) {
    if (!done) return done;
    if (count % 1024 == 0 && limits.stopped()) return failure(ErrorCode::kCancelled, "The export was cancelled.");
    auto text = feature_text(layer, feature, projection);
    if (!text) return std::unexpected(text.error());
    done = sink((count++ == 0 ? "\n" : ",\n") + *text);
  }
  if (!done) return done;
  return sink("\n]}\n");
}

}  // namespace obnova::server
