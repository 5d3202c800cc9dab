#pragma once

#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "geo/base/check.h"
#include "geo/layer/layer.h"

namespace obnova::geo {

using Tags = std::map<std::string, std::string>;

struct AsciiRestriction {
  std::string kind;  // `no_left_turn`
  std::string from;  // A way of the picture.
  char via = 0;      // A via node, or 0 …
  std::vector<std::string> via_ways = {};
  std::string to = {};
  std::string except = {};
};

struct AsciiOptions {
  double cell_m = 50;
  // Ways of more than one piece, by the places they pass: `ABC`.
  std::vector<std::string> ways = {};
  // More tags of a way; `highway` is `residential` unless said here.
  std::map<std::string, Tags> tags = {};
  std::map<char, Tags> barriers = {};
  std::vector<AsciiRestriction> restrictions = {};
};

// A city as a picture: places are capital letters and digits, streets are `-`
// and `|` between them, `>` `<` `^` `v` on a street make it one-way, `+` is a
// crossing without a junction (a bridge). A street between two places is a way
// of its own named by both in reading order (`AB`), unless `ways` joins it.
struct AsciiCity {
  std::map<char, Point> places;
  std::shared_ptr<const Layer> roads;
  std::shared_ptr<const Layer> barriers;
  std::shared_ptr<const Layer> restrictions;

  Point at(char place) const { return places.at(place); }
  Point between(char a, char b) const { return {(at(a).x_m + at(b).x_m) / 2, (at(a).y_m + at(b).y_m) / 2}; }
};

namespace ascii {

inline bool is_place(char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// A layer whose features have text tags; columns are the keys that occur.
inline std::shared_ptr<const Layer> tagged_layer(const std::string& id, Theme theme,
                                                 const std::vector<std::tuple<std::string, Geometry, Tags>>& features) {
  std::set<std::string> keys;
  for (const auto& [name, shape, tags] : features) {
    for (const auto& [key, value] : tags) keys.insert(key);
  }
  std::vector<Field> fields;
  for (const std::string& key : keys) fields.push_back({key, FieldType::kString});
  LayerDescription description;
  description.id = id;
  description.title = id;
  description.theme = theme;
  LayerBuilder builder(description, fields);
  for (const auto& [name, shape, tags] : features) {
    std::vector<Value> values;
    for (const std::string& key : keys) values.push_back(tags.contains(key) ? Value(tags.at(key)) : Value());
    OBNOVA_CHECK(builder.add(name, shape.view(), values).has_value());
  }
  return std::move(builder).build();
}

class Picture {
 public:
  explicit Picture(const std::string& text) {
    std::istringstream stream(text);
    for (std::string row; std::getline(stream, row);) rows_.push_back(row);
  }

  char at(std::size_t row, std::size_t column) const {
    return row < rows_.size() && column < rows_[row].size() ? rows_[row][column] : ' ';
  }
  std::size_t row_count() const { return rows_.size(); }
  std::size_t column_count(std::size_t row) const { return rows_[row].size(); }

  // The place at the other end of a street that goes right or down from here,
  // and the arrow on it; 0 when there is none.
  std::pair<char, char> follow(std::size_t row, std::size_t column, bool down) const {
    const std::string street = down ? "|^v+" : "-<>+";
    char arrow = 0;
    for (;;) {
      (down ? row : column) += 1;
      const char c = at(row, column);
      if (is_place(c)) return {c, arrow};
      if (street.find(c) == std::string::npos) return {0, 0};
      if (c == '>' || c == '<' || c == '^' || c == 'v') arrow = c;
    }
  }

 private:
  std::vector<std::string> rows_;
};

inline std::shared_ptr<const Layer> restriction_layer(const AsciiCity& city, const AsciiOptions& options) {
  std::vector<std::tuple<std::string, Geometry, Tags>> features;
  for (const AsciiRestriction& rule : options.restrictions) {
    std::string via_ways;
    for (const std::string& way : rule.via_ways) via_ways += (via_ways.empty() ? "" : ";") + way;
    Tags tags = {{"restriction", rule.kind}, {"from_way", rule.from}, {"to_way", rule.to}, {"via_ways", via_ways}, {"except", rule.except}};
    const Point place = rule.via != 0 ? city.at(rule.via) : city.at(rule.via_ways.front().front());
    features.emplace_back("restriction/" + std::to_string(features.size()), Geometry::point(place), std::move(tags));
  }
  return tagged_layer("turn_restrictions", Theme::kTurnRestrictions, features);
}

}  // namespace ascii

inline AsciiCity ascii_city(const std::string& text, const AsciiOptions& options = {}) {
  const ascii::Picture picture(text);
  AsciiCity city;
  std::map<std::string, std::string> oneway;  // By street, as drawn.
  for (std::size_t row = 0; row < picture.row_count(); ++row) {
    for (std::size_t column = 0; column < picture.column_count(row); ++column) {
      const char place = picture.at(row, column);
      if (!ascii::is_place(place)) continue;
      city.places[place] = {static_cast<double>(column) * options.cell_m, -static_cast<double>(row) * options.cell_m};
      for (const bool down : {false, true}) {
        const auto [other, arrow] = picture.follow(row, column, down);
        if (other == 0) continue;
        const std::string value = arrow == 0 ? "" : (arrow == '>' || arrow == 'v') ? "yes" : "-1";
        oneway[std::string{place, other}] = value;
      }
    }
  }
  std::vector<std::string> ways = options.ways;
  for (const std::string& way : options.ways) {
    for (std::size_t i = 1; i < way.size(); ++i) {
      oneway.erase(way.substr(i - 1, 2));
      oneway.erase(std::string{way[i], way[i - 1]});
    }
  }
  std::map<std::string, Tags> tags = options.tags;
  for (const auto& [way, value] : oneway) {
    ways.push_back(way);
    if (!value.empty()) tags[way].try_emplace("oneway", value);
  }
  std::vector<std::tuple<std::string, Geometry, Tags>> roads;
  for (const std::string& way : ways) {
    std::vector<Point> line;
    for (const char place : way) line.push_back(city.at(place));
    tags[way].try_emplace("highway", "residential");
    roads.emplace_back(way, Geometry::line(line), tags[way]);
  }
  city.roads = ascii::tagged_layer("roads", Theme::kRoads, roads);
  std::vector<std::tuple<std::string, Geometry, Tags>> barriers;
  for (const auto& [place, barrier_tags] : options.barriers) {
    barriers.emplace_back(std::string("barrier/") + place, Geometry::point(city.at(place)), barrier_tags);
  }
  city.barriers = ascii::tagged_layer("barriers", Theme::kBarriers, barriers);
  city.restrictions = ascii::restriction_layer(city, options);
  return city;
}

}  // namespace obnova::geo
