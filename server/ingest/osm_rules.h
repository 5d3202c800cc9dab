#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "geo/layer/layer.h"

// libosmium's headers stay out of this one.
namespace osmium {
class TagList;
}

namespace obnova::server {

enum class OsmKind { kNode, kWay, kRelation };

// What becomes of an object's nodes.
enum class OsmShape {
  kPoint,
  kLine,
  kArea,        // Of a way: closed, or rejected.
  kLineOrArea,  // Of a way: an area when closed.
  kClosedArea,  // Of a way: an area when closed, else nothing.
};

// One object as a row of one layer, still without its geometry.
struct OsmRow {
  OsmShape shape = OsmShape::kPoint;
  std::vector<geo::Value> values;  // One per field of the layer.
};

// One layer that OpenStreetMap files give, as a pure function of tags. Which
// tags mean what is written down in server/ingest/README.md.
struct OsmRule {
  std::string layer;
  geo::Theme theme;
  std::vector<geo::Field> fields;
  // Nullopt when the object is not of this layer.
  std::function<std::optional<OsmRow>(const osmium::TagList&, OsmKind)> row_of;
};

// Roads come first; the order is the order of the layers of an import.
OsmRule road_rule();
OsmRule barrier_rule();
OsmRule building_rule();
OsmRule facility_rule();
OsmRule water_rule();
OsmRule utility_rule();
OsmRule place_rule();
OsmRule district_rule();
std::vector<OsmRule> osm_rules();

// The tag as text, null when it is absent or empty.
geo::Value text_value(const osmium::TagList& tags, const char* key);

// Text columns of the same names as their keys.
void add_text_fields(std::vector<geo::Field>& fields, std::span<const char* const> keys);
void add_text_values(std::vector<geo::Value>& values, const osmium::TagList& tags, std::span<const char* const> keys);

// `under_construction`, `planned`, `disused`, `abandoned`: what a lifecycle
// prefix such as `construction:highway` or a value such as
// `highway=construction` says; nullopt for other words.
std::optional<std::string> lifecycle_of_word(std::string_view word);

// The class of a thing and its lifecycle, whether it stands as `key=value`,
// `key=construction` + `construction=value`, or `construction:key=value`.
struct OsmClass {
  std::string value;
  geo::Value lifecycle;  // Null: it exists.
};
std::optional<OsmClass> class_of(const osmium::TagList& tags, const std::string& key);

// Null when the number is not there.
template <typename Number>
geo::Value number_value(const std::optional<Number>& number) {
  return number ? geo::Value(*number) : geo::Value();
}

}  // namespace obnova::server
