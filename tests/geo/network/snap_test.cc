#include "geo/network/snap.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/base/measure.h"
#include "tests/support/ascii_travel.h"
#include "tests/support/random_roads.h"

namespace obnova::geo {
namespace {

TEST(SnapTest, FindsTheNearestUsableEdge) {
  const AsciiTravel city(ascii_city(R"(
    A-------B

    C-------D
  )", {.tags = {{"AB", {{"highway", "footway"}}}}}));
  const Point near_footway = city.city().between('A', 'B');
  const Snap snap = city.snap_index().snap(near_footway, city.metric(), 1000);
  ASSERT_TRUE(snap.on_network);
  EXPECT_EQ(snap.on_network->edge, EdgeId{1});
  EXPECT_EQ(snap.distance_m, 100);
}

TEST(SnapTest, TheLimitIsInclusiveAndFailuresSayWhy) {
  const AsciiTravel city(ascii_city("A---B", {.cell_m = 25}));
  EXPECT_TRUE(city.snap_index().snap({50, 30 - 25}, city.metric(), 30).on_network);
  const AsciiTravel footway(ascii_city("A---B", {.cell_m = 25, .tags = {{"AB", {{"highway", "footway"}}}}}));
  EXPECT_TRUE(city.snap_index().snap({50, 30}, city.metric(), 30).on_network);
  EXPECT_EQ(city.snap_index().snap({50, 30.5}, city.metric(), 30).failure, SnapFailure::kTooFar);
  EXPECT_EQ(footway.snap_index().snap({50, 30}, footway.metric(), 30).failure, SnapFailure::kNoAccessForProfile);
}

// FIELD_NOTES 11.16: snapping to a closed edge.
TEST(SnapTest, AClosedPartIsNoPlaceToSnapToAndTheInsideOfAnAreaHasNone) {
  const AsciiTravel city(ascii_city("A---B", {.cell_m = 25}), real_profile("car"), {Geometry::rectangle({{40, -10}, {60, 10}})});
  const Snap beside = city.snap_index().snap({48, 20}, city.metric(), 1000);
  ASSERT_TRUE(beside.on_network);
  EXPECT_EQ(beside.on_network->offset_m, 40);
  EXPECT_EQ(city.snap_index().snap({48, 5}, city.metric(), 1000).failure, SnapFailure::kInsideBarrier);
  EXPECT_TRUE(city.snap_index().snap({48, 10}, city.metric(), 1000).on_network) << "the boundary is open";
}

// FIELD_NOTES 11.16: bridge over a road, small component, one-way dead end.
TEST(SnapTest, EqualDistancesGoToTheLeastEdge) {
  const AsciiTravel city(ascii_city(R"(
        N
        |
    W---+---E
        |
        S
  )"));
  const Point crossing = {city.city().at('N').x_m, city.city().at('W').y_m};
  EXPECT_EQ(city.on_network(crossing).edge, EdgeId{0});
}

TEST(SnapTest, ASmallComponentIsNotAvoided) {
  const AsciiTravel city(ascii_city(R"(
    A---B   C---D---E
  )"));
  EXPECT_EQ(city.on_network(city.city().between('A', 'B')).edge, EdgeId{0});
  EXPECT_EQ(city.walk('A', 'D'), "");
}

TEST(SnapTest, EqualsASearchOfAllSegments) {
  std::mt19937 random(5);
  for (std::uint32_t seed = 0; seed < 10; ++seed) {
    const AsciiTravel city(RandomRoads(seed).city());
    for (int i = 0; i < 50; ++i) {
      const Point place = {static_cast<double>(random() % 1000) - 200, static_cast<double>(random() % 1000) - 200};
      double least_m = 1e9;
      EdgeId edge{};
      for (std::uint32_t e = 0; e < city.graph().edge_count(); ++e) {
        if (!city.metric().usable_at({e}, 0)) continue;
        const std::span<const Point> points = city.graph().edge_points({e});
        const double distance = distance_m(Geometry::line({points.begin(), points.end()}).view(), place);
        if (distance >= least_m) continue;
        least_m = distance;
        edge = {e};
      }
      const Snap snap = city.snap_index().snap(place, city.metric(), 1e6);
      ASSERT_TRUE(snap.on_network) << "seed " << seed;
      EXPECT_EQ(snap.on_network->edge, edge) << "seed " << seed;
      EXPECT_EQ(snap.distance_m, least_m);
    }
  }
}

}  // namespace
}  // namespace obnova::geo
