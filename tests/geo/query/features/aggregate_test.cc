#include "geo/query/features/aggregate.h"

#include <cmath>
#include <memory>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/base/measure.h"
#include "tests/support/random_layers.h"
#include "tests/support/result_matchers.h"

namespace obnova::geo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;

Result<Geometry> as_it_is(const Geometry& shape) { return shape; }

std::shared_ptr<const City> city_of(std::vector<std::shared_ptr<const Layer>> layers) {
  return City::make("test", "EPSG:6384", 1, std::move(layers), {}, nullptr);
}

// Two districts side by side, and one that repeats the second.
std::shared_ptr<const Layer> districts() {
  LayerBuilder builder({.id = "districts"}, {});
  EXPECT_THAT(builder.add("west", Geometry::rectangle({{0, 0}, {10, 10}}), {}), Succeeds());
  EXPECT_THAT(builder.add("east", Geometry::rectangle({{10, 0}, {20, 10}}), {}), Succeeds());
  EXPECT_THAT(builder.add("east again", Geometry::rectangle({{10, 0}, {20, 10}}), {}), Succeeds());
  return std::move(builder).build();
}

std::shared_ptr<const Layer> homes() {
  LayerBuilder builder({.id = "homes"}, {{"people", FieldType::kInt}, {"area", FieldType::kDouble}, {"name", FieldType::kString}});
  const auto add = [&](const char* id, const Geometry& shape, Value people, Value area) {
    EXPECT_THAT(builder.add(id, shape, {people, area, Value()}), Succeeds());
  };
  add("in the west", Geometry::point({5, 5}), Value(std::int64_t{3}), Value(1.5));
  add("on the border", Geometry::rectangle({{8, 2}, {12, 4}}), Value(std::int64_t{5}), Value());
  add("in the east", Geometry::point({15, 5}), Value(), Value(2.0));
  add("outside", Geometry::point({50, 5}), Value(std::int64_t{7}), Value(4.0));
  add("nowhere", Geometry{}, Value(std::int64_t{11}), Value(8.0));
  return std::move(builder).build();
}

TEST(AggregateTest, ABuildingOnTheBorderOfTwoAreasIsCountedOnce) {
  const auto city = city_of({districts(), homes()});
  const auto found = aggregate_by_area(*city, {.layer = "homes"}, as_it_is, "districts", {"people", "area"}, {});
  ASSERT_THAT(found, Succeeds());
  ASSERT_EQ(found->areas.size(), 3u);
  EXPECT_EQ(found->areas[0].count, 2);
  EXPECT_THAT(found->areas[0].sums, ElementsAre(8, 1.5));
  EXPECT_EQ(found->areas[1].count, 1);
  EXPECT_THAT(found->areas[1].sums, ElementsAre(0, 2));
  EXPECT_EQ(found->areas[2].count, 0);
  EXPECT_EQ(found->outside.count, 2);
  EXPECT_THAT(found->outside.sums, ElementsAre(18, 12));
  EXPECT_EQ(found->total.count, 5);
  EXPECT_THAT(found->total.sums, ElementsAre(26, 15.5));
}

TEST(AggregateTest, OnlySelectedFeaturesCount) {
  const auto city = city_of({districts(), homes()});
  const auto found = aggregate_by_area(*city, {.layer = "homes", .filter = "people > 3"}, as_it_is, "districts", {}, {});
  ASSERT_THAT(found, Succeeds());
  EXPECT_EQ(found->areas[0].count, 1);
  EXPECT_EQ(found->total.count, 3);
}

TEST(AggregateTest, AreasAndOutsideAddUpToTheTotal) {
  LayerBuilder builder({.id = "cells"}, {});
  RandomNumbers random(4);
  for (int i = 0; i < 30; ++i) {
    Geometry shape = random_shape(random, 40, 20);
    if (dimension(shape.kind) == 2) (void)builder.add(std::to_string(i), shape, {});
  }
  const auto cells = std::move(builder).build();
  const auto things = random_layer(5, 1000);
  const auto city = city_of({cells, things});
  const auto found = aggregate_by_area(*city, {.layer = "things"}, as_it_is, "cells", {"levels"}, {});
  ASSERT_THAT(found, Succeeds());
  std::vector<std::int64_t> expected(cells->feature_count());
  std::int64_t outside = 0;
  for (std::uint32_t row = 0; row < things->feature_count(); ++row) {
    const GeometryView shape = things->geometry({row});
    std::uint32_t area = 0;
    while (area < cells->feature_count() && (shape.empty() || !covers(cells->geometry({area}), interior_point(shape)))) ++area;
    area < cells->feature_count() ? ++expected[area] : ++outside;
  }
  std::int64_t count = found->outside.count;
  double sum = found->outside.sums[0];
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(found->areas[i].count, expected[i]) << i;
    count += found->areas[i].count;
    sum += found->areas[i].sums[0];
  }
  EXPECT_EQ(found->outside.count, outside);
  EXPECT_EQ(count, 1000);
  EXPECT_EQ(found->total.count, 1000);
  EXPECT_EQ(sum, found->total.sums[0]);
}

TEST(AggregateTest, RefusesWhatCannotBe) {
  const auto city = city_of({districts(), homes()});
  const auto ask = [&](const std::string& areas, const std::vector<std::string>& fields) {
    return aggregate_by_area(*city, {.layer = "homes"}, as_it_is, areas, fields, {});
  };
  EXPECT_THAT(ask("moon", {}), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(ask("homes", {}), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("`in the west`")));
  EXPECT_THAT(ask("districts", {"people", "name"}), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("`name`")));
  EXPECT_THAT(ask("districts", {"height"}), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("`height`")));
  EXPECT_THAT(aggregate_by_area(*city, {.layer = "homes"}, as_it_is, "districts", {}, {.should_stop = [] { return true; }}),
              FailsWith(ErrorCode::kCancelled));
}

TEST(AreaLocatorTest, LongOutlinesAnswerLikeShortOnes) {
  std::vector<Point> circle;
  for (int i = 0; i < 1000; ++i) {
    const double angle = 2 * std::numbers::pi * i / 1000;
    circle.push_back({100 + 50 * std::cos(angle), 100 + 50 * std::sin(angle)});
  }
  LayerBuilder builder({.id = "areas"}, {});
  ASSERT_THAT(builder.add("circle", Geometry::polygon(circle), {}), Succeeds());
  ASSERT_THAT(builder.add("nowhere", Geometry{}, {}), Succeeds());
  const auto city = city_of({std::move(builder).build()});
  const auto locator = AreaLocator::make(**city->layer("areas"));
  ASSERT_THAT(locator, Succeeds());
  RandomNumbers random(6);
  for (int i = 0; i < 2000; ++i) {
    const Point place = random.point(200);
    const bool inside = covers((*city->layer("areas"))->layer->geometry({0}), place);
    EXPECT_EQ(locator->area_at(place).has_value(), inside);
  }
  EXPECT_THAT(locator->area_at(circle[17]), Optional(FeatureId{0}));
}

}  // namespace
}  // namespace obnova::geo
