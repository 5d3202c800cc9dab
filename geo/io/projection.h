#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "geo/base/geometry.h"
#include "geo/base/point.h"
#include "geo/base/result.h"

namespace obnova::geo {

// A coordinate operation as PROJ chose it, for provenance.
struct OperationNote {
  std::string source_crs;
  std::string target_crs;
  std::string description;
  std::optional<double> accuracy_m;
};

// Brings coordinates of any system to the metric plane of a city and back. The
// only place in the program that knows of axis order: everything here is x = east,
// y = north, whatever the registry says of the system.
//
// Chooses the operation for the middle of the plane's area of use; refuses
// ballpark operations; refuses coordinates outside the area of use of the
// systems, so that swapped axes fail instead of landing in Kenya. Any number of
// threads may use one; each gets its own PROJ context inside.
class Projection {
 public:
  // `source_crs` and `plane_crs` are anything PROJ reads: `EPSG:4326`, WKT, a
  // PROJ string. Fails with kInvalidArgument when the source is unknown, when
  // the plane is not a projected system in meters, or when only a ballpark
  // operation joins them.
  static Result<Projection> make(const std::string& source_crs, const std::string& plane_crs);
  ~Projection();
  Projection(Projection&&) noexcept;
  Projection& operator=(Projection&&) noexcept;

  // Fails with kInvalidArgument for coordinates that are not finite, outside the
  // area of use, or (naming the likely reason) whose axes are swapped.
  Result<Point> to_plane(double x, double y) const;
  Result<LngLat> to_source(Point p) const;  // x → lng_deg, y → lat_deg when the source is geographic.

  // Every vertex; fails with the first bad one.
  Result<Geometry> to_plane(const GeometryView& in_source) const;
  Result<Geometry> to_source(const GeometryView& on_plane) const;

  const OperationNote& note() const;
  // The authority code of the plane, such as `EPSG:6384`, and its WKT (version 1, as GeoPackage wants it).
  const std::string& plane_code() const;
  const std::string& plane_wkt() const;

 private:
  struct State;
  explicit Projection(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace obnova::geo
