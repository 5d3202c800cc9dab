#include "geo/damage/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/geo/damage/damage_rules.h"
#include "tests/support/random_layers.h"

namespace obnova::geo {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

std::optional<Grade> random_grade(RandomNumbers& random) {
  const auto number = random.below(kGradeCount + 1);
  return number == kGradeCount ? std::nullopt : std::optional(static_cast<Grade>(number));
}

TEST(SummaryTest, ABuildingOnABorderCountsOnceInTheTotalAndOnceInEachArea) {
  const std::vector<DamageEntry> entries = {
      {.theme = Theme::kBuildings, .grade = Grade::kSevere, .observed_at_us = 0, .areas = {FeatureId{0}, FeatureId{1}}},
      {.theme = Theme::kBuildings, .grade = Grade::kSevere, .observed_at_us = 1, .areas = {FeatureId{1}}},
      {.theme = Theme::kRoads, .grade = Grade::kNone},
      {.theme = Theme::kRoads, .areas = {FeatureId{0}}}};
  const DamageSummary summary = summarize(entries);
  EXPECT_EQ(summary.total.all(), 4);
  EXPECT_EQ(summary.total.of(Grade::kSevere), 2);
  EXPECT_EQ(summary.total.of(std::nullopt), 1);
  EXPECT_EQ(summary.by_area.at(FeatureId{0}).of(Grade::kSevere), 1);
  EXPECT_EQ(summary.by_area.at(FeatureId{1}).of(Grade::kSevere), 2);
  EXPECT_EQ(summary.counted_again.of(Grade::kSevere), 1);
  EXPECT_EQ(summary.outside_areas.of(Grade::kNone), 1);
  EXPECT_EQ(summary.by_theme.at(Theme::kRoads).all(), 2);
  EXPECT_EQ(summary.by_day.at("1970-01-01").of(Grade::kSevere), 2);
  EXPECT_EQ(summary.by_day.at("").all(), 2);
}

TEST(SummaryTest, NothingIsAllZero) {
  const DamageSummary summary = summarize({});
  EXPECT_EQ(summary.total.all(), 0);
  EXPECT_THAT(summary.by_area, IsEmpty());
}

TEST(SummaryTest, RollUpsReconcileGradeByGrade) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    RandomNumbers random(seed);
    std::vector<DamageEntry> entries(random.below(50));
    for (DamageEntry& entry : entries) {
      entry.grade = random_grade(random);
      entry.theme = random.one_in(2) ? Theme::kRoads : Theme::kBuildings;
      for (std::uint32_t area = 0; area < 4; ++area) {
        if (random.one_in(3)) entry.areas.push_back(FeatureId{area});
      }
    }
    const DamageSummary summary = summarize(entries);
    for (std::size_t number = 0; number <= kGradeCount; ++number) {
      const auto grade = number == kGradeCount ? std::nullopt : std::optional(static_cast<Grade>(number));
      std::int64_t areas = 0;
      for (const auto& [area, counts] : summary.by_area) areas += counts.of(grade);
      std::int64_t themes = 0;
      for (const auto& [theme, counts] : summary.by_theme) themes += counts.of(grade);
      EXPECT_EQ(areas + summary.outside_areas.of(grade) - summary.counted_again.of(grade), summary.total.of(grade)) << seed;
      EXPECT_EQ(themes, summary.total.of(grade)) << seed;
      EXPECT_EQ(summary.total.of(grade), std::ranges::count(entries, grade, &DamageEntry::grade)) << seed;
    }
  }
}

TEST(CodeCountsTest, UnknownWordsAreCountedByWord) {
  const std::vector<Assessment> assessments = {{.scale = "unosat", .code = "1"},
                                               {.scale = "unosat", .code = "DESTROYED"},
                                               {.scale = "unosat", .code = "5"},
                                               {.scale = "richter", .code = "1"}};
  const CodeCounts counts = count_codes(assessments, shipped_scales());
  EXPECT_THAT(counts.by_code, ElementsAre(Pair(Pair("unosat", "1"), 2)));
  EXPECT_THAT(counts.unknown, ElementsAre(Pair(Pair("richter", "1"), 1), Pair(Pair("unosat", "5"), 1)));
}

TEST(ChangeTest, NewlyAndNoLongerAssessedAreNeitherWorseNorBetter) {
  const std::vector<std::optional<Grade>> before = {Grade::kNone,   Grade::kSevere,   std::nullopt,
                                                    Grade::kSlight, Grade::kPossible, std::nullopt};
  const std::vector<std::optional<Grade>> after = {Grade::kDestroyed, Grade::kSlight, Grade::kModerate, Grade::kSlight,
                                                   std::nullopt,      std::nullopt,   Grade::kNone};
  const DamageChange change = change_between(before, after);
  EXPECT_EQ(change.all(), 7);
  EXPECT_EQ(change.of(Grade::kNone, Grade::kDestroyed), 1);
  EXPECT_EQ(change.of(std::nullopt, Grade::kModerate), 1);
  EXPECT_EQ(change.of(Grade::kPossible, std::nullopt), 1);
  EXPECT_EQ(change.of(std::nullopt, std::nullopt), 1);
  EXPECT_EQ(change.newly_assessed(), 2) << "one of them did not exist before";
  EXPECT_EQ(change.no_longer_assessed(), 1);
  EXPECT_EQ(change.worse(), 1);
  EXPECT_EQ(change.better(), 1);
  EXPECT_EQ(change.unchanged(), 1);
}

TEST(ChangeTest, TheReverseTableIsTheTransposedOne) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    RandomNumbers random(seed);
    std::vector<std::optional<Grade>> before(random.below(40));
    std::vector<std::optional<Grade>> after(random.below(40));
    for (auto& grade : before) grade = random_grade(random);
    for (auto& grade : after) grade = random_grade(random);
    const DamageChange there = change_between(before, after);
    const DamageChange back = change_between(after, before);
    EXPECT_EQ(there.worse(), back.better());
    EXPECT_EQ(there.newly_assessed(), back.no_longer_assessed());
    EXPECT_EQ(there.all(), static_cast<std::int64_t>(std::max(before.size(), after.size())));
    EXPECT_EQ(there.worse() + there.better() + there.unchanged() + there.newly_assessed() + there.no_longer_assessed() +
                  there.of(std::nullopt, std::nullopt),
              there.all());
  }
}

TEST(CountedGradeTest, TheUnassessedHaveNone) {
  EXPECT_EQ(counted_grade({}, ConditionCase::kExpected), std::nullopt);
  const Condition severe = condition_implied_by({.code = &shipped_code("unosat", "2")});
  EXPECT_EQ(counted_grade(severe, ConditionCase::kExpected), Grade::kSevere);
}

}  // namespace
}  // namespace obnova::geo
