#include <array>
#include <osmium/osm/tag.hpp>

#include "server/ingest/osm_rules.h"
#include "server/ingest/tag_values.h"

namespace obnova::server {
namespace {

constexpr std::array<const char*, 6> kBuildingKeys = {"name", "addr:street", "addr:housenumber", "amenity", "building:use", "start_date"};

std::optional<std::int64_t> levels_of(const osmium::TagList& tags) {
  const char* levels = tags.get_value_by_key("building:levels");
  return levels != nullptr ? level_count(levels) : std::nullopt;
}

std::optional<double> height_of(const osmium::TagList& tags) {
  for (const char* key : {"height", "building:height"}) {
    const char* height = tags.get_value_by_key(key);
    if (height != nullptr) return length_in_meters(height);
  }
  return std::nullopt;
}

std::optional<OsmRow> building_row(const osmium::TagList& tags, OsmKind kind) {
  if (kind == OsmKind::kNode) return std::nullopt;
  const std::optional<OsmClass> building = class_of(tags, "building");
  if (!building) return std::nullopt;
  OsmRow row{OsmShape::kArea,
             {building->value, building->lifecycle, text_value(tags, "condition"), number_value(levels_of(tags)),
              number_value(height_of(tags)), geo::Value()}};
  add_text_values(row.values, tags, kBuildingKeys);
  return row;
}

}  // namespace

OsmRule building_rule() {
  OsmRule rule{"buildings", geo::Theme::kBuildings, {}, building_row};
  rule.fields = {{"building", geo::FieldType::kString}, {"lifecycle", geo::FieldType::kString}, {"condition", geo::FieldType::kString},
                 {"levels", geo::FieldType::kInt},      {"height_m", geo::FieldType::kDouble},  {"residents", geo::FieldType::kDouble}};
  add_text_fields(rule.fields, kBuildingKeys);
  return rule;
}

}  // namespace obnova::server
