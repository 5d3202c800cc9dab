#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "geo/base/measure.h"
#include "geo/base/overlay.h"
#include "geo/base/wkb.h"
#include "tests/geo/base/shapes.h"
#include "tests/support/result_matchers.h"
#include "tests/support/shared_data.h"
#include "tests/support/wkt.h"

namespace obnova {
namespace {

// The countries of Africa: neighbors share their borders vertex by vertex.
std::vector<Geometry> countries(const std::filesystem::path& file) {
  std::vector<Geometry> result;
  std::ifstream stream(file);
  std::string text;
  // A shape goes on over lines that begin with a space.
  for (std::string line; std::getline(stream, line) || !text.empty(); line.clear()) {
    const bool goes_on = !line.empty() && line.front() == ' ';
    if (!goes_on) {
      const auto wkt = WktParser::parse(text);
      auto shape = from_wkb(to_wkb(wkt ? wkt->highest().view() : GeometryView{}));
      if (shape && !shape->points.empty()) result.push_back(std::move(*shape));
      text.clear();
    }
    text += line;
  }
  return result;
}

TEST(AfricaTest, ADissolvedMapCoversItsCountriesAndKeepsTheirArea) {
  const auto file = shared_data("reference/jts/data/africa.wkt");
  if (!file) GTEST_SKIP() << "skipped: no data";
  const std::vector<Geometry> all = countries(*file);
  ASSERT_GT(all.size(), 40U);
  double sum_m2 = 0;
  for (const Geometry& country : all) {
    ASSERT_EQ(validity_problem(country.view()), std::nullopt);
    EXPECT_EQ(from_wkb(to_wkb(country.view())), country);
    EXPECT_TRUE(brute_strictly_inside(country.view(), interior_point(country.view())));
    sum_m2 += area_m2(country.view());
  }
  const auto whole = union_all(all);
  ASSERT_THAT(whole, Succeeds());
  EXPECT_EQ(validity_problem(whole->view()), std::nullopt);
  EXPECT_NEAR(area_m2(whole->view()), sum_m2, 1e-6 * sum_m2);
  const auto prepared = PreparedShape::make(whole->view());
  ASSERT_TRUE(prepared.has_value());
  for (const Geometry& country : all) EXPECT_TRUE(prepared->covers(interior_point(country.view())));
}

}  // namespace
}  // namespace obnova
