#include "clients/cli/spelling.h"

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

namespace obnova::cli {
namespace {

using nlohmann::json;

std::optional<double> number(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::stringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

// One line of RFC 4180 without line breaks inside quotes.
std::vector<std::string> split_csv(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      cells.back() += line[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else if (c != '\r') {
      cells.back() += c;
    }
  }
  return cells;
}

std::string read_file(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw UsageError{fmt::format("Cannot read {}.", file)};
  std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  return text;
}

std::vector<double> numbers_of(const std::string& text, std::size_t count, const char* form) {
  std::vector<double> values;
  for (const std::string& part : split(text, ',')) {
    const auto value = number(part);
    if (!value) break;
    values.push_back(*value);
  }
  if (values.size() != count || split(text, ',').size() != count) throw UsageError{fmt::format("\"{}\" is not {}.", text, form)};
  return values;
}

std::vector<json> geometries_of(const std::string& file) {
  const json document = json::parse(read_file(file), nullptr, false);
  if (!document.is_object()) throw UsageError{fmt::format("{} is not GeoJSON.", file)};
  std::vector<json> shapes;
  const auto take = [&](const json& feature) {
    if (feature.contains("geometry") && feature["geometry"].is_object()) shapes.push_back(feature["geometry"]);
  };
  const std::string type = document.value("type", "");
  if (type == "FeatureCollection" && document.contains("features") && document["features"].is_array()) {
    for (const json& feature : document["features"]) take(feature);
  } else if (type == "Feature") {
    take(document);
  } else if (document.contains("coordinates")) {
    shapes.push_back(document);
  }
  if (shapes.empty()) throw UsageError{fmt::format("{} holds no geometry.", file)};
  return shapes;
}

void add_first_vertex(const json& shape, const std::string& file, v1::LngLats& places) {
  const json* coordinates = &shape.at("coordinates");
  while (coordinates->is_array() && !coordinates->empty() && coordinates->front().is_array()) coordinates = &coordinates->front();
  if (!coordinates->is_array() || coordinates->size() < 2 || !coordinates->at(0).is_number() || !coordinates->at(1).is_number()) {
    throw UsageError{fmt::format("{} holds a geometry without coordinates.", file)};
  }
  places.add_coordinates_deg(coordinates->at(0).get<double>());
  places.add_coordinates_deg(coordinates->at(1).get<double>());
}

v1::LngLats places_of_csv(const std::string& file) {
  std::istringstream stream(read_file(file));
  std::string line;
  if (!std::getline(stream, line)) throw UsageError{fmt::format("{} is empty.", file)};
  const std::vector<std::string> header = split_csv(line);
  const auto column = [&](std::initializer_list<const char*> names) {
    const auto found = std::find_if(header.begin(), header.end(), [&](const std::string& name) {
      return std::any_of(names.begin(), names.end(), [&](const char* wanted) { return name == wanted; });
    });
    if (found == header.end()) throw UsageError{fmt::format("{} has no column {}.", file, *names.begin())};
    return static_cast<std::size_t>(found - header.begin());
  };
  const std::size_t x = column({"lon", "lng", "longitude", "x"});
  const std::size_t y = column({"lat", "latitude", "y"});
  v1::LngLats places;
  for (int row = 2; std::getline(stream, line); ++row) {
    if (line.empty() || line == "\r") continue;
    const std::vector<std::string> cells = split_csv(line);
    const auto lng = x < cells.size() ? number(cells[x]) : std::nullopt;
    const auto lat = y < cells.size() ? number(cells[y]) : std::nullopt;
    if (!lng || !lat) throw UsageError{fmt::format("{}:{}: not a longitude and a latitude.", file, row)};
    places.add_coordinates_deg(*lng);
    places.add_coordinates_deg(*lat);
  }
  return places;
}

}  // namespace

v1::LngLat parse_place(const std::string& text) {
  const std::vector<double> values = numbers_of(text, 2, "LON,LAT in degrees");
  v1::LngLat place;
  place.set_lng_deg(values[0]);
  place.set_lat_deg(values[1]);
  return place;
}

v1::LngLats parse_places(const std::string& text_or_file) {
  v1::LngLats places;
  if (std::filesystem::is_regular_file(text_or_file)) {
    if (text_or_file.ends_with(".csv")) return places_of_csv(text_or_file);
    for (const json& shape : geometries_of(text_or_file)) add_first_vertex(shape, text_or_file, places);
    return places;
  }
  for (const std::string& part : split(text_or_file, ';')) {
    const v1::LngLat place = parse_place(part);
    places.add_coordinates_deg(place.lng_deg());
    places.add_coordinates_deg(place.lat_deg());
  }
  return places;
}

google::protobuf::Timestamp parse_time(const std::string& text) {
  google::protobuf::Timestamp time;
  const bool is_date = text.size() == 10;
  if (!google::protobuf::util::TimeUtil::FromString(is_date ? text + "T00:00:00Z" : text, &time)) {
    throw UsageError{fmt::format("\"{}\" is not a time such as 2026-03-14 or 2026-03-14T12:00:00Z.", text)};
  }
  return time;
}

v1::LngLatBox parse_box(const std::string& text) {
  const std::vector<double> values = numbers_of(text, 4, "W,S,E,N in degrees");
  v1::LngLatBox box;
  box.set_west_deg(values[0]);
  box.set_south_deg(values[1]);
  box.set_east_deg(values[2]);
  box.set_north_deg(values[3]);
  return box;
}

std::vector<double> parse_numbers(const std::string& text) {
  std::vector<double> values;
  for (const std::string& part : split(text, ',')) {
    const auto value = number(part);
    if (!value || *value <= 0 || (!values.empty() && *value <= values.back())) {
      throw UsageError{fmt::format("\"{}\" is not a list of ascending numbers above zero.", text)};
    }
    values.push_back(*value);
  }
  if (values.empty()) throw UsageError{"An empty list of numbers."};
  return values;
}

std::vector<v1::Geometry> read_geometries(const std::string& file) {
  std::vector<v1::Geometry> geometries;
  for (const json& shape : geometries_of(file)) geometries.emplace_back().set_geojson(shape.dump());
  return geometries;
}

v1::Geometry read_geometry(const std::string& file) {
  std::vector<v1::Geometry> geometries = read_geometries(file);
  if (geometries.size() != 1) throw UsageError{fmt::format("{} holds {} geometries; one is needed.", file, geometries.size())};
  return geometries.front();
}

v1::Theme parse_theme(const std::string& name) {
  std::string upper = "THEME_" + name;
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  v1::Theme theme = v1::THEME_UNSPECIFIED;
  if (!v1::Theme_Parse(upper, &theme) || theme == v1::THEME_UNSPECIFIED) {
    std::string known;
    for (int i = 1; v1::Theme_IsValid(i); ++i) known += (i > 1 ? ", " : "") + theme_name(static_cast<v1::Theme>(i));
    throw UsageError{fmt::format("There is no theme \"{}\"; there are {}.", name, known)};
  }
  return theme;
}

std::string theme_name(v1::Theme theme) {
  std::string name = v1::Theme_Name(theme);
  if (name.starts_with("THEME_")) name.erase(0, 6);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

v1::CostMatrix read_cost_matrix(const std::string& file) {
  std::istringstream stream(read_file(file));
  std::string line;
  std::getline(stream, line);
  const std::vector<std::string> header = split_csv(line);
  if (header.size() < 3 || header[0] != "demand" || header[1] != "weight") {
    throw UsageError{fmt::format("{}:1: the header must be demand,weight,<candidate ids>.", file)};
  }
  v1::CostMatrix matrix;
  for (std::size_t i = 2; i < header.size(); ++i) matrix.add_candidate_ids(header[i]);
  for (int row = 2; std::getline(stream, line); ++row) {
    if (line.empty() || line == "\r") continue;
    const std::vector<std::string> cells = split_csv(line);
    if (cells.size() != header.size()) {
      throw UsageError{fmt::format("{}:{}: {} cells, the header has {}.", file, row, cells.size(), header.size())};
    }
    const auto weight = number(cells[1]);
    if (!weight) throw UsageError{fmt::format("{}:{}: the weight \"{}\" is not a number.", file, row, cells[1])};
    matrix.add_demand_ids(cells[0]);
    matrix.add_weights(*weight);
    for (std::size_t i = 2; i < cells.size(); ++i) {
      const auto cost = cells[i].empty() ? std::optional(-1.0) : number(cells[i]);
      if (!cost) throw UsageError{fmt::format("{}:{}: the cost \"{}\" is not a number.", file, row, cells[i])};
      matrix.add_costs(*cost);
    }
  }
  return matrix;
}

std::string last_id(const std::string& name) {
  const std::size_t slash = name.rfind('/');
  return slash == std::string::npos ? name : name.substr(slash + 1);
}

}  // namespace obnova::cli
