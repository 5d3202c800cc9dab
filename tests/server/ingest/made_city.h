#pragma once

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace obnova::server {

// A CityJSON file that a test builds object by object.
class MadeCity {
 public:
  struct Box {
    double x = 0;
    double y = 0;
    double width = 0;
    double depth = 0;
    double height = 0;
  };

  // Vertices are whole numbers of `scale`.
  explicit MadeCity(double scale = 1) : scale_(scale) {
    city_ = {{"type", "CityJSON"},
             {"version", "2.0"},
             {"transform", {{"scale", {scale, scale, scale}}, {"translate", {0, 0, 0}}}},
             {"metadata", {{"referenceSystem", "https://www.opengis.net/def/crs/EPSG/0/6384"}}},
             {"CityObjects", nlohmann::json::object()},
             {"vertices", nlohmann::json::array()}};
  }

  int vertex(double x, double y, double z) {
    const auto whole = [&](double number) { return static_cast<std::int64_t>(std::llround(number / scale_)); };
    city_["vertices"].push_back({whole(x), whole(y), whole(z)});
    return static_cast<int>(city_["vertices"].size()) - 1;
  }

  // A solid on the ground at z = 100; with semantics when it has a ground surface.
  nlohmann::json box(const Box& of, const std::string& lod, bool has_ground) {
    const int base = ring(of, 100);
    const auto face = [&](int a, int b, int c, int d) {
      return nlohmann::json::array({nlohmann::json::array({base + a, base + b, base + c, base + d})});
    };
    if (of.height == 0) return {{"type", "MultiSurface"}, {"lod", lod}, {"boundaries", nlohmann::json::array({face(0, 1, 2, 3)})}};
    ring(of, 100 + of.height);
    nlohmann::json shell =
        nlohmann::json::array({face(3, 2, 1, 0), face(4, 5, 6, 7), face(0, 1, 5, 4), face(1, 2, 6, 5), face(2, 3, 7, 6), face(3, 0, 4, 7)});
    nlohmann::json solid = {{"type", "Solid"}, {"lod", lod}, {"boundaries", nlohmann::json::array({shell})}};
    if (has_ground) {
      solid["semantics"] = {{"surfaces", {{{"type", "GroundSurface"}}, {{"type", "RoofSurface"}}, {{"type", "WallSurface"}}}},
                            {"values", nlohmann::json::array({nlohmann::json::array({0, 1, 2, 2, 2, 2})})}};
    }
    return solid;
  }

  void add(const std::string& id, const std::string& type, const std::vector<nlohmann::json>& shapes,
           const nlohmann::json& attributes = nlohmann::json()) {
    city_["CityObjects"][id] = {{"type", type}, {"geometry", shapes}};
    if (!attributes.is_null()) city_["CityObjects"][id]["attributes"] = attributes;
  }

  void join(const std::string& parent, const std::string& child) {
    city_["CityObjects"][parent]["children"].push_back(child);
    if (city_["CityObjects"].contains(child)) city_["CityObjects"][child]["parents"].push_back(parent);
  }

  const nlohmann::json& json() const { return city_; }

 private:
  // The four corners at one height; returns the number of the first.
  int ring(const Box& of, double z) {
    const int first = vertex(of.x, of.y, z);
    vertex(of.x + of.width, of.y, z);
    vertex(of.x + of.width, of.y + of.depth, z);
    vertex(of.x, of.y + of.depth, z);
    return first;
  }

  double scale_;
  nlohmann::json city_;
};

}  // namespace obnova::server
