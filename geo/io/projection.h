#pragma once

#include <memory>
#include <optional>
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

// How far outside the plane's area of use a coordinate may lie, in degrees: a
// city on the border of a zone stays on one plane, swapped axes fail.
inline constexpr double kAreaOfUseTolerance_deg = 2;

// Brings coordinates of any system to the metric plane of a city and back. The
// only place in the program that knows of axis order: everything here is x = east,
// y = north, whatever the registry says of the system.
//
// Chooses one operation for the middle of the plane's area of use and keeps to
// it; refuses ballpark operations and those whose grids are not installed (the
// network is never asked); refuses coordinates outside the valid range of
// degrees or farther than kAreaOfUseTolerance_deg from the plane's area of use,
// so that swapped axes fail instead of landing in Kenya. A plane without a
// stated area of use (a PROJ string, most local WKT) has only the first check.
//
// Heights are dropped: of compound and 3D systems only the horizontal part is
// used. Any number of threads may use one; each call borrows a PROJ context of its own.
//
//   const auto projection = Projection::make("EPSG:4326", "EPSG:6384");
//   const auto place = projection->to_plane(30.52, 50.45);  // Kyiv.
class Projection {
 public:
  // `source_crs` and `plane_crs` are anything PROJ reads: `EPSG:4326`, WKT (with
  // TOWGS84 too), a PROJ string. Fails with kInvalidArgument when either is
  // unknown, when the source is neither geographic nor projected, when the plane
  // is not a projected system in meters with axes to the east and north, or when
  // only a ballpark operation joins them.
  static Result<Projection> make(const std::string& source_crs, const std::string& plane_crs);
  ~Projection();
  Projection(Projection&&) noexcept;
  Projection& operator=(Projection&&) noexcept;

  // Fails with kInvalidArgument for coordinates that are not finite, outside the
  // area of use, or (naming the likely reason) whose axes are swapped.
  Result<Point> to_plane(double x, double y) const;
  Result<LngLat> to_source(Point p) const;  // x → lng_deg, y → lat_deg when the source is geographic.

  // Every vertex; fails with the first bad one. The structure stays as it is.
  Result<Geometry> to_plane(const GeometryView& in_source) const;
  Result<Geometry> to_source(const GeometryView& on_plane) const;

  const OperationNote& note() const;
  // The authority code of the plane, such as `EPSG:6384` (the text given to
  // `make` when no registry knows it), and its WKT (version 1, as GeoPackage wants it).
  const std::string& plane_code() const;
  const std::string& plane_wkt() const;
  // The same of the source, without its heights; empty when version 1 has no words for it.
  const std::string& source_wkt() const;

 private:
  struct State;
  explicit Projection(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace obnova::geo
