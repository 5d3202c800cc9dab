#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/server/ingest/imported.h"
#include "tests/support/result_matchers.h"
#include "tests/support/shared_data.h"

namespace obnova::server {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kPlane = "EPSG:6384";

worker::IngestJob layer_job(const std::filesystem::path& path, geo::Theme theme, const std::string& plane = kPlane) {
  auto job = job_for(path, plane);
  job.set_layer("things");
  job.set_theme(static_cast<int>(theme));
  return job;
}

std::string features(const std::string& list, const std::string& member = "") {
  return R"({"type":"FeatureCollection",)" + member + R"("features":[)" + list + "]}";
}

std::string feature(const std::string& geometry, const std::string& properties = "{}") {
  return R"({"type":"Feature","properties":)" + properties + R"(,"geometry":)" + geometry + "}";
}

std::string point(const std::string& coordinates, const std::string& properties = "{}") {
  return feature(R"({"type":"Point","coordinates":[)" + coordinates + "]}", properties);
}

Result<Imported> import_geojson(const std::string& content, geo::Theme theme = geo::Theme::kOther, const std::string& plane = kPlane) {
  const ScratchFolder folder;
  return import_file(layer_job(folder.write("things.geojson", content), theme, plane));
}

TEST(VectorImportTest, ColumnsKeepTheirTypesAndNulls) {
  const auto got = import_geojson(features(point("30.1,50.1", R"({"a":1,"b":2.5,"c":"Їжак","d":true,"e":null})") + "," +
                                           point("30.2,50.2", R"({"a":2,"b":3,"c":null,"d":false,"e":"x"})")));
  ASSERT_THAT(got, Succeeds());
  const auto& row = got->feature("things", "0").values;
  EXPECT_EQ(row.at("a"), geo::Value(std::int64_t{1}));
  EXPECT_EQ(row.at("b"), geo::Value(2.5));
  EXPECT_EQ(row.at("c"), geo::Value(std::string("Їжак")));
  EXPECT_EQ(row.at("d"), geo::Value(true));
  EXPECT_EQ(row.at("e"), geo::Value());
  EXPECT_EQ(got->summary.source_crs(), "EPSG:4326");
  EXPECT_EQ(got->tally("things").kept_count(), 2);
}

TEST(VectorImportTest, ShapesAreFlattenedClosedRepairedOrRejected) {
  const auto got = import_geojson(
      features(feature(R"({"type":"Point","coordinates":[30.1,50.1,99]})") + "," +
               feature(R"({"type":"Polygon","coordinates":[[[30.1,50.1],[30.2,50.2],[30.2,50.1],[30.1,50.2],[30.1,50.1]]]})") + "," +
               feature(R"({"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[30.1,50.1]},
        {"type":"Polygon","coordinates":[[[30.1,50.1],[30.2,50.1],[30.2,50.2],[30.1,50.1]]]}]})") +
               "," + feature(R"({"type":"Polygon","coordinates":[[[30.1,50.1],[30.2,50.1],[30.2,50.2]]]})") + "," +
               feature(R"({"type":"LineString","coordinates":[[30.1,50.1],[30.1,50.1]]})") + "," + feature("null")));
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->feature("things", "0").geometry.kind, GeometryKind::kPoint);
  EXPECT_EQ(got->feature("things", "1").geometry.kind, GeometryKind::kMultiPolygon);
  EXPECT_NE(got->reason("things", "row 2"), "(no problem)");
  EXPECT_EQ(got->reason("things", "row 3"), "A collection: 1 members of lower dimension were left out.");
  EXPECT_EQ(got->reason("things", "row 4"), "A ring was not closed.");
  EXPECT_NE(got->reason("things", "row 5"), "(no problem)");
  EXPECT_EQ(got->feature("things", "5").geometry.kind, GeometryKind::kNone);
  EXPECT_EQ(got->tally("things").kept_count(), 5);
  EXPECT_EQ(got->tally("things").rejected_count(), 1);
  EXPECT_EQ(got->tally("things").repaired_count(), 3);
  EXPECT_THAT(got->summary.warnings(0), HasSubstr("1 rows have no place"));
}

TEST(VectorImportTest, SwappedAxesAndUnknownSystemsAreNamed) {
  EXPECT_THAT(import_geojson(features(point("30.1,50.1") + "," + point("50.2,30.2"))),
              FailsSaying(ErrorCode::kInvalidArgument, AllOf(HasSubstr("things.geojson: row 2:"), HasSubstr("swap"))));
  EXPECT_THAT(import_geojson(features(point("500,50.1"))), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("row 1")));
  const ScratchFolder folder;
  auto job = layer_job(folder.write("things.geojson", features(point("30.1,50.1"))), geo::Theme::kOther);
  job.set_crs("EPSG:999999");
  EXPECT_THAT(import_file(job),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("things.geojson: The coordinate system `EPSG:999999` is unknown")));
}

TEST(VectorImportTest, TablesFindTheirPlacesAndTypes) {
  const ScratchFolder folder;
  const auto path = folder.write("people.csv", "code,lon,lat,population,note\n007,30.1,50.1,12,a\n008,30.2,50.2,30,\n");
  const auto got = import_file(layer_job(path, geo::Theme::kPopulation));
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->feature("things", "1").values.at("population"), geo::Value(12.0));
  EXPECT_EQ(got->feature("things", "1").values.at("code"), geo::Value(std::string("007"))) << "A code is no number.";
  EXPECT_EQ(got->feature("things", "2").values.at("note"), geo::Value());
  EXPECT_EQ(got->feature("things", "1").geometry.kind, GeometryKind::kPoint);
}

TEST(VectorImportTest, AThemeSaysWhichColumnItMisses) {
  const ScratchFolder folder;
  const auto path = folder.write("people.csv", "code,x_deg,y_deg,POP_2022\n1,30.1,50.1,12\n");
  auto job = layer_job(path, geo::Theme::kPopulation);
  EXPECT_THAT(import_file(job), FailsSaying(ErrorCode::kInvalidArgument,
                                            AllOf(HasSubstr("people.csv has no column `population`"), HasSubstr("--map population=COLUMN"),
                                                  HasSubstr("code, x_deg, y_deg, POP_2022"))));
  (*job.mutable_field_map())["population"] = "POP_2022";
  EXPECT_THAT(import_file(job), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("--map lon=COLUMN")));
  (*job.mutable_field_map())["lon"] = "x_deg";
  (*job.mutable_field_map())["lat"] = "y_deg";
  const auto got = import_file(job);
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->feature("things", "1").values.at("population"), geo::Value(12.0));
  (*job.mutable_field_map())["population"] = "POP_1900";
  EXPECT_THAT(import_file(job), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("people.csv has no column `POP_1900`; it has code")));
}

TEST(VectorImportTest, ANeededNumberThatIsNoneIsNamed) {
  const ScratchFolder folder;
  const auto path = folder.write("people.csv", "lon,lat,population\n30.1,50.1,12\n30.1,50.1,many\n");
  EXPECT_THAT(import_file(layer_job(path, geo::Theme::kPopulation)),
              FailsSaying(ErrorCode::kBadData, "people.csv: row 2: field population is `many`, which is no number."));
}

TEST(VectorImportTest, IdsComeFromTheirColumn) {
  const ScratchFolder folder;
  auto job = layer_job(
      folder.write("things.geojson", features(point("30.1,50.1", R"({"code":"A1"})") + "," + point("30.2,50.1", R"({"code":"A2"})"))),
      geo::Theme::kFacilities);
  job.set_id_column("code");
  auto got = import_file(job);
  ASSERT_THAT(got, Succeeds());
  EXPECT_TRUE(got->layers.at("things").contains("A1"));
  job.set_id_column("kod");
  EXPECT_THAT(import_file(job), FailsSaying(ErrorCode::kInvalidArgument, "things.geojson has no column `kod`; it has code."));
}

TEST(VectorImportTest, F54RepeatedAndMissingIdsNameTheirRows) {
  const ScratchFolder folder;
  auto job = layer_job(
      folder.write("things.geojson", features(point("30.1,50.1", R"({"code":"A"})") + "," + point("30.2,50.1", R"({"code":"B"})") + "," +
                                              point("30.3,50.1", R"({"code":"A"})"))),
      geo::Theme::kOther);
  job.set_id_column("code");
  EXPECT_THAT(import_file(job), FailsSaying(ErrorCode::kBadData, "things.geojson: row 3: the id A was used by row 1 already."));
}

TEST(VectorImportTest, RoadsTakeLinesOnly) {
  const auto got = import_geojson(
      features(point("30.1,50.1") + "," + feature(R"({"type":"LineString","coordinates":[[30.1,50.1],[30.2,50.1]]})")), geo::Theme::kRoads);
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->count("things"), 1);
  EXPECT_EQ(got->reason("things", "row 1"), "A layer of roads takes lines only.");
}

TEST(VectorImportTest, AThemeAndALayerAreNeeded) {
  const ScratchFolder folder;
  auto job = layer_job(folder.write("things.geojson", features(point("30.1,50.1"))), geo::Theme::kOther);
  job.set_theme(0);
  EXPECT_THAT(import_file(job), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("things.geojson needs a theme")));
  job.set_theme(14);
  job.set_layer("Bad Id");
  EXPECT_THAT(import_file(job), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("`Bad Id` is no id of a layer")));
}

TEST(VectorImportTest, LimitsOfFeaturesHold) {
  const ScratchFolder folder;
  auto job = layer_job(folder.write("things.geojson", features(point("30.1,50.1") + "," + point("30.2,50.1"))), geo::Theme::kOther);
  job.set_max_feature_count(2);
  EXPECT_THAT(import_file(job), Succeeds());
  job.set_max_feature_count(1);
  EXPECT_THAT(import_file(job), FailsSaying(ErrorCode::kLimitExceeded, "things.geojson holds more than 1 features."));
}

TEST(VectorImportTest, AFileOfManyLayersListsThem) {
  const auto file = shared_data("buildings/prague_zizkov.gpkg");
  if (!file) GTEST_SKIP() << "skipped: no data";
  auto job = layer_job(*file, geo::Theme::kBuildings, "EPSG:5514");
  EXPECT_THAT(import_file(job),
              FailsSaying(ErrorCode::kInvalidArgument, AllOf(HasSubstr("holds 11 layers (budovy, cafes"), HasSubstr("--source-layer"))));
  job.set_source_layer("nothing");
  EXPECT_THAT(import_file(job), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("has no layer `nothing`")));
  job.set_source_layer("budovy");
  const auto got = import_file(job);
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->count("things"), 246) << "As ogrinfo counts.";
}

TEST(VectorImportTest, GradingsInArchivesAreRead) {
  const auto file = shared_data("damage/emsr190_camerino.zip");
  if (!file) GTEST_SKIP() << "skipped: no data";
  auto job = layer_job(*file, geo::Theme::kBuildings, "EPSG:32633");
  EXPECT_THAT(import_file(job), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("holds 6 layers")));
  job.set_source_layer("settlements_poly_grading");
  const auto got = import_file(job);
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->count("things"), 2675) << "As ogrinfo counts.";
}

TEST(VectorImportTest, OneContentInThreeFormatsIsOneLayer) {
  if (!shared_data("reference/formats/continents.shp")) GTEST_SKIP() << "skipped: no data";
  for (const char* name : {"continents.shp", "continents.gpkg", "continents.geojson"}) {
    const auto got = import_file(layer_job(*shared_data(std::string("reference/formats/") + name), geo::Theme::kOther, "EPSG:3857"));
    ASSERT_THAT(got, Succeeds()) << name;
    EXPECT_EQ(got->count("things"), 3) << name;
  }
}

}  // namespace
}  // namespace obnova::server
