#include "server/ingest/tag_values.h"

#include <gtest/gtest.h>

namespace obnova::server {
namespace {

TEST(TagValuesTest, LengthsComeInManyUnits) {
  EXPECT_DOUBLE_EQ(*length_in_meters("12"), 12);
  EXPECT_DOUBLE_EQ(*length_in_meters(" 12.5 m "), 12.5);
  EXPECT_DOUBLE_EQ(*length_in_meters("1.2 km"), 1200);
  EXPECT_DOUBLE_EQ(*length_in_meters("10 ft"), 3.048);
  EXPECT_NEAR(*length_in_meters("5'11\""), 1.8034, 1e-9);
  EXPECT_NEAR(*length_in_meters("6'"), 1.8288, 1e-9);
  for (const char* text : {"", "high", "12 storeys", "5'11", "nan", "inf", "1e999"}) EXPECT_FALSE(length_in_meters(text)) << text;
}

TEST(TagValuesTest, HalfStoreysCountAsOne) {
  EXPECT_EQ(level_count("3"), 3);
  EXPECT_EQ(level_count("2.5"), 3);
  EXPECT_EQ(level_count("0"), 0);
  for (const char* text : {"-1", "2;3", "many", "5000"}) EXPECT_FALSE(level_count(text)) << text;
}

TEST(TagValuesTest, PeopleAreCountedOnlyWhenThereIsOneNumber) {
  EXPECT_EQ(people_count("120"), 120);
  EXPECT_EQ(people_count("ca. 120 persons"), 120);
  for (const char* text : {"", "many", "100-200", "1,200"}) EXPECT_FALSE(people_count(text)) << text;
}

TEST(TagValuesTest, TheLargestOfAListCounts) {
  EXPECT_EQ(largest_of_list("110000;330000; 20000"), 330000);
  EXPECT_EQ(largest_of_list("low;400"), 400);
  EXPECT_FALSE(largest_of_list("low"));
}

TEST(TagValuesTest, NumbersFillTheirText) {
  EXPECT_EQ(whole_number(" -7 "), -7);
  EXPECT_FALSE(whole_number("7.0"));
  EXPECT_FALSE(whole_number("99999999999999999999"));
  EXPECT_DOUBLE_EQ(*decimal_number("-2.5e3"), -2500);
  EXPECT_FALSE(decimal_number("2,5"));
}

}  // namespace
}  // namespace obnova::server
