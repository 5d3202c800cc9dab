#include "geo/damage/scale.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/geo/damage/damage_rules.h"
#include "tests/support/result_matchers.h"

namespace obnova::geo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

std::string scale_text(const std::string& codes) {
  return "id = \"s\"\ntitle = \"S\"\nsource = \"somebody\"\ncitation = \"a book\"\n" + codes;
}

std::string code_text(const std::string& more, const std::string& id = "1") {
  return "[[codes]]\nid = \"" + id + "\"\ntitle = \"T\"\nspeaks_of = [\"building\"]\n" + more;
}

constexpr const char* kMeaning =
    "grade = \"slight\"\ndamage_ratio = { least = 0.1, expected = 0.2, most = 0.3 }\n"
    "functionality = { least = 0.5, expected = 0.6, most = 0.7 }\n";

TEST(ScaleFilesTest, SevenScalesAreShippedAndAllAreRead) {
  const auto scales = read_damage_scales(std::filesystem::path(OBNOVA_SOURCE_DIR) / "data" / "scales");
  ASSERT_THAT(scales, Succeeds());
  std::vector<std::string> ids;
  for (const DamageScale& scale : *scales) ids.push_back(scale.id);
  EXPECT_THAT(ids, ElementsAre("copernicus_ems", "ems98", "fema_pda", "rapida", "ua_register", "unosat", "xbd"));
}

TEST(ScaleFilesTest, EveryIntervalIsInOrderAndHarmGoesWithTheGrade) {
  for (const DamageScale& scale : shipped_scales()) {
    for (const DamageCode& code : scale.codes) {
      EXPECT_TRUE(is_valid(code.damage_ratio) && is_valid(code.functionality)) << scale.id << " " << code.id;
      for (const DamageCode& other : scale.codes) {
        if (!code.grade || !other.grade || !code.complete || !other.complete || *code.grade >= *other.grade) continue;
        EXPECT_LE(code.damage_ratio.most, other.damage_ratio.most) << scale.id << " " << code.id << " " << other.id;
        EXPECT_LE(code.damage_ratio.least, other.damage_ratio.least) << scale.id << " " << code.id << " " << other.id;
      }
    }
  }
}

TEST(ScaleFilesTest, UnosatCountsBackwardsAndSixAndElevenStandOutside) {
  const auto grade = [](std::string_view word) { return shipped_code("unosat", word).grade; };
  EXPECT_EQ(grade("1"), Grade::kDestroyed);
  EXPECT_EQ(grade("2"), Grade::kSevere);
  EXPECT_EQ(grade("3"), Grade::kModerate);
  EXPECT_EQ(grade("4"), Grade::kPossible);
  EXPECT_EQ(grade("6"), Grade::kNone);
  EXPECT_EQ(grade("11"), Grade::kPossible);
  EXPECT_TRUE(shipped_code("unosat", "6").complete);
  EXPECT_FALSE(shipped_code("unosat", "11").complete);
}

TEST(ScaleFilesTest, WordsOfRealFilesAreKnown) {
  for (const char* word : {"destroyed", "severe", "moderate", "possible", "crater_road", "crater_field"}) {
    EXPECT_NE(find_scale(shipped_scales(), "unosat")->find(word), nullptr) << word;
  }
  for (const char* word : {"Completely Destroyed", "Highly Damaged", "Moderately Damaged", "Negligible to slight damage", "Not Affected",
                           "Not Applicable", "Destroyed", "Damaged", "Possibly damaged", "No visible damage", "NO VISIBLE DAMAGE"}) {
    EXPECT_NE(find_scale(shipped_scales(), "copernicus_ems")->find(word), nullptr) << word;
  }
  EXPECT_EQ(&shipped_code("copernicus_ems", "completely destroyed"), &shipped_code("copernicus_ems", "Destroyed"));
}

TEST(DamageScaleTest, SpellingsOfOneCodeAreOne) {
  EXPECT_EQ(folded_word("  No  Visible\tDAMAGE "), "no visible damage");
  EXPECT_EQ(folded_word("crater_road"), "crater road");
  EXPECT_EQ(folded_word("1.000"), "1");
  EXPECT_EQ(folded_word("1.5"), "1.5");
  EXPECT_EQ(folded_word(".0"), ".0");
  EXPECT_EQ(folded_word("ЗНИЩЕНО Ґ Є І Ї"), "знищено ґ є і ї");
  EXPECT_EQ(folded_word(" _ "), "");
  EXPECT_EQ(shipped_code("ua_register", "Знищено").grade, Grade::kDestroyed);
  EXPECT_EQ(shipped_code("ua_register", "КАТЕГОРІЯ ІІ").id, "II");
}

TEST(DamageScaleTest, BrokenTextIsFoldedWithoutReadingPastItsEnd) { EXPECT_EQ(folded_word("a\xD0"), "a\xD0"); }

TEST(DamageScaleTest, UnknownScalesAndCodesAreNamed) {
  EXPECT_THAT(find_code(shipped_scales(), "richter", "1"), FailsSaying(ErrorCode::kNotFound, HasSubstr("richter")));
  EXPECT_THAT(find_code(shipped_scales(), "unosat", "5"), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("`5`")));
  EXPECT_THAT(find_code(shipped_scales(), "unosat", ""), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(DamageScaleTest, ACraterInAFieldSaysNothingOfBuildingsOrRoads) {
  EXPECT_FALSE(speaks_of(shipped_code("unosat", "crater_field"), Theme::kBuildings));
  EXPECT_FALSE(speaks_of(shipped_code("unosat", "crater_field"), Theme::kRoads));
  EXPECT_TRUE(speaks_of(shipped_code("unosat", "crater_road"), Theme::kRoads));
  EXPECT_FALSE(speaks_of(shipped_code("unosat", "crater_road"), Theme::kFacilities));
  EXPECT_TRUE(speaks_of(shipped_code("unosat", "1"), Theme::kFacilities));
  EXPECT_FALSE(speaks_of(shipped_code("unosat", "1"), Theme::kRoads));
}

TEST(ScaleFileTest, ReadsACode) {
  const auto scale =
      parse_damage_scale(scale_text(code_text(std::string("words = [\"One \", \"ONE\"]\ncomplete = false\n") + kMeaning)), "s.toml");
  ASSERT_THAT(scale, Succeeds());
  const DamageCode& code = scale->codes.at(0);
  EXPECT_THAT(code.words, UnorderedElementsAre("1", "one"));
  EXPECT_EQ(code.grade, Grade::kSlight);
  EXPECT_FALSE(code.complete);
  EXPECT_EQ(code.damage_ratio, (Interval{0.1, 0.2, 0.3}));
  EXPECT_EQ(code.functionality, (Interval{0.5, 0.6, 0.7}));
}

TEST(ScaleFileTest, RefusesWhatItDoesNotKnow) {
  const auto refused = [](const std::string& codes, const char* why) {
    EXPECT_THAT(parse_damage_scale(scale_text(codes), "s.toml"), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr(why))) << codes;
  };
  const std::string meaning = kMeaning;
  refused("", "`codes` is missing");
  refused(code_text("grade = \"bad\"\n"), "grade");
  refused(code_text("grade = \"slight\"\n"), "`codes[0].damage_ratio` is missing");
  refused(code_text(meaning + "weight = 3\n"), "weight");
  refused(code_text(meaning) + code_text(meaning), "`1`, which another code has");
  refused(code_text("grade = \"slight\"\ndamage_ratio = { least = 0.3, expected = 0.2, most = 0.4 }\n"), "less than `least`");
  refused(code_text("grade = \"slight\"\ndamage_ratio = { least = 0.1, expected = 0.2, most = 0.1 }\n"), "less than `expected`");
  refused(code_text("grade = \"slight\"\ndamage_ratio = { least = 0.1, expected = 0.2, most = 1.1 }\n"), "from 0 to 1");
  refused(code_text("grade = \"unassessed\"\ndamage_ratio = { least = 0, expected = 0, most = 1 }\n"), "cannot stand beside");
  refused("[[codes]]\nid = \"1\"\ntitle = \"T\"\nspeaks_of = [\"tree\"]\n" + meaning, "building, road or ground");
  refused("[[codes]]\nid = \"1\"\ntitle = \"T\"\nspeaks_of = []\n" + meaning, "building, road or ground");
}

}  // namespace
}  // namespace obnova::geo
