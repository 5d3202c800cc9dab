#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "geo/base/geometry.h"
#include "geo/io/projection.h"
#include "geo/layer/theme.h"

class OGRFeature;

namespace obnova::server {

// Themes whose features are areas: a closed line of a drawing is one there.
bool has_areas(geo::Theme theme);

// The area inside a line that ends where it begins; any other shape as it is.
Geometry area_of_closed_line(Geometry shape);

// Whether the feature was drawn with arcs, which GDAL makes lines of short pieces.
bool was_curved(const OGRFeature& feature);

// Whether the texts of the drawing are UTF-8, whatever code page it states: all since version AC1021.
bool is_unicode_drawing(const std::string& path);

// The unit of the coordinates of a DXF drawing.
//
// Drawings state a unit ($INSUNITS), and it is often the default of the program
// rather than the truth. So both readings are tried on the places of the drawing: what lies
// where the city can be is right.
class DrawingUnit {
 public:
  // Looks into the header of the file; a drawing that states no unit is in meters.
  static DrawingUnit of_file(const std::string& path);

  // Looks at the place of one feature; the first 10,000 count.
  void look_at(const OGRFeature& feature, const geo::Projection& projection);
  // What coordinates are multiplied with; 1 unless more places fit as the unit says.
  double scale() const { return fits_scaled_ > fits_plain_ ? meters_ : 1; }
  // What was done about a stated unit that is not meters; nullopt when nothing.
  std::optional<std::string> warning() const;

 private:
  std::string name_;
  double meters_ = 1;
  std::int64_t fits_plain_ = 0;
  std::int64_t fits_scaled_ = 0;
};

}  // namespace obnova::server
