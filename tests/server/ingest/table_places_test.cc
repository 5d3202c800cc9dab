#include "server/ingest/table_places.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/server/ingest/imported.h"
#include "tests/server/ingest/made_files.h"
#include "tests/server/ingest/made_layers.h"
#include "tests/support/result_matchers.h"

namespace obnova::server {
namespace {

using testing::AllOf;
using testing::HasSubstr;

worker::IngestJob table_job(const std::filesystem::path& path, geo::Theme theme = geo::Theme::kFacilities) {
  auto job = job_for(path, "EPSG:6384");
  job.set_layer("things");
  job.set_theme(static_cast<int>(theme));
  return job;
}

Result<Imported> import_csv(const std::string& content) {
  const ScratchFolder folder;
  return import_file(table_job(folder.write("x.csv", content)));
}

TEST(CoordinateTest, PeopleWriteNumbersInManyWays) {
  EXPECT_EQ(*coordinate_of("30.5"), 30.5);
  EXPECT_EQ(*coordinate_of(" -30,5 "), -30.5);
  EXPECT_EQ(*coordinate_of("+30,5"), 30.5);
  EXPECT_EQ(*coordinate_of("5 551 234,5"), 5551234.5);
  EXPECT_EQ(*coordinate_of("5\u00a0551\u00a0234.25"), 5551234.25);
}

TEST(CoordinateTest, DegreesAndMinutesAreRefused) {
  for (const char* text : {"30°31'12\"", "30º31", "30 31 12", "30 31.5", "30.52E", "N50.45", "50° 27.5′"}) {
    EXPECT_THAT(coordinate_of(text), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("has degrees and minutes, which are not read")))
        << text;
  }
  for (const char* text : {"", "n/a", "1,234.5", "1,2,3", "Київ"}) {
    EXPECT_THAT(coordinate_of(text), FailsSaying(ErrorCode::kBadData, HasSubstr("is no coordinate"))) << text;
  }
}

TEST(FoldedTest, LettersOfTheRegionBecomeSmall) {
  EXPECT_EQ(folded("ДОВГОТА Їжак Ґанок Єва Ёж"), "довгота їжак ґанок єва ёж");
  EXPECT_EQ(folded("ZEMĚPISNÁ ŠÍŘKA Ů Ž Ň Č Ť"), "zeměpisná šířka ů ž ň č ť");
  EXPECT_EQ(folded("already small ß ÿ × ÷"), "already small ß ÿ × ÷");
}

TEST(TablePlacesTest, UsualNamesOfThreeLanguagesAreKnown) {
  for (const auto& [lon, lat] : {std::pair<std::string, std::string>{"lon", "lat"},
                                 {"LNG", "Lat"},
                                 {"Longitude (WGS 84)", "Latitude (WGS 84)"},
                                 {"x", "y"},
                                 {"Довгота", "Широта"},
                                 {"Zeměpisná délka", "Zeměpisná šířka"},
                                 {"zem. delka", "zem. sirka"}}) {
    const auto got = import_csv(lon + ";" + lat + ";name\n30,1;50,1;a\n");
    ASSERT_THAT(got, Succeeds()) << lon;
    EXPECT_EQ(got->feature("things", "1").geometry.kind, GeometryKind::kPoint) << lon;
    EXPECT_EQ(got->fields.at("things").size(), 1u) << "The columns of places are no attributes.";
  }
}

TEST(TablePlacesTest, TheSameRulesHoldForSheetsOfBothOffices) {
  for (const auto& [driver, name] : {std::pair<const char*, const char*>{"XLSX", "x.xlsx"}, {"ODS", "x.ods"}}) {
    const ScratchFolder folder;
    make_layers(driver, folder.file(name), {two_schools_table("Довгота", "Широта")});
    const auto got = import_file(table_job(folder.file(name)));
    ASSERT_THAT(got, Succeeds()) << name;
    EXPECT_EQ(got->count("things"), 2u) << name;
    EXPECT_EQ(got->text("things", "2", "name"), "Школа 1") << "Rows are numbered as in the sheet.";
    EXPECT_EQ(got->feature("things", "2").values.at("capacity"), geo::Value(std::int64_t{250})) << name;
    EXPECT_EQ(got->feature("things", "3").values.at("capacity"), geo::Value()) << name;
    EXPECT_EQ(got->feature("things", "3").geometry.kind, GeometryKind::kPoint) << name;
  }
}

TEST(TablePlacesTest, SheetsOfAWorkbookAreListedUnlessOneAloneIsFilled) {
  const ScratchFolder folder;
  MadeLayer empty = two_schools_table();
  empty.name = "Sheet2";
  empty.features.clear();
  make_layers("XLSX", folder.file("one.xlsx"), {two_schools_table(), empty});
  EXPECT_THAT(import_file(table_job(folder.file("one.xlsx"))), Succeeds());
  MadeLayer other = two_schools_table();
  other.name = "Лікарні";
  make_layers("XLSX", folder.file("two.xlsx"), {two_schools_table(), other});
  auto job = table_job(folder.file("two.xlsx"));
  EXPECT_THAT(import_file(job), FailsSaying(ErrorCode::kInvalidArgument,
                                            AllOf(HasSubstr("two.xlsx holds 2 layers (schools, Лікарні)"), HasSubstr("--source-layer"))));
  job.set_source_layer("Лікарні");
  EXPECT_THAT(import_file(job), Succeeds());
}

TEST(TablePlacesTest, DatesOfSheetsBecomeIsoTexts) {
  const ScratchFolder folder;
  MadeLayer layer = two_schools_table();
  layer.fields.push_back({"built", OFTDate});
  layer.features[0].values.emplace_back("1974/09/01");
  make_layers("XLSX", folder.file("x.xlsx"), {layer});
  const auto got = import_file(table_job(folder.file("x.xlsx")));
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->text("things", "2", "built"), "1974-09-01");
}

TEST(TablePlacesTest, ShapesAsTextGoBeforeCoordinates) {
  const auto got = import_csv(
      "lon\tlat\tgeometry\n30.1\t50.1\tLINESTRING(30.1 50.1,30.2 50.1)\n\t\tSRID=4326;POINT(30.1 50.1)\n"
      "\t\t\"{\"\"type\"\":\"\"Point\"\",\"\"coordinates\"\":[30.1,50.1]}\"\n\t\t01010000009A99999999193E40CDCCCCCCCC0C4940\n");
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->feature("things", "1").geometry.kind, GeometryKind::kLineString);
  for (const char* id : {"2", "3", "4"}) EXPECT_EQ(got->feature("things", id).geometry.kind, GeometryKind::kPoint) << id;
  EXPECT_EQ(got->feature("things", "2").geometry, got->feature("things", "4").geometry);
  EXPECT_EQ(got->feature("things", "1").values.at("lon"), geo::Value(30.1)) << "What holds no place here is an attribute.";
}

TEST(TablePlacesTest, RowsWithUnusableShapesAreRejectedOneByOne) {
  const auto got = import_csv(
      "wkt;n\nLINESTRING(30.1 50.1,30.2 50.1);1\n\"SRID=4326;POINT(30.1 50.1)\";2\n"
      "POINT(30.1 50.1) and more;3\n;4\nnothing;5\nGEOMETRYCOLLECTION(POINT(30.1 50.1),GEOMETRYCOLLECTION(POINT(30.2 50.1)));6\n"
      "CIRCULARSTRING(30.1 50.1,30.15 50.2,30.2 50.1);7\nPOINT ZM(30.1 50.1 3 4);8\n");
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->tally("things").read_count(), 8);
  EXPECT_EQ(got->tally("things").kept_count(), 6);
  EXPECT_EQ(got->reason("things", "row 3"), "`POINT(30.1 50.1) and more` is no shape.");
  EXPECT_EQ(got->reason("things", "row 5"), "`nothing` is no shape.");
  EXPECT_EQ(got->feature("things", "4").geometry.kind, GeometryKind::kNone);
  EXPECT_EQ(got->feature("things", "6").geometry.kind, GeometryKind::kMultiPoint) << "Collections in collections are opened.";
  EXPECT_EQ(got->feature("things", "7").geometry.kind, GeometryKind::kLineString);
  EXPECT_EQ(got->feature("things", "8").geometry.kind, GeometryKind::kPoint);
  EXPECT_THAT(std::string(got->summary.warnings(1)) + got->summary.warnings(2), HasSubstr("1 shapes had arcs"));
}

TEST(TablePlacesTest, DegreesAndMinutesRefuseTheTableAndNameTheRow) {
  EXPECT_THAT(import_csv("lon;lat\n30.1;50.1\n30°31'12;50.1\n"),
              FailsSaying(ErrorCode::kInvalidArgument,
                          AllOf(HasSubstr("x.csv: row 2: lon: `30°31'12` has degrees and minutes"), HasSubstr("30.5234"))));
}

TEST(TablePlacesTest, ARowWithHalfAPlaceIsRejected) {
  const auto got = import_csv("lon;lat;n\n30.1;50.1;1\n30.1;;2\nn/a;50.1;3\n");
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->reason("things", "row 2"), "Only one of its two coordinates is filled.");
  EXPECT_EQ(got->reason("things", "row 3"), "lon: `n/a` is no coordinate.");
}

TEST(TablePlacesTest, DecimalCommasAreNumbersAndThousandsAreNot) {
  const auto got = import_csv("\xEF\xBB\xBFlon;lat;area;big\n30,1;50,1;12,5;1,234\n30,2;50,2;3;5,678\n");
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->feature("things", "1").values.at("area"), geo::Value(12.5));
  EXPECT_EQ(got->feature("things", "2").values.at("area"), geo::Value(3.0));
  EXPECT_EQ(got->text("things", "1", "big"), "1,234") << "It may be a thousand.";
}

TEST(TablePlacesTest, MappedColumnsGoBeforeUsualOnes) {
  const ScratchFolder folder;
  auto job = table_job(folder.write("x.csv", "lon,lat,east,north\n1,2,30.1,50.1\n"));
  (*job.mutable_field_map())["lon"] = "east";
  (*job.mutable_field_map())["lat"] = "north";
  EXPECT_THAT(import_file(job), Succeeds());
  (*job.mutable_field_map())["lon"] = "East";
  EXPECT_THAT(import_file(job), FailsSaying(ErrorCode::kInvalidArgument, "x.csv has no column `East`; it has lon, lat, east, north."));
}

TEST(TablePlacesTest, NamesOfColumnsMayBeInAnotherEncoding) {
  const ScratchFolder folder;
  // Довгота;Широта in cp1251.
  auto job = table_job(folder.write("x.csv", "\xc4\xee\xe2\xe3\xee\xf2\xe0;\xd8\xe8\xf0\xee\xf2\xe0\n30,1;50,1\n"));
  EXPECT_THAT(import_file(job), FailsSaying(ErrorCode::kBadData, HasSubstr("--encoding CP1251")));
  job.set_encoding("cp1251");
  const auto got = import_file(job);
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->feature("things", "1").geometry.kind, GeometryKind::kPoint);
}

TEST(TablePlacesTest, OneTableInAnArchiveIsATable) {
  const ScratchFolder folder;
  const auto got = import_file(table_job(folder.write("x.zip", zip_of({{"data/schools.csv", "lon,lat,name\n30.1,50.1,a\n"}}))));
  ASSERT_THAT(got, Succeeds());
  EXPECT_EQ(got->text("things", "1", "name"), "a");
}

}  // namespace
}  // namespace obnova::server
