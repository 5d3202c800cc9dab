#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/ascii_travel.h"

namespace obnova::geo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kCross = R"(
        N
        |
    W---X---E
        |
        S---T
)";

// FIELD_NOTES 11.15: single via node.
TEST(TurnsTest, AForbiddenTurnForcesAnotherWay) {
  const AsciiTravel city(ascii_city(kCross, {.restrictions = {{.kind = "no_right_turn", .from = "WX", .via = 'X', .to = "XS"}}}));
  EXPECT_EQ(city.walk('W', 'E'), "WXE");
  EXPECT_EQ(city.walk('N', 'T'), "NXST");
  // Turning back at a dead end is allowed.
  EXPECT_THAT(city.walk('W', 'T'), testing::AnyOf("WXNXST", "WXEXST"));
  EXPECT_EQ(city.walk('T', 'W'), "TSXW");
}

TEST(TurnsTest, ATripThatStartsOnTheFromRoadObeysToo) {
  const AsciiTravel city(ascii_city(kCross, {.restrictions = {{.kind = "no_right_turn", .from = "WX", .via = 'X', .to = "XS"}}}));
  EXPECT_THAT(city.walk(city.city().between('W', 'X'), city.city().at('T')), testing::AnyOf("XNXST", "XEXST"));
}

TEST(TurnsTest, ATripThatEndsOnTheToRoadObeysToo) {
  const AsciiTravel city(ascii_city(kCross, {.restrictions = {{.kind = "no_right_turn", .from = "WX", .via = 'X', .to = "XS"}}}));
  EXPECT_THAT(city.walk(city.city().at('W'), city.city().between('X', 'S')), testing::AnyOf("WXNX", "WXEX"));
}

TEST(TurnsTest, AMandatoryTurnForbidsAllOthersAndTurningBack) {
  const AsciiTravel city(ascii_city(kCross, {.restrictions = {{.kind = "only_straight_on", .from = "WX", .via = 'X', .to = "XE"}}}));
  EXPECT_EQ(city.walk('W', 'E'), "WXE");
  EXPECT_EQ(city.walk('W', 'N'), "WXEXN");
  EXPECT_EQ(city.walk('W', 'S'), "WXEXS");
}

// FIELD_NOTES 11.15: U-turn ban.
TEST(TurnsTest, ABannedUTurnIsOnlyThatOfTheRoad) {
  const AsciiTravel city(ascii_city(R"(
    A---B---C
  )", {.restrictions = {{.kind = "no_u_turn", .from = "AB", .via = 'B', .to = "AB"}}}));
  EXPECT_EQ(city.walk('A', 'C'), "ABC");
  EXPECT_EQ(city.walk('C', 'A'), "CBA");
  EXPECT_EQ(city.metric().graph().report().unusable_restriction_count, 0);
}

constexpr const char* kLadder = R"(
    A---B---C---D
        |   |
    E---F---G---H
)";

// FIELD_NOTES 11.15: via way.
TEST(TurnsTest, ARestrictionOverAViaWayForbidsTheWholeSequenceOnly) {
  // From AB over BC down CG is forbidden; from BC alone it is not, nor AB-BC-CD.
  const AsciiTravel city(ascii_city(kLadder, {.restrictions = {{.kind = "no_right_turn", .from = "AB", .via_ways = {"BC"}, .to = "CG"}}}));
  EXPECT_EQ(city.walk('A', 'D'), "ABCD");
  EXPECT_EQ(city.walk('A', 'G'), "ABFG");
  EXPECT_EQ(city.walk(city.city().between('B', 'C'), city.city().at('G')), "CG");
  const AsciiTravel narrow(ascii_city(R"(
    A---B>--C---D
            |
            G
  )", {.restrictions = {{.kind = "no_right_turn", .from = "AB", .via_ways = {"BC"}, .to = "CG"}}}));
  EXPECT_EQ(narrow.walk('A', 'G'), "ABCDCG");
}

// FIELD_NOTES 11.15: two restrictions sharing a via way (graphhopper#2907).
TEST(TurnsTest, TwoRestrictionsThatShareAViaWayBothBind) {
  const AsciiOptions options{.restrictions = {
      {.kind = "no_right_turn", .from = "AB", .via_ways = {"BC"}, .to = "CG"},
      {.kind = "no_straight_on", .from = "BF", .via_ways = {"BC"}, .to = "CD"},
  }};
  const AsciiTravel city(ascii_city(R"(
    A---B>--C---D
        |   |
        F   G
  )", options));
  EXPECT_EQ(city.walk('A', 'D'), "ABCD");
  EXPECT_EQ(city.walk('F', 'G'), "FBCG");
  EXPECT_EQ(city.walk('A', 'G'), "ABFBCG");
  EXPECT_EQ(city.walk('F', 'D'), "FBCGCD");
}

// Turning back is free, also on the via way: the sequence that is forbidden is then not driven.
TEST(TurnsTest, TurningBackOnAViaWayOfBothDirectionsBeginsAnew) {
  const AsciiTravel city(ascii_city(R"(
    A---B---C---D
            |
            G
  )", {.restrictions = {{.kind = "no_right_turn", .from = "AB", .via_ways = {"BC"}, .to = "CG"}}}));
  EXPECT_EQ(city.path(city.city().at('A'), city.city().at('G'))->length_m, 200 + 3 * 200 + 100);
}

TEST(TurnsTest, AMandatoryWayOverAViaWayMayNotBeLeftEarly) {
  const AsciiTravel city(
      ascii_city(kLadder, {.restrictions = {{.kind = "only_straight_on", .from = "AB", .via_ways = {"BC"}, .to = "CD"}}}));
  EXPECT_EQ(city.walk('A', 'F'), "ABCDCBF");
}

TEST(TurnsTest, AViaOfSeveralWaysIsOneSequence) {
  const AsciiTravel city(ascii_city(R"(
    A---B>--C>--D---E
                |
                F
  )", {.restrictions = {{.kind = "no_right_turn", .from = "AB", .via_ways = {"BC", "CD"}, .to = "DF"}}}));
  EXPECT_EQ(city.walk('A', 'F'), "ABCDEDF");
  EXPECT_EQ(city.walk(city.city().between('B', 'C'), city.city().at('F')), "CDF");
}

TEST(TurnsTest, AnExceptedTravellerMayTurnAndAWalkerAlways) {
  const AsciiOptions options{.restrictions = {{.kind = "no_right_turn", .from = "WX", .via = 'X', .to = "XS", .except = "psv;bicycle"}}};
  EXPECT_EQ(AsciiTravel(ascii_city(kCross, options), real_profile("bicycle")).walk('W', 'T'), "WXST");
  EXPECT_EQ(AsciiTravel(ascii_city(kCross, options), real_profile("foot")).walk('W', 'T'), "WXST");
  EXPECT_NE(AsciiTravel(ascii_city(kCross, options), real_profile("car")).walk('W', 'T'), "WXST");
}

TEST(TurnsTest, UnusableRestrictionsAreNamedWithTheReason) {
  const AsciiTravel city(ascii_city(kCross, {.restrictions = {
      {.kind = "no_right_turn", .from = "WX", .via = 'X', .to = "ZZ"},
      {.kind = "no_right_turn", .from = "WX", .via = 'X', .to = "ST"},
      {.kind = "give_way", .from = "WX", .via = 'X', .to = "XS"},
      {.kind = "no_right_turn", .from = "WX", .via = 'X', .to = "XS"},
  }}));
  const NodingReport& report = city.graph().report();
  EXPECT_EQ(report.restriction_count, 4);
  EXPECT_EQ(report.unusable_restriction_count, 3);
  EXPECT_THAT(report.unusable_restrictions, ElementsAre(HasSubstr("ZZ"), HasSubstr("do not meet"), HasSubstr("give_way")));
}

}  // namespace
}  // namespace obnova::geo
