#include "server/convert/geometry.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "geo/base/overlay.h"
#include "geo/base/wkb.h"
#include "server/convert/geojson.h"

namespace obnova::server {
namespace {

constexpr int kDegreesCode = 4326;

std::unexpected<Error> refused(std::string message, const std::string& field) {
  return failure(ErrorCode::kInvalidArgument, std::move(message), field);
}

// The same error with the field it speaks of.
std::unexpected<Error> at_field(Error error, const std::string& field) {
  error.field = field;
  return std::unexpected(std::move(error));
}

std::optional<std::string> place_problem(double lng_deg, double lat_deg) {
  if (!std::isfinite(lng_deg) || !std::isfinite(lat_deg)) return "A coordinate is not finite.";
  if (std::abs(lng_deg) > 180) return fmt::format("The longitude {} is not between -180 and 180 degrees.", lng_deg);
  if (std::abs(lat_deg) > 90) return fmt::format("The latitude {} is not between -90 and 90 degrees.", lat_deg);
  return std::nullopt;
}

Result<Geometry> read_shape(const v1::Geometry& shape, const std::string& field) {
  Result<Geometry> read;
  switch (shape.shape_case()) {
    case v1::Geometry::kWkb:
      read = from_wkb(shape.wkb());
      break;
    case v1::Geometry::kGeojson:
      read = from_geojson(shape.geojson());
      break;
    case v1::Geometry::kPoint:
      if (const auto problem = place_problem(shape.point().lng_deg(), shape.point().lat_deg())) return refused(*problem, field + ".point");
      return Geometry::point({shape.point().lng_deg(), shape.point().lat_deg()});
    case v1::Geometry::SHAPE_NOT_SET:
      return refused("The shape is missing.", field);
  }
  if (!read) return at_field(read.error(), field);
  if (read->kind == GeometryKind::kNone) return refused("The shape is empty.", field);
  if (read->points.size() > kMaxShapeVertices) {
    return refused(fmt::format("The shape has {} vertices, at most {} are allowed.", read->points.size(), kMaxShapeVertices), field);
  }
  return read;
}

// True when the coordinates are of the plane, false when they are degrees.
Result<bool> spelled_on_plane(const v1::Geometry& shape, const geo::Projection& projection, const std::string& field) {
  if (shape.srid() == 0 || shape.srid() == kDegreesCode) return false;
  if (fmt::format("EPSG:{}", shape.srid()) != projection.plane_code()) {
    return refused(fmt::format("The srid {} is neither 4326 nor that of the city's plane, {}.", shape.srid(), projection.plane_code()),
                   field + ".srid");
  }
  if (!shape.has_wkb()) return refused("An srid speaks of WKB only: GeoJSON and points are always degrees.", field + ".srid");
  return true;
}

Result<Geometry> bring_to_plane(const Geometry& read, bool on_plane, const geo::Projection& projection) {
  if (!on_plane) return projection.to_plane(read.view());
  // There and back: only what has degrees in range lies on the plane.
  const Result<Geometry> degrees = projection.to_source(read.view());
  if (!degrees) return std::unexpected(degrees.error());
  const Result<Geometry> again = projection.to_plane(degrees->view());
  if (!again) return std::unexpected(again.error());
  return read;
}

}  // namespace

Result<Geometry> to_plane(const v1::Geometry& shape, const geo::Projection& projection, ShapeKind kind, const std::string& field) {
  const Result<bool> on_plane = spelled_on_plane(shape, projection, field);
  if (!on_plane) return std::unexpected(on_plane.error());
  const Result<Geometry> read = read_shape(shape, field);
  if (!read) return std::unexpected(read.error());
  if (kind == ShapeKind::kArea && dimension(read->kind) != 2) {
    return refused("The shape is not a polygon or multipolygon.", field);
  }
  Result<Geometry> result = bring_to_plane(*read, *on_plane, projection);
  if (!result) return at_field(result.error(), field);
  if (const auto problem = validity_problem(result->view())) return refused(*problem, field);
  return result;
}

Result<Point> to_plane(const v1::LngLat& place, const geo::Projection& projection, const std::string& field) {
  if (const auto problem = place_problem(place.lng_deg(), place.lat_deg())) return refused(*problem, field);
  const Result<Point> result = projection.to_plane(place.lng_deg(), place.lat_deg());
  if (!result) return at_field(result.error(), field);
  return result;
}

v1::LngLat place_at(const v1::LngLats& places, std::size_t index) {
  v1::LngLat place;
  place.set_lng_deg(places.coordinates_deg(static_cast<int>(2 * index)));
  place.set_lat_deg(places.coordinates_deg(static_cast<int>(2 * index + 1)));
  return place;
}

Result<std::vector<Point>> to_plane(const v1::LngLats& places, PlaceCount count, const geo::Projection& projection,
                                    const std::string& field) {
  const std::size_t number_count = static_cast<std::size_t>(places.coordinates_deg_size());
  if (number_count % 2 != 0) return refused(fmt::format("The places have {} numbers, a latitude is missing.", number_count), field);
  const std::size_t place_count = number_count / 2;
  if (place_count < count.at_least || place_count > count.at_most) {
    return refused(fmt::format("The number of places is {}, not {} to {}.", place_count, count.at_least, count.at_most), field);
  }
  Geometry all = {.kind = GeometryKind::kMultiPoint, .points = {}, .path_ends = {static_cast<std::uint32_t>(place_count)}, .part_ends = {}};
  all.points.reserve(place_count);
  for (std::size_t i = 0; i < place_count; ++i) {
    const Point degrees = {places.coordinates_deg(static_cast<int>(2 * i)), places.coordinates_deg(static_cast<int>(2 * i + 1))};
    if (const auto problem = place_problem(degrees.x_m, degrees.y_m)) return refused(*problem, fmt::format("{}[{}]", field, i));
    all.points.push_back(degrees);
  }
  Result<Geometry> on_plane = projection.to_plane(all.view());
  if (on_plane) return std::move(on_plane->points);
  // All together is fast; one by one tells which it was.
  for (std::size_t i = 0; i < place_count; ++i) {
    const Result<Point> place = to_plane(place_at(places, i), projection, fmt::format("{}[{}]", field, i));
    if (!place) return std::unexpected(place.error());
  }
  return at_field(on_plane.error(), field);
}

geo::ToPlane plane_of_degrees(const geo::Projection& projection) {
  return [&projection](const Geometry& in_degrees) { return projection.to_plane(in_degrees.view()); };
}

std::string Degrees::wkb(const GeometryView& on_plane) {
  if (on_plane.kind == GeometryKind::kNone) return {};
  const Result<Geometry> degrees = projection_.to_source(on_plane);
  if (degrees) return to_wkb(degrees->view());
  if (!error_) error_ = degrees.error();
  return {};
}

v1::LngLat Degrees::place(Point on_plane) { return places({&on_plane, 1}).front(); }

std::vector<v1::LngLat> Degrees::places(std::span<const Point> on_plane) {
  std::vector<v1::LngLat> result(on_plane.size());
  const auto count = static_cast<std::uint32_t>(on_plane.size());
  const Result<Geometry> degrees = projection_.to_source(GeometryView{GeometryKind::kMultiPoint, on_plane, {&count, 1}, {}});
  if (!degrees) {
    if (!error_) error_ = degrees.error();
    return result;
  }
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i].set_lng_deg(degrees->points[i].x_m);
    result[i].set_lat_deg(degrees->points[i].y_m);
  }
  return result;
}

}  // namespace obnova::server
