#include <gmock/gmock.h>

#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "geo/base/measure.h"
#include "geo/base/overlay.h"
#include "tests/geo/base/shapes.h"
#include "tests/support/result_matchers.h"

namespace obnova {
namespace {

using testing::HasSubstr;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// FIELD_NOTES pitfall 3.
TEST(ValidityTest, EveryKindOfBrokenAreaIsNamed) {
  const Geometry shell = square(0, 0, 10);
  const std::vector<std::pair<Geometry, std::string>> broken = {
      {bow_tie(), "Self-intersection at (2, 2)."},                                                                         // G13
      {{GeometryKind::kPolygon, {{0, 0}, {8, 0}, {4, 4}, {6, 6}, {2, 6}, {4, 4}, {0, 0}}, {7}, {1}}, "elf-intersection"},  // G14
      {with_hole(shell, {{20, 20}, {22, 20}, {21, 22}}), "Hole lies outside shell"},                                       // G15
      {with_hole(shell, {{5, 5}, {15, 5}, {15, 6}}), "Self-intersection"},                                                 // G16
      {with_hole(with_hole(shell, {{1, 1}, {8, 1}, {4, 8}}), {{3, 2}, {5, 2}, {4, 3}}), "nested"},                         // G17
      {with_hole(with_hole(shell, {{1, 1}, {8, 1}, {4, 8}}), {{1, 1}, {8, 1}, {4, 8}}), "elf-intersection"},               // G17
      {Geometry::polygon({{0, 0}, {4, 0}, {4, 4}, {4, 9}, {4, 4}, {0, 4}}), "elf-intersection"},                           // G19
      {Geometry::polygon({{0, 0}, {2, 2}, {5, 5}}), "elf-intersection"},                                                   // G20
      {{GeometryKind::kPolygon, {{0, 0}, {4, 0}, {4, 4}, {0, 4}}, {4}, {1}}, "closed"},                                    // G11
      {{GeometryKind::kPolygon, {{kNaN, 0}, {4, 0}, {4, 4}, {kNaN, 0}}, {4}, {1}}, "not a finite number"},                 // G01
  };
  for (const auto& [shape, reason] : broken) {
    const auto problem = validity_problem(shape.view());
    ASSERT_TRUE(problem.has_value()) << reason;
    EXPECT_THAT(*problem, HasSubstr(reason));
  }
}

TEST(ValidityTest, OverlappingPartsAreAProblemAndTouchingPointsAreNot) {  // RELIABILITY G22.
  const auto two = [](double x_m, double y_m) {
    Geometry shape = square(0, 0, 4);
    const Geometry other = square(x_m, y_m, 4);
    shape.kind = GeometryKind::kMultiPolygon;
    shape.points.insert(shape.points.end(), other.points.begin(), other.points.end());
    shape.path_ends = {5, 10};
    shape.part_ends = {1, 2};
    return shape;
  };
  EXPECT_NE(validity_problem(two(2, 2).view()), std::nullopt);
  EXPECT_NE(validity_problem(two(4, 0).view()), std::nullopt);
  EXPECT_EQ(validity_problem(two(4, 4).view()), std::nullopt);
}

// FIELD_NOTES pitfall 3: repaired, with a positive area.
TEST(ValidityTest, RepairKeepsTheAreaAndDropsTheRest) {
  const auto bow = make_valid(bow_tie().view());
  ASSERT_THAT(bow, Succeeds());
  EXPECT_EQ(bow->kind, GeometryKind::kMultiPolygon);
  EXPECT_EQ(area_m2(bow->view()), 8);
  const auto spike = make_valid(Geometry::polygon({{0, 0}, {4, 0}, {4, 4}, {4, 9}, {4, 4}, {0, 4}}).view());
  ASSERT_THAT(spike, Succeeds());
  EXPECT_EQ(spike->kind, GeometryKind::kPolygon);
  EXPECT_EQ(area_m2(spike->view()), 16);
  EXPECT_EQ(make_valid(Geometry::polygon({{0, 0}, {2, 2}, {5, 5}}).view()), Geometry{});
  const auto hole = make_valid(with_hole(square(0, 0, 10), {{20, 20}, {22, 20}, {21, 22}}).view());
  ASSERT_THAT(hole, Succeeds());
  EXPECT_EQ(validity_problem(hole->view()), std::nullopt);
}

TEST(ValidityTest, RepairOfRandomScribblesIsValid) {
  for (int seed = 0; seed < 5000; ++seed) {
    std::mt19937_64 random(static_cast<std::uint64_t>(seed));
    std::vector<Point> outline;
    for (int i = 0; i < 9; ++i) outline.push_back({static_cast<double>(random() % 8), static_cast<double>(random() % 8)});
    const Geometry scribble = Geometry::polygon(outline);
    if (scribble.points.size() < 4) continue;
    const auto repaired = make_valid(scribble.view());
    ASSERT_THAT(repaired, Succeeds()) << "seed " << seed;
    EXPECT_EQ(validity_problem(repaired->view()), std::nullopt) << "seed " << seed;
    expect_our_orientation(*repaired);
  }
}

}  // namespace
}  // namespace obnova
