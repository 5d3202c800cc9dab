#pragma once

#include <cstddef>
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
// carry it, with an index where one element is at fault: `places[3]`.

// The most vertices one shape of a request may have.
inline constexpr std::size_t kMaxShapeVertices = 10'000;

// What a shape of a request may be.
enum class ShapeKind { kAny, kArea };

// A shape on the plane; never empty. Fails with kInvalidArgument for an unset or
// broken shape, another srid than 4326 and that of the plane, coordinates that are
// not finite or out of range, invalid areas (self-crossing and the like), and
// lines or points where an area is asked for; with kLimitExceeded beyond kMaxShapeVertices.
Result<Geometry> to_plane(const v1::Geometry& shape, const geo::Projection& projection, ShapeKind kind, const std::string& field);

Result<Point> to_plane(const v1::LngLat& place, const geo::Projection& projection, const std::string& field);

// The window as a shape on the plane: its edges are bent by the projection, so
// they are cut into pieces first.
Result<Geometry> to_plane(const v1::LngLatBox& window, const geo::Projection& projection, const std::string& field);

// `min_count` to `max_count` places.
struct PlaceCount {
  std::size_t at_least = 1;
  std::size_t at_most = 1;
};
Result<std::vector<Point>> to_plane(const v1::LngLats& places, PlaceCount count, const geo::Projection& projection,
                                    const std::string& field);

// Brings shapes of filters to the plane. Keeps a reference to the projection.
geo::ToPlane plane_of_degrees(const geo::Projection& projection);

// Reads a GeoJSON geometry (RFC 7946) of one kind, in degrees; z and further
// numbers are dropped, members that RFC 7946 does not know are ignored.
Result<Geometry> from_geojson(const std::string& text);

// Back to degrees. Precondition: the shape came from the plane of the projection.
std::string to_lnglat_wkb(const GeometryView& on_plane, const geo::Projection& projection);
v1::LngLat to_lnglat(Point on_plane, const geo::Projection& projection);

}  // namespace obnova::server
