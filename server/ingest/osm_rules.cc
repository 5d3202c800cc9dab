#include "server/ingest/osm_rules.h"

#include <array>
#include <osmium/osm/tag.hpp>
#include <string_view>
#include <utility>

namespace obnova::server {
namespace {

using LifecycleWord = std::pair<std::string_view, std::string_view>;
constexpr std::array<LifecycleWord, 6> kLifecycleWords = {{{"construction", "under_construction"},
                                                           {"proposed", "planned"},
                                                           {"planned", "planned"},
                                                           {"disused", "disused"},
                                                           {"abandoned", "abandoned"},
                                                           {"ruins", "abandoned"}}};

// Things that are gone or never were.
bool is_nothing(std::string_view value) {
  return value.empty() || value == "no" || value == "razed" || value == "demolished" || value == "removed";
}

}  // namespace

geo::Value text_value(const osmium::TagList& tags, const char* key) {
  const char* value = tags.get_value_by_key(key);
  if (value == nullptr || *value == '\0') return {};
  return std::string(value);
}

void add_text_fields(std::vector<geo::Field>& fields, std::span<const char* const> keys) {
  for (const char* key : keys) fields.push_back({key, geo::FieldType::kString});
}

void add_text_values(std::vector<geo::Value>& values, const osmium::TagList& tags, std::span<const char* const> keys) {
  for (const char* key : keys) values.push_back(text_value(tags, key));
}

std::optional<std::string> lifecycle_of_word(std::string_view word) {
  for (const auto& [osm, ours] : kLifecycleWords) {
    if (osm == word) return std::string(ours);
  }
  return std::nullopt;
}

std::optional<OsmClass> class_of(const osmium::TagList& tags, const std::string& key) {
  if (const char* value = tags.get_value_by_key(key.c_str())) {
    if (is_nothing(value)) return std::nullopt;
    const auto lifecycle = lifecycle_of_word(value);
    if (!lifecycle) return OsmClass{value, {}};
    // highway=construction + construction=primary; a building of unknown class is `yes`.
    const char* later = tags.get_value_by_key(value);
    return OsmClass{later != nullptr && !is_nothing(later) ? later : (key == "building" ? "yes" : "road"), *lifecycle};
  }
  for (const auto& [osm, ours] : kLifecycleWords) {
    const char* value = tags.get_value_by_key((std::string(osm) + ":" + key).c_str());
    if (value != nullptr && !is_nothing(value)) return OsmClass{value, std::string(ours)};
  }
  return std::nullopt;
}

std::vector<OsmRule> osm_rules() {
  return {road_rule(), barrier_rule(), building_rule(), facility_rule(), water_rule(), utility_rule(), place_rule(), district_rule()};
}

}  // namespace obnova::server
