#include "geo/raster/cell_fraction.h"

#include <cmath>
#include <numeric>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "geo/base/measure.h"
#include "tests/geo/raster/raster_cases.h"
#include "tests/support/brute_force_raster.h"
#include "tests/support/result_matchers.h"

namespace obnova::geo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr CellWindow kTenByTen = {0, 0, 10, 10};

std::vector<CellRun> fractions(const Geometry& area, const CellWindow& window = kTenByTen) {
  auto runs = cell_fractions(area.view(), window, {});
  EXPECT_THAT(runs, Succeeds());
  return std::move(runs).value();
}

std::vector<double> spread(const std::vector<CellRun>& runs, const CellWindow& window) {
  std::vector<double> cells(static_cast<std::size_t>(window.column_count * window.row_count));
  for (const CellRun& run : runs) {
    for (int column = run.first_column; column < run.end_column; ++column) {
      cells[static_cast<std::size_t>((run.row - window.first_row) * window.column_count + column - window.first_column)] += run.fraction;
    }
  }
  return cells;
}

TEST(CellFractionTest, ARectangleOfWholeCellsCoversExactlyThose) {
  EXPECT_THAT(fractions(Geometry::rectangle({{2, 3}, {5, 5}})), ElementsAre(CellRun{3, 2, 5, 1}, CellRun{4, 2, 5, 1}));
}

TEST(CellFractionTest, AnAreaSmallerThanACellCoversItsShare) {
  EXPECT_THAT(fractions(Geometry::rectangle({{2.25, 3.5}, {2.5, 4}})), ElementsAre(CellRun{3, 2, 3, 0.125}));
}

TEST(CellFractionTest, ATriangleCutsCellsAlongItsSlope) {
  EXPECT_THAT(fractions(Geometry::polygon({{0, 0}, {2, 0}, {2, 2}})),
              ElementsAre(CellRun{0, 0, 1, 0.5}, CellRun{0, 1, 2, 1}, CellRun{1, 1, 2, 0.5}));
}

TEST(CellFractionTest, ReversedRingsCoverTheSame) {
  Geometry area = Geometry::polygon({{0.5, 0.25}, {7.5, 1}, {3, 9}});
  const std::vector<CellRun> one_way = fractions(area);
  std::ranges::reverse(area.points);
  EXPECT_EQ(fractions(area), one_way);
}

TEST(CellFractionTest, WhatLiesOutsideTheWindowIsLeftOut) {
  EXPECT_THAT(fractions(Geometry::rectangle({{-1e6, -1e6}, {1e6, 0.5}})), ElementsAre(CellRun{0, 0, 10, 0.5}));
  EXPECT_THAT(fractions(Geometry::rectangle({{8.5, 9}, {1e6, 1e6}})), ElementsAre(CellRun{9, 8, 9, 0.5}, CellRun{9, 9, 10, 1}));
  EXPECT_THAT(fractions(Geometry::rectangle({{-5, 2}, {-1, 4}})), IsEmpty());
  EXPECT_THAT(fractions(Geometry::rectangle({{10, 2}, {12, 4}})), IsEmpty());
  EXPECT_THAT(fractions(Geometry::rectangle({{2, 10}, {4, 12}})), IsEmpty());
}

TEST(CellFractionTest, AWindowInsideTheGridSeesItsOwnCellsOnly) {
  EXPECT_THAT(fractions(Geometry::rectangle({{0, 0}, {10, 10}}), {4, 6, 2, 1}), ElementsAre(CellRun{6, 4, 6, 1}));
}

TEST(CellFractionTest, FarAwayOutlinesCoverWholeCellsExactly) {
  const Geometry slanted = Geometry::polygon({{-1e7 / 3, -2e6}, {1e7 / 7, -3e6}, {2e6, 1e7 / 3}, {-3e6, 2e6}});
  EXPECT_EQ(fractions(slanted).size(), 10u);
  for (const CellRun& run : fractions(slanted)) EXPECT_EQ(run.fraction, 1) << run.row;
}

TEST(CellFractionTest, HolesAreLeftOut) {
  const Geometry ring = difference(Geometry::rectangle({{1, 1}, {4, 4}}).view(), Geometry::rectangle({{2, 2}, {3, 3.5}}).view()).value();
  EXPECT_THAT(fractions(ring), ElementsAre(CellRun{1, 1, 4, 1}, CellRun{2, 1, 2, 1}, CellRun{2, 3, 4, 1}, CellRun{3, 1, 2, 1},
                                           CellRun{3, 2, 3, 0.5}, CellRun{3, 3, 4, 1}));
}

TEST(CellFractionTest, AgreesWithClippingEveryCell) {
  int compared = 0;
  for (std::uint64_t seed = 1; seed <= 250; ++seed) {
    RasterDice dice(seed);
    const Geometry area = random_area(dice, 3 + static_cast<int>(dice.below(10)), -3, 13);
    if (area.points.empty()) continue;
    const CellWindow window = seed % 3 == 0 ? CellWindow{2, 1, 5, 7} : kTenByTen;
    const std::vector<double> fast = spread(fractions(area, window), window);
    const std::vector<double> slow = brute_force_fractions(area.view(), window);
    for (std::size_t i = 0; i < fast.size(); ++i) ASSERT_NEAR(fast[i], slow[i], 1e-9) << fmt::format("seed {}, cell {}", seed, i);
    ++compared;
  }
  EXPECT_GT(compared, 200);
}

TEST(CellFractionTest, SmoothOutlinesOfManyVerticesAgreeToo) {
  for (const double radius : {0.01, 0.4, 3.3, 30.0}) {
    const Geometry circle = buffer(Geometry::point({5.1, 4.9}).view(), radius, 64).value();
    const std::vector<double> fast = spread(fractions(circle), kTenByTen);
    const std::vector<double> slow = brute_force_fractions(circle.view(), kTenByTen);
    for (std::size_t i = 0; i < fast.size(); ++i) ASSERT_NEAR(fast[i], slow[i], 1e-9) << radius;
  }
}

TEST(CellFractionTest, PiecesOfAPartitionFillEveryCellOnce) {
  RasterDice dice(7);
  std::vector<double> cells(100);
  for (const Geometry& piece : random_partition(dice, 23, -1, 11)) {
    const std::vector<double> part = spread(fractions(piece), kTenByTen);
    for (std::size_t i = 0; i < cells.size(); ++i) cells[i] += part[i];
  }
  for (const double cell : cells) EXPECT_NEAR(cell, 1, 1e-12);
}

TEST(CellFractionTest, PointsAndLinesAreRefused) {
  EXPECT_THAT(cell_fractions(Geometry::point({1, 1}).view(), kTenByTen, {}), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(cell_fractions(Geometry::line({{1, 1}, {2, 2}}).view(), kTenByTen, {}), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(cell_fractions(GeometryView{}, kTenByTen, {}), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(CellFractionTest, CancelledWorkStops) {
  const Geometry circle = buffer(Geometry::point({5, 5}).view(), 3, 1000).value();
  EXPECT_THAT(cell_fractions(circle.view(), kTenByTen, {.should_stop = [] { return true; }}), FailsWith(ErrorCode::kCancelled));
}

TEST(CellFractionTest, AnOutlineThatCrossesTooManyCellsIsRefused) {
  std::vector<Point> comb;
  for (int i = 0; i < 24; ++i) {
    comb.push_back({i * 1.0, -1});
    comb.push_back({i + 0.5, 1e6});
  }
  comb.push_back({24, -2});
  EXPECT_THAT(cell_fractions(Geometry::polygon(comb).view(), {0, 0, 30, 1'000'000}, {}),
              FailsSaying(ErrorCode::kLimitExceeded, HasSubstr("20000000")));
}

}  // namespace
}  // namespace obnova::geo
