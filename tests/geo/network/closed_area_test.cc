#include "geo/network/closed_area.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/base/measure.h"

namespace obnova::geo {
namespace {

using Parts = std::vector<std::pair<double, double>>;

Parts inside(const Geometry& area, Point a, Point b) {
  std::vector<LinePart> parts;
  ClosedArea(area.view()).cut_line(a, b, parts);
  Parts result;
  for (const LinePart& part : parts) result.emplace_back(part.from, part.to);
  return result;
}

const Geometry kSquare = Geometry::rectangle({{10, 10}, {20, 20}});

TEST(ClosedAreaTest, CutsALineWhereItCrossesTheBoundary) {
  EXPECT_EQ(inside(kSquare, {0, 15}, {40, 15}), (Parts{{0.25, 0.5}}));
  EXPECT_EQ(inside(kSquare, {15, 15}, {15, 35}), (Parts{{0, 0.25}}));
  EXPECT_EQ(inside(kSquare, {12, 12}, {18, 18}), (Parts{{0, 1}}));
  EXPECT_EQ(inside(kSquare, {0, 0}, {9, 40}), Parts{});
}

// FIELD_NOTES 11.18: a barrier that touches at a vertex, or runs along.
TEST(ClosedAreaTest, TouchingAndRunningAlongTheBoundaryIsNotInside) {
  EXPECT_EQ(inside(kSquare, {0, 20}, {20, 0}), Parts{}) << "touches the corner at 10,10";
  EXPECT_EQ(inside(kSquare, {0, 10}, {40, 10}), Parts{}) << "along the lower side";
  EXPECT_EQ(inside(kSquare, {10, 0}, {10, 15}), Parts{}) << "along and ending on a side";
  EXPECT_EQ(inside(kSquare, {0, 15}, {10, 15}), Parts{}) << "ends on the boundary";
  EXPECT_FALSE(ClosedArea(kSquare.view()).holds({10, 15}));
  EXPECT_TRUE(ClosedArea(kSquare.view()).holds({10.001, 15}));
}

// FIELD_NOTES 11.18: polygon hole, multi-polygon.
TEST(ClosedAreaTest, AHoleIsOpenAndEveryPartCloses) {
  Geometry ring = kSquare;
  ring.points.insert(ring.points.end(), {{14, 14}, {14, 16}, {16, 16}, {16, 14}, {14, 14}});
  ring.path_ends.push_back(10);
  ring.part_ends = {2};
  EXPECT_EQ(inside(ring, {10, 15}, {20, 15}), (Parts{{0, 0.4}, {0.6, 1}}));

  Geometry two = kSquare;
  two.kind = GeometryKind::kMultiPolygon;
  two.points.insert(two.points.end(), {{30, 10}, {40, 10}, {40, 20}, {30, 20}, {30, 10}});
  two.path_ends = {5, 10};
  two.part_ends = {1, 2};
  EXPECT_EQ(inside(two, {0, 15}, {40, 15}), (Parts{{0.25, 0.5}, {0.75, 1}}));
}

TEST(ClosedAreaTest, ManyBandsAgreeWithThePlainTest) {
  std::mt19937 random(7);
  std::vector<Point> outline;
  for (int i = 0; i < 400; ++i) {
    const double angle = 2 * 3.14159265358979 * i / 400;
    const double radius = 50 + static_cast<double>(random() % 50);
    outline.push_back({radius * std::cos(angle), radius * std::sin(angle)});
  }
  const Geometry star = Geometry::polygon(outline);
  const ClosedArea area(star.view());
  for (int i = 0; i < 5000; ++i) {
    const Point p = {static_cast<double>(random() % 220) - 110 + 0.5, static_cast<double>(random() % 220) - 110 + 0.5};
    EXPECT_EQ(area.holds(p), covers(star.view(), p)) << p.x_m << ", " << p.y_m;
  }
}

}  // namespace
}  // namespace obnova::geo
