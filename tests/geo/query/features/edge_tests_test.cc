#include "geo/query/features/edge_tests.h"

#include <cmath>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/base/measure.h"
#include "geo/base/overlay.h"
#include "tests/support/brute_force_geometry.h"
#include "tests/support/random_layers.h"
#include "tests/support/result_matchers.h"

namespace obnova::geo {
namespace {

Geometry turned_rectangle(Point middle, double width_m, double height_m, double angle) {
  std::vector<Point> corners;
  for (const Point sign : {Point{-1, -1}, Point{1, -1}, Point{1, 1}, Point{-1, 1}}) {
    const Point offset = {sign.x_m * width_m / 2, sign.y_m * height_m / 2};
    corners.push_back({middle.x_m + offset.x_m * std::cos(angle) - offset.y_m * std::sin(angle),
                       middle.y_m + offset.x_m * std::sin(angle) + offset.y_m * std::cos(angle)});
  }
  return Geometry::polygon(std::move(corners));
}

// Small whole coordinates, so that boundaries touch in every way.
TEST(EdgeTestsTest, ShapesMeetExactlyWhenGeosSaysSo) {
  std::size_t met_count = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const auto layer = random_layer(seed, 150);
    std::mt19937_64 random(seed);
    for (int i = 0; i < 40; ++i) {
      const Point middle = {static_cast<double>(random() % 40), static_cast<double>(random() % 40)};
      const Geometry area = obnova::random_area(random, middle, static_cast<double>(4 + random() % 12), 1);
      if (validity_problem(area.view())) continue;
      for (const FeatureId feature : layer->features()) {
        const GeometryView shape = layer->geometry(feature);
        if (shape.empty() || validity_problem(shape)) continue;
        const auto expected = intersects(area.view(), shape);
        ASSERT_THAT(expected, Succeeds());
        ASSERT_EQ(meet_by_edges(area.view(), shape), *expected) << "seed " << seed << ", area " << i << ", feature " << feature.index;
        met_count += *expected ? 1 : 0;
      }
    }
  }
  EXPECT_GT(met_count, 1000U);
}

TEST(EdgeTestsTest, AnAreaMeetsWhatLiesInItAndWhatItLiesIn) {
  const Geometry small = Geometry::rectangle({{4, 4}, {5, 5}});
  const Geometry large = Geometry::rectangle({{0, 0}, {9, 9}});
  EXPECT_TRUE(meet_by_edges(small.view(), large.view()));
  EXPECT_TRUE(meet_by_edges(large.view(), small.view()));
  // A bar across, with no vertex of one in the other.
  EXPECT_TRUE(meet_by_edges(large.view(), Geometry::rectangle({{-5, 3}, {15, 4}}).view()));
  EXPECT_TRUE(meet_by_edges(large.view(), Geometry::line({{-1, 8}, {8, 18}, {-1, 18}, {10, 7}}).view()));
  EXPECT_FALSE(meet_by_edges(large.view(), Geometry::line({{-1, 9}, {9, 19}}).view()));
  // In the hole of a ring.
  Geometry ring = large;
  const Geometry hole = Geometry::polygon({{2, 2}, {2, 7}, {7, 7}, {7, 2}});
  ring.points.insert(ring.points.end(), hole.points.rbegin(), hole.points.rend());
  ring.path_ends = {5, 10};
  ring.part_ends = {2};
  EXPECT_FALSE(meet_by_edges(small.view(), ring.view()));
  EXPECT_FALSE(meet_by_edges(ring.view(), small.view()));
}

TEST(EdgeTestsTest, TheBoxWithinAnAreaLiesWithinIt) {
  std::size_t found_count = 0;
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    std::mt19937_64 random(seed);
    const Geometry area = Geometry::polygon(random_star(random, {20, 20}, 10, 3 + static_cast<int>(random() % 9), 1));
    if (validity_problem(area.view())) continue;
    const Box box = box_within(area.view());
    if (box.empty()) continue;
    ++found_count;
    for (int x = 0; x <= 8; ++x) {
      for (int y = 0; y <= 8; ++y) {
        const Point p = {std::lerp(box.min.x_m, box.max.x_m, x / 8.0), std::lerp(box.min.y_m, box.max.y_m, y / 8.0)};
        ASSERT_TRUE(brute_covers(area.view(), p)) << "seed " << seed << " at " << p.x_m << ", " << p.y_m;
      }
    }
  }
  EXPECT_GT(found_count, 100U);
}

TEST(EdgeTestsTest, TheBoxWithinAWindowIsNearlyAllOfIt) {
  for (const double degrees : {-3.0, -1.0, 0.0, 0.1, 2.5}) {
    const Geometry window = turned_rectangle({500'000, 5'500'000}, 500, 400, degrees * 0.017453292519943);
    const Box box = box_within(window.view());
    ASSERT_FALSE(box.empty()) << degrees;
    const double share = (box.max.x_m - box.min.x_m) * (box.max.y_m - box.min.y_m) / area_m2(window.view());
    EXPECT_GT(share, 1 - 0.05 * std::abs(degrees) - 1e-9) << degrees;
  }
  EXPECT_TRUE(box_within(Geometry::line({{0, 0}, {5, 5}}).view()).empty());
  EXPECT_TRUE(box_within(GeometryView{}).empty());
}

TEST(EdgeTestsTest, WhatRunsAroundItsMiddleIsValid) {
  std::size_t round_count = 0;
  std::size_t invalid_count = 0;
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    RandomNumbers random(seed);
    std::vector<Point> outline;
    for (std::size_t i = 0; i < 4 + seed % 4; ++i) outline.push_back(random.point(6));
    outline.push_back(outline.front());
    const auto count = static_cast<std::uint32_t>(outline.size());
    const std::uint32_t one = 1;
    const GeometryView ring{GeometryKind::kPolygon, outline, {&count, 1}, {&one, 1}};
    const bool valid = !validity_problem(ring);
    if (runs_around_its_middle(ring)) {
      EXPECT_TRUE(valid) << "seed " << seed;
      ++round_count;
    }
    invalid_count += valid ? 0 : 1;
  }
  EXPECT_GT(round_count, 20U);
  EXPECT_GT(invalid_count, 500U);
  // Twice around is not valid, and turns left all the way.
  const Geometry twice = {.kind = GeometryKind::kPolygon,
                          .points = {{0, 0}, {9, 0}, {9, 9}, {0, 9}, {1, 1}, {8, 1}, {8, 8}, {1, 8}, {0, 0}},
                          .path_ends = {9},
                          .part_ends = {1}};
  EXPECT_FALSE(runs_around_its_middle(twice.view()));
  EXPECT_TRUE(runs_around_its_middle(turned_rectangle({5, 5}, 3, 4, 0.02).view()));
  EXPECT_FALSE(runs_around_its_middle(Geometry::line({{0, 0}, {5, 5}}).view()));
}

}  // namespace
}  // namespace obnova::geo
