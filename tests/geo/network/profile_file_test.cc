#include "geo/io/profile_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"

namespace obnova::geo {
namespace {

using testing::HasSubstr;

constexpr const char* kMinimal = R"(id = "cart"
title = "Cart"
access_keys = ["access"]
[speed_kmh]
residential = 4
)";

TEST(ProfileFileTest, ReadsAMinimalProfile) {
  const auto profile = parse_profile(kMinimal, "cart.toml");
  ASSERT_THAT(profile, Succeeds());
  EXPECT_EQ(profile->id, "cart");
  EXPECT_EQ(profile->speed_kmh.at("residential"), 4);
  EXPECT_TRUE(profile->obeys_turn_restrictions);
}

TEST(ProfileFileTest, RefusesAnUnknownKeyAndSaysWhere) {
  EXPECT_THAT(parse_profile("wings = 2\n" + std::string(kMinimal), "cart.toml"),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("cart.toml:1: `wings`")));
  EXPECT_THAT(parse_profile(std::string(kMinimal) + "[vehicle]\nwheels = 4\n", "cart.toml"),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("cart.toml:7: `vehicle.wheels`")));
}

TEST(ProfileFileTest, RefusesAMissingKey) {
  EXPECT_THAT(parse_profile("id = \"cart\"", "cart.toml"), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("`title` is missing")));
}

TEST(ProfileFileTest, RefusesASpeedOfZeroBecauseClosedIsNoSpeed) {
  EXPECT_THAT(parse_profile(std::string(kMinimal) + "service = 0\n", "cart.toml"),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("cart.toml:6: `speed_kmh.service` must be a number above 0")));
}

TEST(ProfileFileTest, RefusesWrongTypesAndBrokenFiles) {
  EXPECT_THAT(parse_profile("obeys_maxspeed = \"yes\"\n" + std::string(kMinimal), "cart.toml"),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("`obeys_maxspeed` must be true or false")));
  EXPECT_THAT(parse_profile("oneway_keys = \"oneway\"\n" + std::string(kMinimal), "cart.toml"),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("must be a list of texts")));
  EXPECT_THAT(parse_profile("id = ", "cart.toml"), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("cart.toml:1:")));
  EXPECT_THAT(parse_profile("max_speed_kmh = nan\n" + std::string(kMinimal), "cart.toml"), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(ProfileFileTest, TheProfilesOfTheProjectAreRead) {
  const auto profiles = read_profiles(std::string(OBNOVA_SOURCE_DIR) + "/data/profiles");
  ASSERT_THAT(profiles, Succeeds());
  std::vector<std::string> ids;
  for (const Profile& profile : *profiles) ids.push_back(profile.id);
  EXPECT_THAT(ids, testing::ElementsAre("bicycle", "car", "emergency", "foot", "truck"));
}

TEST(ProfileFileTest, AFolderWithoutProfilesIsAnError) {
  EXPECT_THAT(read_profiles(std::string(OBNOVA_SOURCE_DIR) + "/data/no such folder"),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("no such folder")));
}

}  // namespace
}  // namespace obnova::geo
