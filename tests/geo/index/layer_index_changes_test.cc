#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/index/layer_index.h"
#include "tests/support/brute_force_boxes.h"
#include "tests/support/random_layers.h"

namespace obnova::geo {
namespace {

using brute_force::BoxList;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr double kFar = std::numeric_limits<double>::infinity();

// Where the boxes of a test lie: whole numbers times `scale` from `corner`, so
// that sides touch and distances tie wherever that is.
struct Ground {
  std::string name;
  Point corner;
  double scale = 1;
  int size = 40;

  Point place(RandomNumbers& random) const {
    const Point p = random.point(size);
    return {corner.x_m + scale * p.x_m, corner.y_m + scale * p.y_m};
  }
  // A point, a line along an axis or a rectangle; sometimes no box at all.
  Box box(RandomNumbers& random) const {
    const Point at = place(random);
    const double width = scale * static_cast<double>(random.below(4));
    const double height = scale * static_cast<double>(random.below(4));
    switch (random.below(8)) {
      case 0:
        return {};
      case 1:
      case 2:
        return {at, at};
      case 3:
        return {at, {at.x_m + width, at.y_m}};
      default:
        return {at, {at.x_m + width, at.y_m + height}};
    }
  }
  Box window(RandomNumbers& random) const {
    Box window;
    window.add(place(random));
    if (!random.one_in(4)) window.add(place(random));
    return window;
  }
};

// Single precision rounds by half a meter at 5.6 million, and by 64 at 10^9.
const std::vector<Ground> kGrounds = {
    {"small", {0, 0}},
    {"negative", {-1000, -20}},
    {"projected", {5'600'000.3, 6'400'000.7}},
    {"fine", {5'600'000, 6'400'000}, 0.001},
    {"huge", {1e9, -1e9}, 1},
    {"tiny", {0, 0}, 1e-40},
    {"immense", {-1e150, 0}, 1e149},
    {"one place", {7, 7}, 1, 0},
};

std::vector<Box> random_boxes(RandomNumbers& random, const Ground& ground, std::size_t count) {
  std::vector<Box> boxes;
  for (std::size_t i = 0; i < count; ++i) boxes.push_back(ground.box(random));
  return boxes;
}

void expect_equal_windows(const LayerIndex& index, const BoxList& twin, const Ground& ground, RandomNumbers& random) {
  for (int i = 0; i < 6; ++i) {
    const Box window = ground.window(random);
    const std::vector<FeatureId> expected = twin.in_window(window);
    EXPECT_EQ(index.in_window(window), expected);
    std::vector<FeatureId> visited;
    index.visit_window(window, [&](FeatureId feature) {
      visited.push_back(feature);
      return true;
    });
    std::ranges::sort(visited);
    EXPECT_EQ(visited, expected);
  }
  EXPECT_EQ(index.in_window({{-kFar, -kFar}, {kFar, kFar}}).size(), twin.size());
}

void expect_equal_neighbors(const LayerIndex& index, const BoxList& twin, const Ground& ground, RandomNumbers& random) {
  const Point from = ground.place(random);
  const auto distance_to = [&](FeatureId feature) { return twin.distance_m(feature, from); };
  for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{3}, twin.size(), twin.size() + 1}) {
    EXPECT_EQ(index.nearest(from, count, distance_to), twin.nearest(from, count)) << count << " nearest";
  }
  const std::vector<Neighbor> all = twin.nearest(from, twin.size());
  if (!all.empty()) {
    const double just = all[random.below(all.size())].distance_m;
    EXPECT_EQ(index.nearest(from, 100, distance_to, just), twin.nearest(from, 100, just)) << "within " << just;
  }
  std::vector<Neighbor> visited;
  index.visit_nearest(from, [&](FeatureId feature, double box_distance_m) {
    visited.push_back({feature, box_distance_m});
    return true;
  });
  EXPECT_EQ(visited, all);
}

void expect_equal(const LayerIndex& index, const BoxList& twin, const Ground& ground, RandomNumbers& random) {
  expect_equal_windows(index, twin, ground, random);
  expect_equal_neighbors(index, twin, ground, random);
}

// New boxes, removals and ones removed before, of old features and of new ones.
std::vector<BoxChange> random_changes(RandomNumbers& random, const Ground& ground, std::size_t count, std::size_t row_end) {
  std::vector<BoxChange> changes;
  for (std::size_t i = 0; i < count; ++i) {
    const FeatureId feature{static_cast<std::uint32_t>(random.below(row_end + 3))};
    changes.push_back({feature, random.one_in(3) ? Box{} : ground.box(random)});
  }
  return changes;
}

TEST(LayerIndexChangesTest, ALoadedIndexEqualsAListOfBoxes) {
  for (const Ground& ground : kGrounds) {
    for (const std::size_t count : {0, 1, 2, 15, 16, 17, 255, 256, 257, 600, 5000}) {
      SCOPED_TRACE(ground.name + ", " + std::to_string(count) + " boxes");
      RandomNumbers random(count + 1);
      const std::vector<Box> boxes = random_boxes(random, ground, count);
      expect_equal(LayerIndex(boxes), BoxList(boxes), ground, random);
    }
  }
}

TEST(LayerIndexChangesTest, EveryStepOfAStreamOfChangesEqualsAListOfBoxes) {
  for (std::uint64_t seed = 1; seed <= 32; ++seed) {
    const Ground& ground = kGrounds[seed % kGrounds.size()];
    SCOPED_TRACE(ground.name + ", seed " + std::to_string(seed));
    RandomNumbers random(seed);
    const std::vector<Box> boxes = random_boxes(random, ground, random.below(400));
    LayerIndex index(boxes);
    BoxList twin(boxes);
    for (int step = 0; step < 60; ++step) {
      const std::size_t count = random.one_in(3) ? random.below(40) : 1;
      const std::vector<BoxChange> changes = random_changes(random, ground, count, boxes.size() + 20);
      index = index.with_changes(changes);
      for (const BoxChange& change : changes) twin.change(change);
      expect_equal(index, twin, ground, random);
    }
    expect_equal(index.packed(), twin, ground, random);
  }
}

TEST(LayerIndexChangesTest, ManyChangesArePackedAndStillEqual) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const Ground& ground = kGrounds[seed % kGrounds.size()];
    SCOPED_TRACE(ground.name + ", seed " + std::to_string(seed));
    RandomNumbers random(seed);
    const std::vector<Box> boxes = random_boxes(random, ground, 3000);
    LayerIndex index(boxes);
    BoxList twin(boxes);
    for (int step = 1; step <= 5000; ++step) {
      const std::vector<BoxChange> changes = random_changes(random, ground, step % 500 == 0 ? 900 : 1, boxes.size());
      index = index.with_changes(changes);
      for (const BoxChange& change : changes) twin.change(change);
      if (step % 97 == 0) expect_equal(index, twin, ground, random);
    }
    expect_equal(index.with_changes(random_changes(random, ground, 0, 1)), twin, ground, random);
  }
}

TEST(LayerIndexChangesTest, EarlierIndexesKeepTheirAnswers) {
  RandomNumbers random(5);
  const Ground& ground = kGrounds[0];
  const std::vector<Box> boxes = random_boxes(random, ground, 200);
  std::vector<LayerIndex> indexes = {LayerIndex(boxes)};
  std::vector<BoxList> twins = {BoxList(boxes)};
  for (int step = 0; step < 1500; ++step) {
    const std::vector<BoxChange> changes = random_changes(random, ground, 1 + random.below(2), boxes.size());
    indexes.push_back(indexes.back().with_changes(changes));
    twins.push_back(twins.back());
    for (const BoxChange& change : changes) twins.back().change(change);
  }
  for (std::size_t i = 0; i < indexes.size(); i += 50) expect_equal(indexes[i], twins[i], ground, random);
}

TEST(LayerIndexChangesTest, TheLastChangeOfAFeatureCounts) {
  const LayerIndex before(std::vector<Box>{{{0, 0}, {1, 1}}});
  const Box here = {{5, 5}, {6, 6}};
  const std::vector<BoxChange> changes = {{{0}, here}, {{4}, here}, {{0}, Box{}}, {{4}, Box{}}, {{4}, here}};
  EXPECT_THAT(before.with_changes(changes).in_window({{0, 0}, {9, 9}}), ElementsAre(FeatureId{4}));
}

TEST(LayerIndexChangesTest, AnIndexMayLoseEverythingAndGetItBack) {
  const Box everywhere = {{-9, -9}, {9, 9}};
  std::vector<Box> boxes;
  std::vector<BoxChange> removals;
  std::vector<BoxChange> returns;
  for (std::uint32_t row = 0; row < 40; ++row) {
    boxes.push_back({{1, 1}, {2, 2}});
    removals.push_back({{row}, Box{}});
    returns.push_back({{row}, {{1, 1}, {2, 2}}});
  }
  const LayerIndex full(boxes);
  const LayerIndex bare = full.with_changes(removals);
  EXPECT_THAT(bare.in_window(everywhere), IsEmpty());
  EXPECT_THAT(bare.nearest({0, 0}, 5, [](FeatureId) { return 0.0; }), IsEmpty());
  EXPECT_THAT(bare.packed().in_window(everywhere), IsEmpty());
  EXPECT_EQ(bare.with_changes(returns).in_window(everywhere), full.in_window(everywhere));
  EXPECT_EQ(bare.packed().with_changes(returns).in_window(everywhere), full.in_window(everywhere));
}

TEST(LayerIndexChangesTest, SidesThatDifferByLessThanSinglePrecisionAreToldApart) {
  const double x_m = 5'600'000.25;
  const double just_beyond_m = std::nextafter(x_m, kFar);
  const LayerIndex index(std::vector<Box>{{{0, 0}, {x_m, 10}}, {{just_beyond_m, 0}, {6'000'000, 10}}});
  EXPECT_THAT(index.in_window({{x_m, 0}, {x_m, 10}}), ElementsAre(FeatureId{0}));
  EXPECT_THAT(index.in_window({{just_beyond_m, 0}, {just_beyond_m, 10}}), ElementsAre(FeatureId{1}));
  EXPECT_THAT(index.in_window({{x_m, 10}, {just_beyond_m, 10}}), ElementsAre(FeatureId{0}, FeatureId{1}));
  EXPECT_THAT(index.in_window({{x_m, std::nextafter(10.0, kFar)}, {just_beyond_m, 11}}), IsEmpty());
}

TEST(LayerIndexChangesTest, BoxesWithoutAnEndAreFound) {
  const LayerIndex index(std::vector<Box>{{{-kFar, -kFar}, {kFar, kFar}}, {{3, -kFar}, {3, kFar}}, {{8, 8}, {9, 9}}});
  EXPECT_THAT(index.in_window({{1, 1}, {2, 2}}), ElementsAre(FeatureId{0}));
  EXPECT_THAT(index.in_window({{3, 1}, {8, 8}}), ElementsAre(FeatureId{0}, FeatureId{1}, FeatureId{2}));
}

TEST(LayerIndexChangesTest, ManyRowsComeInOrder) {
  // More than fit the first memory, in each of the ways to sort them.
  for (const std::size_t count : {40, 60, 1000, 2040, 2050, 4000, 30'000}) {
    std::vector<Box> boxes(400'000);
    std::vector<FeatureId> expected;
    for (std::size_t i = 0; i < count; ++i) {
      const auto row = static_cast<std::uint32_t>(i * 400'000 / count);
      boxes[row] = {{static_cast<double>(i * 7919 % count), 0}, {static_cast<double>(i * 7919 % count), 0}};
      expected.push_back({row});
    }
    EXPECT_EQ(LayerIndex(boxes).in_window({{0, 0}, {1e6, 0}}), expected) << count;
  }
}

}  // namespace
}  // namespace obnova::geo
