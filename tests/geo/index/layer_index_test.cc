#include "geo/index/layer_index.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/base/measure.h"
#include "tests/support/brute_force_features.h"
#include "tests/support/random_layers.h"
#include "tests/support/shared_data.h"

namespace obnova::geo {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Box point_box(Point p) { return {p, p}; }

std::vector<Box> boxes_of(const std::vector<Point>& points) {
  std::vector<Box> boxes;
  for (const Point p : points) boxes.push_back(point_box(p));
  return boxes;
}

TEST(LayerIndexTest, AnEmptyIndexFindsNothing) {
  for (const std::vector<Box>& boxes : {std::vector<Box>{}, std::vector<Box>(3)}) {
    const LayerIndex index(boxes);
    EXPECT_THAT(index.in_window({{-1e9, -1e9}, {1e9, 1e9}}), IsEmpty());
    EXPECT_THAT(index.nearest({0, 0}, 5, [](FeatureId) { return 0.0; }), IsEmpty());
  }
}

TEST(LayerIndexTest, WindowsHoldTheirEdges) {
  const LayerIndex index(boxes_of({{0, 0}, {1, 1}, {2, 2}, {3, 3}}));
  EXPECT_THAT(index.in_window({{1, 1}, {2, 2}}), ElementsAre(FeatureId{1}, FeatureId{2}));
  EXPECT_THAT(index.in_window({{3, 3}, {3, 3}}), ElementsAre(FeatureId{3}));
  EXPECT_THAT(index.in_window(Box{}), IsEmpty());
}

TEST(LayerIndexTest, VisitingStopsWhenToldTo) {
  const LayerIndex index(std::vector<Box>(100, point_box({1, 1})));
  int visits = 0;
  index.visit_window({{0, 0}, {2, 2}}, [&](FeatureId) { return ++visits < 7; });
  EXPECT_EQ(visits, 7);
  visits = 0;
  index.visit_nearest({5, 5}, [&](FeatureId, double) { return ++visits < 30; });
  EXPECT_EQ(visits, 30);
}

TEST(LayerIndexTest, WindowsEqualBruteForce) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto layer = random_layer(seed, 300);
    const LayerIndex index(layer->boxes());
    RandomNumbers random(seed);
    for (int i = 0; i < 50; ++i) {
      Box window = point_box(random.point(45));
      window.add(random.point(45));
      std::vector<FeatureId> expected;
      for (std::uint32_t row = 0; row < layer->feature_count(); ++row) {
        if (layer->boxes()[row].intersects(window)) expected.push_back({row});
      }
      EXPECT_EQ(index.in_window(window), expected) << "seed " << seed;
    }
  }
}

TEST(LayerIndexTest, ChangesShowInTheNewIndexOnly) {
  const LayerIndex before(boxes_of({{0, 0}, {1, 1}, {2, 2}}));
  const std::vector<BoxChange> changes = {{{1}, Box{}}, {{2}, point_box({9, 9})}, {{5}, point_box({0, 1})}, {{2}, point_box({1, 2})}};
  const LayerIndex after = before.with_changes(changes);
  EXPECT_THAT(before.in_window({{0, 0}, {2, 2}}), ElementsAre(FeatureId{0}, FeatureId{1}, FeatureId{2}));
  EXPECT_THAT(after.in_window({{0, 0}, {2, 2}}), ElementsAre(FeatureId{0}, FeatureId{2}, FeatureId{5}));
  EXPECT_THAT(after.in_window({{3, 3}, {99, 99}}), IsEmpty());
}

TEST(LayerIndexTest, EquidistantFeaturesComeInOrderOfId) {
  const std::vector<Point> ring = {{5, 0}, {-5, 0}, {0, 5}, {0, -5}, {3, 4}, {-3, 4}, {3, -4}, {-3, -4}};
  const LayerIndex index(boxes_of(ring));
  const auto found = index.nearest({0, 0}, 3, [&](FeatureId f) { return distance_m(ring[f.index], {0, 0}); });
  EXPECT_THAT(found, ElementsAre(Neighbor{{0}, 5.0}, Neighbor{{1}, 5.0}, Neighbor{{2}, 5.0}));
}

TEST(LayerIndexTest, NearestByBoxIsNotNearest) {
  // The box of the diagonal holds the origin, its line passes 7 m away.
  const std::vector<Geometry> shapes = {Geometry::line({{-10, 0}, {0, -10}}), Geometry::point({3, 4})};
  const std::vector<Box> boxes = {shapes[0].view().box(), shapes[1].view().box()};
  const auto found = LayerIndex(boxes).nearest({0, 0}, 1, [&](FeatureId f) { return distance_m(shapes[f.index].view(), {0, 0}); });
  EXPECT_THAT(found, ElementsAre(Neighbor{{1}, 5.0}));
}

TEST(LayerIndexTest, NearestEqualsBruteForceInOrderTiesIncluded) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const auto layer = seed % 2 == 0 ? random_layer(seed, 400, 25) : random_points(seed, 700, 12);
    const LayerIndex index(layer->boxes());
    RandomNumbers random(seed);
    for (int i = 0; i < 20; ++i) {
      const Point from = random.point(30);
      const auto distance_to = brute_force::distance_from(*layer, from);
      const std::array<std::size_t, 6> counts = {0, 1, 3, 50, layer->feature_count(), std::numeric_limits<std::size_t>::max()};
      for (const std::size_t count : counts) {
        const double bound = random.one_in(2) ? std::numeric_limits<double>::infinity() : static_cast<double>(random.below(12));
        EXPECT_EQ(index.nearest(from, count, distance_to, bound), brute_force::nearest(layer->feature_count(), count, distance_to, bound))
            << "seed " << seed << ", count " << count << ", bound " << bound;
      }
    }
  }
}

TEST(LayerIndexTest, TheGreatestDistanceIsIncluded) {
  const std::vector<Point> points = {{3, 4}, {6, 8}};
  const LayerIndex index(boxes_of(points));
  const auto distance_to = [&](FeatureId f) { return distance_m(points[f.index], {0, 0}); };
  EXPECT_EQ(index.nearest({0, 0}, 9, distance_to, 10).size(), 2u);
  EXPECT_EQ(index.nearest({0, 0}, 9, distance_to, 5).size(), 1u);
  EXPECT_EQ(index.nearest({0, 0}, 9, distance_to, std::nextafter(5.0, 0.0)).size(), 0u);
}

TEST(LayerIndexTest, FeaturesAtInfinityAreLeftOut) {
  const auto layer = random_points(7, 2000, 30);
  const LayerIndex index(layer->boxes());
  const auto even_only = [&](FeatureId f) {
    return f.index % 50 == 0 ? distance_m(layer->geometry(f), {15, 15}) : std::numeric_limits<double>::infinity();
  };
  EXPECT_EQ(index.nearest({15, 15}, 10, even_only), brute_force::nearest(2000, 10, even_only));
}

TEST(LayerIndexTest, NearbyFeaturesOnlyAreMeasured) {
  const auto layer = random_points(8, 20'000, 1000);
  const LayerIndex index(layer->boxes());
  int measured = 0;
  (void)index.nearest({500, 500}, 5, [&](FeatureId f) {
    ++measured;
    return distance_m(layer->geometry(f), {500, 500});
  });
  EXPECT_LT(measured, 50);
}

TEST(LayerIndexTest, NearestHoldsFarFromTheOrigin) {
  // Coordinates of a projected city, where a millionth of a meter is already rounded.
  RandomNumbers random(9);
  std::vector<Geometry> shapes;
  std::vector<Box> boxes;
  for (int i = 0; i < 2000; ++i) {
    const Point a = {5'600'000 + static_cast<double>(random.below(1'000'000)) / 997,
                     6'400'000 + static_cast<double>(random.below(1'000'000)) / 991};
    shapes.push_back(
        Geometry::line({a, {a.x_m + static_cast<double>(random.below(70)), a.y_m - static_cast<double>(random.below(70)) / 3 - 1}}));
    boxes.push_back(shapes.back().view().box());
  }
  const LayerIndex index(boxes);
  for (int i = 0; i < 100; ++i) {
    const Point from = {5'600'000 + static_cast<double>(random.below(1100)), 6'400'000 + static_cast<double>(random.below(1100))};
    const auto distance_to = [&](FeatureId f) { return distance_m(shapes[f.index].view(), from); };
    EXPECT_EQ(index.nearest(from, 7, distance_to), brute_force::nearest(shapes.size(), 7, distance_to));
  }
}

std::vector<Point> read_centroids(const std::filesystem::path& file) {
  std::vector<Point> points;
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    const std::size_t first = line.find(',');
    const std::size_t second = line.find(',', first + 1);
    points.push_back({std::strtod(line.c_str() + first + 1, nullptr) * 75'600, std::strtod(line.c_str() + second + 1, nullptr) * 111'200});
  }
  return points;
}

TEST(LayerIndexTest, NearestBuildingsOfMariupolEqualBruteForce) {
  const auto file = shared_data("damage/mariupol_building_centroids.csv");
  if (!file) GTEST_SKIP() << "skipped: no data";
  const std::vector<Point> points = read_centroids(*file);
  ASSERT_EQ(points.size(), 45'544u);
  const LayerIndex index(boxes_of(points));
  for (std::size_t i = 0; i < points.size(); i += 449) {
    const Point from = i % 2 == 0 ? points[i] : Point{points[i].x_m + 137.5, points[i].y_m - 61.25};
    const auto distance_to = [&](FeatureId f) { return distance_m(points[f.index], from); };
    EXPECT_EQ(index.nearest(from, 25, distance_to), brute_force::nearest(points.size(), 25, distance_to));
  }
}

}  // namespace
}  // namespace obnova::geo
