#include "server/scenario/oc4ids_json.h"

#include <google/protobuf/util/time_util.h>
#include <nlohmann/json.hpp>

#include "geo/base/wkb.h"
#include "server/twin/instant.h"

namespace obnova::server {
namespace {

using Json = nlohmann::ordered_json;

Json place_json(Point place) { return Json::array({place.x_m, place.y_m}); }

Json path_json(std::span<const Point> path) {
  Json places = Json::array();
  for (const Point place : path) places.push_back(place_json(place));
  return places;
}

Json polygon_json(const GeometryView& shape, std::size_t part) {
  Json rings = Json::array();
  for (std::size_t i = part == 0 ? 0 : shape.part_ends[part - 1]; i < shape.part_ends[part]; ++i) rings.push_back(path_json(shape.path(i)));
  return rings;
}

Json shape_json(const char* type, Json coordinates) { return Json{{"type", type}, {"coordinates", std::move(coordinates)}}; }

Json to_json(const GeometryView& shape) {
  Json many = Json::array();
  switch (shape.kind) {
    case GeometryKind::kPoint:
      return shape_json("Point", place_json(shape.points[0]));
    case GeometryKind::kLineString:
      return shape_json("LineString", path_json(shape.points));
    case GeometryKind::kPolygon:
      return shape_json("Polygon", polygon_json(shape, 0));
    case GeometryKind::kMultiPoint:
      return shape_json("MultiPoint", path_json(shape.points));
    case GeometryKind::kMultiLineString:
      for (std::size_t i = 0; i < shape.path_ends.size(); ++i) many.push_back(path_json(shape.path(i)));
      return shape_json("MultiLineString", std::move(many));
    case GeometryKind::kMultiPolygon:
      for (std::size_t i = 0; i < shape.part_ends.size(); ++i) many.push_back(polygon_json(shape, i));
      return shape_json("MultiPolygon", std::move(many));
    case GeometryKind::kNone:
      break;
  }
  return nullptr;
}

}  // namespace

std::optional<Instant> instant_of(const std::string& text) {
  google::protobuf::Timestamp timestamp;
  const std::string full = text.find('T') == std::string::npos ? text + "T00:00:00Z" : text;
  if (!google::protobuf::util::TimeUtil::FromString(full, &timestamp)) return std::nullopt;
  const auto instant = to_instant(timestamp, "");
  return instant ? std::optional(*instant) : std::nullopt;
}

std::string date_time_of(Instant instant) { return google::protobuf::util::TimeUtil::ToString(to_timestamp(instant)); }

std::string geojson_text(const v1::Geometry& geometry) {
  switch (geometry.shape_case()) {
    case v1::Geometry::kGeojson:
      return geometry.geojson();
    case v1::Geometry::kPoint:
      return shape_json("Point", place_json({geometry.point().lng_deg(), geometry.point().lat_deg()})).dump();
    case v1::Geometry::kWkb: {
      const auto shape = from_wkb(geometry.wkb());
      return shape ? to_json(shape->view()).dump() : "null";
    }
    case v1::Geometry::SHAPE_NOT_SET:
      break;
  }
  return "null";
}

}  // namespace obnova::server
