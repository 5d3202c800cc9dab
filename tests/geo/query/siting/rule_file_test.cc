#include "geo/io/rule_file.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"

namespace obnova::geo {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string pack_with(const std::string& rule) {
  return "id = \"t\"\ntitle = \"T\"\nversion = \"2026-01-01\"\n[[rules]]\nid = \"r\"\ntitle = \"R\"\ncitation = \"C\"\n" + rule;
}

auto refuses(const std::string& rule, const std::string& what) {
  return testing::Matches(FailsSaying(ErrorCode::kInvalidArgument, HasSubstr(what)))(parse_rule_pack(pack_with(rule), "t.toml"));
}

TEST(RuleFileTest, ReadsARuleWithEveryKey) {
  const auto pack = parse_rule_pack(pack_with(R"(kind = "min_distance"
theme = "utilities"
filter = "kind = 'power_line'"
severity = "warn"
verified = true
uses = ["school"]
limits = [{attribute = "voltage_v", at_least = 35000, at_most = 109999, limit = 15},
  {attribute = "name", equals = "x", limit = 1}, {limit = 2.5}]
)"),
                                    "t.toml");
  ASSERT_THAT(pack, Succeeds());
  EXPECT_EQ(pack->id, "t");
  EXPECT_EQ(pack->version, "2026-01-01");
  ASSERT_EQ(pack->rules.size(), 1u);
  const Rule& rule = pack->rules[0];
  EXPECT_EQ(rule.kind, RuleKind::kMinDistance);
  EXPECT_EQ(rule.severity, Severity::kWarn);
  EXPECT_EQ(rule.theme, Theme::kUtilities);
  EXPECT_EQ(rule.filter, "kind = 'power_line'");
  EXPECT_TRUE(rule.verified);
  EXPECT_THAT(rule.uses, testing::ElementsAre("school"));
  ASSERT_EQ(rule.limits.size(), 3u);
  EXPECT_EQ(rule.limits[0].at_least, 35000);
  EXPECT_EQ(rule.limits[0].at_most, 109999);
  EXPECT_EQ(rule.limits[1].equals, "x");
  EXPECT_EQ(rule.limits[2].limit, 2.5);
  EXPECT_TRUE(rule.limits[2].attribute.empty());
}

TEST(RuleFileTest, NamesFileLineAndKeyOfAMistake) {
  EXPECT_THAT(parse_rule_pack(pack_with("kind = \"max_height\"\nlimit = \"high\"\n"), "t.toml"),
              FailsSaying(ErrorCode::kInvalidArgument, AllOf(HasSubstr("t.toml:9:"), HasSubstr("`rules[0].limit`"))));
  EXPECT_THAT(parse_rule_pack("id = \"t\n", "t.toml"), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("t.toml:1:")));
}

TEST(RuleFileTest, RefusesWhatItDoesNotKnowOrMisses) {
  EXPECT_TRUE(refuses("kind = \"max_height\"\nlimit = 3\nlimmit = 4\n", "`rules[0].limmit` is no key"));
  EXPECT_TRUE(refuses("kind = \"max_heigth\"\nlimit = 3\n", "`rules[0].kind` must be"));
  EXPECT_TRUE(refuses("kind = \"max_height\"\n", "`rules[0].limit` is missing"));
  EXPECT_TRUE(refuses("kind = \"max_height\"\nlimit = -1\n", "must be from 0"));
  EXPECT_TRUE(refuses("kind = \"max_height\"\nlimit = nan\n", "finite"));
  EXPECT_TRUE(refuses("kind = \"max_height\"\nlimit = 3\ntheme = \"zones\"\n", "`rules[0].theme` is no key"));
  EXPECT_TRUE(refuses("kind = \"min_distance\"\nlimit = 3\n", "`rules[0].theme` is missing"));
  EXPECT_TRUE(refuses("kind = \"min_distance\"\nlimit = 3\ntheme = \"castles\"\n", "must be a theme"));
  EXPECT_TRUE(refuses("kind = \"outside\"\ntheme = \"zones\"\nlimit = 3\n", "`rules[0].limit` is no key"));
  EXPECT_TRUE(refuses("kind = \"road_access\"\nlimit = 3\n", "`rules[0].profile` is missing"));
  EXPECT_TRUE(refuses("kind = \"max_height\"\nlimit = 3\nseverity = \"bad\"\n", "must be fail or warn"));
  EXPECT_TRUE(refuses("kind = \"max_height\"\nlimits = [{limit = 3}]\n", "give one `limit`"));
  const std::string distance = "kind = \"min_distance\"\ntheme = \"zones\"\n";
  EXPECT_TRUE(refuses(distance + "limit = 1\nlimits = [{limit = 3}]\n", "cannot stand beside"));
  EXPECT_TRUE(refuses(distance + "limits = []\n", "at least one table"));
  EXPECT_TRUE(refuses(distance + "limits = [{at_least = 3, limit = 3}]\n", "`rules[0].limits[0].attribute` is missing"));
  EXPECT_TRUE(refuses(distance + "limits = [{attribute = \"a\", limit = 3}]\n", "stands without"));
  EXPECT_TRUE(refuses(distance + "limits = [{attribute = \"a\", at_least = 3, at_most = 2, limit = 3}]\n", "less than"));
  EXPECT_TRUE(refuses(distance + "limits = [{limit = 3}, {attribute = \"a\", at_least = 3, limit = 3}]\n", "always holds"));
  EXPECT_TRUE(refuses(
      "kind = \"max_height\"\nlimit = 3\n[[rules]]\nid = \"r\"\ntitle = \"R\"\ncitation = \"C\"\nkind = \"max_height\"\nlimit = 3\n",
      "another rule"));
  EXPECT_THAT(parse_rule_pack("id = \"t\"\ntitle = \"T\"\nversion = \"2026-1-1\"\n", "t.toml"),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("`version`")));
  EXPECT_THAT(parse_rule_pack("id = \"t\"\ntitle = \"T\"\nversion = \"2026-01-01\"\n", "t.toml"),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("`rules` is missing")));
}

TEST(RuleFileTest, ThePacksOfTheProjectAreReadable) {
  const auto packs = read_rule_packs(std::filesystem::path(OBNOVA_SOURCE_DIR) / "data" / "rules");
  ASSERT_THAT(packs, Succeeds());
  ASSERT_EQ(packs->size(), 1u);
  EXPECT_EQ((*packs)[0].id, "demo");
  EXPECT_GE((*packs)[0].rules.size(), 8u);
}

TEST(RuleFileTest, TwoPacksOfOneIdAreRefused) {
  const auto folder = std::filesystem::temp_directory_path() / ("rule_packs_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  for (const char* name : {"a.toml", "b.toml"}) std::ofstream(folder / name) << pack_with("kind = \"max_height\"\nlimit = 3\n");
  EXPECT_THAT(read_rule_packs(folder), FailsSaying(ErrorCode::kInvalidArgument, AllOf(HasSubstr("b.toml"), HasSubstr("id t"))));
  std::filesystem::remove_all(folder);
  EXPECT_THAT(read_rule_packs(folder), FailsWith(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace obnova::geo
