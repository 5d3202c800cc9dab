#include <array>
#include <osmium/osm/tag.hpp>
#include <utility>

#include "server/ingest/osm_rules.h"

namespace obnova::server {
namespace {

// Columns after `highway`, `lifecycle` and `condition`, named like their keys.
constexpr std::array<const char*, 41> kRoadKeys = {"name",
                                                   "name:en",
                                                   "ref",
                                                   "oneway",
                                                   "oneway:bicycle",
                                                   "junction",
                                                   "access",
                                                   "vehicle",
                                                   "motor_vehicle",
                                                   "motorcar",
                                                   "hgv",
                                                   "bicycle",
                                                   "foot",
                                                   "wheelchair",
                                                   "bus",
                                                   "psv",
                                                   "emergency",
                                                   "service",
                                                   "maxspeed",
                                                   "maxspeed:forward",
                                                   "maxspeed:backward",
                                                   "surface",
                                                   "smoothness",
                                                   "tracktype",
                                                   "bridge",
                                                   "tunnel",
                                                   "layer",
                                                   "maxweight",
                                                   "maxheight",
                                                   "maxwidth",
                                                   "maxlength",
                                                   "lanes",
                                                   "toll",
                                                   "ford",
                                                   "motorroad",
                                                   "lit",
                                                   "incline",
                                                   "width",
                                                   "route",
                                                   "duration",
                                                   "area"};

constexpr std::array<const char*, 16> kBarrierKeys = {"barrier",   "name",    "access",   "vehicle",    "motor_vehicle", "motorcar",
                                                      "hgv",       "bicycle", "foot",     "wheelchair", "bus",           "psv",
                                                      "emergency", "locked",  "maxwidth", "maxheight"};

std::optional<OsmRow> road_row(const osmium::TagList& tags, OsmKind kind) {
  if (kind != OsmKind::kWay) return std::nullopt;
  std::optional<OsmClass> road = class_of(tags, "highway");
  if (!road && tags.has_tag("route", "ferry")) road = OsmClass{"ferry", {}};
  if (!road) return std::nullopt;
  OsmRow row{OsmShape::kLine, {road->value, road->lifecycle, text_value(tags, "condition")}};
  row.values.reserve(3 + kRoadKeys.size());
  add_text_values(row.values, tags, kRoadKeys);
  return row;
}

std::optional<OsmRow> barrier_row(const osmium::TagList& tags, OsmKind kind) {
  if (kind != OsmKind::kNode) return std::nullopt;
  const char* barrier = tags.get_value_by_key("barrier");
  if (barrier == nullptr || std::string_view(barrier) == "no") return std::nullopt;
  OsmRow row{OsmShape::kPoint, {}};
  add_text_values(row.values, tags, kBarrierKeys);
  return row;
}

}  // namespace

OsmRule road_rule() {
  OsmRule rule{"roads", geo::Theme::kRoads, {}, road_row};
  rule.fields = {{"highway", geo::FieldType::kString}, {"lifecycle", geo::FieldType::kString}, {"condition", geo::FieldType::kString}};
  add_text_fields(rule.fields, kRoadKeys);
  return rule;
}

OsmRule barrier_rule() {
  OsmRule rule{"barriers", geo::Theme::kBarriers, {}, barrier_row};
  add_text_fields(rule.fields, kBarrierKeys);
  return rule;
}

}  // namespace obnova::server
