#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "geo/base/geometry.h"
#include "geo/base/point.h"
#include "geo/base/result.h"
#include "geo/io/projection.h"
#include "geo/query/features/cql2.h"
#include "obnova/v1/common.pb.h"

namespace obnova::server {

// Shapes and places between messages (degrees, or the plane by its code) and the
// plane of a city. `field` is the path of the message in the request; errors
// carry it, with an index where one element is at fault: `places[3]`. What a
// request itself gets wrong fails with kInvalidArgument.

// The most vertices one shape of a request may have.
inline constexpr std::size_t kMaxShapeVertices = 10'000;

// What a shape of a request may be.
enum class ShapeKind { kAny, kArea };

// A shape on the plane; never empty. Refuses unset or broken shapes, another srid
// than 4326 and that of the plane, coordinates that are not finite or out of
// range, invalid areas (self-crossing and the like), lines or points where an
// area is asked for, and more than kMaxShapeVertices.
Result<Geometry> to_plane(const v1::Geometry& shape, const geo::Projection& projection, ShapeKind kind, const std::string& field);

Result<Point> to_plane(const v1::LngLat& place, const geo::Projection& projection, const std::string& field);

// How many places a request may name.
struct PlaceCount {
  std::size_t at_least = 1;
  std::size_t at_most = 1;
};
Result<std::vector<Point>> to_plane(const v1::LngLats& places, PlaceCount count, const geo::Projection& projection,
                                    const std::string& field);

// A window as an area on the plane that holds the same places of `extent`, the
// box around everything there is, to half a centimeter and edges included. The edges of a window are bent by the
// projection, so they are cut into pieces; and a window may be far greater than
// the area the plane is made for, so it is cut to the extent first. A window
// that misses the extent becomes a shape that meets nothing in it.
Result<Geometry> to_plane(const v1::LngLatBox& window, const Box& extent, const geo::Projection& projection, const std::string& field);

// The same for many windows at once, four numbers each: west, south, east, north.
// Errors name `field[i]`, the first number of the window at fault.
Result<std::vector<Geometry>> to_plane(std::span<const double> windows_deg, const Box& extent, const geo::Projection& projection,
                                       const std::string& field);

// Brings shapes of filters to the plane. Keeps a reference to the projection.
geo::ToPlane plane_of_degrees(const geo::Projection& projection);

// The place of a list as it was given; precondition: the list was accepted.
v1::LngLat place_at(const v1::LngLats& places, std::size_t index);

// Writes shapes of the plane in degrees and remembers the first that has none,
// so that an answer is checked once, at its end.
//
//   Degrees degrees(projection);
//   route.set_wkb(degrees.wkb(line));
//   return degrees.checked(std::move(route));
class Degrees {
 public:
  // The projection must outlive this.
  explicit Degrees(const geo::Projection& projection) : projection_(projection) {}

  std::string wkb(const GeometryView& on_plane);
  v1::LngLat place(Point on_plane);
  std::vector<v1::LngLat> places(std::span<const Point> on_plane);
  // The smallest window that holds a box of the plane, whose edges are bent in degrees.
  v1::LngLatBox window(const Box& on_plane);

  template <typename Answer>
  Result<Answer> checked(Answer answer) const {
    if (error_) return std::unexpected(*error_);
    return answer;
  }

 private:
  const geo::Projection& projection_;
  std::optional<Error> error_;
};

}  // namespace obnova::server
