#include "server/ingest/drawing.h"

#include <fmt/format.h>
#include <ogrsf_frmts.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>
#include <utility>

#include "server/ingest/tag_values.h"

namespace obnova::server {
namespace {

constexpr std::int64_t kLookedAtCount = 10'000;
constexpr int kHeaderLineCount = 5'000;

struct StatedUnit {
  std::int64_t code;
  const char* name;
  double meters;
};
constexpr auto kUnits = std::to_array<StatedUnit>({{1, "inches", 0.0254},
                                                   {2, "feet", 0.3048},
                                                   {4, "millimeters", 0.001},
                                                   {5, "centimeters", 0.01},
                                                   {7, "kilometers", 1000},
                                                   {10, "yards", 0.9144},
                                                   {14, "decimeters", 0.1}});

// A line without the end of lines of other systems.
bool next_line(std::istream& stream, std::string& line) {
  if (!std::getline(stream, line)) return false;
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return true;
}

// The value of a variable in the header of a drawing; empty when it is not there.
std::string header_value(const std::string& path, std::string_view name) {
  std::ifstream stream(path, std::ios::binary);
  std::string line;
  for (int i = 0; i < kHeaderLineCount && next_line(stream, line) && line.find("ENDSEC") == std::string::npos; ++i) {
    if (line != name) continue;
    std::string value;
    next_line(stream, value);  // The code of its group.
    return next_line(stream, value) ? value : std::string();
  }
  return {};
}

// Nullopt for a place that may be none.
std::optional<Point> first_point(const OGRGeometry* shape) {
  while (shape != nullptr && !shape->IsEmpty()) {
    const OGRwkbGeometryType type = wkbFlatten(shape->getGeometryType());
    if (type == wkbPoint) return Point{shape->toPoint()->getX(), shape->toPoint()->getY()};
    if (type == wkbLineString) return Point{shape->toLineString()->getX(0), shape->toLineString()->getY(0)};
    if (type == wkbPolygon) {
      shape = shape->toPolygon()->getExteriorRing();
    } else if (OGR_GT_IsSubClassOf(type, wkbGeometryCollection) != 0) {
      shape = shape->toGeometryCollection()->getGeometryRef(0);
    } else {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace

bool has_areas(geo::Theme theme) {
  return theme == geo::Theme::kBuildings || theme == geo::Theme::kParcels || theme == geo::Theme::kZones ||
         theme == geo::Theme::kDistricts || theme == geo::Theme::kPopulation;
}

Geometry area_of_closed_line(Geometry shape) {
  const bool is_closed = shape.kind == GeometryKind::kLineString && shape.points.size() >= 4 && shape.points.front() == shape.points.back();
  return is_closed ? Geometry::polygon(std::move(shape.points)) : shape;
}

bool was_curved(const OGRFeature& feature) {
  const int column = feature.GetFieldIndex("SubClasses");
  const std::string_view classes = column < 0 ? "" : feature.GetFieldAsString(column);
  for (const std::string_view name : {"AcDbArc", "AcDbCircle", "AcDbEllipse", "AcDbSpline"}) {
    if (classes.find(name) != std::string_view::npos) return true;
  }
  return false;
}

bool is_unicode_drawing(const std::string& path) { return header_value(path, "$ACADVER") >= "AC1021"; }

DrawingUnit DrawingUnit::of_file(const std::string& path) {
  DrawingUnit unit;
  const auto code = whole_number(header_value(path, "$INSUNITS"));
  const auto stated = std::find_if(kUnits.begin(), kUnits.end(), [&](const StatedUnit& one) { return one.code == code; });
  if (stated == kUnits.end()) return unit;
  unit.name_ = stated->name;
  unit.meters_ = stated->meters;
  return unit;
}

void DrawingUnit::look_at(const OGRFeature& feature, const geo::Projection& projection) {
  if (meters_ == 1 || fits_plain_ + fits_scaled_ >= kLookedAtCount) return;
  const std::optional<Point> at = first_point(feature.GetGeometryRef());
  if (!at) return;
  if (projection.to_plane(at->x_m, at->y_m)) {
    ++fits_plain_;
  } else if (projection.to_plane(at->x_m * meters_, at->y_m * meters_)) {
    ++fits_scaled_;
  }
}

std::optional<std::string> DrawingUnit::warning() const {
  if (meters_ == 1) return std::nullopt;
  if (scale() != 1) return fmt::format("The drawing says its unit is {}; its coordinates were turned to meters.", name_);
  return fmt::format("The drawing says its unit is {}, but its coordinates fit the city as they are and were not changed.", name_);
}

}  // namespace obnova::server
