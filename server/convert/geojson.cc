#include "server/convert/geojson.h"

#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "geo/base/wkb.h"

namespace obnova::server {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxBytes = std::size_t{2} << 20;

std::unexpected<Error> refused(std::string message) { return failure(ErrorCode::kInvalidArgument, std::move(message)); }

// Reads the nested arrays of coordinates into one Geometry.
class Coordinates {
 public:
  explicit Coordinates(GeometryKind kind) { result_.kind = kind; }

  bool position(const Json& json) {
    if (!json.is_array() || json.size() < 2) return fail("A GeoJSON position is not an array of at least two numbers.");
    for (const Json& number : json) {
      if (!number.is_number()) return fail("A GeoJSON position holds something else than numbers.");
    }
    result_.points.push_back({json[0].get<double>(), json[1].get<double>()});
    return true;
  }
  bool path(const Json& json, std::size_t least) {
    const std::size_t begin = result_.points.size();
    if (!each(json, [this](const Json& one) { return position(one); })) return false;
    if (result_.points.size() - begin < least) {
      return fail(fmt::format("A GeoJSON {} needs at least {} positions, got {}.", least == 4 ? "ring" : "line", least, json.size()));
    }
    if (least == 4 && result_.points[begin] != result_.points.back()) return fail("A GeoJSON ring does not end where it begins.");
    end_path();
    return true;
  }
  bool polygon(const Json& json) {
    if (!each(json, [this](const Json& one) { return path(one, 4); })) return false;
    if (json.empty()) return fail("A GeoJSON polygon has no ring.");
    result_.part_ends.push_back(static_cast<std::uint32_t>(result_.path_ends.size()));
    return true;
  }
  template <typename Read>
  bool each(const Json& json, const Read& read) {
    if (!json.is_array()) return fail("GeoJSON coordinates are not the arrays their type asks for.");
    for (const Json& one : json) {
      if (!read(one)) return false;
    }
    return true;
  }
  void end_path() { result_.path_ends.push_back(static_cast<std::uint32_t>(result_.points.size())); }

  Result<Geometry> take(bool complete) {
    if (!complete) return refused(problem_);
    if (result_.points.empty()) return Geometry{};
    // The reader of WKB turns rings and drops repeated vertices: one place for all spellings.
    return from_wkb(to_wkb(result_.view()));
  }

 private:
  bool fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  Geometry result_;
  std::string problem_;
};

Result<Geometry> read(const std::string& type, const Json& json) {
  const auto make = [](GeometryKind kind, const auto& fill) {
    Coordinates coordinates(kind);
    const bool complete = fill(coordinates);
    return coordinates.take(complete);
  };
  if (type == "Point") {
    return make(GeometryKind::kPoint, [&](Coordinates& c) {
      const bool complete = c.position(json);
      c.end_path();
      return complete;
    });
  }
  if (type == "MultiPoint") {
    return make(GeometryKind::kMultiPoint, [&](Coordinates& c) {
      const bool complete = c.each(json, [&](const Json& one) { return c.position(one); });
      c.end_path();
      return complete;
    });
  }
  if (type == "LineString") return make(GeometryKind::kLineString, [&](Coordinates& c) { return c.path(json, 2); });
  if (type == "MultiLineString") {
    return make(GeometryKind::kMultiLineString,
                [&](Coordinates& c) { return c.each(json, [&](const Json& one) { return c.path(one, 2); }); });
  }
  if (type == "Polygon") return make(GeometryKind::kPolygon, [&](Coordinates& c) { return c.polygon(json); });
  if (type == "MultiPolygon") {
    return make(GeometryKind::kMultiPolygon, [&](Coordinates& c) { return c.each(json, [&](const Json& one) { return c.polygon(one); }); });
  }
  return refused(fmt::format("The GeoJSON type `{}` is not a geometry of one kind.", type.substr(0, 40)));
}

}  // namespace

Result<Geometry> from_geojson(const std::string& text) {
  if (text.size() > kMaxBytes) return refused(fmt::format("The GeoJSON has {} bytes, at most {} are read.", text.size(), kMaxBytes));
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return refused("The GeoJSON is not JSON.");
  if (!json.is_object()) return refused("The GeoJSON is not an object.");
  const auto type = json.find("type");
  if (type == json.end() || !type->is_string()) return refused("The GeoJSON has no `type`.");
  const auto coordinates = json.find("coordinates");
  if (coordinates == json.end()) return refused("The GeoJSON has no `coordinates`.");
  return read(type->get<std::string>(), *coordinates);  // Never a copy: copies go as deep as the arrays nest.
}

}  // namespace obnova::server
