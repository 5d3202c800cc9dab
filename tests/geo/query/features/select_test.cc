#include "geo/query/features/select.h"

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/base/overlay.h"
#include "geo/query/features/shape_probe.h"
#include "tests/support/brute_force_features.h"
#include "tests/support/random_layers.h"
#include "tests/support/result_matchers.h"

namespace obnova::geo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Result<Geometry> as_it_is(const Geometry& shape) { return shape; }

std::shared_ptr<const City> city_of(std::vector<std::shared_ptr<const Layer>> layers) {
  return City::make("test", "EPSG:6384", 1, std::move(layers), {}, nullptr);
}

std::vector<int> rows(const Result<std::vector<FeatureId>>& features) {
  EXPECT_THAT(features, Succeeds());
  std::vector<int> result;
  for (const FeatureId feature : features.value_or(std::vector<FeatureId>{})) result.push_back(static_cast<int>(feature.index));
  return result;
}

// Row 0 a point, 1 a square, 2 a line, 3 no place.
std::shared_ptr<const City> town() {
  LayerBuilder builder({.id = "town"}, {{"levels", FieldType::kInt}});
  EXPECT_THAT(builder.add("a", Geometry::point({1, 1}), {Value(std::int64_t{1})}), Succeeds());
  EXPECT_THAT(builder.add("b", Geometry::rectangle({{5, 5}, {8, 8}}), {Value(std::int64_t{2})}), Succeeds());
  EXPECT_THAT(builder.add("c", Geometry::line({{0, 10}, {10, 20}}), {Value()}), Succeeds());
  EXPECT_THAT(builder.add("d", Geometry{}, {Value(std::int64_t{2})}), Succeeds());
  return city_of({std::move(builder).build()});
}

Selection in_window(const Box& window) { return {.layer = "town", .intersects = {Geometry::rectangle(window)}}; }

TEST(SelectTest, WithNoConditionEverythingIsMeant) {
  const auto city = town();
  EXPECT_THAT(rows(select_all(*city, {.layer = "town"}, as_it_is, {})), ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(count_selected(*city, {.layer = "town"}, as_it_is, {}), 4u);
}

TEST(SelectTest, FeaturesWithNoPlaceAreMetByNoPlace) {
  const auto city = town();
  EXPECT_THAT(rows(select_all(*city, in_window({{-1e6, -1e6}, {1e6, 1e6}}), as_it_is, {})), ElementsAre(0, 1, 2));
  EXPECT_THAT(rows(select_all(*city, {.layer = "town", .near = Geometry::point({0, 0}), .distance_m = 1e6}, as_it_is, {})),
              ElementsAre(0, 1, 2));
  EXPECT_THAT(rows(select_all(*city, {.layer = "town", .filter = "levels = 2"}, as_it_is, {})), ElementsAre(1, 3));
}

TEST(SelectTest, BoundariesBelongToWhatTheyBound) {
  const auto city = town();
  EXPECT_THAT(rows(select_all(*city, in_window({{0, 0}, {1, 1}}), as_it_is, {})), ElementsAre(0));
  EXPECT_THAT(rows(select_all(*city, in_window({{8, 8}, {9, 9}}), as_it_is, {})), ElementsAre(1));
  EXPECT_THAT(rows(select_all(*city, in_window({{6, 6}, {7, 7}}), as_it_is, {})), ElementsAre(1));
  // The box of the line meets the window, the line does not.
  EXPECT_THAT(rows(select_all(*city, in_window({{6, 10}, {10, 14}}), as_it_is, {})), IsEmpty());
  EXPECT_THAT(rows(select_all(*city, in_window({{6, 10}, {10, 16}}), as_it_is, {})), ElementsAre(2));
}

TEST(SelectTest, AWindowMayBeALineOrAPoint) {
  const auto city = town();
  EXPECT_THAT(rows(select_all(*city, in_window({{1, 1}, {1, 1}}), as_it_is, {})), ElementsAre(0));
  EXPECT_THAT(rows(select_all(*city, in_window({{5, 0}, {5, 30}}), as_it_is, {})), ElementsAre(1, 2));
  EXPECT_THAT(rows(select_all(*city, in_window({{6, 6}, {6, 6}}), as_it_is, {})), ElementsAre(1));
}

TEST(SelectTest, TheDistanceIsIncluded) {
  const auto city = town();
  const auto near = [&](const Geometry& shape, double distance_m) {
    return rows(select_all(*city, {.layer = "town", .near = shape, .distance_m = distance_m}, as_it_is, {}));
  };
  EXPECT_THAT(near(Geometry::point({4, 5}), 5), ElementsAre(0, 1));
  EXPECT_THAT(near(Geometry::point({4, 5}), std::nextafter(5.0, 0.0)), ElementsAre(1));
  EXPECT_THAT(near(Geometry::point({6, 6}), 0), ElementsAre(1));
  EXPECT_THAT(near(Geometry::line({{4, 4}, {4, 9}}), 1), ElementsAre(1));
  EXPECT_THAT(near(Geometry::rectangle({{0, 0}, {4, 4}}), 0), ElementsAre(0));
  EXPECT_THAT(near(Geometry::rectangle({{0, 0}, {2, 5}}), 3), ElementsAre(0, 1));
}

TEST(SelectTest, AllConditionsMustHold) {
  const auto city = town();
  Selection selection = in_window({{0, 0}, {9, 20}});
  selection.intersects.push_back(Geometry::polygon({{4, 4}, {20, 4}, {20, 30}, {4, 30}}));
  EXPECT_THAT(rows(select_all(*city, selection, as_it_is, {})), ElementsAre(1, 2));
  selection.filter = "levels IS NULL";
  EXPECT_THAT(rows(select_all(*city, selection, as_it_is, {})), ElementsAre(2));
  selection.near = Geometry::point({0, 0});
  selection.distance_m = 9;
  EXPECT_THAT(rows(select_all(*city, selection, as_it_is, {})), IsEmpty());
}

TEST(SelectTest, AFeatureMayMeetTwoWindowsThatDoNotMeet) {
  const auto city = town();
  Selection selection = in_window({{5, 5}, {6, 6}});
  selection.intersects.push_back(Geometry::rectangle({{7, 7}, {9, 9}}));
  EXPECT_THAT(rows(select_all(*city, selection, as_it_is, {})), ElementsAre(1));
}

TEST(SelectTest, RefusesWhatCannotBe) {
  const auto city = town();
  const auto select = [&](const Selection& selection) { return select_all(*city, selection, as_it_is, {}); };
  EXPECT_THAT(select({.layer = "moon"}), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(select({.layer = "town", .intersects = {Geometry{}}}), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("empty")));
  EXPECT_THAT(select({.layer = "town", .intersects = {Geometry::polygon({{0, 0}, {2, 2}, {2, 0}, {0, 2}})}}),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("not valid")));
  EXPECT_THAT(select({.layer = "town", .near = Geometry{}}), FailsWith(ErrorCode::kInvalidArgument));
  for (const double distance_m : {-1.0, std::nan(""), HUGE_VAL}) {
    EXPECT_THAT(select({.layer = "town", .near = Geometry::point({0, 0}), .distance_m = distance_m}),
                FailsWith(ErrorCode::kInvalidArgument));
  }
  EXPECT_THAT(select({.layer = "town", .filter = "levels >"}), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("character 9")));
}

TEST(SelectTest, StopsWhenCancelled) {
  const auto city = city_of({random_points(1, 10'000, 100)});
  int polls = 0;
  const Limits limits{.should_stop = [&] { return ++polls > 3; }};
  EXPECT_THAT(select_all(*city, {.layer = "points"}, as_it_is, limits), FailsWith(ErrorCode::kCancelled));
  EXPECT_EQ(polls, 4);
}

TEST(SelectTest, PagesHoldEachFeatureOfTheSnapshotOnceWhateverHappensToTheCity) {
  const auto first = random_layer(2, 500);
  auto city = city_of({first});
  const Selection selection{.layer = "things", .intersects = {Geometry::rectangle({{5, 5}, {30, 30}})}, .filter = "levels <> 3"};
  const auto all = select_all(*city, selection, as_it_is, {});
  ASSERT_THAT(all, Succeeds());
  ASSERT_GT(all->size(), 20u);
  for (const std::size_t count : {std::size_t{1}, std::size_t{7}, all->size() - 1, all->size(), all->size() + 1}) {
    const std::shared_ptr<const City> held = city;
    std::vector<FeatureId> paged;
    std::optional<FeatureId> from = FeatureId{0};
    while (from) {
      const auto page = select_page(*held, selection, as_it_is, *from, count, {});
      ASSERT_THAT(page, Succeeds());
      EXPECT_FALSE(page->features.empty());
      EXPECT_LE(page->features.size(), count);
      paged.insert(paged.end(), page->features.begin(), page->features.end());
      from = page->next;
      // Somebody publishes a city with other features between two pages.
      city = City::make("test", "EPSG:6384", 2, {random_layer(3 + paged.size(), 100)}, {}, held.get());
    }
    EXPECT_EQ(paged, *all);
    city = city_of({first});
  }
}

TEST(SelectTest, APageBeyondTheEndIsEmptyAndTheLast) {
  const auto page = select_page(*town(), {.layer = "town"}, as_it_is, {4}, 10, {});
  ASSERT_THAT(page, Succeeds());
  EXPECT_THAT(page->features, IsEmpty());
  EXPECT_EQ(page->next, std::nullopt);
  EXPECT_THAT(select_page(*town(), in_window({{0, 0}, {9, 9}}), as_it_is, {900}, 10, {})->features, IsEmpty());
}

Geometry random_area(RandomNumbers& random) {
  Box window;
  window.add(random.point(45));
  window.add(random.point(45));
  if (random.one_in(2)) return Geometry::rectangle(window);
  const Box wide = window.grown(1);
  return Geometry::polygon({wide.min, {wide.max.x_m, wide.min.y_m}, {wide.max.x_m, wide.max.y_m + 3}, {wide.min.x_m + 1, wide.max.y_m}});
}

// Place by GEOS or measure alone, attributes by the twin of the filter.
TEST(SelectTest, RandomSelectionsEqualBruteForce) {
  for (std::uint64_t seed = 1; seed <= 15; ++seed) {
    const auto layer = random_layer(seed, 300);
    const auto city = city_of({layer});
    RandomNumbers random(seed);
    for (int i = 0; i < 20; ++i) {
      Selection selection{.layer = "things"};
      const brute_force::RandomFilter filter = brute_force::random_filter(random, 2);
      if (random.one_in(2)) selection.filter = filter.text;
      if (!random.one_in(3)) selection.intersects.push_back(random_area(random));
      if (random.one_in(3)) selection.intersects.push_back(random_area(random));
      if (random.one_in(3))
        selection.near = random.one_in(2) ? Geometry::point(random.point(40)) : Geometry::line({{3, 3}, random.point(40), {50, 50}});
      selection.distance_m = static_cast<double>(random.below(12));
      std::vector<int> expected;
      for (std::uint32_t row = 0; row < layer->feature_count(); ++row) {
        const GeometryView shape = layer->geometry({row});
        bool matches = selection.filter.empty() || filter.truth(*layer, {row}) == true;
        for (const Geometry& area : selection.intersects) {
          const bool is_flat = area.points.size() < 5;
          const Box window = area.view().box();
          const Geometry segment = window.min == window.max ? Geometry::point(window.min) : Geometry::line({window.min, window.max});
          matches = matches && !shape.empty() && *intersects(shape, (is_flat ? segment : area).view());
        }
        if (selection.near)
          matches = matches && !shape.empty() && gap_between(shape, selection.near->view())->distance_m <= selection.distance_m;
        if (matches) expected.push_back(static_cast<int>(row));
      }
      EXPECT_EQ(rows(select_all(*city, selection, as_it_is, {})), expected) << "seed " << seed << ", filter " << selection.filter;
      EXPECT_EQ(count_selected(*city, selection, as_it_is, {}), expected.size());
    }
  }
}

TEST(SelectTest, ManyShapesAreAnsweredOneByOne) {
  const auto layer = random_layer(3, 300);
  const auto city = city_of({layer});
  RandomNumbers random(3);
  std::vector<Geometry> shapes;
  for (int i = 0; i < 60; ++i) shapes.push_back(random_area(random));
  const Selection selection{.layer = "things", .near = Geometry::point({20, 20}), .distance_m = 15};
  const auto found = select_by_shape(*city, selection, as_it_is, shapes, 100'000, {});
  ASSERT_THAT(found, Succeeds());
  ASSERT_EQ(found->ends.size(), shapes.size());
  std::size_t begin = 0;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    Selection one = selection;
    one.intersects.push_back(shapes[i]);
    const std::vector<FeatureId> features(found->features.begin() + static_cast<std::ptrdiff_t>(begin),
                                          found->features.begin() + static_cast<std::ptrdiff_t>(found->ends[i]));
    EXPECT_EQ(rows(features), rows(select_all(*city, one, as_it_is, {}))) << i;
    begin = found->ends[i];
  }
  EXPECT_EQ(begin, found->features.size());
  EXPECT_THAT(select_by_shape(*city, selection, as_it_is, shapes, found->features.size(), {}), Succeeds());
  EXPECT_THAT(select_by_shape(*city, selection, as_it_is, shapes, found->features.size() - 1, {}), FailsWith(ErrorCode::kLimitExceeded));
  EXPECT_THAT(select_by_shape(*city, selection, as_it_is, {}, 0, {}), Succeeds());
}

TEST(ShapeProbeTest, KnowsAWindowWhateverVertexComesFirst) {
  Geometry window = Geometry::rectangle({{0, 0}, {2, 3}});
  for (int turn = 0; turn < 4; ++turn) {
    EXPECT_TRUE(is_window(window.view()));
    std::rotate(window.points.begin(), window.points.begin() + 1, window.points.end() - 1);
    window.points.back() = window.points.front();
  }
  std::ranges::reverse(window.points);
  EXPECT_TRUE(is_window(window.view()));
  EXPECT_FALSE(is_window(Geometry::polygon({{0, 0}, {2, 0}, {2, 3}}).view()));
  EXPECT_FALSE(is_window(Geometry::polygon({{1, 0}, {2, 1}, {1, 2}, {0, 1}}).view()));
  EXPECT_FALSE(is_window(Geometry::polygon({{0, 0}, {2, 2}, {2, 0}, {0, 2}}).view()));
  EXPECT_FALSE(is_window(Geometry::line({{0, 0}, {2, 0}}).view()));
}

}  // namespace
}  // namespace obnova::geo
