#include "geo/damage/crosswalk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/geo/damage/damage_rules.h"
#include "tests/support/random_layers.h"

namespace obnova::geo {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const DamageScale& scale(std::string_view id) { return *find_scale(shipped_scales(), id); }

Translation from(std::string_view id, std::string_view word) { return as_stated(scale(id), *scale(id).find(word)); }

std::vector<std::string> ids_of(const Translation& translation) {
  std::vector<std::string> ids;
  for (const std::size_t place : translation.codes) ids.push_back(scale(translation.scale).codes[place].id);
  return ids;
}

// Intervals on tenths, so that they touch, nest and collapse.
Interval random_interval(RandomNumbers& random) {
  std::array<double, 3> ends = {};
  for (double& end : ends) end = static_cast<double>(random.below(11)) / 10;
  std::ranges::sort(ends);
  return {ends[0], ends[1], ends[2]};
}

DamageScale random_scale(RandomNumbers& random, std::string id) {
  DamageScale scale{.id = std::move(id)};
  const std::size_t count = 1 + random.below(6);
  for (std::size_t i = 0; i < count; ++i) {
    DamageCode code{.id = std::to_string(i), .words = {std::to_string(i)}};
    code.speaks_of.add(static_cast<Subject>(random.below(3)));
    if (random.one_in(2)) code.speaks_of.add(Subject::kBuilding);
    code.complete = !random.one_in(3);
    if (!random.one_in(5)) {
      code.grade = static_cast<Grade>(random.below(kGradeCount));
      code.damage_ratio = random_interval(random);
      code.functionality = random_interval(random);
    }
    scale.codes.push_back(std::move(code));
  }
  return scale;
}

TEST(CrosswalkTest, ADecidedWordStaysOneWordWhereTheScaleHasIt) {
  EXPECT_THAT(ids_of(translated(from("unosat", "6"), scale("xbd"))), testing::Contains("no-damage"));
  EXPECT_THAT(ids_of(translated(from("ems98", "D5"), scale("xbd"))), ElementsAre("destroyed"));
}

TEST(CrosswalkTest, WhatTheTargetTellsApartAndTheSourceDoesNotBecomesSeveralCodes) {
  const Translation translation = translated(from("ems98", "D3"), scale("copernicus_ems"));
  EXPECT_THAT(ids_of(translation), ElementsAre("Highly Damaged", "Moderately Damaged", "Damaged", "Possibly damaged"));
  EXPECT_FALSE(translation.is_decided());
  EXPECT_FALSE(translation.complete);
  EXPECT_GT(translation.precision_lost, 0);
}

TEST(CrosswalkTest, AStatementInItsOwnScaleStaysAsItIs) {
  const Translation stated = from("unosat", "3");
  const Translation translation = translated(stated, scale("unosat"));
  EXPECT_THAT(ids_of(translation), ElementsAre("3"));
  EXPECT_EQ(translation.precision_lost, 0);
}

TEST(CrosswalkTest, AHintNeverBecomesAFullObservation) {
  for (const DamageScale& target : shipped_scales()) EXPECT_FALSE(translated(from("unosat", "11"), target).complete) << target.id;
}

TEST(CrosswalkTest, WhoCouldNotTellStillCannotTell) {
  EXPECT_THAT(ids_of(translated(from("copernicus_ems", "Not Applicable"), scale("xbd"))), ElementsAre("un-classified"));
  EXPECT_THAT(ids_of(translated(from("copernicus_ems", "Not Applicable"), scale("ems98"))), IsEmpty());
}

TEST(CrosswalkTest, ACraterInAFieldHasNoWordInAScaleOfBuildings) {
  const Translation translation = translated(from("unosat", "crater_field"), scale("ems98"));
  EXPECT_THAT(ids_of(translation), IsEmpty());
  EXPECT_EQ(translation.damage_ratio, from("unosat", "crater_field").damage_ratio);
}

TEST(CrosswalkTest, IntervalsThatOnlyTouchAreDifferentWords) {
  DamageScale target{.id = "t"};
  target.codes.push_back({.id = "low", .grade = Grade::kSlight, .damage_ratio = {0, 0.1, 0.2}});
  target.codes.push_back({.id = "high", .grade = Grade::kSevere, .damage_ratio = {0.2, 0.3, 0.4}});
  for (DamageCode& code : target.codes) code.speaks_of.add(Subject::kBuilding);
  Translation statement{.scale = "s", .damage_ratio = {0.2, 0.25, 0.3}};
  statement.speaks_of.add(Subject::kBuilding);
  EXPECT_THAT(translated(statement, target).codes, ElementsAre(1));
  statement.damage_ratio = {0.2, 0.2, 0.2};
  EXPECT_THAT(translated(statement, target).codes, ElementsAre(0, 1));
}

TEST(CrosswalkTest, ThereAndBackAgainNeverNarrowsAndNeverUpgrades) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    RandomNumbers random(seed);
    const DamageScale a = random_scale(random, "a");
    const DamageScale b = random_scale(random, "b");
    for (std::size_t i = 0; i < a.codes.size(); ++i) {
      const Translation stated = as_stated(a, a.codes[i]);
      const Translation there = translated(stated, b);
      const Translation back = translated(there, a);
      SCOPED_TRACE(seed);
      EXPECT_TRUE(there.damage_ratio.contains(stated.damage_ratio) && there.functionality.contains(stated.functionality));
      EXPECT_TRUE(back.damage_ratio.contains(there.damage_ratio) && back.functionality.contains(there.functionality));
      EXPECT_TRUE(is_valid(back.damage_ratio) && is_valid(back.functionality));
      EXPECT_TRUE(std::ranges::find(back.codes, i) != back.codes.end());
      EXPECT_TRUE(stated.complete || (!there.complete && !back.complete));
      EXPECT_TRUE(there.precision_lost >= 0 && back.precision_lost >= there.precision_lost - 1e-12);
    }
  }
}

TEST(CrosswalkTest, ShippedScalesObeyThatToo) {
  for (const DamageScale& a : shipped_scales()) {
    for (const DamageScale& b : shipped_scales()) {
      for (std::size_t i = 0; i < a.codes.size(); ++i) {
        const Translation stated = as_stated(a, a.codes[i]);
        const Translation back = translated(translated(stated, b), a);
        EXPECT_TRUE(back.damage_ratio.contains(stated.damage_ratio)) << a.id << " " << a.codes[i].id << " by way of " << b.id;
        EXPECT_TRUE(std::ranges::find(back.codes, i) != back.codes.end());
      }
    }
  }
}

}  // namespace
}  // namespace obnova::geo
