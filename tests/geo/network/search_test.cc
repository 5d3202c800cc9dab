#include "geo/network/search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/ascii_travel.h"
#include "tests/support/result_matchers.h"

namespace obnova::geo {
namespace {

TEST(FastestPathTest, OneWayStreetForcesADetour) {
  const AsciiTravel city(ascii_city(R"(
      A---B>--C
      |       |
      D-------E
  )"));
  EXPECT_EQ(city.walk('A', 'C'), "ABC");
  EXPECT_EQ(city.walk('C', 'B'), "CEDAB");
}

// FIELD_NOTES 11.14: one-way same-edge backward trip.
TEST(FastestPathTest, ADestinationBehindTheStartOnAOneWayLoops) {
  const AsciiTravel city(ascii_city(R"(
      A>------B
      |       |
      D-------E
  )"));
  const Point a = city.city().at('A');
  const Point near = {a.x_m + 100, a.y_m};
  const Point far = {a.x_m + 300, a.y_m};
  EXPECT_EQ(city.path(near, far)->length_m, 200);
  EXPECT_EQ(city.walk(far, near), "BEDA");
  EXPECT_EQ(city.path(far, near)->length_m, 100 + 100 + 400 + 100 + 100);
}

TEST(FastestPathTest, WhereNoWayLeadsBackThereIsNone) {
  const AsciiTravel city(ascii_city("A>----B"));
  EXPECT_EQ(city.walk('A', 'B'), "AB");
  EXPECT_FALSE(city.path(city.city().at('B'), city.city().at('A')));
}

// FIELD_NOTES 11.14: start = end.
TEST(FastestPathTest, FromAPlaceToItselfIsZero) {
  const AsciiTravel city(ascii_city("A>----B"));
  const auto path = city.path(city.city().between('A', 'B'), city.city().between('A', 'B'));
  ASSERT_TRUE(path);
  EXPECT_EQ(path->time, 0);
  EXPECT_EQ(path->length_m, 0);
}

// FIELD_NOTES 11.14: loop edges and parallel edges.
TEST(FastestPathTest, TheFasterOfParallelEdgesIsTaken) {
  const AsciiCity city = {{{'A', {0, 0}}, {'B', {100, 0}}},
                          ascii::tagged_layer("roads", Theme::kRoads,
                                              {{"slow", Geometry::line({{0, 0}, {100, 0}}), {{"highway", "service"}}},
                                               {"fast", Geometry::line({{0, 0}, {100, 0}}), {{"highway", "primary"}}},
                                               {"loop",
                                                Geometry::line({{100, 0}, {150, 0}, {150, 50}, {100, 0}}),
                                                {{"highway", "service"}}}}),
                          nullptr, nullptr};
  const AsciiTravel travel(city);
  EXPECT_EQ(travel.path({0, 0}, {100, 0})->time, 6000);
  EXPECT_NEAR(travel.path({0, 0}, {150, 50})->length_m, 100 + std::hypot(50, 50), 1e-5);
}

// FIELD_NOTES 11.18: both ends beyond a barrier; one end cut off.
TEST(FastestPathTest, AClosureForcesADetourOrCutsOff) {
  const AsciiOptions options{.cell_m = 25};
  const AsciiTravel city(ascii_city(R"(
A---B---C
|       |
D-------E
)", options), real_profile("car"), {Geometry::rectangle({{90, -30}, {110, -20}})});
  EXPECT_EQ(city.walk('A', 'C'), "ADEC");
  const AsciiTravel cut(ascii_city("A---B---C", options), real_profile("car"), {Geometry::rectangle({{90, -30}, {110, 10}})});
  EXPECT_EQ(cut.walk('A', 'C'), "");
  EXPECT_EQ(cut.path({0, 0}, {90, 0})->length_m, 90);
}

TEST(FastestPathTest, StopsWhenCancelled) {
  const AsciiTravel city(ascii_city("A---B"));
  const NetworkPlace a = city.on_network(city.city().at('A'));
  const Limits cancelled{.should_stop = [] { return true; }};
  EXPECT_THAT(fastest_path(city.metric(), a, a, cancelled), FailsWith(ErrorCode::kCancelled));
  EXPECT_THAT(sweep_from(city.metric(), std::vector{a}, Direction::kFromSources, kNever, cancelled), FailsWith(ErrorCode::kCancelled));
  EXPECT_THAT(reach_targets(city.metric(), a, std::vector{a}, Direction::kFromSources, cancelled), FailsWith(ErrorCode::kCancelled));
}

TEST(ReachTargetsTest, NoTargetsIsAnEmptyAnswer) {
  const AsciiTravel city(ascii_city("A---B"));
  const NetworkPlace a = city.on_network(city.city().at('A'));
  EXPECT_TRUE(reach_targets(city.metric(), a, {}, Direction::kFromSources, {}).value().empty());
}

TEST(SweepTest, NodesBeyondTheLimitAreNeverAndTiesGoToTheLeastSource) {
  const AsciiTravel city(ascii_city("A---B---C---D", {.cell_m = 25}));
  const std::vector<NetworkPlace> sources = {city.on_network(city.city().at('A')), city.on_network(city.city().at('C'))};
  const Milliseconds block = 14'400;
  const Sweep sweep = sweep_from(city.metric(), sources, Direction::kFromSources, block, {}).value();
  const auto reach = [&](char place) {
    return reach_in_sweep(city.metric(), sweep, sources, Direction::kFromSources, city.on_network(city.city().at(place)));
  };
  EXPECT_EQ(reach('B').source, 0);
  EXPECT_EQ(reach('B').reach.time, block);
  EXPECT_EQ(reach('D').reach.time, block);
  EXPECT_EQ(reach('D').source, 1);
  const Sweep shorter = sweep_from(city.metric(), sources, Direction::kFromSources, block - 1, {}).value();
  EXPECT_EQ(reach_in_sweep(city.metric(), shorter, sources, Direction::kFromSources, city.on_network(city.city().at('D'))).source, -1);
}

}  // namespace
}  // namespace obnova::geo
