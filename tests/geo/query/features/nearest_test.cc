#include "geo/query/features/nearest.h"

#include <cmath>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/base/measure.h"
#include "tests/support/brute_force_features.h"
#include "tests/support/random_layers.h"
#include "tests/support/result_matchers.h"

namespace obnova::geo {
namespace {

using testing::IsEmpty;

Result<Geometry> as_it_is(const Geometry& shape) { return shape; }

std::shared_ptr<const City> city_of(std::vector<std::shared_ptr<const Layer>> layers) {
  return City::make("test", "EPSG:6384", 1, std::move(layers), {}, nullptr);
}

TEST(NearestFeaturesTest, TellsThePlaceOnTheFeature) {
  LayerBuilder builder({.id = "homes"}, {});
  ASSERT_THAT(builder.add("a", Geometry::rectangle({{10, 0}, {20, 10}}), {}), Succeeds());
  const auto city = city_of({std::move(builder).build()});
  const std::vector<Point> places = {{4, 5}, {15, 5}};
  const auto found = nearest_features(*city, {.layer = "homes"}, as_it_is, places, 1, 0, {});
  ASSERT_THAT(found, Succeeds());
  EXPECT_EQ((*found)[0][0].distance_m, 6);
  EXPECT_EQ((*found)[0][0].nearest_place, (Point{10, 5}));
  EXPECT_EQ((*found)[1][0].distance_m, 0);
  EXPECT_EQ((*found)[1][0].nearest_place, (Point{15, 5}));
}

TEST(NearestFeaturesTest, SelectedOnlyEqualBruteForceTiesIncluded) {
  for (std::uint64_t seed = 1; seed <= 15; ++seed) {
    const auto layer = random_layer(seed, 400, 25);
    const auto city = city_of({layer});
    RandomNumbers random(seed);
    const brute_force::RandomFilter filter = brute_force::random_filter(random, 2);
    std::vector<Point> places;
    for (int i = 0; i < 10; ++i) places.push_back(random.point(30));
    const double bound = random.one_in(2) ? 0 : 5;
    const auto found = nearest_features(*city, {.layer = "things", .filter = filter.text}, as_it_is, places, 9, bound, {});
    ASSERT_THAT(found, Succeeds());
    for (std::size_t i = 0; i < places.size(); ++i) {
      const auto exact = brute_force::distance_from(*layer, places[i]);
      const auto distance_to = [&](FeatureId f) { return filter.truth(*layer, f) == true ? exact(f) : HUGE_VAL; };
      const auto expected = brute_force::nearest(layer->feature_count(), 9, distance_to, bound == 0 ? HUGE_VAL : bound);
      ASSERT_EQ((*found)[i].size(), expected.size()) << filter.text;
      for (std::size_t k = 0; k < expected.size(); ++k) {
        EXPECT_EQ((*found)[i][k].feature, expected[k].feature) << filter.text;
        EXPECT_EQ((*found)[i][k].distance_m, expected[k].distance_m);
        EXPECT_NEAR(distance_m((*found)[i][k].nearest_place, places[i]), expected[k].distance_m, 1e-9);
      }
    }
  }
}

// One in four hundred is selected, so the search gives up on the whole layer.
TEST(NearestFeaturesTest, RareFeaturesAreFoundAmongMany) {
  LayerBuilder builder({.id = "things"}, {{"rank", FieldType::kInt}});
  RandomNumbers random(5);
  for (int i = 0; i < 40'000; ++i) {
    ASSERT_THAT(builder.add(std::to_string(i), Geometry::point(random.point(300)), {Value(static_cast<std::int64_t>(random.below(400)))}),
                Succeeds());
  }
  const auto layer = std::move(builder).build();
  const auto city = city_of({layer});
  const std::vector<Point> places = {{0, 0}, {150, 150}, {400, 20}};
  const auto found = nearest_features(*city, {.layer = "things", .filter = "rank = 7"}, as_it_is, places, 40, 0, {});
  ASSERT_THAT(found, Succeeds());
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto exact = brute_force::distance_from(*layer, places[i]);
    const auto expected = brute_force::nearest(layer->feature_count(), 40,
                                               [&](FeatureId f) { return layer->column(0).int_at(f) == 7 ? exact(f) : HUGE_VAL; });
    ASSERT_EQ((*found)[i].size(), 40u);
    for (std::size_t k = 0; k < 40; ++k) EXPECT_EQ((*found)[i][k].feature, expected[k].feature);
  }
}

TEST(NearestFeaturesTest, NothingFoundIsAnAnswer) {
  const auto city = city_of({random_points(1, 50, 10), LayerBuilder({.id = "empty"}, {}).build()});
  const std::vector<Point> far = {{1000, 1000}};
  EXPECT_THAT(nearest_features(*city, {.layer = "points"}, as_it_is, far, 3, 10, {})->at(0), IsEmpty());
  EXPECT_THAT(nearest_features(*city, {.layer = "points"}, as_it_is, far, 0, 0, {})->at(0), IsEmpty());
  EXPECT_THAT(nearest_features(*city, {.layer = "empty"}, as_it_is, far, 3, 0, {})->at(0), IsEmpty());
  EXPECT_EQ(nearest_features(*city, {.layer = "points"}, as_it_is, far, 1'000'000, 0, {})->at(0).size(), 50u);
  EXPECT_THAT(*nearest_features(*city, {.layer = "points"}, as_it_is, {}, 3, 10, {}), IsEmpty());
}

TEST(NearestFeaturesTest, RefusesWhatCannotBeAndStopsWhenCancelled) {
  const auto city = city_of({random_points(1, 50, 10)});
  const std::vector<Point> here = {{1, 1}};
  const std::vector<Point> nowhere = {{1, 1}, {std::nan(""), 1}};
  const Selection points{.layer = "points"};
  EXPECT_THAT(nearest_features(*city, points, as_it_is, here, 3, -1, {}), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(nearest_features(*city, points, as_it_is, here, 3, std::nan(""), {}), FailsWith(ErrorCode::kInvalidArgument));
  const auto refused = nearest_features(*city, points, as_it_is, nowhere, 3, 0, {});
  ASSERT_THAT(refused, FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_EQ(refused.error().field, "places[1]");
  EXPECT_THAT(nearest_features(*city, {.layer = "moon"}, as_it_is, here, 3, 0, {}), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(nearest_features(*city, points, as_it_is, here, 3, 0, {.should_stop = [] { return true; }}),
              FailsWith(ErrorCode::kCancelled));
}

}  // namespace
}  // namespace obnova::geo
