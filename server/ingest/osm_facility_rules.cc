#include <algorithm>
#include <array>
#include <osmium/osm/tag.hpp>
#include <span>
#include <string_view>

#include "server/ingest/osm_rules.h"
#include "server/ingest/tag_values.h"

namespace obnova::server {
namespace {

// Amenities that are street furniture or parts of something, not places that serve people.
constexpr std::array<std::string_view, 19> kFurniture = {"bench",           "waste_basket",       "parking_space",  "parking_entrance",
                                                         "bicycle_parking", "motorcycle_parking", "hunting_stand",  "grit_bin",
                                                         "clock",           "vending_machine",    "waste_disposal", "bbq",
                                                         "lounger",         "loading_dock",       "photo_booth",    "table",
                                                         "letter_box",      "trolley_bay",        "smoking_area"};

// Values of `emergency` that are places and not access rights (`yes`, `no`, …).
constexpr std::array<std::string_view, 9> kEmergencyPlaces = {"ambulance_station", "fire_hydrant", "defibrillator",
                                                              "assembly_point",    "water_tank",   "shelter",
                                                              "bomb_shelter",      "landing_site", "siren"};

constexpr std::array<std::string_view, 10> kHealthcare = {"hospital", "clinic",     "doctor",         "dentist",        "pharmacy",
                                                          "centre",   "laboratory", "blood_donation", "rehabilitation", "birthing_centre"};

constexpr std::array<std::string_view, 4> kStops = {"station", "halt", "tram_stop", "subway_entrance"};

constexpr std::array<const char*, 15> kKeys = {"name",       "amenity",     "healthcare",      "emergency", "shop",    "public_transport",
                                               "railway",    "highway",     "social_facility", "office",    "leisure", "operator",
                                               "wheelchair", "addr:street", "addr:housenumber"};

bool is_one_of(std::string_view value, std::span<const std::string_view> words) {
  return std::find(words.begin(), words.end(), value) != words.end();
}

std::string_view text(const osmium::TagList& tags, const char* key) { return tags.get_value_by_key(key, ""); }

// The kind by `healthcare`, in the words of `amenity` where those exist.
std::string healthcare_kind(std::string_view value) {
  if (value == "doctor") return "doctors";
  if (value == "centre") return "clinic";
  return is_one_of(value, kHealthcare) ? std::string(value) : "healthcare";
}

std::string transport_kind(const osmium::TagList& tags, OsmKind kind) {
  if (kind == OsmKind::kNode && text(tags, "highway") == "bus_stop") return "bus_stop";
  const std::string_view railway = text(tags, "railway");
  if (is_one_of(railway, kStops)) return railway == "subway_entrance" ? "subway_entrance" : std::string(railway);
  const std::string_view value = text(tags, "public_transport");
  if (value == "station") return "station";
  if (value != "platform" && value != "stop_position") return {};
  if (value == "platform" && text(tags, "bus") == "yes") return "bus_stop";
  return std::string(value);
}

// The first of the keys that says something decides; see the README.
std::string facility_kind(const osmium::TagList& tags, OsmKind kind) {
  const std::string_view amenity = text(tags, "amenity");
  if (!amenity.empty() && amenity != "no" && !is_one_of(amenity, kFurniture)) return std::string(amenity);
  const std::string_view healthcare = text(tags, "healthcare");
  if (!healthcare.empty() && healthcare != "no") return healthcare_kind(healthcare);
  const std::string_view emergency = text(tags, "emergency");
  if (is_one_of(emergency, kEmergencyPlaces)) return emergency == "bomb_shelter" ? "shelter" : std::string(emergency);
  const std::string_view shop = text(tags, "shop");
  if (!shop.empty() && shop != "no" && shop != "vacant") return std::string(shop);
  const std::string transport = transport_kind(tags, kind);
  if (!transport.empty()) return transport;
  const std::string_view leisure = text(tags, "leisure");
  if (leisure == "park" || leisure == "playground" || leisure == "sports_centre") return std::string(leisure);
  return text(tags, "office") == "government" ? "government" : "";
}

geo::Value capacity_of(const osmium::TagList& tags) {
  for (const char* key : {"capacity", "capacity:persons", "beds", "capacity:beds"}) {
    const char* value = tags.get_value_by_key(key);
    if (value == nullptr) continue;
    const auto count = people_count(value);
    if (count) return *count;
  }
  return {};
}

std::optional<OsmRow> facility_row(const osmium::TagList& tags, OsmKind kind) {
  const std::string what = facility_kind(tags, kind);
  if (what.empty()) return std::nullopt;
  OsmRow row{kind == OsmKind::kNode ? OsmShape::kPoint : OsmShape::kLineOrArea,
             {what, capacity_of(tags), geo::Value(), text_value(tags, "condition")}};
  add_text_values(row.values, tags, kKeys);
  return row;
}

}  // namespace

OsmRule facility_rule() {
  OsmRule rule{"facilities", geo::Theme::kFacilities, {}, facility_row};
  rule.fields = {{"kind", geo::FieldType::kString},
                 {"capacity", geo::FieldType::kInt},
                 {"lifecycle", geo::FieldType::kString},
                 {"condition", geo::FieldType::kString}};
  add_text_fields(rule.fields, kKeys);
  return rule;
}

}  // namespace obnova::server
