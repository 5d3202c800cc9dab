#include <cmath>

#include <nlohmann/json.hpp>

#include "nasty_city.h"
#include "server/export/coordinates.h"

namespace obnova::server {
namespace {

using testing::HasSubstr;

TEST(CoordinatesTest, DegreesComeBackWithinTheTenthDecimal) {
  geo::RandomNumbers random(11);
  for (int i = 0; i < 10'000; ++i) {
    const double degrees = (static_cast<double>(random.below(1'000'000'007)) / 1'000'000'007 - 0.5) * 360;
    std::string text;
    append_coordinate(text, degrees, Digits::kDegrees);
    EXPECT_LE(std::abs(std::stod(text) - degrees), 6e-11);
    text.clear();
    append_coordinate(text, degrees, Digits::kExact);
    EXPECT_EQ(std::stod(text), degrees);
  }
}

TEST(CoordinatesTest, WholeAndZeroDegreesAreShort) {
  const auto spelled = [](double degrees) {
    std::string text;
    append_coordinate(text, degrees, Digits::kDegrees);
    return text;
  };
  EXPECT_EQ(spelled(14), "14");
  EXPECT_EQ(spelled(-0.0), "0");
  EXPECT_EQ(spelled(-1e-12), "0");
  EXPECT_EQ(spelled(14.42), "14.42");
  EXPECT_EQ(spelled(100), "100");
}

TEST_F(ExportTest, GeoJsonIsJsonWithPlacesInDegrees) {
  const auto exported = export_one("nasty", v1::EXPORT_FORMAT_GEOJSON);
  ASSERT_THAT(exported, Succeeds());
  const auto json = nlohmann::json::parse(exported->bytes);
  EXPECT_EQ(json.at("licence"), "CC-BY-4.0");
  EXPECT_EQ(json.at("obnova").at("covered_area").at("type"), "Polygon");
  ASSERT_EQ(json.at("features").size(), 8U);
  const auto& first = json.at("features").at(0);
  EXPECT_EQ(first.at("id"), "way/1");
  EXPECT_EQ(first.at("properties").at("id_2"), 9007199254740993);
  EXPECT_NEAR(first.at("geometry").at("coordinates").at(0).get<double>(), 14.42, 0.3);
  EXPECT_TRUE(json.at("features").at(7).at("geometry").is_null());
  EXPECT_TRUE(json.at("features").at(1).at("properties").at("wide").is_number_float());
}

TEST_F(ExportTest, CsvQuotesWhatItMustAndTellsNullFromEmpty) {
  const auto exported = export_one("nasty", v1::EXPORT_FORMAT_CSV);
  ASSERT_THAT(exported, Succeeds());
  EXPECT_THAT(exported->bytes, HasSubstr("id,Name,name_2,id_2,fid_2,geom_2,WKT_2,wide,open,when,nothing,WKT\r\n"));
  EXPECT_THAT(exported->bytes, HasSubstr("\r\n2,\"\",,-9223372036854775808,,\"a,b\r\n\"\"c\"\"\", ,5.0,false,2024-01-31,,\"LINESTRING"));
  EXPECT_THAT(exported->bytes, HasSubstr("\r\neight,nowhere,,,,,,,,,,\r\n"));
}

}  // namespace
}  // namespace obnova::server
