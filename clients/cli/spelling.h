#pragma once

#include <string>
#include <utility>
#include <vector>

#include "obnova/v1/common.pb.h"
#include "obnova/v1/routing.pb.h"
#include "obnova/v1/siting.pb.h"

namespace obnova::cli {

// A command line that cannot be right: told to the user, exit status 2.
struct UsageError {
  std::string message;
};

// How places, times and files are spelled on the command line. All of these
// throw UsageError, which only `main` catches.

// `LON,LAT`, in degrees.
v1::LngLat parse_place(const std::string& text);
// `LON,LAT;LON,LAT…`, or the name of a GeoJSON file (points; other shapes by
// their first vertex) or of a CSV file with columns lon and lat (or x and y,
// longitude and latitude).
v1::LngLats parse_places(const std::string& text_or_file);
// `2026-03-14` (midnight, UTC) or a time of RFC 3339.
google::protobuf::Timestamp parse_time(const std::string& text);
// `W,S,E,N`, in degrees.
v1::LngLatBox parse_box(const std::string& text);
// `5,10,15`: ascending numbers above zero.
std::vector<double> parse_numbers(const std::string& text);
// Every geometry of a GeoJSON file, as the server takes them.
std::vector<v1::Geometry> read_geometries(const std::string& file);
// The only geometry of a GeoJSON file.
v1::Geometry read_geometry(const std::string& file);
// `roads` → THEME_ROADS.
v1::Theme parse_theme(const std::string& name);
std::string theme_name(v1::Theme theme);
// A CSV with header `demand,weight,<candidate ids>`, one row a demand point; an
// empty cell means that the candidate cannot serve.
v1::CostMatrix read_cost_matrix(const std::string& file);
// The last piece of a resource name: `cities/a/layers/roads` → `roads`.
std::string last_id(const std::string& name);

}  // namespace obnova::cli
