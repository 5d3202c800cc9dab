#include "geo/query/coverage/demand.h"

#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "geo/base/measure.h"
#include "tests/geo/query/coverage/test_city.h"

namespace obnova::geo {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct Row {
  Geometry shape;
  std::vector<Value> values;
};

std::shared_ptr<const Layer> layer_of(Theme theme, const std::vector<Field>& fields, const std::vector<Row>& rows) {
  LayerBuilder builder(describe("people", theme), fields);
  for (std::size_t i = 0; i < rows.size(); ++i)
    EXPECT_THAT(builder.add("f" + std::to_string(i), rows[i].shape.view(), rows[i].values), Succeeds());
  return std::move(builder).build();
}

Result<std::vector<DemandPlace>> all_of(const Layer& layer, const DemandRule& rule = {}) {
  std::vector<FeatureId> features;
  for (std::uint32_t i = 0; i < layer.feature_count(); ++i) features.push_back({i});
  return demand_places(layer, features, rule);
}

Geometry square(double side_m) { return Geometry::rectangle({{0, 0}, {side_m, side_m}}); }

std::vector<double> people_of(const Result<std::vector<DemandPlace>>& places) {
  EXPECT_THAT(places, Succeeds());
  std::vector<double> people;
  for (const DemandPlace& place : *places) people.push_back(place.people);
  return people;
}

TEST(DemandTest, PopulationIsTheUsualField) {
  const auto layer = layer_of(Theme::kPopulation, {{"population", FieldType::kInt}},
                              {{Geometry::point({1, 2}), {std::int64_t{5}}},
                               {Geometry::point({3, 4}), {std::int64_t{0}}},
                               {Geometry::point({5, 6}), {Value()}},
                               {Geometry::point({7, 8}), {std::int64_t{2}}}});
  const auto places = all_of(*layer);
  EXPECT_EQ(people_of(places), (std::vector<double>{5, 2}));  // Those with none are left out.
  EXPECT_EQ(places->at(1).feature, FeatureId{3});
  EXPECT_EQ(places->at(1).place, (Point{7, 8}));
}

TEST(DemandTest, OnlyTheAskedFeaturesCount) {
  const auto layer = layer_of(Theme::kPopulation, {{"population", FieldType::kDouble}},
                              {{Geometry::point({1, 2}), {1.5}}, {Geometry::point({3, 4}), {2.5}}});
  const std::vector<FeatureId> second = {{1}};
  EXPECT_EQ(people_of(demand_places(*layer, second, {})), (std::vector<double>{2.5}));
}

TEST(DemandTest, AnotherFieldCanBeNamed) {
  const auto layer = layer_of(Theme::kOther, {{"children", FieldType::kDouble}}, {{Geometry::point({1, 2}), {3.0}}});
  EXPECT_EQ(people_of(all_of(*layer, {.field = "children"})), (std::vector<double>{3}));
  EXPECT_THAT(all_of(*layer), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("population")));
  EXPECT_THAT(all_of(*layer, {.field = "adults"}), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("adults")));
}

TEST(DemandTest, RefusesTextAsNumber) {
  const auto layer = layer_of(Theme::kPopulation, {{"population", FieldType::kString}}, {{Geometry::point({1, 2}), {std::string("5")}}});
  EXPECT_THAT(all_of(*layer), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("not a number")));
}

TEST(DemandTest, NamesTheFeatureWithNegativePeople) {
  const auto layer = layer_of(Theme::kPopulation, {{"population", FieldType::kDouble}},
                              {{Geometry::point({1, 2}), {1.0}}, {Geometry::point({1, 2}), {-1.0}}});
  EXPECT_THAT(all_of(*layer), FailsSaying(ErrorCode::kBadData, AllOf(HasSubstr("f1"), HasSubstr("-1"))));
}

TEST(DemandTest, NamesTheFeatureWithoutAPlace) {
  const auto layer = layer_of(Theme::kPopulation, {{"population", FieldType::kDouble}}, {{Geometry{}, {1.0}}});
  EXPECT_THAT(all_of(*layer), FailsSaying(ErrorCode::kBadData, AllOf(HasSubstr("f0"), HasSubstr("no place"))));
}

TEST(DemandTest, BuildingsWithoutANumberAreEstimatedFromTheirSize) {
  const auto layer =
      layer_of(Theme::kBuildings, {{"building", FieldType::kString}, {"levels", FieldType::kInt}, {"residents", FieldType::kDouble}},
               {{square(10), {std::string("apartments"), std::int64_t{7}, Value()}},  // 100 × 7 ÷ 35.
                {square(10), {std::string("house"), Value(), Value()}},               // One level.
                {square(10), {std::string("yes"), std::int64_t{0}, Value()}},         // No building has 0 levels.
                {square(10), {std::string("warehouse"), std::int64_t{7}, Value()}},   // Nobody.
                {square(10), {std::string("warehouse"), std::int64_t{7}, 4.0}},       // As stated.
                {square(10), {std::string("apartments"), std::int64_t{7}, 0.0}},      // Stated as empty.
                {square(10), {Value(), std::int64_t{7}, Value()}}});                  // Nothing is known.
  const auto places = all_of(*layer);
  ASSERT_THAT(places, Succeeds());
  ASSERT_EQ(places->size(), 4U);
  EXPECT_DOUBLE_EQ(places->at(0).people, 20);
  EXPECT_DOUBLE_EQ(places->at(1).people, 100.0 / 35);
  EXPECT_DOUBLE_EQ(places->at(2).people, 100.0 / 35);
  EXPECT_DOUBLE_EQ(places->at(3).people, 4);
  EXPECT_TRUE(covers(layer->geometry({0}), places->at(0).place));
  EXPECT_DOUBLE_EQ(all_of(*layer, {.field = "", .floor_area_per_person_m2 = 50})->at(0).people, 14);
  EXPECT_THAT(all_of(*layer, {.field = "", .floor_area_per_person_m2 = 0}), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(DemandTest, BuildingsMayLackTheAttributesOfSize) {
  const auto layer =
      layer_of(Theme::kBuildings, {{"building", FieldType::kString}, {"levels", FieldType::kString}},
               {{square(70), {std::string("yes"), std::string("2")}}, {square(70), {std::string("yes"), std::string("many")}}});
  EXPECT_EQ(people_of(all_of(*layer)), (std::vector<double>{280, 140}));
  const auto bare = layer_of(Theme::kBuildings, {}, {{square(70), {}}});
  EXPECT_EQ(people_of(all_of(*bare)), std::vector<double>{});
}

TEST(DemandTest, PeopleLiveInHousesAndNotInChurches) {
  for (const char* home : {"yes", "house", "apartments", "detached", "residential", "dormitory", "terrace", "semidetached_house", "farm"}) {
    EXPECT_TRUE(is_residential(home)) << home;
  }
  for (const char* other : {"", "no", "church", "school", "garage", "industrial", "farm_auxiliary", "House"}) {
    EXPECT_FALSE(is_residential(other)) << other;
  }
}

}  // namespace
}  // namespace obnova::geo
