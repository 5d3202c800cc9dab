#include "geo/damage/condition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "geo/damage/assessed_area.h"
#include "tests/geo/damage/damage_rules.h"
#include "tests/support/brute_force_damage.h"
#include "tests/support/random_layers.h"
#include "tests/support/result_matchers.h"

namespace obnova::geo {
namespace {

using testing::HasSubstr;

// What a word of UNOSAT says, seen on a day counted from any.
Observation saw(std::string_view word, std::optional<int> day, std::string_view id = "", double confidence = 1) {
  Observation observation{.code = &shipped_code("unosat", word), .confidence = confidence, .id = id};
  if (day) observation.observed_at_us = static_cast<std::int64_t>(*day * kDay_us);
  return observation;
}

Condition condition(std::vector<Observation> observations) { return condition_of(observations, shipped_rule()); }

TEST(ConditionTest, NobodyLookedIsNotUndamaged) {
  const Condition unknown = condition({});
  EXPECT_EQ(unknown.state, ConditionState::kUnassessed);
  EXPECT_EQ(unknown.damage_ratio.least, 0);
  EXPECT_EQ(unknown.damage_ratio.most, 1);
  EXPECT_EQ(state_name(unknown.state), "unassessed");
}

TEST(ConditionTest, WhoCouldNotTellSaysNothing) {
  const Observation clouds{.code = &shipped_code("copernicus_ems", "Not Applicable"), .observed_at_us = 0};
  EXPECT_EQ(condition({clouds}).state, ConditionState::kUnassessed);
  EXPECT_EQ(condition({saw("severe", 0), clouds}).expected_grade, Grade::kSevere);
  EXPECT_EQ(condition({saw("severe", 0), clouds}).observation_count, 1U);
}

TEST(ConditionTest, OneFullObservationIsTheCondition) {
  const Condition severe = condition({saw("2", 0)});
  EXPECT_EQ(severe.state, ConditionState::kDamaged);
  EXPECT_EQ(severe.expected_grade, Grade::kSevere);
  EXPECT_EQ(severe.damage_ratio, shipped_code("unosat", "2").damage_ratio);
  EXPECT_EQ(severe.leader, 0U);
  EXPECT_FALSE(severe.is_widened || severe.is_conflicting);
  EXPECT_EQ(condition({saw("6", 0)}).state, ConditionState::kAssessedNoDamage);
}

TEST(ConditionTest, TheLatestFullObservationLeadsThoughItsCodeIsGreater) {
  const Condition worse = condition({saw("3", 0), saw("1", 60)});
  EXPECT_EQ(worse.expected_grade, Grade::kDestroyed);
  EXPECT_FALSE(worse.is_widened) << "what was moderate before the second strike is superseded";
  EXPECT_EQ(worse.observed_at_us, static_cast<std::int64_t>(60 * kDay_us));
}

TEST(ConditionTest, ALaterHintWidensAndDoesNotLead) {
  const Condition hinted = condition({saw("6", 0), saw("11", 100)});
  EXPECT_EQ(hinted.expected_grade, Grade::kNone);
  EXPECT_EQ(hinted.pessimistic_grade, Grade::kPossible);
  EXPECT_EQ(hinted.state, ConditionState::kPossiblyDamaged);
  EXPECT_EQ(hinted.damage_ratio.most, shipped_code("unosat", "11").damage_ratio.most);
  EXPECT_TRUE(hinted.is_widened);
  EXPECT_FALSE(hinted.is_conflicting);
}

TEST(ConditionTest, AHintFromBeforeAFullObservationIsSuperseded) {
  EXPECT_FALSE(condition({saw("11", 0), saw("6", 15)}).is_widened);
  EXPECT_TRUE(condition({saw("11", 0), saw("6", 14)}).is_widened) << "14 days are still the same look";
}

TEST(ConditionTest, HintsAloneNeverExcludeThatNothingIsDamaged) {
  const Condition hinted = condition({saw("4", 0), saw("11", 1)});
  EXPECT_EQ(hinted.state, ConditionState::kPossiblyDamaged);
  EXPECT_EQ(hinted.optimistic_grade, Grade::kNone);
  EXPECT_EQ(hinted.damage_ratio.least, 0);
  EXPECT_EQ(hinted.functionality.most, 1);
  EXPECT_EQ(hinted.damage_ratio.most, 0.4);
  EXPECT_EQ(hinted.damage_ratio.expected, 0.05) << "the latest hint tells what is expected";
}

TEST(ConditionTest, ContradictionsOfOneLookWidenBothWays) {
  const Condition torn = condition({saw("1", 0), saw("6", 10)});
  EXPECT_EQ(torn.expected_grade, Grade::kNone);
  EXPECT_EQ(torn.pessimistic_grade, Grade::kDestroyed);
  EXPECT_EQ(torn.damage_ratio, (Interval{0, 0.01, 1}));
  EXPECT_TRUE(torn.is_conflicting);
  EXPECT_EQ(torn.state, ConditionState::kPossiblyDamaged);
  EXPECT_FALSE(condition({saw("2", 0), saw("2", 0)}).is_conflicting) << "two who say the same agree";
}

TEST(ConditionTest, NothingRepairsItselfWithinAYear) {
  EXPECT_TRUE(condition({saw("1", 0), saw("6", 365)}).is_conflicting);
  const Condition repaired = condition({saw("1", 0), saw("6", 366)});
  EXPECT_FALSE(repaired.is_conflicting);
  EXPECT_EQ(repaired.state, ConditionState::kAssessedNoDamage);
  EXPECT_FALSE(condition({saw("1", 0), saw("2", 60)}).is_conflicting) << "severe may be as bad as destroyed may be mild";
}

TEST(ConditionTest, AmongEqualsTheSurerLeadsThenTheWorseThenTheFirstId) {
  EXPECT_EQ(condition({saw("1", 0, "a", 0.5), saw("3", 0, "b", 0.9)}).expected_grade, Grade::kModerate);
  EXPECT_EQ(condition({saw("3", 0, "a"), saw("1", 0, "b")}).expected_grade, Grade::kDestroyed);
  EXPECT_EQ(condition({saw("2", 0, "b"), saw("2", 0, "a")}).leader, 1U);
}

TEST(ConditionTest, WhatHasNoDateNeverLeadsOverWhatHasOne) {
  const Condition dated = condition({saw("1", std::nullopt), saw("3", 0)});
  EXPECT_EQ(dated.expected_grade, Grade::kModerate);
  EXPECT_FALSE(dated.is_conflicting) << "nobody knows that it was within a year";
  EXPECT_EQ(condition({saw("1", std::nullopt)}).expected_grade, Grade::kDestroyed);
}

std::vector<Observation> random_observations(RandomNumbers& random, std::deque<std::string>& ids) {
  std::vector<Observation> observations;
  const DamageScale& scale = shipped_scales()[random.below(shipped_scales().size())];
  for (std::uint64_t i = 0, count = random.below(6); i < count; ++i) {
    Observation one{.code = &scale.codes[random.below(scale.codes.size())], .confidence = static_cast<double>(random.below(3)) / 2};
    one.id = ids.emplace_back(std::to_string(ids.size()));
    if (!random.one_in(6)) one.observed_at_us = static_cast<std::int64_t>(7 * kDay_us * static_cast<double>(random.below(80)));
    observations.push_back(one);
  }
  return observations;
}

TEST(ConditionTest, AgreesWithSortingEverything) {
  for (std::uint64_t seed = 0; seed < 5000; ++seed) {
    RandomNumbers random(seed);
    std::deque<std::string> ids;
    const std::vector<Observation> observations = random_observations(random, ids);
    Condition fast = condition(observations);
    fast.leader.reset();
    EXPECT_EQ(fast, brute_condition(observations, shipped_rule())) << seed;
  }
}

TEST(ConditionTest, TheOrderOfStatementsDoesNotMatterAndNoIntervalIsNarrowerThanTheLeaders) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    RandomNumbers random(seed);
    std::deque<std::string> ids;
    std::vector<Observation> observations = random_observations(random, ids);
    Condition first = condition(observations);
    if (first.leader) {
      EXPECT_TRUE(first.damage_ratio.contains(observations[*first.leader].code->damage_ratio)) << seed;
      EXPECT_TRUE(first.functionality.contains(observations[*first.leader].code->functionality)) << seed;
      EXPECT_TRUE(first.optimistic_grade <= first.expected_grade && first.expected_grade <= first.pessimistic_grade) << seed;
    }
    std::ranges::reverse(observations);
    Condition second = condition(observations);
    first.leader.reset();
    second.leader.reset();
    EXPECT_EQ(first, second) << seed;
  }
}

TEST(ConditionTest, OneMoreHintNeverNarrows) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    RandomNumbers random(seed);
    std::deque<std::string> ids;
    std::vector<Observation> observations = random_observations(random, ids);
    const Condition before = condition(observations);
    observations.push_back(saw(random.one_in(2) ? "4" : "11", static_cast<int>(7 * random.below(80)), "hint"));
    const Condition after = condition(observations);
    if (before.state == ConditionState::kUnassessed) continue;
    EXPECT_TRUE(after.damage_ratio.contains(before.damage_ratio) && after.functionality.contains(before.functionality)) << seed;
  }
}

TEST(AssessedAreasTest, OutsideAndInListsThatMissThingsABuildingIsUnassessed) {
  std::vector<AssessedArea> list;
  list.push_back({.area = Geometry::rectangle({{0, 0}, {10, 10}}), .observed_at_us = 5, .is_exhaustive = true});
  list.push_back({.area = Geometry::rectangle({{20, 0}, {30, 10}}), .observed_at_us = 6});
  list.push_back({.area = Geometry::rectangle({{5, 0}, {10, 10}}), .observed_at_us = 7, .is_exhaustive = true});
  const auto areas = AssessedAreas::make(std::move(list));
  ASSERT_THAT(areas, Succeeds());
  const auto of = [&](double x, std::vector<Observation> observations = {}) {
    const Geometry place = Geometry::point({x, 5});
    return areas->condition_of(place.view(), observations, shipped_rule());
  };
  EXPECT_EQ(of(1).state, ConditionState::kAssessedNoDamage);
  EXPECT_EQ(of(1).damage_ratio, shipped_rule().unlisted.damage_ratio);
  EXPECT_EQ(of(1).observed_at_us, 5);
  EXPECT_EQ(of(10).observed_at_us, 7) << "the latest look counts, and edges belong to the area";
  EXPECT_EQ(of(25).state, ConditionState::kUnassessed);
  EXPECT_EQ(of(50).state, ConditionState::kUnassessed);
  EXPECT_TRUE(areas->looked_at(Geometry::rectangle({{24, 4}, {26, 6}}).view()));
  EXPECT_FALSE(areas->looked_at(Geometry::rectangle({{49, 4}, {51, 6}}).view()));
  EXPECT_FALSE(areas->looked_at(GeometryView{}));
}

TEST(AssessedAreasTest, WhatWasObservedComesBeforeWhatIsImplied) {
  std::vector<AssessedArea> list;
  list.push_back({.area = Geometry::rectangle({{0, 0}, {10, 10}}), .observed_at_us = 5, .is_exhaustive = true});
  const auto areas = AssessedAreas::make(std::move(list));
  ASSERT_THAT(areas, Succeeds());
  const Geometry point = Geometry::point({1, 1});
  const std::vector<Observation> severe = {saw("severe", 0)};
  EXPECT_EQ(areas->condition_of(point.view(), severe, shipped_rule()).expected_grade, Grade::kSevere);
  const std::vector<Observation> clouds = {{.code = &shipped_code("copernicus_ems", "Not Applicable")}};
  EXPECT_EQ(areas->condition_of(point.view(), clouds, shipped_rule()).state, ConditionState::kUnassessed);
  std::vector<AssessedArea> line;
  line.push_back({.area = Geometry::line({{0, 0}, {1, 1}})});
  EXPECT_THAT(AssessedAreas::make(std::move(line)), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(ObservationTest, AConfidenceIsAShare) {
  const Assessment assessment{.id = "a7", .scale = "unosat", .code = "1", .confidence = 1.5};
  EXPECT_THAT(observation_of(assessment, shipped_scales()), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("a7")));
  EXPECT_THAT(observation_of({.scale = "unosat", .code = "1", .confidence = NAN}, shipped_scales()),
              FailsWith(ErrorCode::kInvalidArgument));
  const auto observation = observation_of({.id = "a", .scale = "unosat", .code = "Destroyed"}, shipped_scales());
  ASSERT_THAT(observation, Succeeds());
  EXPECT_EQ(observation->code, &shipped_code("unosat", "1"));
}

TEST(DayTest, IsTheDayInUtc) {
  EXPECT_EQ(day_of(0), "1970-01-01");
  EXPECT_EQ(day_of(-1), "1969-12-31");
  EXPECT_EQ(day_of(1647216000000000), "2022-03-14");
  EXPECT_EQ(day_of(1647216000000000 - 1), "2022-03-13");
}

}  // namespace
}  // namespace obnova::geo
