#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/city/city.h"
#include "geo/layer/layer_edit.h"
#include "geo/query/features/nearest.h"
#include "geo/query/features/select.h"
#include "geo/query/routing/route.h"
#include "tests/support/brute_force_layer.h"
#include "tests/support/random_layers.h"
#include "tests/support/random_roads.h"
#include "tests/support/result_matchers.h"
#include "tests/support/routed_city.h"

namespace obnova::geo {
namespace {

using LayerPointer = std::shared_ptr<const Layer>;
using CityPointer = std::shared_ptr<const City>;

LayerPointer layer_of(const City& city, const std::string& id) { return city.layer(id).value()->layer; }

// All values of a feature with some of them changed.
std::vector<Value> values_with(const Layer& layer, FeatureId row, const Tags& tags) {
  std::vector<Value> values;
  for (std::size_t i = 0; i < layer.fields().size(); ++i) {
    const auto tag = tags.find(layer.fields()[i].name);
    values.push_back(tag == tags.end() ? layer.column(i).value_at(row) : Value(tag->second));
  }
  return values;
}

LayerPointer with_tags(const LayerPointer& layer, const std::string& id, const Tags& tags) {
  LayerEdit edit(layer);
  std::vector<Value> values = values_with(*layer, layer->find_feature(id).value(), tags);
  for (const auto& [key, value] : tags) {
    if (layer->column(key) != nullptr) continue;
    EXPECT_THAT(edit.add_field({key, FieldType::kString}), Succeeds());
    values.emplace_back(value);
  }
  EXPECT_THAT(edit.put_values(id, values), Succeeds());
  return std::move(edit).build();
}

Milliseconds trip(const City& city, Point from, Point to) {
  const TravelNetwork network = travel_on(city);
  const auto a = network.snap(from).on_network;
  const auto b = network.snap(to).on_network;
  const auto path = fastest_path(network.metric(), *a, *b, {}).value();
  return path ? path->time : kNever;
}

const AsciiOptions kBridge = {.cell_m = 100, .tags = {{"AB", {{"condition", "destroyed"}}}}};
constexpr const char* kTwoWays = R"(
    A---B
    |   |
    |   |
    C---D
)";

TEST(PatchedCityTest, ARepairedBridgeIsPassedInItsContextOnly) {
  const AsciiCity picture = ascii_city(kTwoWays, kBridge);
  const CityPointer base = routed_city(picture);
  const Milliseconds around = trip(*base, picture.at('A'), picture.at('B'));
  const CityPointer repaired = City::patched(*base, 2, {with_tags(picture.roads, "AB", {{"condition", "whole"}})});
  EXPECT_LT(trip(*repaired, picture.at('A'), picture.at('B')), around);
  EXPECT_EQ(trip(*base, picture.at('A'), picture.at('B')), around);
  EXPECT_EQ(repaired->revision(), 2);
  EXPECT_NE(repaired->digest(), base->digest());
  // What did not change is shared.
  EXPECT_EQ(layer_of(*repaired, "barriers"), layer_of(*base, "barriers"));
  EXPECT_EQ((*repaired->layer("roads"))->index, (*base->layer("roads"))->index);
  EXPECT_EQ((*repaired->roads())->snap_index().value(), (*base->roads())->snap_index().value());
  EXPECT_EQ(&(*repaired->roads())->graph().value()->roads(), layer_of(*repaired, "roads").get());
}

TEST(PatchedCityTest, AFieldThatNoRoadHadCanBreakABridge) {
  const AsciiCity picture = ascii_city(kTwoWays, {.cell_m = 100});
  const CityPointer base = routed_city(picture);
  ASSERT_EQ(picture.roads->column("condition"), nullptr);
  const CityPointer broken = City::patched(*base, 2, {with_tags(picture.roads, "AB", {{"condition", "destroyed"}})});
  EXPECT_GT(trip(*broken, picture.at('A'), picture.at('B')), trip(*base, picture.at('A'), picture.at('B')));
}

TEST(PatchedCityTest, ANewRoadMakesANetworkOfItsOwn) {
  const AsciiCity picture = ascii_city(kTwoWays, kBridge);
  const CityPointer base = routed_city(picture);
  LayerEdit edit(picture.roads);
  const auto values = values_with(*picture.roads, picture.roads->find_feature("CD").value(), {});
  ASSERT_THAT(edit.put("new", Geometry::line({picture.at('A'), picture.at('D')}).view(), values), Succeeds());
  const CityPointer more = City::patched(*base, 2, {std::move(edit).build()});
  EXPECT_EQ((*more->roads())->graph().value()->edge_count(), (*base->roads())->graph().value()->edge_count() + 1);
  EXPECT_LT(trip(*more, picture.at('A'), picture.at('D')), trip(*base, picture.at('A'), picture.at('D')));
  // And from there on it is the one that is shared.
  const CityPointer next = City::patched(*more, 3, {with_tags(layer_of(*more, "roads"), "AB", {{"condition", "whole"}})});
  EXPECT_EQ((*next->roads())->snap_index().value(), (*more->roads())->snap_index().value());
  EXPECT_NE((*next->roads())->snap_index().value(), (*base->roads())->snap_index().value());
}

TEST(PatchedCityTest, APackedLayerTakesThePlaceOfThePatchedOne) {
  const CityPointer base = City::make("test", "EPSG:6384", 1, {random_layer(1, 300)}, {}, nullptr);
  LayerEdit edit(layer_of(*base, "things"));
  ASSERT_THAT(edit.put("new", Geometry::point({7, 7}).view(), std::vector<Value>(5)), Succeeds());
  const CityPointer patched = City::patched(*base, 2, {std::move(edit).build()});
  const CityPointer packed = City::patched(*patched, 3, {layer_of(*patched, "things")->packed()});
  EXPECT_FALSE(layer_of(*packed, "things")->is_patched());
  EXPECT_EQ(packed->digest(), patched->digest());
  const Box all = packed->extent();
  EXPECT_EQ((*packed->layer("things"))->index->in_window(all), (*patched->layer("things"))->index->in_window(all));
}

TEST(PatchedCityTest, ACityCanBeMadeOfPatchedLayersAtOnce) {
  LayerEdit edit(random_layer(1, 300));
  ASSERT_THAT(edit.put("new", Geometry::point({100, 100}).view(), std::vector<Value>(5)), Succeeds());
  ASSERT_THAT(edit.remove("f7919"), Succeeds());
  const LayerPointer layer = std::move(edit).build();
  const CityPointer city = City::make("test", "EPSG:6384", 1, {layer}, {}, nullptr);
  EXPECT_THAT((*city->layer("things"))->index->in_window({{99, 99}, {101, 101}}), testing::ElementsAre(FeatureId{300}));
}

TEST(PatchedCityTest, OutlivesTheCitiesItWasMadeOf) {
  CityPointer city = routed_city(ascii_city(kTwoWays, kBridge));
  for (const char* condition : {"whole", "destroyed", "damaged", "whole"}) {
    city = City::patched(*city, city->revision() + 1, {with_tags(layer_of(*city, "roads"), "AB", {{"condition", condition}})});
  }
  EXPECT_LT(trip(*city, {0, 0}, {400, 0}), kNever);
}

// Both cities answer every question about features alike.
void expect_equal_features(RandomNumbers& random, const City& city, const City& expected) {
  for (int i = 0; i < 6; ++i) {
    Selection selection{.layer = "things"};
    if (random.one_in(2)) selection.filter = "levels > 2 OR kind = 'school'";
    if (!random.one_in(3)) {
      const Point at = random.point(40);
      selection.intersects = {Geometry::rectangle({at, {at.x_m + 8, at.y_m + 8}})};
    }
    ASSERT_EQ(select_all(city, selection, {}, {}).value(), select_all(expected, selection, {}, {}).value());
    ASSERT_EQ(count_selected(city, selection, {}, {}).value(), count_selected(expected, selection, {}, {}).value());
    const FeatureId from{static_cast<std::uint32_t>(random.below(40))};
    const auto page = select_page(city, selection, {}, from, 5, {}).value();
    const auto expected_page = select_page(expected, selection, {}, from, 5, {}).value();
    ASSERT_EQ(page.features, expected_page.features);
    ASSERT_EQ(page.next, expected_page.next);
    const Point place = random.point(40);
    const auto nearest = nearest_features(city, selection, {}, {&place, 1}, 5, 0, {}).value()[0];
    const auto expected_nearest = nearest_features(expected, selection, {}, {&place, 1}, 5, 0, {}).value()[0];
    ASSERT_EQ(nearest.size(), expected_nearest.size());
    for (std::size_t k = 0; k < nearest.size(); ++k) {
      ASSERT_EQ(nearest[k].feature, expected_nearest[k].feature);
      ASSERT_EQ(nearest[k].distance_m, expected_nearest[k].distance_m);
    }
  }
}

TEST(PatchedCityTest, AnswersAboutFeaturesLikeACityBuiltAnew) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    RandomNumbers random(seed);
    CityPointer city = City::make("test", "EPSG:6384", 1, {random_layer(seed, 30)}, {}, nullptr);
    brute_force::ListedLayer list(*layer_of(*city, "things"));
    for (int step = 0; step < 5; ++step) {
      LayerEdit edit(layer_of(*city, "things"));
      for (std::size_t i = 0; i < 1 + random.below(6); ++i) {
        const std::string id = random.one_in(3) ? "new" + std::to_string(random.below(5)) : list.rows[random.below(list.rows.size())].name;
        if (random.one_in(3)) {
          ASSERT_EQ(edit.remove(id).has_value(), list.remove(id));
          continue;
        }
        const Geometry shape = random_shape(random, 40, 6);
        const std::vector<Value> values = {Value("school"), Value(static_cast<std::int64_t>(random.below(5))), Value(), Value(), Value()};
        ASSERT_THAT(edit.put(id, shape.view(), values), Succeeds());
        list.put(id, shape, values);
      }
      city = City::patched(*city, step + 2, {std::move(edit).build()});
      const CityPointer expected = City::make("test", "EPSG:6384", step + 2, {list.layer()}, {}, nullptr);
      ASSERT_NO_FATAL_FAILURE(expect_equal_features(random, *city, *expected));
    }
  }
}

void expect_equal_networks(const City& city, const City& expected) {
  for (const Profile& profile : real_profiles()) {
    const auto metric = (*city.roads())->metric(profile.id).value();
    const auto expected_metric = (*expected.roads())->metric(profile.id).value();
    const RoadGraph& graph = expected_metric->graph();
    ASSERT_EQ(metric->graph().arc_count(), graph.arc_count());
    for (std::uint32_t i = 0; i < graph.arc_count(); ++i) {
      const ArcId arc{i};
      ASSERT_EQ(metric->graph().arc(arc).head, graph.arc(arc).head);
      ASSERT_EQ(metric->time(arc), expected_metric->time(arc)) << profile.id << " " << i;
      ASSERT_EQ(metric->passage(arc), expected_metric->passage(arc)) << profile.id << " " << i;
      ASSERT_EQ(metric->may_leave(arc), expected_metric->may_leave(arc)) << profile.id << " " << i;
      const double middle_m = graph.edge(graph.arc(arc).edge).length_m / 2;
      ASSERT_EQ(metric->time_between(arc, middle_m, middle_m), expected_metric->time_between(arc, middle_m, middle_m));
      ASSERT_EQ(metric->usable_at(graph.arc(arc).edge, middle_m), expected_metric->usable_at(graph.arc(arc).edge, middle_m));
    }
  }
}

// A change of attributes, now and then one of a place or of being there.
LayerPointer changed_at_random(RandomRoads& random, const LayerPointer& layer, bool is_barrier, bool moves) {
  LayerEdit edit(layer);
  for (int i = random.below(4); i >= 0 && layer->feature_count() > 1; --i) {
    FeatureId row = *layer->features({static_cast<std::uint32_t>(random.below(static_cast<int>(layer->row_count())))}).begin();
    if (!layer->exists(row)) row = *layer->features().begin();
    const std::string id(layer->feature_name(row));
    const std::vector<Tags> tags = is_barrier
                                       ? std::vector<Tags>{{{"barrier", "gate"}}, {{"barrier", "bollard"}}, {{"barrier", "none"}}}
                                       : std::vector<Tags>{{{"condition", "destroyed"}}, {{"condition", ""}},  {{"highway", "primary"}},
                                                           {{"oneway", "yes"}},          {{"maxspeed", "15"}}, {{"access", "no"}}};
    const auto values = values_with(*layer, row, tags[static_cast<std::size_t>(random.below(static_cast<int>(tags.size())))]);
    if (!moves) {
      EXPECT_THAT(edit.put_values(id, values), Succeeds());
    } else if (random.below(2) == 0) {
      (void)edit.remove(id);
    } else {
      const Geometry place = is_barrier ? Geometry::point({100, 200}) : Geometry::line({{0, 0}, {100, 200}, {300, 100}});
      EXPECT_THAT(edit.put(random.below(2) == 0 ? id : "new", place.view(), values), Succeeds());
    }
  }
  return std::move(edit).build();
}

TEST(PatchedCityTest, WeighsRoadsLikeACityBuiltAnew) {
  int shared_count = 0;
  for (std::uint32_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    RandomRoads random(seed, 6);
    CityPointer city = routed_city(random.city());
    for (int step = 0; step < 5; ++step) {
      const CityPointer before = city;
      const bool moves = random.below(5) == 0;
      std::vector<LayerPointer> changed;
      if (random.below(4) != 0) changed.push_back(changed_at_random(random, layer_of(*city, "roads"), false, moves));
      if (random.below(3) == 0) changed.push_back(changed_at_random(random, layer_of(*city, "barriers"), true, moves));
      city = City::patched(*city, step + 2, changed);
      shared_count += (*city->roads())->snap_index().value() == (*before->roads())->snap_index().value();
      std::vector<LayerPointer> anew;
      for (const auto& [id, indexed] : city->layers()) anew.push_back(brute_force::ListedLayer(*indexed.layer).layer());
      const CityPointer expected = City::make("test", "EPSG:6384", 1, anew, real_profiles(), nullptr);
      ASSERT_NO_FATAL_FAILURE(expect_equal_networks(*city, *expected));
      const Point from{100.0 * random.below(6), 100.0 * random.below(6)}, to{100.0 * random.below(6), 100.0 * random.below(6)};
      const std::vector<Point> stops = {from, to};
      const RouteAnswer answer = find_route(travel_on(*city), stops, {}).value();
      const RouteAnswer expected_answer = find_route(travel_on(*expected), stops, {}).value();
      ASSERT_EQ(answer.message, expected_answer.message);
      ASSERT_EQ(answer.route.has_value(), expected_answer.route.has_value());
      if (answer.route) {
        ASSERT_EQ(answer.route->line, expected_answer.route->line);
        ASSERT_EQ(answer.route->time, expected_answer.route->time);
      }
    }
  }
  EXPECT_GT(shared_count, 100);
}

}  // namespace
}  // namespace obnova::geo
