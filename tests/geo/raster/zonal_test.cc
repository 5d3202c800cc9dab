#include "geo/raster/zonal.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>

#include "tests/geo/raster/raster_cases.h"
#include "tests/support/brute_force_raster.h"
#include "tests/support/result_matchers.h"

namespace obnova::geo {
namespace {

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

ZonalStatistics zonal(const Raster& raster, const Geometry& area, const Raster* weights = nullptr) {
  const auto statistics = zonal_statistics(raster, area.view(), {}, weights);
  EXPECT_THAT(statistics, Succeeds());
  return *statistics;
}

// A quarter of the cells unknown.
std::vector<float> random_counts(RasterDice& dice, int count) {
  std::vector<float> values;
  for (int i = 0; i < count; ++i) values.push_back(dice.below(4) == 0 ? kNone : static_cast<float>(dice.below(9)));
  return values;
}

TEST(ZonalTest, CountsCellsByTheirShare) {
  const auto raster = plain_raster(3, 1, std::vector<float>{4, 10, 6});
  const ZonalStatistics part = zonal(*raster, Geometry::rectangle({{0.5, 0}, {2.25, 1}}));
  EXPECT_DOUBLE_EQ(part.count, 1.75);
  EXPECT_DOUBLE_EQ(part.sum, 2 + 10 + 1.5);
  EXPECT_DOUBLE_EQ(part.mean().value(), 13.5 / 1.75);
  EXPECT_EQ(part.min, 4);
  EXPECT_EQ(part.max, 10);
  EXPECT_DOUBLE_EQ(part.known_share(), 1);
}

TEST(ZonalTest, AnAreaSmallerThanACellGetsItsShare) {
  const auto raster = plain_raster(3, 1, std::vector<float>{4, 10, 6});
  const ZonalStatistics parcel = zonal(*raster, Geometry::rectangle({{1.25, 0.25}, {1.5, 0.75}}));
  EXPECT_DOUBLE_EQ(parcel.sum, 1.25);
  EXPECT_DOUBLE_EQ(parcel.mean().value(), 10);
}

TEST(ZonalTest, UnknownCellsAreNotZero) {
  const auto raster = plain_raster(3, 1, std::vector<float>{4, kNone, 6});
  const ZonalStatistics all = zonal(*raster, Geometry::rectangle({{0, 0}, {3, 1}}));
  EXPECT_EQ(all.mean(), 5);
  EXPECT_DOUBLE_EQ(all.known_share(), 2.0 / 3);
  const ZonalStatistics gap = zonal(*raster, Geometry::rectangle({{1, 0}, {2, 1}}));
  EXPECT_EQ(gap.mean(), std::nullopt);
  EXPECT_EQ(gap.min, std::nullopt);
  EXPECT_EQ(gap.known_share(), 0);
}

TEST(ZonalTest, WhatLiesOffTheGridIsUnknown) {
  const auto raster = plain_raster(2, 2, std::vector<float>{1, 2, 3, 4});
  const ZonalStatistics half = zonal(*raster, Geometry::rectangle({{1, 0}, {3, 2}}));
  EXPECT_EQ(half.sum, 6);
  EXPECT_DOUBLE_EQ(half.known_share(), 0.5);
  const ZonalStatistics none = zonal(*raster, Geometry::rectangle({{5, 5}, {6, 6}}));
  EXPECT_EQ(none.count, 0);
  EXPECT_EQ(none.known_share(), 0);
}

TEST(ZonalTest, WeightsOfAnotherRasterCount) {
  const auto heights = plain_raster(3, 1, std::vector<float>{100, 200, 300});
  const auto people = plain_raster(3, 1, std::vector<float>{1, 3, kNone});
  const ZonalStatistics all = zonal(*heights, Geometry::rectangle({{0, 0}, {3, 1}}), people.get());
  EXPECT_EQ(all.weight, 4);
  EXPECT_EQ(all.weighted_mean(), 175);
  EXPECT_EQ(all.mean(), 200);
  const auto others = plain_raster(1, 3, std::vector<float>{1, 3, 5});
  EXPECT_THAT(zonal_statistics(*heights, Geometry::rectangle({{0, 0}, {3, 1}}).view(), {}, others.get()),
              FailsWith(ErrorCode::kInvalidArgument));
}

TEST(ZonalTest, AgreesWithClippingEveryCell) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    RasterDice dice(seed);
    const auto raster = plain_raster(8, 8, random_counts(dice, 64));
    const Geometry area = random_area(dice, 3 + static_cast<int>(dice.below(8)), -2, 10);
    if (area.points.empty()) continue;
    const ZonalStatistics fast = zonal(*raster, area);
    const ZonalStatistics slow = brute_force_zonal(*raster, area.view());
    ASSERT_NEAR(fast.count, slow.count, 1e-8) << seed;
    ASSERT_NEAR(fast.sum, slow.sum, 1e-8) << seed;
    ASSERT_EQ(fast.min, slow.min) << seed;
    ASSERT_EQ(fast.max, slow.max) << seed;
  }
}

TEST(ZonalTest, OnABentGridItAgreesWithClippingOnThePlane) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    RasterDice dice(seed);
    const CellGrid grid = CellGrid::make(8, 8, {0, 1, 0, 8, 0, -1}, Registration::kArea, bent_placement()).value();
    const auto raster = Raster::make({.id = "bent"}, grid, random_counts(dice, 64)).value();
    const Geometry area = random_area(dice, 6, 0, 8);
    if (area.points.empty()) continue;
    const ZonalStatistics fast = zonal(*raster, area);
    const ZonalStatistics slow = brute_force_zonal(*raster, area.view());
    ASSERT_NEAR(fast.count, slow.count, 0.01) << seed;
    ASSERT_NEAR(fast.sum, slow.sum, 0.05) << seed;
  }
}

TEST(ZonalTest, SumsOverAPartitionEqualTheTotal) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    RasterDice dice(seed);
    const GridPlacement placement = seed % 2 == 0 ? bent_placement() : GridPlacement{};
    const CellGrid grid = CellGrid::make(97, 83, {0, 1, 0, 83, 0, -1}, Registration::kArea, placement).value();
    std::vector<double> people;
    for (int i = 0; i < 97 * 83; ++i) people.push_back(dice.below(3) == 0 ? std::nan("") : 1000 * dice.share());
    const auto raster = Raster::make({.id = "people"}, grid, people).value();
    double sum = 0;
    double count = 0;
    for (const Geometry& piece : random_partition(dice, 1 + static_cast<int>(seed * 5), -40, 150)) {
      const ZonalStatistics part = zonal(*raster, piece);
      sum += part.sum;
      count += part.count;
    }
    EXPECT_NEAR(sum / raster->total(), 1, 1e-9) << seed;
    EXPECT_NEAR(count / static_cast<double>(raster->known_count()), 1, 1e-9) << seed;
  }
}

TEST(ZonalTest, PointsAreRefusedAndCancelledWorkStops) {
  const auto raster = plain_raster(2, 2, std::vector<float>{1, 2, 3, 4});
  EXPECT_THAT(zonal_statistics(*raster, Geometry::point({1, 1}).view(), {}), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(zonal_statistics(*raster, Geometry::rectangle({{0, 0}, {1, 1}}).view(), {.should_stop = [] { return true; }}),
              FailsWith(ErrorCode::kCancelled));
}

}  // namespace
}  // namespace obnova::geo
