#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace obnova::server {

// Drawings that tests write out of pairs of a group code and its value.

inline std::string dxf_number(double number) { return fmt::format("{:.3f}", number); }

inline std::string dxf_entity(const std::string& kind, const std::string& layer,
                              const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::string text = "0\n" + kind + "\n8\n" + layer + "\n";
  for (const auto& [code, value] : pairs) text += code + "\n" + value + "\n";
  return text;
}

inline std::string dxf_polyline(const std::string& layer, const std::vector<std::pair<double, double>>& points, bool is_closed) {
  std::vector<std::pair<std::string, std::string>> pairs = {
      {"100", "AcDbEntity"}, {"100", "AcDbPolyline"}, {"90", std::to_string(points.size())}, {"70", is_closed ? "1" : "0"}};
  for (const auto& [x, y] : points) {
    pairs.emplace_back("10", dxf_number(x));
    pairs.emplace_back("20", dxf_number(y));
  }
  return dxf_entity("LWPOLYLINE", layer, pairs);
}

inline std::string dxf_block(const std::string& name, const std::string& entities) {
  return dxf_entity("BLOCK", "0", {{"2", name}, {"70", "0"}, {"10", "0"}, {"20", "0"}}) + entities + "0\nENDBLK\n";
}

// A drawing in UTF-8, as all since AC1021, unless another version is given; `unit` is $INSUNITS.
inline std::string dxf(int unit, const std::string& entities, const std::string& blocks = "", const std::string& version = "AC1021",
                       const std::string& code_page = "ANSI_1252") {
  return "0\nSECTION\n2\nHEADER\n9\n$ACADVER\n1\n" + version + "\n9\n$DWGCODEPAGE\n3\n" + code_page + "\n9\n$INSUNITS\n70\n" +
         std::to_string(unit) + "\n0\nENDSEC\n0\nSECTION\n2\nBLOCKS\n" + blocks + "0\nENDSEC\n0\nSECTION\n2\nENTITIES\n" + entities +
         "0\nENDSEC\n0\nEOF\n";
}

}  // namespace obnova::server
