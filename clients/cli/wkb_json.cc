#include "clients/cli/wkb_json.h"

#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>

namespace obnova::cli {
namespace {

using nlohmann::json;

// Reads numbers off the front; `good` turns false at the end of the bytes.
struct Reader {
  std::string_view rest;
  bool good = true;

  template <typename T>
  T next() {
    T value{};
    if (rest.size() < sizeof(T)) {
      good = false;
      return value;
    }
    std::memcpy(&value, rest.data(), sizeof(T));
    rest.remove_prefix(sizeof(T));
    return value;
  }
};

json read_point(Reader& reader) {
  const auto x = reader.next<double>();
  const auto y = reader.next<double>();
  return json::array({x, y});
}

// `depth` 0 is a point, 1 a line, 2 a polygon.
json read_coordinates(Reader& reader, int depth) {
  if (depth == 0) return read_point(reader);
  json list = json::array();
  const auto count = reader.next<std::uint32_t>();
  for (std::uint32_t i = 0; i < count && reader.good; ++i) list.push_back(read_coordinates(reader, depth - 1));
  return list;
}

json read_shape(Reader& reader) {
  if (reader.next<std::uint8_t>() != 1) reader.good = false;
  const auto type = reader.next<std::uint32_t>();
  static constexpr const char* kNames[] = {"", "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon"};
  if (!reader.good || type < 1 || type > 6) {
    reader.good = false;
    return nullptr;
  }
  if (type <= 3) return {{"type", kNames[type]}, {"coordinates", read_coordinates(reader, static_cast<int>(type) - 1)}};
  json parts = json::array();
  const auto count = reader.next<std::uint32_t>();
  for (std::uint32_t i = 0; i < count && reader.good; ++i) {
    const json part = read_shape(reader);
    if (reader.good) parts.push_back(part.at("coordinates"));
  }
  return {{"type", kNames[type]}, {"coordinates", parts}};
}

}  // namespace

json wkb_to_json(std::string_view wkb) {
  if (wkb.empty()) return nullptr;
  Reader reader{wkb};
  json shape = read_shape(reader);
  return reader.good ? shape : json(nullptr);
}

}  // namespace obnova::cli
