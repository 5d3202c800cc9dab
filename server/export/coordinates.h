#pragma once

#include <string>

#include <fmt/format.h>

#include "geo/base/point.h"

namespace obnova::server {

// How coordinates are spelled: degrees with at most ten decimals (about ten
// micrometers: places that differ in a city differ in the file), or the shortest
// decimals that read back as the same number.
enum class Digits { kDegrees, kExact };

// Appends a coordinate: `14.42`, `0`, never `-0`.
inline void append_coordinate(std::string& text, double value, Digits digits) {
  const std::size_t start = text.size();
  if (digits == Digits::kExact) {
    fmt::format_to(std::back_inserter(text), "{}", value);
  } else {
    fmt::format_to(std::back_inserter(text), "{:.10f}", value);
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
  }
  if (text.compare(start, std::string::npos, "-0") == 0) text.erase(start, 1);
}

// Appends both coordinates with `separator` between them.
inline void append_place(std::string& text, Point place, char separator, Digits digits) {
  append_coordinate(text, place.x_m, digits);
  text += separator;
  append_coordinate(text, place.y_m, digits);
}

}  // namespace obnova::server
