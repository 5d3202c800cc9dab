#include "geo/raster/cell_grid.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>

#include "geo/base/measure.h"
#include "tests/geo/raster/raster_cases.h"
#include "tests/support/result_matchers.h"

namespace obnova::geo {
namespace {

using testing::HasSubstr;

Point cell_of(const CellGrid& grid, Point p) {
  EXPECT_THAT(grid.to_cells({&p, 1}), Succeeds());
  return p;
}

TEST(CellGridTest, PlacesCellsFromTheOuterCornerOfTheFirst) {
  const CellGrid grid = CellGrid::make(4, 3, {1000, 30, 0, 2000, 0, -30}).value();
  EXPECT_EQ(cell_of(grid, {1000, 2000}), (Point{0, 0}));
  EXPECT_EQ(cell_of(grid, {1045, 1985}), (Point{1.5, 0.5}));
  EXPECT_EQ(grid.outline({1, 2, 1, 1}).value().view().box(), (Box{{1030, 1910}, {1060, 1940}}));
}

TEST(CellGridTest, PointsStandInTheMiddleOfTheirCells) {
  const CellGrid grid = CellGrid::make(4, 3, {1000, 30, 0, 2000, 0, -30}, Registration::kPoint).value();
  EXPECT_EQ(cell_of(grid, {1000, 2000}), (Point{0.5, 0.5}));
  EXPECT_EQ(grid.outline(grid.window()).value().view().box(), (Box{{985, 1925}, {1105, 2015}}));
}

TEST(CellGridTest, TurnedAndSouthUpGridsLeadThereAndBack) {
  for (const Affine& affine : {Affine{5, 0, 2, 7, 2, 0}, Affine{5, 3, -1, 7, 1, 3}, Affine{5, 2, 0, 7, 0, 2}}) {
    const CellGrid grid = CellGrid::make(4, 3, affine).value();
    Point p = {2.25, 1.75};
    ASSERT_THAT(grid.to_plane({&p, 1}), Succeeds());
    const Point back = cell_of(grid, p);
    EXPECT_NEAR(back.x_m, 2.25, 1e-12);
    EXPECT_NEAR(back.y_m, 1.75, 1e-12);
  }
}

TEST(CellGridTest, RefusesGridsWithoutCellsOrArea) {
  EXPECT_THAT(CellGrid::make(0, 3, {}), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(CellGrid::make(3, kMaxGridSide + 1, {}), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("1048577 rows")));
  EXPECT_THAT(CellGrid::make(kMaxGridSide, kMaxGridSide, {}), Succeeds());
  EXPECT_THAT(CellGrid::make(3, 3, {0, 0, 0, 0, 0, -1}), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("no area")));
  EXPECT_THAT(CellGrid::make(3, 3, {0, 1, 1, 0, 1, 1}), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(CellGrid::make(3, 3, {std::nan(""), 1, 0, 0, 0, -1}), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(CellGridTest, FindsTheCellsThatARectangleTouches) {
  const CellGrid grid = plain_grid(10, 10);
  EXPECT_EQ(grid.cells_in({{2.5, 3.5}, {4.5, 3.75}}).value(), (CellWindow{2, 6, 3, 1}));
  EXPECT_EQ(grid.cells_in({{-50, -50}, {50, 50}}).value(), grid.window());
  EXPECT_TRUE(grid.cells_in({{11, 3}, {12, 4}}).value().empty());
  EXPECT_TRUE(grid.cells_in({}).value().empty());
}

TEST(CellGridTest, BendsEdgesUntilTheyFollowTheGrid) {
  const CellGrid grid = CellGrid::make(100, 100, {0, 1, 0, 100, 0, -1}, Registration::kArea, bent_placement()).value();
  const Geometry square = Geometry::rectangle({{10, 20}, {90, 80}});
  const Geometry bent = grid.bent_to_cells(square.view(), {}).value();
  EXPECT_GT(bent.points.size(), square.points.size() + 50);
  for (std::size_t i = 0; i + 1 < bent.points.size(); ++i) {
    // Back on the plane, the middle of every piece lies on the square's outline.
    Point middle = {(bent.points[i].x_m + bent.points[i + 1].x_m) / 2, (bent.points[i].y_m + bent.points[i + 1].y_m) / 2};
    ASSERT_THAT(grid.to_plane({&middle, 1}), Succeeds());
    EXPECT_LT(distance_m(Geometry::line({square.points.begin(), square.points.end()}).view(), middle), 2 * kBendTolerance_cells);
  }
  EXPECT_NEAR(area_m2(bent.view()), 80 * 60, 0.01);
}

TEST(CellGridTest, ACommonEdgeBendsTheSameEitherWay) {
  const CellGrid grid = CellGrid::make(100, 100, {0, 1, 0, 100, 0, -1}, Registration::kArea, bent_placement()).value();
  Geometry there = grid.bent_to_cells(Geometry::line({{3, 7}, {91, 64}}).view(), {}).value();
  const Geometry back = grid.bent_to_cells(Geometry::line({{91, 64}, {3, 7}}).view(), {}).value();
  std::ranges::reverse(there.points);
  EXPECT_EQ(there.points, back.points);
}

TEST(CellGridTest, ShapesThatBendTooMuchAreRefused) {
  const CellGrid grid = CellGrid::make(100, 100, {0, 1, 0, 100, 0, -1}, Registration::kArea, bent_placement()).value();
  std::vector<Point> zigzag;
  for (int i = 0; i < 400; ++i) zigzag.push_back({i % 2 == 0 ? 0.0 : 1e9, static_cast<double>(i)});
  EXPECT_THAT(grid.bent_to_cells(Geometry::line(zigzag).view(), {}), FailsWith(ErrorCode::kLimitExceeded));
  EXPECT_THAT(grid.bent_to_cells(Geometry::line(zigzag).view(), {.should_stop = [] { return true; }}), FailsWith(ErrorCode::kCancelled));
}

TEST(CellGridTest, FinerGridsHaveTheSameOutline) {
  const CellGrid grid = plain_grid(6, 4);
  const CellGrid finer = grid.refined(3).value();
  EXPECT_EQ(finer.columns(), 18);
  EXPECT_EQ(finer.outline(finer.window()).value().view().box(), grid.outline(grid.window()).value().view().box());
  EXPECT_THAT(grid.refined(0), FailsWith(ErrorCode::kLimitExceeded));
  EXPECT_THAT(grid.refined(kMaxGridSide), FailsWith(ErrorCode::kLimitExceeded));
  EXPECT_THAT(grid.refined(std::numeric_limits<int>::max()), FailsWith(ErrorCode::kLimitExceeded));
}

}  // namespace
}  // namespace obnova::geo
