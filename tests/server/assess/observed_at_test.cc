#include "server/assess/observed_at.h"

#include <gtest/gtest.h>

namespace obnova::server {
namespace {

std::string read(std::string_view text, DateOrder order = DateOrder::kMonthFirst) {
  const auto observed = parse_observed_at(text, order);
  return observed ? observed->text : "none";
}

TEST(ObservedAtTest, ReadsTheDatesOfDamageLayers) {
  EXPECT_EQ(read("2022-03-14"), "2022-03-14");
  EXPECT_EQ(read(" 2016/10/27 "), "2016-10-27");
  EXPECT_EQ(read("20220314"), "2022-03-14");
  EXPECT_EQ(read("3/14/2022"), "2022-03-14");
  EXPECT_EQ(read("14/3/2022", DateOrder::kDayFirst), "2022-03-14");
  EXPECT_EQ(read("14.3.2022"), "2022-03-14");
  EXPECT_EQ(parse_observed_at("1970-01-02")->instant, 86'400'000'000);
}

TEST(ObservedAtTest, ReadsTimesInUtc) {
  EXPECT_EQ(read("2022-03-14T09:30:00Z"), "2022-03-14T09:30:00Z");
  EXPECT_EQ(read("2022-03-14T00:30:00+02:00"), "2022-03-13T22:30:00Z");
  EXPECT_EQ(read("2022-03-14 09:30"), "2022-03-14T09:30:00Z");
  EXPECT_EQ(read("3/14/2022 12:05:00 AM"), "2022-03-14T00:05:00Z");
  EXPECT_EQ(read("3/14/2022 1:05:00 PM"), "2022-03-14T13:05:00Z");
  EXPECT_EQ(read("2022-03-14T09:30:00.25Z"), "2022-03-14T09:30:00.250000Z");
  EXPECT_EQ(parse_observed_at(read("2022-03-14T09:30:00.25Z")), parse_observed_at("2022-03-14T09:30:00.25Z"));
}

TEST(ObservedAtTest, SaysNothingWhereNothingIsSaid) {
  for (const char* text : {"", " ", "soon", "2022-13-01", "2022-02-30", "14/3/2022", "3/14/22", "2022-03-14T", "2022-03-14T25:00", "2022",
                           "2022-03", "2022-03-14x", "2022-03-14T09:30:00+99:00", "3/14/2022 13:05 PM", "1-2-2022"}) {
    EXPECT_EQ(read(text), "none") << text;
  }
  EXPECT_EQ(read("1899/12/30"), "none") << "the zero of spreadsheets";
}

TEST(ObservedAtTest, SeesWhichNumberCannotBeAMonth) {
  EXPECT_EQ(evidence_of_order("3/14/2022"), DateEvidence::kMonthFirst);
  EXPECT_EQ(evidence_of_order("14/3/2022"), DateEvidence::kDayFirst);
  EXPECT_EQ(evidence_of_order("3/4/2022"), DateEvidence::kNone);
  EXPECT_EQ(evidence_of_order("2022/10/27"), DateEvidence::kNone);
}

}  // namespace
}  // namespace obnova::server
