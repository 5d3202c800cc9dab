#include "server/convert/geometry.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/base/measure.h"
#include "geo/base/overlay.h"
#include "geo/base/wkb.h"
#include "server/convert/geojson.h"
#include "server/convert/number.h"
#include "tests/support/result_matchers.h"

namespace obnova::server {
namespace {

using testing::HasSubstr;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

const geo::Projection& projection() {
  static const Result<geo::Projection> made = geo::Projection::make("EPSG:4326", "EPSG:32635");
  return *made;
}

v1::Geometry wkb_of(const Geometry& shape, int srid = 0) {
  v1::Geometry message;
  message.set_wkb(to_wkb(shape.view()));
  message.set_srid(srid);
  return message;
}

v1::Geometry geojson_of(const std::string& text) {
  v1::Geometry message;
  message.set_geojson(text);
  return message;
}

std::string field_of(const auto& result) { return result ? "no error" : result.error().field; }

template <typename T>
T value_of(const Result<T>& result) {
  EXPECT_THAT(result, Succeeds());
  return result ? *result : T{};
}

const Geometry kSquare = Geometry::rectangle({{27.0, 50.0}, {27.01, 50.01}});

TEST(GeometryTest, AllSpellingsOfAPlaceAreTheSamePlace) {
  v1::Geometry point;
  point.mutable_point()->set_lng_deg(27);
  point.mutable_point()->set_lat_deg(50.5);
  const auto from_point = to_plane(point, projection(), ShapeKind::kAny, "near");
  ASSERT_THAT(from_point, Succeeds());
  EXPECT_NEAR(from_point->points[0].x_m, 500'000, 1e-6);
  EXPECT_EQ(value_of(to_plane(wkb_of(Geometry::point({27, 50.5})), projection(), ShapeKind::kAny, "near")), *from_point);
  EXPECT_EQ(value_of(to_plane(wkb_of(Geometry::point({27, 50.5}), 4326), projection(), ShapeKind::kAny, "near")), *from_point);
  EXPECT_EQ(value_of(to_plane(geojson_of(R"({"type": "Point", "coordinates": [27, 50.5, 120]})"), projection(), ShapeKind::kAny, "near")),
            *from_point);
}

TEST(GeometryTest, TakesShapesInTheCityPlaneAsTheyAre) {
  const Geometry square = Geometry::rectangle({{500'000, 5'590'000}, {500'100, 5'590'100}});
  EXPECT_EQ(value_of(to_plane(wkb_of(square, 32635), projection(), ShapeKind::kArea, "f")), square);
}

TEST(GeometryTest, RefusesOtherSystemsThanTheTwo) {
  const auto result = to_plane(wkb_of(kSquare, 3857), projection(), ShapeKind::kArea, "near");
  EXPECT_THAT(result, FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("3857")));
  EXPECT_EQ(field_of(result), "near.srid");
  v1::Geometry geojson = geojson_of(R"({"type": "Point", "coordinates": [27, 50]})");
  geojson.set_srid(32635);
  EXPECT_THAT(to_plane(geojson, projection(), ShapeKind::kAny, "near"), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(GeometryTest, RefusesPlaneCoordinatesFarFromThePlane) {
  const Geometry far = Geometry::point({5e9, 5e9});
  EXPECT_THAT(to_plane(wkb_of(far, 32635), projection(), ShapeKind::kAny, "f"), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(GeometryTest, NamesSwappedAxes) {
  const auto result = to_plane(wkb_of(Geometry::point({50.5, 27})), projection(), ShapeKind::kAny, "f");
  EXPECT_THAT(result, FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("swapped")));
}

TEST(GeometryTest, RefusesWhatIsNoShape) {
  for (const v1::Geometry& message : {v1::Geometry(), wkb_of(Geometry()), geojson_of(""), geojson_of("{"), geojson_of("[]"),
                                      geojson_of(R"({"type": "Polygon", "coordinates": []})"), geojson_of(R"({"type": 7})")}) {
    const auto result = to_plane(message, projection(), ShapeKind::kAny, "near");
    EXPECT_THAT(result, FailsWith(ErrorCode::kInvalidArgument)) << message.ShortDebugString();
    EXPECT_EQ(field_of(result), "near");
  }
}

TEST(GeometryTest, RefusesLinesWhereAnAreaIsMeant) {
  EXPECT_THAT(to_plane(wkb_of(Geometry::line({{27, 50}, {27.1, 50}})), projection(), ShapeKind::kArea, "f"),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("polygon")));
}

TEST(GeometryTest, RefusesAnAreaThatCrossesItself) {
  const auto result = to_plane(geojson_of(R"({"type": "Polygon", "coordinates": [[[27,50],[27.1,50.1],[27.1,50],[27,50.1],[27,50]]]})"),
                               projection(), ShapeKind::kArea, "avoid[2]");
  EXPECT_THAT(result, FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_EQ(field_of(result), "avoid[2]");
}

Geometry ring_of(std::size_t vertex_count) {
  std::vector<Point> points;
  for (std::size_t i = 0; i + 1 < vertex_count; ++i) {
    const double angle = 2 * M_PI * static_cast<double>(i) / static_cast<double>(vertex_count - 1);
    points.push_back({27 + 0.1 * std::cos(angle), 50 + 0.1 * std::sin(angle)});
  }
  return Geometry::polygon(points);
}

TEST(GeometryTest, TakesTenThousandVerticesAndNoMore) {
  EXPECT_THAT(to_plane(wkb_of(ring_of(9'999)), projection(), ShapeKind::kArea, "f"), Succeeds());
  EXPECT_THAT(to_plane(wkb_of(ring_of(10'000)), projection(), ShapeKind::kArea, "f"), Succeeds());
  EXPECT_THAT(to_plane(wkb_of(ring_of(10'001)), projection(), ShapeKind::kArea, "f"),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("10001")));
}

v1::LngLats places_of(std::vector<double> numbers) {
  v1::LngLats places;
  places.mutable_coordinates_deg()->Add(numbers.begin(), numbers.end());
  return places;
}

TEST(PlacesTest, NamesThePlaceAtFault) {
  for (const double bad : {kNaN, kInfinity, -kInfinity, 181.0, -181.0, 1e300}) {
    EXPECT_EQ(field_of(to_plane(places_of({27, 50, bad, 50}), {1, 9}, projection(), "places")), "places[1]") << bad;
    EXPECT_EQ(field_of(to_plane(places_of({27, 50, 27, bad}), {1, 9}, projection(), "places")), "places[1]") << bad;
  }
  const auto swapped = to_plane(places_of({27, 50, 27.1, 50, 50, 27}), {1, 9}, projection(), "places");
  EXPECT_EQ(field_of(swapped), "places[2]");
  EXPECT_THAT(swapped, FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("swapped")));
}

TEST(PlacesTest, CountsThem) {
  EXPECT_THAT(to_plane(places_of({}), {1, 2}, projection(), "places"), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(to_plane(places_of({27, 50}), {1, 2}, projection(), "places"), Succeeds());
  EXPECT_THAT(to_plane(places_of({27, 50, 27, 50}), {1, 2}, projection(), "places"), Succeeds());
  EXPECT_THAT(to_plane(places_of({27, 50, 27, 50, 27, 50}), {1, 2}, projection(), "places"), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(to_plane(places_of({27, 50, 27}), {1, 2}, projection(), "places"), FailsWith(ErrorCode::kInvalidArgument));
}

v1::LngLatBox window_of(double west, double south, double east, double north) {
  v1::LngLatBox window;
  window.set_west_deg(west);
  window.set_south_deg(south);
  window.set_east_deg(east);
  window.set_north_deg(north);
  return window;
}

const Box kExtent = {{480'000, 5'580'000}, {520'000, 5'600'000}};

TEST(WindowTest, HoldsTheSamePlacesAsInDegrees) {
  const auto shape = to_plane(window_of(26.9, 50.40, 27.15, 50.50), kExtent, projection(), "bbox");
  ASSERT_THAT(shape, Succeeds());
  ASSERT_EQ(validity_problem(shape->view()), std::nullopt);
  for (double lng = 26.8501; lng < 27.2; lng += 0.0125) {
    for (const double lat : {50.39999, 50.40001, 50.45, 50.49999, 50.50001}) {
      const bool inside = lng >= 26.9 && lng <= 27.15 && lat >= 50.40 && lat <= 50.50;
      EXPECT_EQ(covers(shape->view(), *projection().to_plane(lng, lat)), inside) << lng << ' ' << lat;
    }
  }
}

TEST(WindowTest, TheWholeWorldIsEverything) {
  const auto shape = to_plane(window_of(-180, -90, 180, 90), kExtent, projection(), "bbox");
  ASSERT_THAT(shape, Succeeds());
  for (const Point corner : {kExtent.min, kExtent.max, Point{480'000, 5'600'000}, Point{500'000, 5'600'000}, Point{500'000, 5'580'000}}) {
    EXPECT_TRUE(covers(shape->view(), corner));
  }
}

TEST(WindowTest, AWindowElsewhereMeetsNothing) {
  const auto shape = to_plane(window_of(-60, -30, -50, -20), kExtent, projection(), "bbox");
  ASSERT_THAT(shape, Succeeds());
  EXPECT_FALSE(shape->view().box().intersects(kExtent));
}

TEST(WindowTest, EdgesBelongToIt) {
  const auto shape = value_of(to_plane(window_of(26.9, 50.40, 27.15, 50.50), kExtent, projection(), "bbox"));
  for (int i = 0; i <= 1000; ++i) {
    const double lng = 26.9 + 0.25 * i / 1000;
    const double lat = 50.4 + 0.1 * i / 1000;
    EXPECT_TRUE(covers(shape.view(), *projection().to_plane(lng, 50.40)));
    EXPECT_TRUE(covers(shape.view(), *projection().to_plane(lng, 50.50)));
    EXPECT_TRUE(covers(shape.view(), *projection().to_plane(26.9, lat)));
    EXPECT_TRUE(covers(shape.view(), *projection().to_plane(27.15, lat)));
    EXPECT_FALSE(covers(shape.view(), *projection().to_plane(lng, 50.3999999)));
    EXPECT_FALSE(covers(shape.view(), *projection().to_plane(lng, 50.5000001)));
    EXPECT_FALSE(covers(shape.view(), *projection().to_plane(26.8999999, lat)));
    EXPECT_FALSE(covers(shape.view(), *projection().to_plane(27.1500001, lat)));
  }
}

TEST(WindowTest, AWindowMayBeALineOrAPlace) {
  const Point place = *projection().to_plane(27, 50.4);
  EXPECT_TRUE(covers(value_of(to_plane(window_of(27, 50.4, 27, 50.4), kExtent, projection(), "bbox")).view(), place));
  EXPECT_TRUE(covers(value_of(to_plane(window_of(27, 50.3, 27, 50.5), kExtent, projection(), "bbox")).view(), place));
  EXPECT_TRUE(covers(value_of(to_plane(window_of(26, 50.4, 28, 50.4), kExtent, projection(), "bbox")).view(), place));
}

TEST(WindowTest, RefusesWindowsThatAreNone) {
  for (const double bad : {kNaN, kInfinity, -kInfinity, 181.0, -181.0}) {
    for (int edge = 0; edge < 4; ++edge) {
      double edges[] = {26, 50, 27, 51};
      edges[edge] = bad;
      const auto result = to_plane(window_of(edges[0], edges[1], edges[2], edges[3]), kExtent, projection(), "bbox");
      EXPECT_THAT(result, FailsWith(ErrorCode::kInvalidArgument));
      EXPECT_EQ(field_of(result), "bbox");
    }
  }
  EXPECT_THAT(to_plane(window_of(179, 50, -179, 51), kExtent, projection(), "bbox"), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(to_plane(window_of(26, 51, 27, 50), kExtent, projection(), "bbox"), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(DegreesTest, ShapesComeBackAsTheyWere) {
  const auto there = to_plane(wkb_of(kSquare), projection(), ShapeKind::kArea, "f");
  ASSERT_THAT(there, Succeeds());
  Degrees degrees(projection());
  const auto back = from_wkb(degrees.wkb(there->view()));
  ASSERT_THAT(back, Succeeds());
  ASSERT_EQ(back->points.size(), kSquare.points.size());
  for (std::size_t i = 0; i < back->points.size(); ++i) {
    EXPECT_NEAR(back->points[i].x_m, kSquare.points[i].x_m, 1e-10);
    EXPECT_NEAR(back->points[i].y_m, kSquare.points[i].y_m, 1e-10);
  }
  EXPECT_THAT(degrees.checked(1), Succeeds());
  EXPECT_EQ(degrees.wkb(GeometryView()), "");
}

TEST(DegreesTest, AShapeWithoutDegreesSpoilsTheAnswer) {
  Degrees degrees(projection());
  degrees.place({kInfinity, 0});
  EXPECT_FALSE(degrees.checked(1).has_value());
}

TEST(GeojsonTest, ReadsEveryKind) {
  const std::pair<const char*, GeometryKind> cases[] = {
      {R"({"type":"Point","coordinates":[1,2]})", GeometryKind::kPoint},
      {R"({"type":"MultiPoint","coordinates":[[1,2],[3,4]]})", GeometryKind::kMultiPoint},
      {R"({"type":"LineString","coordinates":[[1,2],[3,4]],"bbox":[1,2,3,4]})", GeometryKind::kLineString},
      {R"({"type":"MultiLineString","coordinates":[[[1,2],[3,4]],[[5,6],[7,8]]]})", GeometryKind::kMultiLineString},
      {R"({"type":"Polygon","coordinates":[[[0,0],[0,9],[9,9],[9,0],[0,0]],[[1,1],[2,1],[2,2],[1,1]]]})", GeometryKind::kPolygon},
      {R"({"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]],[[[5,5],[6,5],[6,6],[5,5]]]]})", GeometryKind::kMultiPolygon},
  };
  for (const auto& [text, kind] : cases) {
    const auto read = from_geojson(text);
    ASSERT_THAT(read, Succeeds()) << text;
    EXPECT_EQ(read->kind, kind);
  }
  const auto polygon = from_geojson(cases[4].first);
  EXPECT_EQ(area_m2(polygon->view()), 80.5);
  EXPECT_EQ(polygon->path_ends, (std::vector<std::uint32_t>{5, 9}));
}

TEST(GeojsonTest, RefusesWhatRfc7946Refuses) {
  for (const char* text :
       {R"({"type":"Point"})", R"({"type":"Point","coordinates":[1]})", R"({"type":"Point","coordinates":["1",2]})",
        R"({"type":"Point","coordinates":[1e999,2]})", R"({"type":"Point","coordinates":null})", R"({"type":"point","coordinates":[1,2]})",
        R"({"type":"LineString","coordinates":[[1,2]]})", R"({"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1]]]})",
        R"({"type":"Polygon","coordinates":[[[0,0],[1,0],[0,0]]]})", R"({"type":"Polygon","coordinates":[[0,0],[1,0],[1,1],[0,0]]})",
        R"({"type":"GeometryCollection","geometries":[]})", R"({"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]}})",
        R"({"type":"Point","coordinates":[NaN,2]})", R"({"type":"Point","coordinates":{"0":1,"1":2}})"}) {
    EXPECT_THAT(from_geojson(text), FailsWith(ErrorCode::kInvalidArgument)) << text;
  }
}

TEST(GeojsonTest, SurvivesDepthAndLength) {
  EXPECT_THAT(from_geojson(R"({"type":"Polygon","coordinates":)" + std::string(500'000, '[') + std::string(500'000, ']') + "}"),
              FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(from_geojson(std::string((2 << 20) + 1, ' ')), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("bytes")));
}

TEST(NumberTest, RefusesEverythingOutsideTheRange) {
  for (const double bad : {kNaN, kInfinity, -kInfinity, -0.001, 10.001}) {
    const auto result = number_in(bad, {0, 10}, "k");
    EXPECT_THAT(result, FailsWith(ErrorCode::kInvalidArgument)) << bad;
    EXPECT_EQ(field_of(result), "k");
  }
  EXPECT_EQ(value_of(number_in(0, {0, 10}, "k")), 0);
  EXPECT_EQ(value_of(number_in(10, {0, 10}, "k")), 10);
  EXPECT_EQ(value_of(number_or(0, 7, {1, 10}, "k")), 7);
  EXPECT_THAT(number_or(0.5, 7, {1, 10}, "k"), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(NumberTest, CountsFromOneToTheLimit) {
  EXPECT_EQ(value_of(count_or(0, 5, 9, "k")), 5U);
  EXPECT_EQ(value_of(count_or(1, 5, 9, "k")), 1U);
  EXPECT_EQ(value_of(count_or(9, 5, 9, "k")), 9U);
  EXPECT_THAT(count_or(10, 5, 9, "k"), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(count_or(-1, 5, 9, "k"), FailsWith(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace obnova::server
