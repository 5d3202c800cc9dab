#include "geo/city/city.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/random_layers.h"
#include "tests/support/result_matchers.h"

namespace obnova::geo {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::shared_ptr<const Layer> layer(std::string id, Theme theme, double x_m = 0) {
  LayerBuilder builder({.id = std::move(id), .theme = theme}, {});
  EXPECT_THAT(builder.add("a", Geometry::line({{x_m, 0}, {x_m + 10, 5}}), {}), Succeeds());
  return std::move(builder).build();
}

std::shared_ptr<const City> city(std::vector<std::shared_ptr<const Layer>> layers, const City* before = nullptr,
                                 std::vector<Profile> profiles = {}) {
  return City::make("bucha", "EPSG:6384", 1, std::move(layers), std::move(profiles), before);
}

TEST(CityTest, KnowsItsLayers) {
  const auto bucha = city({layer("roads", Theme::kRoads), layer("homes", Theme::kBuildings, 100), layer("huts", Theme::kBuildings)});
  EXPECT_EQ(bucha->id(), "bucha");
  EXPECT_EQ(bucha->crs(), "EPSG:6384");
  EXPECT_EQ(bucha->revision(), 1);
  EXPECT_EQ(bucha->extent(), (Box{{0, 0}, {110, 5}}));
  const auto homes = bucha->layer("homes");
  ASSERT_THAT(homes, Succeeds());
  EXPECT_THAT((*homes)->index->in_window({{100, 0}, {101, 1}}), ElementsAre(FeatureId{0}));
  EXPECT_THAT(bucha->layer("castles"), FailsSaying(ErrorCode::kNotFound, AllOf(HasSubstr("`castles`"), HasSubstr("homes, huts, roads"))));
  const auto buildings = bucha->layers_of(Theme::kBuildings);
  ASSERT_EQ(buildings.size(), 2u);
  EXPECT_EQ(buildings[0]->layer->id(), "homes");
  EXPECT_EQ(buildings[1]->layer->id(), "huts");
}

TEST(CityTest, ACityWithoutLayersIsACity) {
  const auto nothing = city({});
  EXPECT_TRUE(nothing->extent().empty());
  EXPECT_THAT(nothing->layer("roads"), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(nothing->roads(), FailsWith(ErrorCode::kFailedPrecondition));
  EXPECT_THAT(nothing->road_layer_ids(), IsEmpty());
}

TEST(CityTest, TheNetworkIsMadeOfTheLayersNamedAfterTheirTheme) {
  const auto named =
      city({layer("a_roads", Theme::kRoads), layer("roads", Theme::kRoads), layer("turn_restrictions", Theme::kTurnRestrictions)});
  EXPECT_THAT(named->road_layer_ids(), ElementsAre("roads", "turn_restrictions"));
  const auto first = city(
      {layer("z_roads", Theme::kRoads), layer("b_roads", Theme::kRoads), layer("roads", Theme::kOther), layer("gates", Theme::kBarriers)});
  EXPECT_THAT(first->road_layer_ids(), ElementsAre("b_roads", "gates"));
  EXPECT_THAT(first->roads(), Succeeds());
}

TEST(CityTest, SharesWhatIsEqualWithTheOneBefore) {
  const auto before = city({layer("roads", Theme::kRoads), layer("homes", Theme::kBuildings)});
  // Equal content in other objects, and one layer that changed.
  const auto after = city({layer("roads", Theme::kRoads), layer("homes", Theme::kBuildings, 3)}, before.get());
  EXPECT_EQ(*before->roads(), *after->roads());
  EXPECT_EQ((*before->layer("roads"))->layer, (*after->layer("roads"))->layer);
  EXPECT_EQ((*before->layer("roads"))->index, (*after->layer("roads"))->index);
  EXPECT_NE((*before->layer("homes"))->layer, (*after->layer("homes"))->layer);
  EXPECT_NE((*before->layer("homes"))->index, (*after->layer("homes"))->index);
  EXPECT_NE(before->digest(), after->digest());
}

TEST(CityTest, TheNetworkIsNewWhenARoadLayerOrAProfileIs) {
  const auto before = city({layer("roads", Theme::kRoads)});
  EXPECT_EQ(*before->roads(), *city({layer("roads", Theme::kRoads)}, before.get())->roads());
  EXPECT_NE(*before->roads(), *city({layer("roads", Theme::kRoads, 1)}, before.get())->roads());
  EXPECT_NE(*before->roads(), *city({layer("roads", Theme::kRoads), layer("gates", Theme::kBarriers)}, before.get())->roads());
  EXPECT_NE(*before->roads(), *city({layer("roads", Theme::kRoads)}, before.get(), {Profile()})->roads());
}

TEST(CityTest, OutlivesTheOneItSharesWith) {
  auto before = city({layer("roads", Theme::kRoads)});
  const auto after = city({layer("roads", Theme::kRoads)}, before.get());
  before.reset();
  EXPECT_THAT((*after->layer("roads"))->index->in_window({{0, 0}, {1, 1}}), ElementsAre(FeatureId{0}));
}

TEST(CityTest, EqualLayersInAnyOrderHaveEqualDigests) {
  const auto one = city({layer("roads", Theme::kRoads), layer("homes", Theme::kBuildings)});
  const auto other = city({layer("homes", Theme::kBuildings), layer("roads", Theme::kRoads)});
  EXPECT_EQ(one->digest(), other->digest());
  EXPECT_NE(one->digest(),
            City::make("bucha", "EPSG:5514", 1, {layer("roads", Theme::kRoads), layer("homes", Theme::kBuildings)}, {}, nullptr)->digest());
}

}  // namespace
}  // namespace obnova::geo
