#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/server/ingest/imported.h"
#include "tests/server/ingest/made_drawing.h"
#include "tests/support/result_matchers.h"

namespace obnova::server {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Result<Imported> import_drawing(const std::string& content, geo::Theme theme = geo::Theme::kOther, const std::string& source_layer = "",
                                const std::string& crs = "EPSG:6384") {
  const ScratchFolder folder;
  auto job = job_for(folder.write("plan.dxf", content), "EPSG:6384");
  job.set_layer("things");
  job.set_theme(static_cast<int>(theme));
  job.set_crs(crs);
  job.set_source_layer(source_layer);
  return import_file(job);
}

constexpr double kEast = 300000;
constexpr double kNorth = 5551000;

// A square of ten meters, a road on two of its sides, and a name; `unit` to a meter.
std::string plan(double unit) {
  const std::vector<std::pair<double, double>> square = {{kEast * unit, kNorth * unit},
                                                         {(kEast + 10) * unit, kNorth * unit},
                                                         {(kEast + 10) * unit, (kNorth + 10) * unit},
                                                         {kEast * unit, (kNorth + 10) * unit}};
  return dxf_polyline("BUILDINGS", square, true) + dxf_polyline("ROADS", {square[0], square[1], square[2]}, false) +
         dxf_entity("TEXT", "NAMES", {{"10", dxf_number(kEast * unit)}, {"20", dxf_number(kNorth * unit)}, {"40", "2"}, {"1", "Школа"}});
}

TEST(DrawingTest, LayersAreAColumnAndClosedLinesAreAreasWhereTheThemeHasAreas) {
  const auto plain = import_drawing(dxf(6, plan(1)));
  ASSERT_THAT(plain, Succeeds());
  EXPECT_EQ(plain->text("things", "0", "Layer"), "BUILDINGS");
  EXPECT_EQ(plain->feature("things", "0").geometry.kind, GeometryKind::kLineString);
  EXPECT_EQ(plain->text("things", "2", "Text"), "Школа");
  for (const geo::Theme theme : {geo::Theme::kBuildings, geo::Theme::kParcels, geo::Theme::kZones}) {
    const auto got = import_drawing(dxf(6, plan(1)), theme);
    ASSERT_THAT(got, Succeeds());
    EXPECT_EQ(got->feature("things", "0").geometry, Geometry::rectangle({{kEast, kNorth}, {kEast + 10, kNorth + 10}}));
    EXPECT_EQ(got->feature("things", "1").geometry.kind, GeometryKind::kLineString) << "An open line stays one.";
  }
}

TEST(DrawingTest, OneLayerOfTheDrawingCanBeChosen) {
  const auto got = import_drawing(dxf(6, plan(1)), geo::Theme::kBuildings, "BUILDINGS");
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->count("things"), 1u);
  EXPECT_THAT(import_drawing(dxf(6, plan(1)), geo::Theme::kBuildings, "HOUSES"),
              FailsSaying(ErrorCode::kInvalidArgument, "plan.dxf has no layer `HOUSES`; it has BUILDINGS, NAMES, ROADS."));
}

TEST(DrawingTest, ADrawingHasNoSystemOfItsOwn) {
  EXPECT_THAT(
      import_drawing(dxf(6, plan(1)), geo::Theme::kOther, "", ""),
      FailsSaying(ErrorCode::kInvalidArgument, "plan.dxf does not say what its coordinates are; say it, such as `--crs EPSG:6384`."));
}

TEST(DrawingTest, UnitsAreBelievedOnlyWhereTheyFit) {
  const auto millimeters = import_drawing(dxf(4, plan(1000)), geo::Theme::kBuildings, "BUILDINGS");
  ASSERT_THAT(millimeters, Succeeds());
  EXPECT_EQ(millimeters->feature("things", "0").geometry, Geometry::rectangle({{kEast, kNorth}, {kEast + 10, kNorth + 10}}));
  EXPECT_EQ(millimeters->summary.warnings(0), "The drawing says its unit is millimeters; its coordinates were turned to meters.");
  const auto lie = import_drawing(dxf(4, plan(1)), geo::Theme::kBuildings, "BUILDINGS");
  ASSERT_THAT(lie, Succeeds());
  EXPECT_EQ(lie->feature("things", "0").geometry, millimeters->feature("things", "0").geometry);
  EXPECT_THAT(lie->summary.warnings(0), HasSubstr("says its unit is millimeters, but its coordinates fit the city as they are"));
  EXPECT_EQ(import_drawing(dxf(6, plan(1)))->summary.warnings_size(), 0);
}

TEST(DrawingTest, FramesFarFromTheCityAreRejectedAndCounted) {
  const auto got = import_drawing(dxf(6, plan(1) + dxf_polyline("FRAME", {{0, 0}, {1, 0}, {1, 1}}, true)));
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->tally("things").rejected_count(), 1);
  EXPECT_THAT(got->reason("things", "row 4"), HasSubstr("The coordinate (0, 0) in EPSG:6384 lies outside"));
  EXPECT_THAT(import_drawing(dxf(6, dxf_polyline("FRAME", {{0, 0}, {1, 0}, {1, 1}}, true))),
              FailsSaying(ErrorCode::kBadData, AllOf(HasSubstr("No row of plan.dxf can be used"), HasSubstr("lies outside"))));
}

TEST(DrawingTest, BlocksStandWhereTheyAreInserted) {
  const std::string tree = dxf_block("TREE", dxf_entity("LINE", "0", {{"10", "0"}, {"20", "0"}, {"11", "1"}, {"21", "1"}}));
  const auto got =
      import_drawing(dxf(6, dxf_entity("INSERT", "TREES", {{"2", "TREE"}, {"10", dxf_number(kEast)}, {"20", dxf_number(kNorth)}}), tree));
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->layers.at("things").begin()->second.geometry, Geometry::line({{kEast, kNorth}, {kEast + 1, kNorth + 1}}));
}

TEST(DrawingTest, ABlockThatInsertsItselfEndsAndIsReported) {
  const std::string loop = dxf_block("LOOP", dxf_entity("INSERT", "0", {{"2", "LOOP"}, {"10", "1"}, {"20", "1"}}));
  const std::string insert = dxf_entity("INSERT", "TREES", {{"2", "LOOP"}, {"10", dxf_number(kEast)}, {"20", dxf_number(kNorth)}});
  const auto got = import_drawing(dxf(6, plan(1) + insert, loop));
  ASSERT_THAT(got, Succeeds());
  EXPECT_THAT(got->summary.warnings(0), HasSubstr("recursion detected"));
}

TEST(DrawingTest, ArcsAreCounted) {
  const auto got = import_drawing(
      dxf(6,
          dxf_entity("CIRCLE", "TREES",
                     {{"100", "AcDbEntity"}, {"100", "AcDbCircle"}, {"10", dxf_number(kEast)}, {"20", dxf_number(kNorth)}, {"40", "2"}})),
      geo::Theme::kZones);
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->feature("things", "0").geometry.kind, GeometryKind::kPolygon);
  EXPECT_EQ(got->summary.warnings(0), "1 shapes had arcs, which became lines of short pieces.");
}

TEST(DrawingTest, TextsFollowTheCodePageOfTheDrawingOrTheWish) {
  const std::string cp1251 = "\xd8\xea\xee\xeb\xe0";
  const std::string text = dxf_entity("TEXT", "NAMES", {{"10", dxf_number(kEast)}, {"20", dxf_number(kNorth)}, {"40", "2"}, {"1", cp1251}});
  EXPECT_EQ(import_drawing(dxf(6, text, "", "AC1015", "ANSI_1251"))->text("things", "0", "Text"), "Школа");
  const ScratchFolder folder;
  auto job = job_for(folder.write("plan.dxf", dxf(6, text, "", "AC1015", "ANSI_1252")), "EPSG:6384");
  job.set_layer("things");
  job.set_theme(14);
  job.set_crs("EPSG:6384");
  job.set_encoding("CP1251");
  const auto got = import_file(job);
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->text("things", "0", "Text"), "Школа") << "The drawing says another code page than it has.";
}

}  // namespace
}  // namespace obnova::server
