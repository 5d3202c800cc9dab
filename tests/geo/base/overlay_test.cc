#include "geo/base/overlay.h"

#include <gmock/gmock.h>

#include <cmath>
#include <initializer_list>
#include <limits>
#include <numbers>
#include <random>
#include <thread>

#include "geo/base/measure.h"
#include "tests/geo/base/shapes.h"
#include "tests/support/result_matchers.h"

namespace obnova {
namespace {

using testing::HasSubstr;

constexpr int kRounds = 150;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// FIELD_NOTES pitfall 4.
TEST(OverlayTest, AreasOfUnionAndIntersectionAddUp) {
  for (int seed = 0; seed < kRounds; ++seed) {
    std::mt19937_64 random(static_cast<std::uint64_t>(seed));
    const double grid_m = seed % 2 == 0 ? 1 : 0;
    const auto a = valid_area(random, {0, 0}, grid_m);
    const auto b = valid_area(random, {static_cast<double>(random() % 20), 3}, grid_m);
    if (!a || !b) continue;
    const auto both = intersection(a->view(), b->view());
    const auto either = union_of(a->view(), b->view());
    const auto rest = difference(a->view(), b->view());
    const auto apart = symmetric_difference(a->view(), b->view());
    ASSERT_TRUE(both && either && rest && apart) << "seed " << seed;
    const double both_m2 = area_m2(both->view());
    EXPECT_NEAR(area_m2(a->view()) + area_m2(b->view()), area_m2(either->view()) + both_m2, 1e-6) << "seed " << seed;
    EXPECT_NEAR(area_m2(rest->view()) + both_m2, area_m2(a->view()), 1e-6) << "seed " << seed;
    EXPECT_NEAR(area_m2(apart->view()), area_m2(either->view()) - both_m2, 1e-6) << "seed " << seed;
    for (const Geometry& result : {*either, *rest, *apart}) {
      EXPECT_EQ(validity_problem(result.view()), std::nullopt) << "seed " << seed;
      expect_our_orientation(result);
    }
  }
}

// FIELD_NOTES pitfall 4.
TEST(OverlayTest, TheDifferenceSharesNoAreaWithWhatWasTaken) {
  for (int seed = 0; seed < kRounds; ++seed) {
    std::mt19937_64 random(static_cast<std::uint64_t>(seed));
    const auto a = valid_area(random, {0, 0}, 1);
    const auto b = valid_area(random, {5, 3}, 1);
    if (!a || !b) continue;
    const auto rest = difference(a->view(), b->view());
    ASSERT_THAT(rest, Succeeds());
    const auto shared = intersection(rest->view(), b->view());
    ASSERT_THAT(shared, Succeeds());
    EXPECT_NEAR(area_m2(shared->view()), 0, 1e-9) << "seed " << seed;
  }
}

TEST(OverlayTest, NothingIsTheNeutralShape) {
  const Geometry a = square(0, 0, 4);
  EXPECT_EQ(intersection(a.view(), {}), Geometry{});
  EXPECT_EQ(union_of(a.view(), {})->view().box(), a.view().box());
  EXPECT_EQ(area_m2(union_of({}, a.view())->view()), 16);
  EXPECT_EQ(area_m2(difference(a.view(), {})->view()), 16);
  EXPECT_EQ(difference({}, a.view()), Geometry{});
  EXPECT_EQ(area_m2(symmetric_difference(a.view(), {})->view()), 16);
  EXPECT_EQ(union_of({}, {}), Geometry{});
  EXPECT_EQ(union_all({}), Geometry{});
  EXPECT_EQ(union_all(std::vector<Geometry>{{}, {}}), Geometry{});
  EXPECT_EQ(buffer({}, 5), Geometry{});
  EXPECT_EQ(convex_hull({}), Geometry{});
  EXPECT_EQ(simplify({}, 1), Geometry{});
  EXPECT_EQ(make_valid({}), Geometry{});
  EXPECT_EQ(validity_problem({}), std::nullopt);
}

TEST(OverlayTest, NothingMeetsNothing) {
  const Geometry a = square(0, 0, 4);
  using Ask = Result<bool> (*)(const GeometryView&, const GeometryView&);
  for (const Ask ask : std::initializer_list<Ask>{intersects, within, contains, covers, covered_by, touches, crosses, overlaps, equals}) {
    EXPECT_EQ(ask(a.view(), {}), false);
    EXPECT_EQ(ask({}, a.view()), false);
  }
  EXPECT_EQ(disjoint(a.view(), {}), true);
  EXPECT_EQ(relate(a.view(), {}), "FF2FF1FF2");
  EXPECT_THAT(gap_between(a.view(), {}), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(OverlayTest, PredicatesFollowSimpleFeatures) {
  const Geometry a = square(0, 0, 4);
  const Geometry inner = square(1, 1, 2);
  const Geometry beside = square(4, 0, 4);
  const Geometry across = square(2, 2, 4);
  const Geometry line = Geometry::line({{-1, 2}, {5, 2}});
  EXPECT_EQ(contains(a.view(), inner.view()), true);
  EXPECT_EQ(within(inner.view(), a.view()), true);
  EXPECT_EQ(covers(a.view(), inner.view()), true);
  EXPECT_EQ(covered_by(inner.view(), a.view()), true);
  EXPECT_EQ(touches(a.view(), beside.view()), true);
  EXPECT_EQ(overlaps(a.view(), across.view()), true);
  EXPECT_EQ(crosses(line.view(), a.view()), true);
  EXPECT_EQ(disjoint(a.view(), square(9, 9, 1).view()), true);
  EXPECT_EQ(equals(a.view(), Geometry::polygon({{4, 4}, {0, 4}, {0, 2}, {0, 0}, {4, 0}}).view()), true);
  EXPECT_EQ(relate(a.view(), beside.view()), "FF2F11212");
}

TEST(OverlayTest, APointOnTheBoundaryIsCoveredButNotContained) {
  const Geometry a = square(0, 0, 4);
  const Geometry corner = Geometry::point({4, 4});
  EXPECT_EQ(intersects(a.view(), corner.view()), true);
  EXPECT_EQ(intersects(corner.view(), a.view()), true);
  EXPECT_EQ(covers(a.view(), corner.view()), true);
  EXPECT_EQ(contains(a.view(), corner.view()), false);
  EXPECT_EQ(touches(a.view(), corner.view()), true);
}

TEST(OverlayTest, OnlyTheHighestDimensionIsKept) {
  // Two combs meet in an area and along a line.
  const Geometry a = Geometry::polygon({{0, 0}, {4, 0}, {4, 4}, {0, 4}});
  const Geometry b = Geometry::polygon({{4, 0}, {8, 0}, {8, 4}, {3, 4}, {3, 3}, {4, 3}});
  const auto both = intersection(a.view(), b.view());
  ASSERT_THAT(both, Succeeds());
  EXPECT_EQ(both->kind, GeometryKind::kPolygon);
  EXPECT_EQ(intersection(a.view(), square(4, 0, 4).view())->kind, GeometryKind::kLineString);
  EXPECT_EQ(intersection(a.view(), square(4, 4, 4).view()), Geometry::point({4, 4}));
  EXPECT_EQ(union_of(a.view(), Geometry::line({{10, 0}, {12, 0}}).view())->kind, GeometryKind::kPolygon);
  EXPECT_EQ(union_all(std::vector<Geometry>{Geometry::point({9, 9}), a})->kind, GeometryKind::kPolygon);
}

// Neighbors whose shared edges differ by rounding are where overlay breaks.
TEST(OverlayTest, UnionsOfNearlyCoincidentAreasAreValid) {
  for (int seed = 0; seed < 60; ++seed) {
    std::mt19937_64 random(static_cast<std::uint64_t>(seed));
    std::uniform_real_distribution<double> jitter(-1e-7, 1e-7);
    std::vector<Geometry> tiles;
    for (int i = 0; i < 25; ++i) {
      const double x = 500000 + 10.1 * (i % 5);
      const double y = 5500000 + 10.1 * (i / 5);
      std::vector<Point> outline = {{x, y}, {x + 10.1, y}, {x + 10.1, y + 10.1}, {x, y + 10.1}};
      for (Point& p : outline) p = {p.x_m + jitter(random), p.y_m + jitter(random)};
      tiles.push_back(Geometry::polygon(outline));
    }
    const auto whole = union_all(tiles);
    ASSERT_THAT(whole, Succeeds()) << "seed " << seed;
    EXPECT_EQ(validity_problem(whole->view()), std::nullopt) << "seed " << seed;
    EXPECT_NEAR(area_m2(whole->view()), 25 * 10.1 * 10.1, 1e-4) << "seed " << seed;
    const auto pair = union_of(tiles[0].view(), tiles[1].view());
    ASSERT_THAT(pair, Succeeds()) << "seed " << seed;
    EXPECT_EQ(validity_problem(pair->view()), std::nullopt) << "seed " << seed;
  }
}

TEST(OverlayTest, AUnionWithItselfAThousandTimesStaysTheSame) {  // RELIABILITY G51.
  std::mt19937_64 random(3);
  const auto shape = valid_area(random, {0, 0}, 0);
  ASSERT_TRUE(shape.has_value());
  Result<Geometry> current = union_of(shape->view(), shape->view());
  ASSERT_THAT(current, Succeeds());
  const Geometry first = *current;
  for (int i = 0; i < 1000; ++i) current = union_of(current->view(), shape->view());
  EXPECT_EQ(*current, first);
}

TEST(OverlayTest, AnswersDoNotDependOnTheThread) {
  std::vector<std::optional<Geometry>> answers(4);
  std::vector<std::thread> threads;
  for (auto& answer : answers) {
    threads.emplace_back([&answer] {
      for (int i = 0; i < 100; ++i) answer = *union_of(square(0, 0, 4).view(), square(2, 2, 4).view());
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& answer : answers) EXPECT_EQ(answer, answers.front());
}

// FIELD_NOTES pitfall 4.
TEST(BufferTest, TheBoundaryLiesAtTheRadius) {
  constexpr double kRadius_m = 5;
  constexpr int kSegments = 16;
  const double sagitta_m = kRadius_m * (1 - std::cos(std::numbers::pi / 4 / kSegments));
  const Geometry line = Geometry::line({{0, 0}, {10, 0}, {14, 9}});
  for (const Geometry& shape : {Geometry::point({3, 4}), line, square(0, 0, 7)}) {
    const auto grown = buffer(shape.view(), kRadius_m, kSegments);
    ASSERT_THAT(grown, Succeeds());
    EXPECT_EQ(validity_problem(grown->view()), std::nullopt);
    expect_our_orientation(*grown);
    const auto ring = grown->view().path(0);
    for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
      const Point middle = {(ring[i].x_m + ring[i + 1].x_m) / 2, (ring[i].y_m + ring[i + 1].y_m) / 2};
      EXPECT_NEAR(distance_m(shape.view(), ring[i]), kRadius_m, 1e-3 * kRadius_m);
      EXPECT_NEAR(distance_m(shape.view(), middle), kRadius_m - sagitta_m / 2, sagitta_m);
    }
  }
}

// FIELD_NOTES pitfall 4, RELIABILITY G47.
TEST(BufferTest, ANegativeBufferShrinksAndEmptiesCleanly) {
  const Geometry a = square(0, 0, 10);
  EXPECT_NEAR(area_m2(buffer(a.view(), -2)->view()), 36, 1e-9);
  EXPECT_EQ(buffer(a.view(), -5), Geometry{});
  EXPECT_EQ(buffer(a.view(), -1e3), Geometry{});
  EXPECT_EQ(buffer(Geometry::point({1, 1}).view(), -1), Geometry{});
  EXPECT_EQ(buffer(Geometry::line({{1, 1}, {2, 2}}).view(), 0), Geometry{});
}

TEST(BufferTest, AbsurdRadiiFail) {  // RELIABILITY G48.
  for (const double radius_m : {kNaN, kInfinity, -kInfinity, 1e9, -1e9}) {
    EXPECT_THAT(buffer(square(0, 0, 1).view(), radius_m), FailsWith(ErrorCode::kInvalidArgument)) << radius_m;
  }
  EXPECT_THAT(buffer(square(0, 0, 1).view(), 1, 0), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(buffer(square(0, 0, 1).view(), 1, 1 << 30), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(SimplifyTest, AbsurdTolerancesFailAndZeroKeepsTheShape) {  // RELIABILITY G50.
  for (const double tolerance_m : {-1.0, kNaN, kInfinity, 1e12}) {
    EXPECT_THAT(simplify(square(0, 0, 1).view(), tolerance_m), FailsWith(ErrorCode::kInvalidArgument)) << tolerance_m;
  }
  EXPECT_EQ(area_m2(simplify(square(0, 0, 1).view(), 0)->view()), 1);
}

TEST(SimplifyTest, AreasStayValid) {
  for (int seed = 0; seed < kRounds; ++seed) {
    std::mt19937_64 random(static_cast<std::uint64_t>(seed));
    const auto area = valid_area(random, {0, 0}, 0);
    if (!area) continue;
    const auto simple = simplify(area->view(), 3);
    ASSERT_THAT(simple, Succeeds());
    EXPECT_EQ(validity_problem(simple->view()), std::nullopt) << "seed " << seed;
    EXPECT_LE(simple->points.size(), area->points.size());
  }
}

// GEOS 3.11 alone moves the upper edge across the hole.
TEST(SimplifyTest, AHoleNearASimplifiedEdgeStaysInside) {
  const Geometry area = with_hole(Geometry::polygon({{10, 10}, {10, 80}, {50, 90}, {90, 80}, {90, 10}}), {{70, 81}, {30, 81}, {50, 90}});
  ASSERT_EQ(validity_problem(area.view()), std::nullopt);
  const auto simple = simplify(area.view(), 10);
  ASSERT_THAT(simple, Succeeds());
  EXPECT_EQ(validity_problem(simple->view()), std::nullopt);
}

TEST(ConvexHullTest, CoversItsShapeAndKeepsSmallOnesAsTheyAre) {
  const auto hull = convex_hull(Geometry::line({{0, 0}, {4, 0}, {2, 1}, {2, 5}}).view());
  ASSERT_THAT(hull, Succeeds());
  EXPECT_EQ(area_m2(hull->view()), 10);
  EXPECT_EQ(convex_hull(Geometry::point({1, 2}).view()), Geometry::point({1, 2}));
  EXPECT_EQ(convex_hull(Geometry::line({{0, 0}, {1, 1}, {2, 2}}).view())->kind, GeometryKind::kLineString);
}

TEST(GapTest, IsReachedAtItsPlaces) {
  const auto gap = gap_between(square(0, 0, 2).view(), square(5, 6, 2).view());
  ASSERT_THAT(gap, Succeeds());
  EXPECT_EQ(gap->on_a, (Point{2, 2}));
  EXPECT_EQ(gap->on_b, (Point{5, 6}));
  EXPECT_EQ(gap->distance_m, 5);
  EXPECT_EQ(gap_between(square(0, 0, 4).view(), square(1, 1, 1).view())->distance_m, 0);
}

// RELIABILITY finding 13: other libraries answer an empty union without an error.
TEST(OverlayTest, CoordinatesThatAreNotFiniteFail) {
  const Geometry good = square(0, 0, 4);
  for (const double bad : {kNaN, kInfinity, -kInfinity, 1e308}) {
    Geometry shape = square(1, 1, 4);
    shape.points[1].x_m = bad;
    EXPECT_THAT(union_of(shape.view(), good.view()), FailsWith(ErrorCode::kInvalidArgument));
    EXPECT_THAT(union_of(good.view(), shape.view()), FailsWith(ErrorCode::kInvalidArgument));
    EXPECT_THAT(union_all(std::vector<Geometry>{good, shape}), FailsWith(ErrorCode::kInvalidArgument));
    EXPECT_THAT(intersects(shape.view(), good.view()), FailsWith(ErrorCode::kInvalidArgument));
    EXPECT_THAT(intersects(shape.view(), Geometry::point({1, 1}).view()), FailsWith(ErrorCode::kInvalidArgument));
    EXPECT_THAT(covers(good.view(), Geometry::point({bad, 1}).view()), FailsWith(ErrorCode::kInvalidArgument));
    EXPECT_THAT(relate(shape.view(), good.view()), FailsWith(ErrorCode::kInvalidArgument));
    EXPECT_THAT(buffer(shape.view(), 1), FailsWith(ErrorCode::kInvalidArgument));
    EXPECT_THAT(make_valid(shape.view()), FailsWith(ErrorCode::kInvalidArgument));
    EXPECT_THAT(PreparedShape::make(shape.view()), FailsWith(ErrorCode::kInvalidArgument));
    EXPECT_THAT(gap_between(shape.view(), good.view()), FailsWith(ErrorCode::kInvalidArgument));
  }
}

TEST(OverlayTest, BrokenAreasFailOrAnswerButNeverThrow) {
  for (int seed = 0; seed < kRounds; ++seed) {
    std::mt19937_64 random(static_cast<std::uint64_t>(seed));
    std::vector<Point> outline;
    for (int i = 0; i < 7; ++i) outline.push_back({static_cast<double>(random() % 6), static_cast<double>(random() % 6)});
    const Geometry scribble = Geometry::polygon(outline);
    for (const auto& result : {union_of(scribble.view(), bow_tie().view()), intersection(scribble.view(), bow_tie().view()),
                               difference(scribble.view(), bow_tie().view()), buffer(scribble.view(), -0.5)}) {
      if (!result) {
        EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
      }
    }
  }
}

}  // namespace
}  // namespace obnova
