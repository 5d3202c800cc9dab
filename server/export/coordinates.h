#pragma once

#include <string>

#include <fmt/format.h>

#include "geo/base/point.h"

namespace obnova::server {

// Appends degrees with at most seven decimals: `14.42`, `0`, never `-0`.
inline void append_degrees(std::string& text, double degrees) {
  const std::size_t start = text.size();
  fmt::format_to(std::back_inserter(text), "{:.7f}", degrees);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  if (text.compare(start, std::string::npos, "-0") == 0) text.erase(start, 1);
}

// Appends both coordinates with `separator` between them.
inline void append_place(std::string& text, Point lng_lat, char separator) {
  append_degrees(text, lng_lat.x_m);
  text += separator;
  append_degrees(text, lng_lat.y_m);
}

}  // namespace obnova::server
