#include "geo/query/routing/route.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"
#include "tests/support/routed_city.h"

namespace obnova::geo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Asked {
  AsciiCity picture;
  std::shared_ptr<const City> city;

  explicit Asked(AsciiCity drawn) : picture(std::move(drawn)), city(routed_city(picture)) {}

  RouteAnswer route(const std::string& letters, TravelOptions options = {}) const {
    std::vector<Point> places;
    for (const char letter : letters) places.push_back(picture.at(letter));
    return find_route(travel_on(*city, std::move(options)), places, {}).value();
  }
  std::vector<std::string> roads(const RouteLeg& leg) const {
    std::vector<std::string> names;
    for (const RouteStep& step : leg.steps) names.emplace_back(picture.roads->feature_name(step.road));
    return names;
  }
};

TEST(FindRouteTest, StepsAreRoadsAndTheLineIsInTravelOrder) {
  const Asked asked(ascii_city(R"(
    A---B---C
            |
            D
  )", {.cell_m = 25, .ways = {"CBA"}}));
  const RouteAnswer answer = asked.route("AD");
  ASSERT_TRUE(answer.route) << answer.message;
  EXPECT_EQ(answer.reason, NoRouteReason::kNone);
  EXPECT_THAT(asked.roads(answer.route->legs.at(0)), ElementsAre("CBA", "CD"));
  EXPECT_THAT(answer.route->line, ElementsAre(asked.picture.at('A'), asked.picture.at('B'), asked.picture.at('C'), asked.picture.at('D')));
  EXPECT_EQ(answer.route->length_m, 250);
  EXPECT_EQ(answer.route->time, 36'000);
  Milliseconds sum = 0;
  for (const RouteStep& step : answer.route->legs[0].steps) sum += step.time;
  EXPECT_EQ(sum, answer.route->time);
}

TEST(FindRouteTest, LegsMeetAtTheViaPlaces) {
  const Asked asked(ascii_city(R"(
    A---B---C
        |
        D
  )"));
  const RouteAnswer answer = asked.route("ADC");
  ASSERT_TRUE(answer.route);
  ASSERT_EQ(answer.route->legs.size(), 2U);
  EXPECT_EQ(answer.route->length_m, 600);
  EXPECT_EQ(answer.route->time, answer.route->legs[0].time + answer.route->legs[1].time);
}

TEST(FindRouteTest, FromAPlaceToItselfIsZeroWithALineOfTwoPoints) {
  const RouteAnswer answer = Asked(ascii_city("A---B")).route("AA");
  ASSERT_TRUE(answer.route);
  EXPECT_EQ(answer.route->time, 0);
  EXPECT_EQ(answer.route->length_m, 0);
  EXPECT_EQ(answer.route->line.size(), 2U);
}

TEST(FindRouteTest, RefusesOnePlaceAndAnUnknownProfile) {
  const Asked asked(ascii_city("A---B"));
  EXPECT_THAT(find_route(travel_on(*asked.city), std::vector{asked.picture.at('A')}, {}), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(TravelNetwork::make(*asked.city, {.profile = "tram", .avoid = {}}, {}),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("bicycle, car, emergency, foot, truck")));
}

TEST(NoRouteTest, APlaceFarFromRoadsHasNoSnap) {
  const Asked asked(ascii_city("A---B"));
  const RouteAnswer answer = find_route(travel_on(*asked.city), std::vector<Point>{asked.picture.at('A'), {5000, 5000}}, {}).value();
  EXPECT_EQ(answer.reason, NoRouteReason::kNoSnap);
  EXPECT_EQ(answer.message, "Place 2 is too far from any road.");
  EXPECT_EQ(answer.snaps.size(), 2U);
}

TEST(NoRouteTest, SeparatePartsAreDisconnected) {
  const RouteAnswer answer = Asked(ascii_city("A---B   C---D")).route("AD");
  EXPECT_EQ(answer.reason, NoRouteReason::kDisconnected);
  EXPECT_FALSE(answer.route);
}

TEST(NoRouteTest, AClosedAreaIsNamedAsTheReasonWithItsRoads) {
  const Asked asked(ascii_city("A---B---C", {.cell_m = 25}));
  const RouteAnswer answer = asked.route("AC", {.profile = "foot", .avoid = {Geometry::rectangle({{110, -10}, {120, 10}})}});
  EXPECT_EQ(answer.reason, NoRouteReason::kClosed);
  EXPECT_THAT(answer.message, HasSubstr("BC"));
  EXPECT_EQ(asked.route("AC", {.profile = "foot", .avoid = {Geometry::rectangle({{-10, -10}, {20, 10}})}}).reason, NoRouteReason::kNoSnap);
}

TEST(NoRouteTest, ADestroyedBridgeIsNamed) {
  const Asked asked(ascii_city("A---B---C---D", {.tags = {{"BC", {{"condition", "destroyed"}, {"name", "Old Bridge"}}}}}));
  const RouteAnswer answer = asked.route("AD", {.profile = "foot", .avoid = {}});
  EXPECT_EQ(answer.reason, NoRouteReason::kDamaged);
  EXPECT_THAT(answer.message, HasSubstr("Old Bridge (BC)"));
}

// FIELD_NOTES 11.19: the limiting edge is named.
TEST(NoRouteTest, APhysicalLimitIsNamed) {
  const Asked asked(ascii_city("A---B---C---D", {.tags = {{"BC", {{"maxweight", "3.5"}}}}}));
  EXPECT_TRUE(asked.route("AD", {.profile = "car", .avoid = {}}).route);
  const RouteAnswer answer = asked.route("AD", {.profile = "truck", .avoid = {}});
  EXPECT_EQ(answer.reason, NoRouteReason::kNoPassage);
  EXPECT_THAT(answer.message, HasSubstr("exceeds a limit of BC"));
}

TEST(NoRouteTest, OneWayStreetsLeaveNoPassage) {
  EXPECT_EQ(Asked(ascii_city("A--->B--->C")).route("CA").reason, NoRouteReason::kNoPassage);
}

// FIELD_NOTES 11.15: restriction at an intermediate waypoint. A leg starts anew at its via place.
TEST(FindRouteTest, ALegForgetsTheTurnsOfTheLegBefore) {
  const Asked asked(ascii_city(R"(
        N
        |
    W---X---E
  )", {.restrictions = {{.kind = "no_left_turn", .from = "WX", .via = 'X', .to = "NX"}}}));
  const RouteAnswer straight = asked.route("WN");
  ASSERT_TRUE(straight.route);
  EXPECT_EQ(straight.route->length_m, 200 + 200 + 200 + 100) << "turns back at E";
}

}  // namespace
}  // namespace obnova::geo
