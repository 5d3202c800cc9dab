#include "geo/io/projection.h"

#include <cmath>
#include <limits>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>

#include "tests/support/result_matchers.h"

namespace obnova::geo {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr double kMetersPerDegree = 111'320;

Projection projection(const std::string& source, const std::string& plane) {
  auto made = Projection::make(source, plane);
  EXPECT_THAT(made, Succeeds());
  return std::move(made).value();
}

// Where the shapefile of a Ukrainian office with its own datum shift says it is.
constexpr const char* kPulkovoWithShift =
    R"(GEOGCS["Pulkovo 1942",DATUM["Pulkovo_1942",SPHEROID["Krassowsky 1940",6378245,298.3],TOWGS84[125,-141,-78.5,0,0.35,0.736,0]],)"
    R"(PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]])";
// As a .prj file of a Czech shapefile spells EPSG:5514.
constexpr const char* kKrovakOfEsri =
    R"(PROJCS["S-JTSK_Krovak_East_North",GEOGCS["GCS_S_JTSK",DATUM["D_S_JTSK",SPHEROID["Bessel_1841",6377397.155,299.1528128]],)"
    R"(PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Krovak"],PARAMETER["False_Easting",0.0],)"
    R"(PARAMETER["False_Northing",0.0],PARAMETER["Pseudo_Standard_Parallel_1",78.5],PARAMETER["Scale_Factor",0.9999],)"
    R"(PARAMETER["Azimuth",30.28813975277778],PARAMETER["Longitude_Of_Center",24.83333333333333],)"
    R"(PARAMETER["Latitude_Of_Center",49.5],PARAMETER["X_Scale",-1.0],PARAMETER["Y_Scale",1.0],PARAMETER["XY_Plane_Rotation",90.0],)"
    R"(UNIT["Meter",1.0]])";

TEST(ProjectionTest, PutsEastOnXWhateverTheRegistrySays) {
  // EPSG:4326 and EPSG:6384 both name north first.
  const Projection kyiv = projection("EPSG:4326", "EPSG:6384");
  const auto west = kyiv.to_plane(30.40, 50.45);
  const auto east = kyiv.to_plane(30.52, 50.45);
  ASSERT_THAT(west, Succeeds());
  ASSERT_THAT(east, Succeeds());
  EXPECT_NEAR(east->x_m - west->x_m, 0.12 * kMetersPerDegree * std::cos(50.45 * M_PI / 180), 30);
  EXPECT_NEAR(east->x_m, 337'049, 1);
  EXPECT_NEAR(east->y_m, 5'591'145, 1);
}

TEST(ProjectionTest, KrovakEastNorthGrowsToTheEastAndNorth) {
  const Projection prague = projection("EPSG:4326", "EPSG:5514");
  const auto place = prague.to_plane(14.42, 50.08);
  ASSERT_THAT(place, Succeeds());
  EXPECT_NEAR(place->x_m, -743'012, 1);
  EXPECT_NEAR(place->y_m, -1'043'823, 1);
}

TEST(ProjectionTest, SaysThatAxesLookSwapped) {
  EXPECT_THAT(projection("EPSG:4326", "EPSG:5514").to_plane(50.08, 14.42),
              FailsSaying(ErrorCode::kInvalidArgument, AllOf(HasSubstr("50.08"), HasSubstr("Czechia"), HasSubstr("axes look swapped"))));
  EXPECT_THAT(projection("EPSG:4326", "EPSG:6384").to_plane(50.45, 30.52),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("axes look swapped")));
  EXPECT_THAT(projection("EPSG:5561", "EPSG:6384").to_plane(50.45, 30.52),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("axes look swapped")));
  EXPECT_THAT(projection("EPSG:32636", "EPSG:6384").to_plane(5'590'000, 320'000),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("axes look swapped")));
  EXPECT_THAT(projection("EPSG:5514", "EPSG:5514").to_plane(-1'043'000, -743'000),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("axes look swapped")));
}

TEST(ProjectionTest, DoesNotBlameAxesWhenThePlaceIsSimplyElsewhere) {
  const auto nairobi = projection("EPSG:4326", "EPSG:6384").to_plane(36.8, -1.3);
  EXPECT_THAT(nairobi, FailsSaying(ErrorCode::kInvalidArgument, AllOf(HasSubstr("area of use"), Not(HasSubstr("swapped")))));
}

TEST(ProjectionTest, AcceptsTheAreaOfUseGrownByTheTolerance) {
  const Projection zone = projection("EPSG:4326", "EPSG:6384");  // 28.5 to 31.5 degrees east.
  EXPECT_THAT(zone.to_plane(31.5 + kAreaOfUseTolerance_deg - 0.01, 49), Succeeds());
  EXPECT_THAT(zone.to_plane(31.5 + kAreaOfUseTolerance_deg + 0.01, 49), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(zone.to_plane(28.5 - kAreaOfUseTolerance_deg + 0.01, 49), Succeeds());
  EXPECT_THAT(zone.to_plane(28.5 - kAreaOfUseTolerance_deg - 0.01, 49), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(ProjectionTest, RefusesNumbersThatAreNoCoordinates) {
  const Projection zone = projection("EPSG:4326", "EPSG:6384");
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_THAT(zone.to_plane(std::nan(""), 50), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("not finite")));
  EXPECT_THAT(zone.to_plane(30, infinity), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("not finite")));
  EXPECT_THAT(zone.to_plane(30 + 360, 50), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(zone.to_source({std::nan(""), 0}), FailsWith(ErrorCode::kInvalidArgument));
  // A plane without an area of use still refuses what no degree can be.
  const Projection anywhere = projection("EPSG:4326", "+proj=tmerc +lon_0=30 +datum=WGS84");
  EXPECT_THAT(anywhere.to_plane(30, 50), Succeeds());
  EXPECT_THAT(anywhere.to_plane(335'000, 5'540'000), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(ProjectionTest, OnePlaneHoldsDataOnBothSidesOfAZoneEdge) {
  // 34.5 degrees east parts the zones of EPSG:6385 and EPSG:6386.
  const Projection zone_11 = projection("EPSG:4326", "EPSG:6385");
  const auto west = zone_11.to_plane(34.499, 49.0);
  const auto east = zone_11.to_plane(34.501, 49.0);
  ASSERT_THAT(west, Succeeds());
  ASSERT_THAT(east, Succeeds());
  EXPECT_NEAR(std::hypot(east->x_m - west->x_m, east->y_m - west->y_m), 0.002 * 73'172, 0.3);
  // The data of the neighbor zone lands on the same plane.
  const Projection from_zone_12 = projection("EPSG:6386", "EPSG:6385");
  const auto in_zone_12 = projection("EPSG:5561", "EPSG:6386").to_plane(34.501, 49.0);
  const auto in_zone_11 = projection("EPSG:5561", "EPSG:6385").to_plane(34.501, 49.0);
  ASSERT_THAT(in_zone_12, Succeeds());
  const auto moved = from_zone_12.to_plane(in_zone_12->x_m, in_zone_12->y_m);
  ASSERT_THAT(moved, Succeeds());
  EXPECT_NEAR(moved->x_m, in_zone_11->x_m, 0.001);
  EXPECT_NEAR(moved->y_m, in_zone_11->y_m, 0.001);
}

TEST(ProjectionTest, ReportsTheOperationAndItsAccuracy) {
  const auto wgs = projection("EPSG:4326", "EPSG:6384").note();
  EXPECT_EQ(wgs.source_crs, "EPSG:4326");
  EXPECT_EQ(wgs.target_crs, "EPSG:6384");
  EXPECT_THAT(wgs.description, HasSubstr("UCS-2000 to WGS 84 (2)"));
  EXPECT_EQ(wgs.accuracy_m, 1.0);

  const auto ucs = projection("EPSG:5561", "EPSG:6384").note();
  EXPECT_THAT(ucs.description, HasSubstr("Ukraine TM zone 10"));
  EXPECT_EQ(ucs.accuracy_m, 0.0);

  const auto czech = projection("EPSG:4326", "EPSG:5514").note();
  EXPECT_THAT(czech.description, HasSubstr("S-JTSK to WGS 84"));
  EXPECT_EQ(czech.accuracy_m, 1.0);
}

TEST(ProjectionTest, Pulkovo1942TakesTheOperationOfUkraine) {
  for (const char* plane : {"EPSG:6384", "EPSG:6385"}) {
    const auto note = projection("EPSG:4284", plane).note();
    EXPECT_THAT(note.description, HasSubstr("Pulkovo 1942 to UCS-2000"));
    EXPECT_EQ(note.accuracy_m, 3.5);
  }
}

TEST(ProjectionTest, RefusesABallparkOperation) {
  EXPECT_THAT(Projection::make("+proj=longlat +ellps=krass", "EPSG:6384"), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("ballpark")));
}

TEST(ProjectionTest, RoundTripStaysBelowATenthOfAMillimeter) {
  for (const auto& [plane, lng, lat] : {std::tuple("EPSG:5514", 14.42, 50.08), std::tuple("EPSG:5514", 18.1, 49.5),
                                        std::tuple("EPSG:6384", 30.52, 50.45), std::tuple("EPSG:6385", 34.9, 47.1)}) {
    const Projection p = projection("EPSG:4326", plane);
    const auto there = p.to_plane(lng, lat);
    ASSERT_THAT(there, Succeeds());
    const auto back = p.to_source(*there);
    ASSERT_THAT(back, Succeeds());
    EXPECT_NEAR(back->lng_deg, lng, 1e-9) << plane;
    EXPECT_NEAR(back->lat_deg, lat, 1e-9) << plane;
  }
}

TEST(ProjectionTest, KnowsTheShiftThatAShapefileCarries) {
  const Projection own = projection(kPulkovoWithShift, "EPSG:6384");
  EXPECT_THAT(own.note().description, HasSubstr("Transformation from Pulkovo 1942 to WGS84"));
  const auto place = own.to_plane(30.5, 50.4);
  const auto registered = projection("EPSG:4284", "EPSG:6384").to_plane(30.5, 50.4);
  ASSERT_THAT(place, Succeeds());
  ASSERT_THAT(registered, Succeeds());
  // The registry holds the same ellipsoid about 100 m away from there.
  EXPECT_NEAR(std::hypot(place->x_m - registered->x_m, place->y_m - registered->y_m), 91, 10);
}

TEST(ProjectionTest, ReadsTheKrovakOfAShapefile) {
  const Projection krovak = projection(kKrovakOfEsri, "EPSG:5514");
  const auto place = krovak.to_plane(-743'000, -1'043'000);
  ASSERT_THAT(place, Succeeds());
  EXPECT_NEAR(place->x_m, -743'000, 0.01);
  EXPECT_NEAR(place->y_m, -1'043'000, 0.01);
  EXPECT_EQ(projection("EPSG:4326", kKrovakOfEsri).plane_code(), "EPSG:5514");
}

TEST(ProjectionTest, SouthAndWestAxesBecomeEastAndNorth) {
  const auto place = projection("EPSG:5513", "EPSG:5514").to_plane(1'043'000, 743'000);
  ASSERT_THAT(place, Succeeds());
  EXPECT_NEAR(place->x_m, -743'000, 0.001);
  EXPECT_NEAR(place->y_m, -1'043'000, 0.001);
  EXPECT_THAT(Projection::make("EPSG:4326", "EPSG:5513"),
              FailsSaying(ErrorCode::kInvalidArgument, AllOf(HasSubstr("south and west"), HasSubstr("EPSG:5514"))));
}

TEST(ProjectionTest, DropsHeightsOfThreeDimensionalSystems) {
  const auto flat = projection("EPSG:4326", "EPSG:6384").to_plane(30.5, 50.4);
  EXPECT_EQ(projection("EPSG:4979", "EPSG:6384").to_plane(30.5, 50.4).value(), flat.value());
  EXPECT_EQ(projection("EPSG:4326+5773", "EPSG:6384").to_plane(30.5, 50.4).value(), flat.value());
}

TEST(ProjectionTest, RefusesWhatIsNoSystemOrNoPlane) {
  const auto refused = [](const char* source, const char* plane, const char* word) {
    EXPECT_THAT(Projection::make(source, plane), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr(word)));
  };
  refused("EPSG:999999", "EPSG:6384", "EPSG:999999");
  refused("", "EPSG:6384", "unknown");
  refused("My local grid", "EPSG:6384", "My local grid");
  refused("EPSG:4326", "EPSG:999999", "EPSG:999999");
  refused("EPSG:4978", "EPSG:6384", "neither geographic nor projected");
  refused("EPSG:5773", "EPSG:6384", "neither geographic nor projected");
  refused("EPSG:4326", "EPSG:4326", "not projected");
  refused("EPSG:4326", "EPSG:2263", "foot");
  refused("+proj=pipeline +step +proj=noop", "EPSG:6384", "unknown");
}

TEST(ProjectionTest, KnowsThePlaneByCodeAndWkt) {
  const Projection zone = projection("EPSG:4326", "EPSG:6384");
  EXPECT_EQ(zone.plane_code(), "EPSG:6384");
  EXPECT_THAT(zone.plane_wkt(), AllOf(HasSubstr("PROJCS[\"UCS-2000 / Ukraine TM zone 10\""), HasSubstr("AUTHORITY[\"EPSG\",\"6384\"]")));
  EXPECT_EQ(projection("EPSG:4326", zone.plane_wkt()).plane_code(), "EPSG:6384");
}

TEST(ProjectionTest, TransformsWholeShapes) {
  const Projection kyiv = projection("EPSG:4326", "EPSG:6384");
  const Geometry line = Geometry::line({{30.5, 50.4}, {30.6, 50.4}, {30.6, 50.5}});
  const auto on_plane = kyiv.to_plane(line.view());
  ASSERT_THAT(on_plane, Succeeds());
  EXPECT_EQ(on_plane->kind, GeometryKind::kLineString);
  EXPECT_EQ(on_plane->path_ends, line.path_ends);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(on_plane->points[i], *kyiv.to_plane(line.points[i].x_m, line.points[i].y_m));
  const auto back = kyiv.to_source(on_plane->view());
  ASSERT_THAT(back, Succeeds());
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(back->points[i].x_m, line.points[i].x_m, 1e-9);

  const Geometry stray = Geometry::line({{30.5, 50.4}, {50.4, 30.5}});
  EXPECT_THAT(kyiv.to_plane(stray.view()), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("(50.4, 30.5)")));
  EXPECT_EQ(kyiv.to_plane(GeometryView{}).value(), Geometry{});
}

TEST(ProjectionTest, ManyThreadsShareOne) {
  const Projection shared = projection("EPSG:4326", "EPSG:5514");
  std::vector<Point> expected;
  for (int i = 0; i < 200; ++i) expected.push_back(*shared.to_plane(13 + 0.02 * i, 49.5));
  std::vector<int> mistakes(8, 0);
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < mistakes.size(); ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 200; ++i) {
        const auto place = shared.to_plane(13 + 0.02 * i, 49.5);
        if (!place || *place != expected[i] || !shared.to_source(*place)) ++mistakes[thread];
      }
      if (!Projection::make("EPSG:4326", "EPSG:6384")) ++mistakes[thread];
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(mistakes, std::vector<int>(8, 0));
}

}  // namespace
}  // namespace obnova::geo
