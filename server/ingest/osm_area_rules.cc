#include <algorithm>
#include <array>
#include <osmium/osm/tag.hpp>
#include <string_view>

#include "server/ingest/osm_rules.h"
#include "server/ingest/tag_values.h"

namespace obnova::server {
namespace {

constexpr std::array<std::string_view, 7> kWaterLines = {"river", "stream", "canal", "drain", "ditch", "tidal_channel", "fairway"};
constexpr std::array<std::string_view, 7> kManMade = {"pipeline",        "water_works", "wastewater_plant", "water_tower",
                                                      "pumping_station", "gasometer",   "street_cabinet"};
constexpr std::array<const char*, 4> kWaterKeys = {"name", "water", "intermittent", "tunnel"};
constexpr std::array<const char*, 8> kUtilityKeys = {"name", "ref", "operator", "cables", "circuits", "substance", "location", "diameter"};

std::string_view text(const osmium::TagList& tags, const char* key) { return tags.get_value_by_key(key, ""); }

template <std::size_t Count>
bool is_one_of(std::string_view value, const std::array<std::string_view, Count>& words) {
  return std::find(words.begin(), words.end(), value) != words.end();
}

std::optional<OsmRow> water_row(const osmium::TagList& tags, OsmKind kind) {
  if (kind == OsmKind::kNode) return std::nullopt;
  const std::string_view natural = text(tags, "natural");
  const std::string_view waterway = text(tags, "waterway");
  const std::string_view landuse = text(tags, "landuse");
  OsmRow row;
  if (natural == "water" || waterway == "riverbank" || waterway == "dock" || landuse == "reservoir" || landuse == "basin") {
    row = {OsmShape::kArea, {std::string("water")}};
    if (natural != "water") row.values[0] = std::string(waterway.empty() ? landuse : waterway);
  } else if (kind == OsmKind::kWay && is_one_of(waterway, kWaterLines)) {
    row = {tags.has_tag("area", "yes") ? OsmShape::kArea : OsmShape::kLine, {std::string(waterway)}};
  } else {
    return std::nullopt;
  }
  add_text_values(row.values, tags, kWaterKeys);
  return row;
}

std::string utility_kind(const osmium::TagList& tags) {
  const std::string_view power = text(tags, "power");
  if (!power.empty() && power != "no") return "power_" + std::string(power);
  const std::string_view made = text(tags, "man_made");
  return is_one_of(made, kManMade) ? std::string(made) : std::string();
}

std::optional<OsmRow> utility_row(const osmium::TagList& tags, OsmKind kind) {
  const std::string what = utility_kind(tags);
  if (what.empty()) return std::nullopt;
  const bool is_line = what == "power_line" || what == "power_minor_line" || what == "power_cable" || what == "pipeline";
  if (is_line && kind != OsmKind::kWay) return std::nullopt;
  const OsmShape shape = kind == OsmKind::kNode ? OsmShape::kPoint : is_line ? OsmShape::kLine : OsmShape::kLineOrArea;
  const char* voltage = tags.get_value_by_key("voltage");
  OsmRow row{
      shape,
      {what, voltage != nullptr ? number_value(largest_of_list(voltage)) : geo::Value(), geo::Value(), text_value(tags, "condition")}};
  add_text_values(row.values, tags, kUtilityKeys);
  return row;
}

std::optional<OsmRow> place_row(const osmium::TagList& tags, OsmKind kind) {
  const std::string_view place = text(tags, "place");
  if (place.empty() || place == "no") return std::nullopt;
  const char* population = tags.get_value_by_key("population");
  return OsmRow{kind == OsmKind::kNode ? OsmShape::kPoint : OsmShape::kLineOrArea,
                {std::string(place), population != nullptr ? number_value(whole_number(population)) : geo::Value(),
                 text_value(tags, "name"), text_value(tags, "name:en")}};
}

std::optional<OsmRow> district_row(const osmium::TagList& tags, OsmKind kind) {
  if (kind == OsmKind::kNode || text(tags, "boundary") != "administrative") return std::nullopt;
  // Open ways with this tag are pieces of a border; the area is their relation.
  return OsmRow{OsmShape::kClosedArea,
                {number_value(whole_number(text(tags, "admin_level"))), text_value(tags, "name"), text_value(tags, "name:en"),
                 text_value(tags, "ref")}};
}

}  // namespace

OsmRule water_rule() {
  OsmRule rule{"water", geo::Theme::kWater, {{"kind", geo::FieldType::kString}}, water_row};
  add_text_fields(rule.fields, kWaterKeys);
  return rule;
}

OsmRule utility_rule() {
  OsmRule rule{"utilities", geo::Theme::kUtilities, {}, utility_row};
  rule.fields = {{"kind", geo::FieldType::kString},
                 {"voltage_v", geo::FieldType::kInt},
                 {"lifecycle", geo::FieldType::kString},
                 {"condition", geo::FieldType::kString}};
  add_text_fields(rule.fields, kUtilityKeys);
  return rule;
}

OsmRule place_rule() {
  return {"places",
          geo::Theme::kPlaces,
          {{"kind", geo::FieldType::kString},
           {"population", geo::FieldType::kInt},
           {"name", geo::FieldType::kString},
           {"name:en", geo::FieldType::kString}},
          place_row};
}

OsmRule district_rule() {
  return {"districts",
          geo::Theme::kDistricts,
          {{"admin_level", geo::FieldType::kInt},
           {"name", geo::FieldType::kString},
           {"name:en", geo::FieldType::kString},
           {"ref", geo::FieldType::kString}},
          district_row};
}

}  // namespace obnova::server
