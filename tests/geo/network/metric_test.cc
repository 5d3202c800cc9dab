#include "geo/network/metric.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/ascii_travel.h"
#include "tests/support/random_roads.h"
#include "tests/support/result_matchers.h"

namespace obnova::geo {
namespace {

// What one street A---B of 100 m with these tags means to a traveller.
struct Street {
  Passage forward = Passage::kOpen;
  Passage backward = Passage::kOpen;
  Milliseconds time = 0;
  Milliseconds time_back = 0;

  double speed_kmh() const { return 360'000.0 / static_cast<double>(time); }
};

Street street_for(const Profile& profile, const Tags& tags, const Tags& barrier) {
  AsciiOptions options{.cell_m = 25, .tags = {{"AB", tags}}};
  if (!barrier.empty()) options.barriers['B'] = barrier;
  const AsciiTravel travel(ascii_city("A---B", options), profile);
  const ArcId forward = travel.graph().arc_of({0}, true);
  const ArcId backward = travel.graph().arc_of({0}, false);
  const Metric& metric = travel.metric();
  return {metric.passage(forward), metric.passage(backward), metric.time(forward), metric.time(backward)};
}

Street street(const Tags& tags, const std::string& profile = "car", const Tags& barrier = {}) {
  return street_for(real_profile(profile), tags, barrier);
}

TEST(AccessTest, TheClassOfRoadDecidesWhereNoKeySpeaks) {
  EXPECT_EQ(street({{"highway", "residential"}}).forward, Passage::kOpen);
  EXPECT_EQ(street({{"highway", "footway"}}).forward, Passage::kNoAccess);
  EXPECT_EQ(street({{"highway", "footway"}}, "foot").forward, Passage::kOpen);
  EXPECT_EQ(street({{"highway", "motorway"}}, "foot").forward, Passage::kNoAccess);
  EXPECT_EQ(street({{"highway", "construction"}}).forward, Passage::kNoAccess);
}

TEST(AccessTest, TheMostSpecialKeyDecides) {
  EXPECT_EQ(street({{"access", "no"}}).forward, Passage::kNoAccess);
  EXPECT_EQ(street({{"access", "no"}, {"motor_vehicle", "yes"}}).forward, Passage::kOpen);
  EXPECT_EQ(street({{"access", "yes"}, {"motorcar", "no"}}).forward, Passage::kNoAccess);
  EXPECT_EQ(street({{"motor_vehicle", "no"}, {"foot", "yes"}}, "foot").forward, Passage::kOpen);
  EXPECT_EQ(street({{"access", "no"}, {"bicycle", "yes"}}, "bicycle").forward, Passage::kOpen);
  EXPECT_EQ(street({{"access", "no"}, {"bicycle", "yes"}}, "car").forward, Passage::kNoAccess);
}

TEST(AccessTest, ASpecialKeyOpensAClassAndTheGeneralOneDoesNot) {
  EXPECT_EQ(street({{"highway", "footway"}, {"bicycle", "yes"}}, "bicycle").forward, Passage::kOpen);
  EXPECT_NEAR(street({{"highway", "footway"}, {"bicycle", "yes"}}, "bicycle").speed_kmh(), 12, 0.01);
  EXPECT_EQ(street({{"highway", "footway"}, {"access", "yes"}}, "car").forward, Passage::kNoAccess);
}

TEST(AccessTest, AnEmergencyVehicleUsesPrivateRoadsAndKeepsOneWayStreets) {
  EXPECT_EQ(street({{"access", "private"}}, "car").forward, Passage::kNoAccess);
  EXPECT_EQ(street({{"access", "private"}}, "emergency").forward, Passage::kOpen);
  EXPECT_EQ(street({{"highway", "footway"}, {"access", "private"}}, "emergency").forward, Passage::kNoAccess);
  EXPECT_EQ(street({{"oneway", "yes"}}, "emergency").backward, Passage::kNoAccess);
}

TEST(AccessTest, ARoadWithoutAClassIsARoadAndAFerryAFerry) {
  EXPECT_NEAR(street({{"highway", ""}}).speed_kmh(), 20, 0.01);
  EXPECT_NEAR(street({{"highway", ""}, {"route", "ferry"}}).speed_kmh(), 15, 0.01);
  EXPECT_EQ(street({{"highway", ""}, {"route", "ferry"}, {"duration", "00:10"}}).time, 600'000);
}

TEST(OneWayTest, EveryValueMeansWhatItSays) {
  const auto ways = [](const Tags& tags, const char* profile = "car") {
    const Street both = street(tags, profile);
    return std::string(both.forward == Passage::kOpen ? ">" : "") + (both.backward == Passage::kOpen ? "<" : "");
  };
  EXPECT_EQ(ways({{"oneway", "yes"}}), ">");
  EXPECT_EQ(ways({{"oneway", "1"}}), ">");
  EXPECT_EQ(ways({{"oneway", "-1"}}), "<");
  EXPECT_EQ(ways({{"oneway", "no"}}), "><");
  EXPECT_EQ(ways({{"oneway", "reversible"}}), "");
  EXPECT_EQ(ways({{"oneway", "alternating"}}), "><");
  EXPECT_EQ(ways({{"junction", "roundabout"}}), ">");
  EXPECT_EQ(ways({{"junction", "circular"}, {"oneway", "no"}}), "><");
  EXPECT_EQ(ways({{"highway", "motorway"}}), ">");
  EXPECT_EQ(ways({{"oneway", "yes"}}, "foot"), "><");
  EXPECT_EQ(ways({{"junction", "roundabout"}}, "foot"), "><");
  EXPECT_EQ(ways({{"oneway", "yes"}}, "bicycle"), ">");
  EXPECT_EQ(ways({{"oneway", "yes"}, {"oneway:bicycle", "no"}}, "bicycle"), "><");
  EXPECT_EQ(ways({{"oneway", "yes"}, {"oneway:bicycle", "no"}}, "car"), ">");
}

TEST(SpeedTest, APostedMaximumReplacesForCarsAndBoundsForBicycles) {
  EXPECT_NEAR(street({{"maxspeed", "50"}}).speed_kmh(), 45, 0.01);
  EXPECT_NEAR(street({{"maxspeed", "UA:urban"}}).speed_kmh(), 45, 0.01);
  EXPECT_NEAR(street({{"maxspeed", "50"}}, "bicycle").speed_kmh(), 15, 0.01);
  EXPECT_NEAR(street({{"maxspeed", "10"}}, "bicycle").speed_kmh(), 10, 0.01);
  EXPECT_NEAR(street({{"maxspeed", "50"}}, "foot").speed_kmh(), 5, 0.01);
  EXPECT_NEAR(street({{"surface", "gravel"}}).speed_kmh(), 25 * 0.6, 0.01);
}

TEST(SpeedTest, EachDirectionHasItsOwnMaximum) {
  const Street both = street({{"maxspeed", "50"}, {"maxspeed:backward", "30"}});
  EXPECT_EQ(both.time, 8000);
  EXPECT_EQ(both.time_back, 13333);
}

// FIELD_NOTES 11.20.
TEST(SpeedTest, ZeroIsNoSpeedAndClosedIsAState) {
  EXPECT_NEAR(street({{"maxspeed", "0"}}).speed_kmh(), 25, 0.01);
  EXPECT_EQ(street({{"condition", "destroyed"}, {"maxspeed", "50"}}).forward, Passage::kDamaged);
  EXPECT_EQ(street({{"condition", "destroyed"}}).time, kNever);
}

TEST(DamageTest, DestroyedAndUnbuiltRoadsAreImpassable) {
  EXPECT_EQ(street({{"condition", "damaged"}}).forward, Passage::kOpen);
  EXPECT_EQ(street({{"lifecycle", "existing"}}).forward, Passage::kOpen);
  EXPECT_EQ(street({{"lifecycle", "damaged"}}).forward, Passage::kOpen);
  for (const char* state : {"planned", "under_construction", "decommissioned"}) {
    EXPECT_EQ(street({{"lifecycle", state}}, "foot").forward, Passage::kDamaged) << state;
  }
}

// FIELD_NOTES 11.19.
TEST(PhysicalLimitTest, EqualPassesMoreDoesNotAndTheUnreadableSaysNothing) {
  Profile truck = real_profile("truck");
  truck.weight_t = 3;
  EXPECT_EQ(street_for(truck, {{"maxweight", "3"}}, {}).forward, Passage::kOpen);
  truck.weight_t = 4;
  EXPECT_EQ(street_for(truck, {{"maxweight", "3"}}, {}).forward, Passage::kTooNarrow);
  EXPECT_EQ(street_for(truck, {{"maxweight", "some"}}, {}).forward, Passage::kOpen);
  EXPECT_EQ(street({{"maxheight", "3.8"}}, "truck").forward, Passage::kOpen);
  EXPECT_EQ(street({{"maxheight", "3.79"}}, "truck").forward, Passage::kTooNarrow);
  EXPECT_EQ(street({{"maxwidth", "2.5"}}, "truck").forward, Passage::kTooNarrow);
  EXPECT_EQ(street({{"maxlength", "9.9"}}, "truck").forward, Passage::kTooNarrow);
  EXPECT_EQ(street({{"maxheight", "2"}}, "car").forward, Passage::kOpen);
  EXPECT_EQ(street({{"maxheight", "2"}, {"emergency", "yes"}}, "emergency").forward, Passage::kTooNarrow);
}

TEST(BarrierTest, SomeStopSomeDelayAndAKeyAtTheBarrierAllows) {
  EXPECT_EQ(street({}, "car", {{"barrier", "bollard"}}).forward, Passage::kNoAccess);
  EXPECT_EQ(street({}, "foot", {{"barrier", "bollard"}}).forward, Passage::kOpen);
  EXPECT_EQ(street({}, "car", {{"barrier", "bollard"}, {"motor_vehicle", "yes"}}).forward, Passage::kOpen);
  EXPECT_EQ(street({}, "car", {{"barrier", "gate"}, {"access", "private"}}).forward, Passage::kNoAccess);
  EXPECT_EQ(street({}, "emergency", {{"barrier", "bollard"}}).forward, Passage::kOpen);
  EXPECT_EQ(street({}, "car", {{"barrier", "gate"}}).time, 14'400 + 30'000);
  EXPECT_EQ(street({}, "car", {{"barrier", "gate"}}).time_back, 14'400);
}

TEST(BarrierTest, ATripMayEndAtABarrierButNotPassIt) {
  const AsciiTravel city(ascii_city("A---B---C", {.ways = {"ABC"}, .barriers = {{'B', {{"barrier", "bollard"}}}}}));
  EXPECT_EQ(city.walk('A', 'B'), "AB");
  EXPECT_EQ(city.walk('C', 'A'), "");
}

TEST(MetricTest, PiecesOfAnArcAddUpToTheWholeExactly) {
  std::mt19937 random(3);
  const AsciiTravel travel(
      ascii_city("A-----B", {.cell_m = 17.3, .tags = {{"AB", {{"maxspeed", "37"}}}}, .barriers = {{'B', {{"barrier", "gate"}}}}}));
  const double length_m = travel.graph().edge({0}).length_m;
  for (const bool forward : {true, false}) {
    const ArcId arc = travel.graph().arc_of({0}, forward);
    for (int round = 0; round < 100; ++round) {
      std::vector<double> offsets = {0, length_m};
      for (int i = 0; i < 5; ++i) offsets.push_back(length_m * static_cast<double>(random() % 1000) / 1000);
      std::ranges::sort(offsets);
      if (!forward) std::ranges::reverse(offsets);
      Milliseconds sum = 0;
      for (std::size_t i = 1; i < offsets.size(); ++i) sum += travel.metric().time_between(arc, offsets[i - 1], offsets[i]);
      EXPECT_EQ(sum, travel.metric().time(arc));
    }
  }
}

TEST(MetricTest, RefusesAProfileWithASpeedOfZero) {
  Profile broken = real_profile("car");
  broken.speed_kmh["residential"] = 0;
  const AsciiTravel travel(ascii_city("A---B"));
  EXPECT_THAT(Metric::make(travel.shared_graph(), broken), FailsWith(ErrorCode::kInvalidArgument));
}

// FIELD_NOTES 11.18: a barrier covering part of a long edge.
TEST(ClosureTest, AnEdgeIsCutExactlyWhereTheAreaCutsIt) {
  const AsciiTravel city(ascii_city("A---B", {.cell_m = 25}), real_profile("car"), {Geometry::rectangle({{40, -10}, {60, 10}})});
  const auto stretches = city.metric().closed_stretches({0});
  ASSERT_EQ(stretches.size(), 1U);
  EXPECT_EQ(stretches[0].from_m, 40);
  EXPECT_EQ(stretches[0].to_m, 60);
  const ArcId arc = city.graph().arc_of({0}, true);
  EXPECT_EQ(city.metric().passage(arc), Passage::kClosed);
  EXPECT_EQ(city.metric().time(arc), kNever);
  EXPECT_NE(city.metric().time_between(arc, 0, 40), kNever);
  EXPECT_EQ(city.metric().time_between(arc, 0, 41), kNever);
  EXPECT_NE(city.metric().time_between(arc, 60, 100), kNever);
  EXPECT_TRUE(city.metric().usable_at({0}, 40));
  EXPECT_FALSE(city.metric().usable_at({0}, 50));
}

// FIELD_NOTES 11.18: touching at a vertex and running along close nothing.
TEST(ClosureTest, TheBoundaryOfAnAreaIsOpen) {
  for (const Box& box : {Box{{0, 0}, {100, 50}}, Box{{100, -50}, {150, 50}}, Box{{40, -20}, {60, 0}}}) {
    const AsciiTravel city(ascii_city("A---B", {.cell_m = 25}), real_profile("car"), {Geometry::rectangle(box)});
    EXPECT_TRUE(city.metric().closed_stretches({0}).empty());
    EXPECT_EQ(city.walk('A', 'B'), "AB");
  }
}

TEST(ClosureTest, OverlappingAreasJoinAndClosuresAddUp) {
  const AsciiTravel city(ascii_city("A---B", {.cell_m = 25}), real_profile("car"),
                         {Geometry::rectangle({{40, -10}, {60, 10}}), Geometry::rectangle({{50, -10}, {70, 10}})});
  ASSERT_EQ(city.metric().closed_stretches({0}).size(), 1U);
  EXPECT_EQ(city.metric().closed_stretches({0})[0].to_m, 70);
  const auto more = city.metric().with_closed(std::vector{Geometry::rectangle({{0, -10}, {10, 10}})}, {}).value();
  EXPECT_EQ(more->closed_stretches({0}).size(), 2U);
  EXPECT_FALSE(more->usable_at({0}, 0)) << "an end that lies inside is closed with its stretch";
}

TEST(ClosureTest, RefusesLinesAndStopsWhenCancelled) {
  const AsciiTravel city(ascii_city("A---B"));
  EXPECT_THAT(city.metric().with_closed(std::vector{Geometry::line({{0, 0}, {1, 1}})}, {}), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(city.metric().with_closed(std::vector{Geometry::rectangle({{0, 0}, {1, 1}})}, {.should_stop = [] { return true; }}),
              FailsWith(ErrorCode::kCancelled));
}

}  // namespace
}  // namespace obnova::geo
