#include "geo/base/measure.h"

#include <gmock/gmock.h>

#include <random>

#include "geo/base/overlay.h"
#include "tests/support/brute_force_geometry.h"

namespace obnova {
namespace {

constexpr int kRounds = 300;

Geometry comb() {
  return Geometry::polygon({{0, 0}, {10, 0}, {10, 10}, {8, 10}, {8, 2}, {6, 2}, {6, 10}, {4, 10}, {4, 2}, {2, 2}, {2, 10}, {0, 10}});
}

TEST(MeasureTest, NothingAndPointsMeasureNothing) {
  EXPECT_EQ(area_m2({}), 0);
  EXPECT_EQ(length_m({}), 0);
  EXPECT_EQ(length_m(Geometry::point({1, 1}).view()), 0);
  EXPECT_EQ(area_m2(Geometry::line({{0, 0}, {3, 4}}).view()), 0);
  EXPECT_FALSE(covers(GeometryView{}, Point{0, 0}));
  EXPECT_FALSE(covers(Geometry::line({{0, 0}, {3, 4}}).view(), Point{0, 0}));
}

TEST(MeasureTest, LengthAndPerimeter) {
  EXPECT_EQ(length_m(Geometry::line({{0, 0}, {3, 4}, {3, 5}}).view()), 6);
  EXPECT_EQ(length_m(Geometry::rectangle({{0, 0}, {3, 4}}).view()), 14);
  EXPECT_EQ(distance_m(Point{0, 0}, Point{3, 4}), 5);
}

TEST(MeasureTest, AreaEqualsBruteForceAndIsPositive) {
  for (int seed = 0; seed < kRounds; ++seed) {
    std::mt19937_64 random(static_cast<std::uint64_t>(seed));
    const Geometry area = random_area(random, {100, 50}, 20, 1);
    EXPECT_NEAR(area_m2(area.view()), brute_area_m2(area.view()), 1e-6) << "seed " << seed;
    EXPECT_GT(area_m2(area.view()), 0) << "seed " << seed;
  }
}

TEST(MeasureTest, CoversEqualsBruteForceOnAndBesideBoundaries) {
  for (int seed = 0; seed < kRounds; ++seed) {
    std::mt19937_64 random(static_cast<std::uint64_t>(seed));
    const Geometry area = random_area(random, {0, 0}, 8, 1);
    if (validity_problem(area.view())) continue;
    const auto prepared = PreparedShape::make(area.view());
    ASSERT_TRUE(prepared.has_value());
    for (double x = -9; x <= 9; x += 0.5) {
      for (double y = -9; y <= 9; y += 0.5) {
        const bool expected = brute_covers(area.view(), {x, y});
        ASSERT_EQ(covers(area.view(), Point{x, y}), expected) << "seed " << seed << " at " << x << " " << y;
        ASSERT_EQ(prepared->covers(Point{x, y}), expected) << "seed " << seed << " at " << x << " " << y;
      }
    }
  }
}

TEST(MeasureTest, DistanceEqualsBruteForce) {
  for (int seed = 0; seed < kRounds; ++seed) {
    std::mt19937_64 random(static_cast<std::uint64_t>(seed));
    const Geometry area = random_area(random, {0, 0}, 8, 1);
    std::uniform_real_distribution<double> place(-15, 15);
    const Point from = {place(random), place(random)};
    const double expected_m = brute_covers(area.view(), from) ? 0 : brute_distance_to_paths_m(area.view(), from);
    EXPECT_NEAR(distance_m(area.view(), from), expected_m, 1e-6) << "seed " << seed;
    EXPECT_NEAR(distance_m(nearest_place(area.view(), from), from), expected_m, 1e-6) << "seed " << seed;
  }
}

TEST(MeasureTest, NearestPlaceOfPointsAndAreas) {
  const Geometry points = {GeometryKind::kMultiPoint, {{0, 0}, {10, 0}}, {2}, {}};
  EXPECT_EQ(nearest_place(points.view(), {9, 1}), (Point{10, 0}));
  EXPECT_EQ(nearest_place(points.view(), {5, 0}), (Point{0, 0}));  // A tie goes to the first.
  EXPECT_EQ(nearest_place(Geometry::rectangle({{0, 0}, {4, 4}}).view(), {1, 2}), (Point{1, 2}));
  EXPECT_EQ(nearest_place(Geometry::rectangle({{0, 0}, {4, 4}}).view(), {9, 2}), (Point{4, 2}));
}

TEST(MeasureTest, NearestOnSegmentStaysOnTheSegment) {
  EXPECT_EQ(nearest_on_segment({0, 0}, {10, 0}, {-5, 3}).fraction, 0);
  EXPECT_EQ(nearest_on_segment({0, 0}, {10, 0}, {15, 3}).place, (Point{10, 0}));
  EXPECT_EQ(nearest_on_segment({0, 0}, {10, 0}, {2.5, 3}).fraction, 0.25);
  EXPECT_EQ(nearest_on_segment({2, 2}, {2, 2}, {7, 7}).place, (Point{2, 2}));
}

TEST(MeasureTest, TheInteriorPointIsStrictlyInside) {
  for (int seed = 0; seed < kRounds; ++seed) {
    std::mt19937_64 random(static_cast<std::uint64_t>(seed));
    const double grid_m = seed % 2 == 0 ? 1 : 0;
    const Geometry area = random_area(random, {500000, 5500000}, 12, grid_m);
    if (validity_problem(area.view())) continue;
    EXPECT_TRUE(brute_strictly_inside(area.view(), interior_point(area.view()))) << "seed " << seed;
  }
}

TEST(MeasureTest, TheInteriorPointIsInsideWhereTheCentroidIsNot) {
  const Geometry frame = {
      GeometryKind::kPolygon, {{0, 0}, {9, 0}, {9, 9}, {0, 9}, {0, 0}, {1, 1}, {1, 8}, {8, 8}, {8, 1}, {1, 1}}, {5, 10}, {2}};
  EXPECT_TRUE(brute_strictly_inside(frame.view(), interior_point(frame.view())));
  EXPECT_TRUE(brute_strictly_inside(comb().view(), interior_point(comb().view())));
}

TEST(MeasureTest, TheInteriorPointOfAMultiLiesInTheLargestPart) {
  Geometry two = {
      GeometryKind::kMultiPolygon, {{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0}, {20, 0}, {29, 0}, {29, 9}, {20, 9}, {20, 0}}, {5, 10}, {1, 2}};
  EXPECT_GT(interior_point(two.view()).x_m, 20);
}

TEST(MeasureTest, TheInteriorPointOfALineIsTheMiddleOfTheLongest) {
  const Geometry lines = {GeometryKind::kMultiLineString, {{0, 0}, {1, 0}, {5, 5}, {5, 6}, {5, 9}}, {2, 5}, {}};
  EXPECT_EQ(interior_point(lines.view()), (Point{5, 7}));
}

TEST(MeasureTest, TheInteriorPointOfAFlatShellIsOnIt) {  // RELIABILITY G20.
  const Geometry flat = Geometry::polygon({{0, 0}, {5, 0}, {9, 0}});
  EXPECT_EQ(interior_point(flat.view()).y_m, 0);
}

}  // namespace
}  // namespace obnova
