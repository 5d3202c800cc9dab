#include "server/assess/conditions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/layer/layer_edit.h"
#include "server/assess/graded_features.h"
#include "server/assess/matching.h"
#include "server/assess/observed_at.h"
#include "tests/geo/damage/damage_rules.h"
#include "tests/support/result_matchers.h"

namespace obnova::server {
namespace {

using geo::ConditionCase;
using geo::Value;

Instant at(const char* text) { return parse_observed_at(text)->instant; }

std::shared_ptr<const DamageRules> shipped() {
  return std::make_shared<const DamageRules>(DamageRules{.scales = geo::shipped_scales(), .condition = geo::shipped_rule()});
}

Geometry square(double x_m) { return Geometry::rectangle({{x_m, 0}, {x_m + 10, 10}}); }

// Ten houses in a row, 20 m from one to the next, with ten people each.
std::shared_ptr<const geo::Layer> houses(double shift_m = 0) {
  geo::LayerBuilder builder({.id = "houses", .theme = geo::Theme::kBuildings}, {{"residents", geo::FieldType::kDouble}});
  for (int i = 0; i < 10; ++i) EXPECT_THAT(builder.add("way/" + std::to_string(i), square(20 * i + shift_m), {Value(10.0)}), Succeeds());
  return std::move(builder).build();
}

struct Said {
  const char* id;
  double x_m;
  const char* code;
  const char* observed_at;
};

std::shared_ptr<const geo::Layer> statements(const std::vector<Said>& said) {
  geo::LayerBuilder builder({.id = "damage", .theme = geo::Theme::kAssessments}, statement_fields());
  for (const Said& one : said) {
    std::vector<Value> values(kStatementFieldCount);
    values[static_cast<std::size_t>(StatementField::kScale)] = Value("unosat");
    values[static_cast<std::size_t>(StatementField::kCode)] = Value(std::string(one.code));
    values[static_cast<std::size_t>(StatementField::kObservedAt)] = Value(std::string(one.observed_at));
    EXPECT_THAT(builder.add(one.id, Geometry::point({one.x_m, 5}).view(), values), Succeeds());
  }
  return std::move(builder).build();
}

// The statements as a run of matching leaves them.
std::shared_ptr<const geo::Layer> matched(const std::shared_ptr<const geo::Layer>& said, const geo::City& city) {
  const auto run = match_statements(city, {}, *shipped(), {});
  EXPECT_THAT(run, Succeeds());
  geo::LayerEdit edit(said);
  for (const FactChange& change : run->changes) {
    const FeatureId feature = *said->find_feature(change.feature);
    std::vector<Value> values;
    for (std::size_t i = 0; i < said->fields().size(); ++i) values.push_back(said->column(i).value_at(feature));
    for (const auto& [field, value] : std::get<FactChange::Set>(change.what).values) values[field] = value;
    EXPECT_THAT(edit.put_values(change.feature, values), Succeeds());
  }
  return std::move(edit).build();
}

std::shared_ptr<const geo::City> city_of(std::vector<std::shared_ptr<const geo::Layer>> layers, std::int64_t revision = 1,
                                         const geo::City* before = nullptr) {
  return geo::City::make("town", "EPSG:32633", revision, std::move(layers), {}, before);
}

std::shared_ptr<const Snapshot> facts_of(std::shared_ptr<const geo::City> city) {
  Snapshot snapshot;
  snapshot.city = std::move(city);
  return std::make_shared<const Snapshot>(std::move(snapshot));
}

std::shared_ptr<const Snapshot> town(const std::vector<Said>& said) {
  const auto layer = statements(said);
  const auto unmatched = city_of({houses(), layer});
  return facts_of(city_of({houses(), matched(layer, *unmatched)}));
}

const geo::Layer& houses_of(const Snapshot& snapshot) { return *snapshot.city->layers().at("houses").layer; }

std::string condition_of(const Snapshot& snapshot, std::uint32_t house) {
  const geo::Column* const column = houses_of(snapshot).column("condition");
  return column == nullptr ? "" : std::string(column->text_at({house}));
}

double people(const Snapshot& snapshot, std::uint32_t house) { return *houses_of(snapshot).column("residents")->number_at({house}); }

TEST(ConditionsTest, DamageChangesTheFeaturesItIsSaidOf) {
  Conditions conditions(shipped());
  const auto facts = town({{"a", 5, "1", "2022-03-14"}, {"b", 25, "3", "2022-03-14"}});
  const auto snapshot = conditions.apply(facts, ConditionCase::kExpected, at("2022-06-01"));
  ASSERT_THAT(snapshot, Succeeds());
  EXPECT_EQ(condition_of(**snapshot, 0), "destroyed");
  EXPECT_EQ(people(**snapshot, 0), 0);
  EXPECT_EQ(condition_of(**snapshot, 1), "moderate");
  EXPECT_EQ(condition_of(**snapshot, 2), "") << "nobody looked, so nothing is said";
  EXPECT_EQ(people(**snapshot, 2), 10);
  EXPECT_EQ(houses_of(**snapshot).changed_rows().size(), 2U) << "only what was assessed is patched";
  EXPECT_EQ(houses_of(*facts).column("condition"), nullptr) << "facts stay as they are";
  EXPECT_EQ(*conditions.apply(facts, ConditionCase::kExpected, at("2023-01-01")), *snapshot) << "nothing was observed between the two";
  const auto dark = conditions.apply(facts, ConditionCase::kPessimistic, at("2022-06-01"));
  EXPECT_LT(people(**dark, 1), people(**snapshot, 1));
}

TEST(ConditionsTest, AFacilitySharesTheFateOfItsBuilding) {
  geo::LayerBuilder builder({.id = "clinics", .theme = geo::Theme::kFacilities}, {{"capacity", geo::FieldType::kInt}});
  const Value capacity(std::int64_t{30});
  ASSERT_THAT(builder.add("inside", Geometry::point({5, 5}), {capacity}), Succeeds());
  ASSERT_THAT(builder.add("same", square(0), {capacity}), Succeeds());
  ASSERT_THAT(builder.add("campus", Geometry::rectangle({{-50, -50}, {60, 60}}), {capacity}), Succeeds());
  ASSERT_THAT(builder.add("beside", Geometry::point({15, 5}), {capacity}), Succeeds());
  const auto town_alone = town({{"a", 5, "1", "2022-03-14"}});
  const auto facts = facts_of(
      city_of({town_alone->city->layers().at("houses").layer, town_alone->city->layers().at("damage").layer, std::move(builder).build()}));
  Conditions conditions(shipped());
  const auto snapshot = conditions.apply(facts, ConditionCase::kExpected, at("2022-06-01"));
  ASSERT_THAT(snapshot, Succeeds());
  const geo::Layer& clinics = *(*snapshot)->city->layers().at("clinics").layer;
  ASSERT_NE(clinics.column("usable"), nullptr);
  EXPECT_FALSE(clinics.column("usable")->bool_at({0}));
  EXPECT_FALSE(clinics.column("usable")->bool_at({1}));
  EXPECT_TRUE(clinics.column("usable")->is_null({2})) << "a campus is more than one of its buildings";
  EXPECT_TRUE(clinics.column("usable")->is_null({3}));
  EXPECT_EQ(clinics.column("capacity")->int_at({0}), 0);
}

TEST(ConditionsTest, WhatIsObservedLaterDoesNotCountBefore) {
  Conditions conditions(shipped());
  const auto facts = town({{"a", 5, "3", "2022-03-14"}, {"b", 5.5, "1", "2022-05-08"}});
  const auto grade = [&](const char* time) { return condition_of(**conditions.apply(facts, ConditionCase::kExpected, at(time)), 0); };
  EXPECT_EQ(grade("2022-03-13"), "");
  EXPECT_EQ(grade("2022-03-14"), "moderate") << "the instant of an observation has it";
  EXPECT_EQ(grade("2022-05-07"), "moderate");
  EXPECT_EQ(grade("2022-05-08"), "destroyed");
  EXPECT_EQ(grade("2022-03-13"), "");
}

TEST(ConditionsTest, AnEditElsewhereSharesWhatWasMade) {
  Conditions conditions(shipped());
  const auto facts = town({{"a", 5, "1", "2022-03-14"}});
  const auto first = conditions.apply(facts, ConditionCase::kExpected, at("2022-06-01"));
  geo::LayerBuilder builder({.id = "places", .theme = geo::Theme::kPlaces}, {});
  ASSERT_THAT(builder.add("p", Geometry::point({1, 1}), {}), Succeeds());
  const auto edited =
      facts_of(city_of({facts->city->layers().at("houses").layer, facts->city->layers().at("damage").layer, std::move(builder).build()}, 2,
                       facts->city.get()));
  const auto second = conditions.apply(edited, ConditionCase::kExpected, at("2022-06-01"));
  ASSERT_THAT(second, Succeeds());
  EXPECT_EQ(&houses_of(**second), &houses_of(**first));
  EXPECT_EQ((*second)->city->revision(), 2);
  EXPECT_TRUE((*second)->city->layers().contains("places"));
  Conditions fresh(shipped());
  EXPECT_EQ((*fresh.apply(edited, ConditionCase::kExpected, at("2022-06-01")))->city->digest(), (*second)->city->digest());
}

TEST(ConditionsTest, SubjectsAreIdsAndSurviveOtherPlaces) {
  Conditions conditions(shipped());
  const auto facts = town({{"a", 5, "1", "2022-03-14"}});
  const auto moved = facts_of(city_of({houses(7), facts->city->layers().at("damage").layer}, 2));
  const auto snapshot = conditions.apply(moved, ConditionCase::kExpected, at("2022-06-01"));
  EXPECT_EQ(condition_of(**snapshot, 0), "destroyed");
}

// FIELD_NOTES 11, item 10: no record is not no damage, and the covered area is respected.
TEST(ConditionsTest, NobodyIsUndamagedByBeingLeftOut) {
  Conditions conditions(shipped());
  const auto facts = town({{"a", 5, "1", "2022-03-14"}});
  const auto snapshot = conditions.apply(facts, ConditionCase::kExpected, at("2022-06-01"));
  const auto graded = graded_features(**snapshot, houses_of(**snapshot), geo::shipped_rule(), {});
  ASSERT_THAT(graded, Succeeds());
  ASSERT_EQ(graded->size(), 10U);
  EXPECT_EQ((*graded)[0].grade, geo::Grade::kDestroyed);
  for (std::size_t i = 1; i < 10; ++i) EXPECT_EQ((*graded)[i].grade, std::nullopt);
  const std::vector<FeatureId> all = {{0}, {1}, {2}};
  EXPECT_EQ(**unassessed_warning(**snapshot, houses_of(**snapshot), all),
            "2 of 3 features of layer `houses` were never assessed for damage: they count as undamaged.");
  EXPECT_EQ(*unassessed_warning(**snapshot, houses_of(**snapshot), std::vector<FeatureId>{{0}}), std::nullopt);
}

TEST(ConditionsTest, AnExhaustiveSurveyImpliesTheRest) {
  auto description = geo::LayerDescription{.id = "damage", .theme = geo::Theme::kAssessments};
  description.covered_area = Geometry::rectangle({{-5, -5}, {95, 15}});
  geo::LayerBuilder builder(description, statement_fields());
  std::vector<Value> values(kStatementFieldCount);
  values[static_cast<std::size_t>(StatementField::kScale)] = Value("unosat");
  values[static_cast<std::size_t>(StatementField::kCode)] = Value("1");
  values[static_cast<std::size_t>(StatementField::kObservedAt)] = Value("2022-03-14");
  values[static_cast<std::size_t>(StatementField::kExhaustive)] = Value(true);
  ASSERT_THAT(builder.add("a", Geometry::point({5, 5}).view(), values), Succeeds());
  const auto said = std::move(builder).build();
  const auto facts = facts_of(city_of({houses(), matched(said, *city_of({houses(), said}))}));
  Conditions conditions(shipped());
  const auto snapshot = conditions.apply(facts, ConditionCase::kExpected, at("2022-06-01"));
  const auto graded = graded_features(**snapshot, houses_of(**snapshot), geo::shipped_rule(), {});
  ASSERT_THAT(graded, Succeeds());
  EXPECT_EQ((*graded)[0].grade, geo::Grade::kDestroyed);
  EXPECT_EQ((*graded)[4].grade, geo::Grade::kNone);
  EXPECT_EQ((*graded)[5].grade, std::nullopt) << "outside of the area nobody looked";
}

TEST(MatchingTest, DecidedStatementsAreLeftAlone) {
  const auto said = statements({{"a", 5, "1", "2022-03-14"},
                                {"b", 15, "1", "2022-03-14"},
                                {"c", 900, "1", "2022-03-14"},
                                {"d", 5, "crater_field", "2022-03-14"},
                                {"e", 5, "what", "2022-03-14"}});
  const auto city = city_of({houses(), said});
  const auto run = match_statements(*city, {}, *shipped(), {});
  ASSERT_THAT(run, Succeeds());
  EXPECT_EQ(run->matched, 1);
  EXPECT_EQ(run->review, 1) << "halfway between two houses";
  EXPECT_EQ(run->unmatched, 3);
  EXPECT_EQ(run->reasons.at({MatchState::kUnmatched, "unknown_code"}), 1);
  EXPECT_EQ(run->reasons.at({MatchState::kUnmatched, "nothing_near"}), 1);
  const auto after = matched(said, *city);
  const auto again = match_statements(*city_of({houses(), after}), {}, *shipped(), {});
  ASSERT_THAT(again, Succeeds());
  EXPECT_EQ(again->kept, 1);
  EXPECT_TRUE(again->changes.empty()) << "the same question has the same answer";
  const Statements read(*after);
  EXPECT_EQ(read.candidates({1}).size(), 3U);
  EXPECT_THAT(match_statements(*city_of({houses()}), {}, *shipped(), {}), FailsWith(ErrorCode::kFailedPrecondition));
  EXPECT_THAT(match_statements(*city_of({said}), {}, *shipped(), {}), FailsWith(ErrorCode::kFailedPrecondition));
  EXPECT_THAT(match_statements(*city, {.layer = "houses"}, *shipped(), {}), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(match_statements(*city, {.onto = "roads"}, *shipped(), {}), FailsWith(ErrorCode::kNotFound));
}

}  // namespace
}  // namespace obnova::server
