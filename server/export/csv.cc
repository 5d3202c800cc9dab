#include "server/export/coordinates.h"
#include "server/export/layer_text.h"
#include "server/export/value_text.h"

namespace obnova::server {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

std::string csv_text(std::string_view text) {
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char letter : text) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted + '"';
}

void append_path(std::string& text, const GeometryView& shape, std::size_t path) {
  char before = '(';
  for (const Point place : shape.path(path)) {
    text += before;
    append_place(text, place, ' ', Digits::kDegrees);
    before = ',';
  }
  text += ')';
}

void append_paths(std::string& text, const GeometryView& shape, std::size_t begin, std::size_t end) {
  for (std::size_t path = begin; path < end; ++path) {
    text += path == begin ? '(' : ',';
    append_path(text, shape, path);
  }
  text += ')';
}

std::string wkt(const GeometryView& shape) {
  std::string text;
  switch (shape.kind) {
    case GeometryKind::kPoint:
      text = "POINT ";
      break;
    case GeometryKind::kLineString:
      text = "LINESTRING ";
      break;
    case GeometryKind::kPolygon:
      text = "POLYGON ";
      break;
    case GeometryKind::kMultiPoint:
      text = "MULTIPOINT ";
      break;
    case GeometryKind::kMultiLineString:
      text = "MULTILINESTRING ";
      break;
    case GeometryKind::kMultiPolygon:
      text = "MULTIPOLYGON ";
      break;
    case GeometryKind::kNone:
      return text;
  }
  if (shape.kind == GeometryKind::kMultiPolygon) {
    std::size_t begin = 0;
    for (const std::uint32_t end : shape.part_ends) {
      text += begin == 0 ? '(' : ',';
      append_paths(text, shape, begin, end);
      begin = end;
    }
    text += ')';
  } else if (shape.kind == GeometryKind::kPolygon || shape.kind == GeometryKind::kMultiLineString) {
    append_paths(text, shape, 0, shape.path_ends.size());
  } else {
    append_path(text, shape, 0);
  }
  return text;
}

std::string head(const geo::Layer& layer) {
  std::string text = "id";
  for (const std::string& column : export_columns(layer)) text += ',' + csv_text(column);
  return text + ",WKT" + std::string(kLineEnd);
}

Result<std::string> line(const ExportedLayer& exported, FeatureId row) {
  const geo::Layer& layer = exported.layer;
  std::string text = csv_text(layer.feature_name(row));
  for (std::size_t i = 0; i < layer.fields().size(); ++i) text += ',' + value_text(layer.column(i), row, "", csv_text);
  text += ',';
  const GeometryView on_plane = layer.geometry(row);
  if (on_plane.kind != GeometryKind::kNone) {
    const auto shape = exported.projection.to_source(on_plane);
    if (!shape) return std::unexpected(shape.error());
    text += csv_text(wkt(shape->view()));
  }
  return text + std::string(kLineEnd);
}

}  // namespace

Result<void> write_csv(const ExportedLayer& exported, const ByteSink& sink, const Limits& limits) {
  auto done = sink(head(exported.layer));
  std::size_t count = 0;
  for (const FeatureId feature : exported.layer.features()) {
    if (!done) return done;
    if (count++ % 1024 == 0 && limits.stopped()) return failure(ErrorCode::kCancelled, "The export was cancelled.");
    const auto text = line(exported, feature);
    if (!text) return std::unexpected(text.error());
    done = sink(*text);
  }
  return done;
}

}  // namespace obnova::server
