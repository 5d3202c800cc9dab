#include "geo/base/geometry.h"

#include <gmock/gmock.h>

#include "geo/base/ring.h"

namespace obnova {
namespace {

using testing::ElementsAre;

TEST(GeometryTest, APolygonIsClosedTurnedAndFreeOfRepeats) {
  const Geometry area = Geometry::polygon({{0, 0}, {0, 4}, {0, 4}, {4, 4}, {4, 0}});
  EXPECT_THAT(area.points, ElementsAre(Point{0, 0}, Point{4, 0}, Point{4, 4}, Point{0, 4}, Point{0, 0}));
  EXPECT_THAT(area.path_ends, ElementsAre(5));
  EXPECT_THAT(area.part_ends, ElementsAre(1));
}

TEST(GeometryTest, AClosedOutlineStaysClosedOnce) {
  EXPECT_EQ(Geometry::polygon({{0, 0}, {4, 0}, {4, 4}, {0, 0}}), Geometry::polygon({{0, 0}, {4, 0}, {4, 4}}));
}

TEST(GeometryTest, PathsAreSlicesOfThePoints) {
  const Geometry lines = {GeometryKind::kMultiLineString, {{0, 0}, {1, 0}, {5, 5}, {6, 6}, {7, 7}}, {2, 5}, {}};
  EXPECT_THAT(lines.view().path(0), ElementsAre(Point{0, 0}, Point{1, 0}));
  EXPECT_THAT(lines.view().path(1), ElementsAre(Point{5, 5}, Point{6, 6}, Point{7, 7}));
}

TEST(GeometryTest, TheBoxOfNothingIsEmpty) {
  EXPECT_TRUE(Geometry{}.view().box().empty());
  EXPECT_TRUE(Geometry{}.view().empty());
  EXPECT_EQ(Geometry::point({3, 4}).view().box(), (Box{{3, 4}, {3, 4}}));
}

TEST(GeometryTest, ACopyEqualsItsOriginal) {
  const Geometry area = Geometry::rectangle({{0, 0}, {2, 3}});
  EXPECT_EQ(Geometry::copy_of(area.view()), area);
  EXPECT_EQ(Geometry::copy_of({}), Geometry{});
}

TEST(GeometryTest, DimensionsFollowTheKind) {
  EXPECT_EQ(dimension(GeometryKind::kNone), -1);
  EXPECT_EQ(dimension(GeometryKind::kMultiPoint), 0);
  EXPECT_EQ(dimension(GeometryKind::kMultiLineString), 1);
  EXPECT_EQ(dimension(GeometryKind::kMultiPolygon), 2);
}

TEST(RingTest, OrientationIsExactWhereRoundingWouldLie) {
  // The classic: points around (0.5, 0.5) against the line (12, 12) – (24, 24).
  const double step = 0x1p-53;
  for (int i = 0; i < 64; ++i) {
    for (int j = 0; j < 64; ++j) {
      const Point p = {0.5 + i * step, 0.5 + j * step};
      const int expected = p.y_m > p.x_m ? 1 : (p.y_m < p.x_m ? -1 : 0);
      ASSERT_EQ(orientation({12, 12}, {24, 24}, p), expected) << i << " " << j;
      ASSERT_EQ(orientation({24, 24}, {12, 12}, p), -expected) << i << " " << j;
    }
  }
}

TEST(RingTest, AreaOfAFarAwayRingKeepsItsDigits) {
  const std::vector<Point> ring = {{1e7, 6e6}, {1e7 + 0.5, 6e6}, {1e7 + 0.5, 6e6 + 0.25}, {1e7, 6e6 + 0.25}, {1e7, 6e6}};
  EXPECT_EQ(signed_area_m2(ring), 0.125);
}

TEST(RingTest, ARingTooShortHasNoArea) { EXPECT_EQ(signed_area_m2(std::vector<Point>{{0, 0}, {1, 1}}), 0); }

}  // namespace
}  // namespace obnova
