#include "server/export/shape_json.h"

namespace obnova::server {
namespace {

void append_path(std::string& text, const GeometryView& shape, std::size_t path, Digits digits) {
  text += '[';
  bool first = true;
  for (const Point place : shape.path(path)) {
    text += first ? "[" : ",[";
    append_place(text, place, ',', digits);
    text += ']';
    first = false;
  }
  text += ']';
}

void append_paths(std::string& text, const GeometryView& shape, std::size_t begin, std::size_t end, Digits digits) {
  text += '[';
  for (std::size_t path = begin; path < end; ++path) {
    if (path != begin) text += ',';
    append_path(text, shape, path, digits);
  }
  text += ']';
}

void append_polygons(std::string& text, const GeometryView& shape, Digits digits) {
  text += '[';
  std::size_t begin = 0;
  for (const std::uint32_t end : shape.part_ends) {
    if (begin != 0) text += ',';
    append_paths(text, shape, begin, end, digits);
    begin = end;
  }
  text += ']';
}

void append_coordinates(std::string& text, const GeometryView& shape, Digits digits) {
  switch (shape.kind) {
    case GeometryKind::kPoint:
      text += '[';
      append_place(text, shape.points.front(), ',', digits);
      text += ']';
      return;
    case GeometryKind::kLineString:
    case GeometryKind::kMultiPoint:
      return append_path(text, shape, 0, digits);
    case GeometryKind::kPolygon:
    case GeometryKind::kMultiLineString:
      return append_paths(text, shape, 0, shape.path_ends.size(), digits);
    case GeometryKind::kMultiPolygon:
      return append_polygons(text, shape, digits);
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

}  // namespace

void append_shape_json(std::string& text, const GeometryView& shape, Digits digits) {
  if (shape.kind == GeometryKind::kNone) {
    text += "null";
    return;
  }
  text += fmt::format("{{\"type\":\"{}\",\"coordinates\":", type_name(shape.kind));
  append_coordinates(text, shape, digits);
  text += '}';
}

}  // namespace obnova::server
