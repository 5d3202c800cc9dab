#include "geo/network/tag_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace obnova::geo {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

TEST(ParseSpeedTest, ReadsNumbersUnitsAndImplicitLimits) {
  EXPECT_THAT(parse_speed_kmh("50"), Optional(50.0));
  EXPECT_THAT(parse_speed_kmh("50 km/h"), Optional(50.0));
  EXPECT_THAT(parse_speed_kmh("30 mph"), Optional(DoubleNear(48.28, 0.01)));
  EXPECT_THAT(parse_speed_kmh("walk"), Optional(5.0));
  EXPECT_THAT(parse_speed_kmh("UA:urban"), Optional(50.0));
  EXPECT_THAT(parse_speed_kmh("RU:urban"), Optional(60.0));
  EXPECT_THAT(parse_speed_kmh("DE:zone:30"), Optional(30.0));
  EXPECT_THAT(parse_speed_kmh("CZ:zone30"), Optional(30.0));
  EXPECT_THAT(parse_speed_kmh("UA:living_street"), Optional(20.0));
}

TEST(ParseSpeedTest, TakesTheLeastOfSeveral) { EXPECT_THAT(parse_speed_kmh("80; 50"), Optional(50.0)); }

TEST(ParseSpeedTest, KnowsNoSpeedWhereNoneIsStated) {
  for (const char* text : {"", "none", "signals", "0", "-5", "DE:motorway", "XX:urban", "fast", "50 furlongs", "1e999"}) {
    EXPECT_FALSE(parse_speed_kmh(text)) << text;
  }
}

TEST(ParseLengthTest, ReadsMetricAndImperial) {
  EXPECT_THAT(parse_length_m("3.5"), Optional(3.5));
  EXPECT_THAT(parse_length_m("3.5 m"), Optional(3.5));
  EXPECT_THAT(parse_length_m("12'6\""), Optional(DoubleNear(3.81, 0.001)));
  EXPECT_THAT(parse_length_m("12'"), Optional(DoubleNear(3.6576, 0.0001)));
  EXPECT_FALSE(parse_length_m("default"));
  EXPECT_FALSE(parse_length_m("none"));
  EXPECT_FALSE(parse_length_m("3,5"));
}

TEST(ParseWeightTest, ReadsTonsAndPounds) {
  EXPECT_THAT(parse_weight_t("7.5"), Optional(7.5));
  EXPECT_THAT(parse_weight_t("7500 kg"), Optional(7.5));
  EXPECT_THAT(parse_weight_t("10 st"), Optional(DoubleNear(9.07, 0.01)));
  EXPECT_FALSE(parse_weight_t("heavy"));
}

TEST(ParseDurationTest, ReadsMinutesClocksAndIso) {
  EXPECT_THAT(parse_duration_s("20"), Optional(1200.0));
  EXPECT_THAT(parse_duration_s("01:05"), Optional(3900.0));
  EXPECT_THAT(parse_duration_s("00:01:30"), Optional(90.0));
  EXPECT_THAT(parse_duration_s("PT1H5M"), Optional(3900.0));
  EXPECT_FALSE(parse_duration_s("soon"));
  EXPECT_FALSE(parse_duration_s("PT"));
  EXPECT_FALSE(parse_duration_s("1:2:3:4"));
}

TEST(SplitListTest, TrimsWordsAndLeavesOutEmptyOnes) {
  EXPECT_THAT(split_list(" bicycle ;;psv"), ElementsAre("bicycle", "psv"));
  EXPECT_THAT(split_list(""), IsEmpty());
}

}  // namespace
}  // namespace obnova::geo
