#include "geo/raster/raster.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>

#include "geo/base/measure.h"
#include "tests/geo/raster/raster_cases.h"
#include "tests/support/result_matchers.h"

namespace obnova::geo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

std::optional<double> height(const Raster& raster, Point place) { return raster.sample(place, Sampling::kBilinear).value(); }
std::optional<double> nearest(const Raster& raster, Point place) { return raster.sample(place, Sampling::kNearest).value(); }

TEST(RasterTest, BilinearHeightsAreExactOnATiltedPlane) {
  std::vector<double> heights;
  for (int row = 0; row < 20; ++row) {
    for (int column = 0; column < 30; ++column) heights.push_back(100 + 2 * (column + 0.5) - 3 * (row + 0.5));
  }
  const auto raster = plain_raster(30, 20, heights);
  RasterDice dice(3);
  for (int i = 0; i < 500; ++i) {
    const Point p = {0.5 + 29 * dice.share(), 0.5 + 19 * dice.share()};
    EXPECT_NEAR(height(*raster, p).value(), 100 + 2 * p.x_m - 3 * (20 - p.y_m), 1e-9);
  }
}

TEST(RasterTest, AtCentersBothWaysGiveTheValueItself) {
  const auto raster = plain_raster(2, 2, std::vector<float>{1, 2, 3, 4});
  EXPECT_EQ(height(*raster, {0.5, 1.5}), 1);
  EXPECT_EQ(height(*raster, {1.5, 0.5}), 4);
  EXPECT_EQ(height(*raster, {1, 1}), 2.5);
  EXPECT_EQ(nearest(*raster, {0.9, 0.9}), 3);
}

TEST(RasterTest, HeightsDoNotFadeAtTheEdgeAndEndThere) {
  const auto raster = plain_raster(2, 1, std::vector<float>{10, 20});
  EXPECT_EQ(height(*raster, {0, 0}), 10);
  EXPECT_EQ(height(*raster, {2, 1}), 20);
  EXPECT_EQ(nearest(*raster, {2, 1}), 20);
  EXPECT_EQ(height(*raster, {2.001, 0.5}), std::nullopt);
  EXPECT_EQ(height(*raster, {1, -0.001}), std::nullopt);
}

TEST(RasterTest, UnknownNeighborsHaveNoWeight) {
  const auto raster = plain_raster(2, 2, std::vector<float>{10, kNone, kNone, kNone});
  EXPECT_EQ(height(*raster, {0.9, 1.1}), 10);
  EXPECT_EQ(height(*raster, {1.1, 1.1}), std::nullopt);
  EXPECT_EQ(nearest(*raster, {1.1, 0.2}), std::nullopt);
}

TEST(RasterTest, ManySamplesEqualSingleOnes) {
  const auto raster = plain_raster(3, 3, std::vector<float>{1, 2, 3, 4, kNone, 6, 7, 8, 9});
  std::vector<Point> places;
  for (int i = 0; i <= 70; ++i) places.push_back({i / 20.0 - 0.2, i / 22.0});
  for (const Sampling sampling : {Sampling::kNearest, Sampling::kBilinear}) {
    const auto all = raster->sample(places, sampling).value();
    for (std::size_t i = 0; i < places.size(); ++i) EXPECT_EQ(all[i], raster->sample(places[i], sampling).value());
  }
}

TEST(RasterTest, KnowsWhatItsKnownCellsComeTo) {
  const auto raster = plain_raster(4, 3,
                                   std::vector<float>{kNone, kNone, kNone, kNone,  //
                                                      kNone, 5, kNone, 0,          //
                                                      kNone, kNone, -2, kNone});
  EXPECT_EQ(raster->known_count(), 3);
  EXPECT_EQ(raster->total(), 3);
  EXPECT_EQ(raster->min(), -2);
  EXPECT_EQ(raster->max(), 5);
  EXPECT_EQ(raster->covered_area().view().box(), (Box{{1, 0}, {4, 2}}));
}

TEST(RasterTest, WithoutAnyValueItCoversNothing) {
  const auto raster = plain_raster(2, 1, std::vector<float>{kNone, std::numeric_limits<float>::infinity()});
  EXPECT_EQ(raster->known_count(), 0);
  EXPECT_EQ(raster->min(), std::nullopt);
  EXPECT_EQ(raster->covered_area().kind, GeometryKind::kNone);
}

TEST(RasterTest, GivesTheValuesOfAWindow) {
  const auto raster = plain_raster(3, 3, std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9});
  EXPECT_THAT(raster->values_in({1, 1, 2, 2}), ElementsAre(5, 6, 8, 9));
  EXPECT_THAT(raster->values_in({}), ElementsAre());
}

TEST(RasterTest, RefusesTheWrongNumberOfValues) {
  EXPECT_THAT(Raster::make({.id = "dem"}, plain_grid(2, 2), std::vector<float>{1, 2, 3}),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("dem has 3 values for 2 × 2 cells")));
}

TEST(RasterTest, EqualContentHasEqualDigests) {
  const auto digest = [](std::vector<float> values) { return plain_raster(2, 1, std::move(values))->digest(); };
  EXPECT_EQ(digest({1, kNone}), digest({1, -kNone}));
  EXPECT_EQ(digest({1, 0}), digest({1, -0.0F}));
  EXPECT_NE(digest({1, 0}), digest({1, kNone}));
  EXPECT_NE(digest({1, 0}), digest({0, 1}));
  const auto moved = Raster::make({.id = "cells"}, CellGrid::make(2, 1, {1, 1, 0, 1, 0, -1}).value(), std::vector<float>{1, 0});
  EXPECT_NE(digest({1, 0}), (*moved)->digest());
}

TEST(RasterTest, ThemesHaveTheirWords) {
  for (const RasterTheme theme : {RasterTheme::kTerrain, RasterTheme::kSurface, RasterTheme::kPopulation, RasterTheme::kOther}) {
    EXPECT_EQ(raster_theme_by_name(raster_theme_name(theme)), theme);
  }
  EXPECT_EQ(raster_theme_by_name("roads"), std::nullopt);
}

}  // namespace
}  // namespace obnova::geo
