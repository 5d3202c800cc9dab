#include "geo/damage/area_finder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/brute_force_damage.h"
#include "tests/support/random_layers.h"
#include "tests/support/result_matchers.h"

namespace obnova::geo {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::shared_ptr<const Layer> two_districts() {
  LayerBuilder builder({.id = "districts", .theme = Theme::kDistricts}, {});
  EXPECT_THAT(builder.add("west", Geometry::rectangle({{0, 0}, {10, 10}}), {}), Succeeds());
  EXPECT_THAT(builder.add("east", Geometry::rectangle({{10, 0}, {20, 10}}), {}), Succeeds());
  return std::move(builder).build();
}

TEST(AreaFinderTest, ABorderOnlyDividesWhatLiesOnBothSides) {
  const auto districts = two_districts();
  const LayerIndex index(districts->boxes());
  const auto finder = AreaFinder::make(*districts, index, {});
  ASSERT_THAT(finder, Succeeds());
  const auto of = [&](const Geometry& shape) { return finder->areas_of(shape.view()).value(); };
  EXPECT_THAT(of(Geometry::rectangle({{8, 2}, {12, 4}})), ElementsAre(FeatureId{0}, FeatureId{1}));
  EXPECT_THAT(of(Geometry::rectangle({{8, 2}, {10, 4}})), ElementsAre(FeatureId{0})) << "it only touches the east";
  EXPECT_THAT(of(Geometry::point({10, 5})), ElementsAre(FeatureId{0}, FeatureId{1}));
  EXPECT_THAT(of(Geometry::point({9, 5})), ElementsAre(FeatureId{0}));
  EXPECT_THAT(of(Geometry::rectangle({{20, 2}, {22, 4}})), ElementsAre(FeatureId{1})) << "it touches the east and lies nowhere else";
  EXPECT_THAT(of(Geometry::point({50, 5})), IsEmpty());
  EXPECT_THAT(of(Geometry{}), IsEmpty());
}

TEST(AreaFinderTest, AShapeAroundAnAreaLiesInIt) {
  const auto districts = two_districts();
  const LayerIndex index(districts->boxes());
  const auto finder = AreaFinder::make(*districts, index, {});
  ASSERT_THAT(finder, Succeeds());
  const Geometry around = Geometry::rectangle({{-5, -5}, {15, 15}});
  EXPECT_THAT(finder->areas_of(around.view()).value(), ElementsAre(FeatureId{0}, FeatureId{1}));
}

TEST(AreaFinderTest, PartsOfOneShapeMayLieInDifferentAreas) {
  const auto districts = two_districts();
  const LayerIndex index(districts->boxes());
  const auto finder = AreaFinder::make(*districts, index, {});
  ASSERT_THAT(finder, Succeeds());
  Geometry lines = Geometry::line({{30, 5}, {31, 5}});
  lines.kind = GeometryKind::kMultiLineString;
  lines.points.insert(lines.points.end(), {{15, 5}, {16, 5}});
  lines.path_ends.push_back(4);
  EXPECT_THAT(finder->areas_of(lines.view()).value(), ElementsAre(FeatureId{1}));
}

TEST(AreaFinderTest, AHoleIsNoPartOfAnArea) {
  Geometry ring = Geometry::rectangle({{0, 0}, {10, 10}});
  const std::vector<Point> hole = {{2, 2}, {2, 8}, {8, 8}, {8, 2}, {2, 2}};
  ring.points.insert(ring.points.end(), hole.begin(), hole.end());
  ring.path_ends.push_back(10);
  ring.part_ends.back() = 2;
  LayerBuilder builder({.id = "districts", .theme = Theme::kDistricts}, {});
  ASSERT_THAT(builder.add("ring", ring, {}), Succeeds());
  const auto districts = std::move(builder).build();
  const LayerIndex index(districts->boxes());
  const auto finder = AreaFinder::make(*districts, index, {});
  ASSERT_THAT(finder, Succeeds());
  const auto of = [&](double x) {
    const Geometry house = Geometry::rectangle({{x, 4}, {x + 1, 5}});
    return finder->areas_of(house.view()).value();
  };
  EXPECT_THAT(of(4), IsEmpty());
  EXPECT_THAT(of(0.5), ElementsAre(FeatureId{0}));
}

TEST(AreaFinderTest, StopsWhenTheCallerGoesAway) {
  const auto districts = two_districts();
  const LayerIndex index(districts->boxes());
  EXPECT_THAT(AreaFinder::make(*districts, index, {.should_stop = [] { return true; }}), FailsWith(ErrorCode::kCancelled));
}

TEST(AreaFinderTest, AgreesWithTheMatrixOfEveryArea) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const auto layer = random_layer(seed, 30, 20);
    const LayerIndex index(layer->boxes());
    const auto finder = AreaFinder::make(*layer, index, {});
    ASSERT_THAT(finder, Succeeds());
    RandomNumbers random(seed + 500);
    for (int i = 0; i < 20; ++i) {
      const Geometry shape = random_shape(random, 20, 8);
      const auto found = finder->areas_of(shape.view());
      ASSERT_THAT(found, Succeeds());
      EXPECT_EQ(*found, brute_areas_of(shape.view(), *layer)) << seed << " " << i;
    }
  }
}

}  // namespace
}  // namespace obnova::geo
