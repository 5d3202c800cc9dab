#include "geo/damage/effects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "geo/io/profile_file.h"
#include "geo/io/rule_file.h"
#include "geo/network/road_rules.h"
#include "tests/geo/damage/damage_rules.h"
#include "tests/support/result_matchers.h"

namespace obnova::geo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using enum ConditionCase;

Condition graded(std::string_view scale, std::string_view word) { return condition_implied_by({.code = &shipped_code(scale, word)}); }

std::vector<Effect> effects(const Condition& condition, const Standing& standing, ConditionCase which = kExpected) {
  return effects_of(condition, standing, which, shipped_rule());
}

Effect condition_word(const char* word) { return {"condition", Value(word)}; }

TEST(EffectsTest, NothingFollowsWhereNobodyLooked) {
  for (const Theme theme : {Theme::kRoads, Theme::kFacilities, Theme::kBuildings, Theme::kUtilities, Theme::kPlaces}) {
    EXPECT_THAT(effects({}, {.theme = theme, .capacity = 10, .residents = 10}), IsEmpty());
    EXPECT_EQ(share_left({}, {.theme = theme}, kPessimistic, shipped_rule()), 1);
  }
}

TEST(EffectsTest, ADestroyedRoadIsClosedInTheWordTheNetworkReads) {
  EXPECT_THAT(effects(graded("copernicus_ems", "Destroyed"), {.theme = Theme::kRoads}), ElementsAre(condition_word("destroyed")));
  EXPECT_THAT(effects(graded("copernicus_ems", "Highly Damaged"), {.theme = Theme::kRoads}), ElementsAre(condition_word("destroyed")))
      << "5 % of its use is none";
}

TEST(EffectsTest, ACraterClosesARoadOnlyInThePessimisticCase) {
  const Condition crater = graded("unosat", "crater_road");
  const Standing road{.theme = Theme::kRoads, .weight_limit_t = 10};
  EXPECT_THAT(effects(crater, road, kOptimistic), ElementsAre(condition_word("severe")));
  EXPECT_THAT(effects(crater, road, kExpected), ElementsAre(condition_word("severe"), Effect{"maxweight", Value(6.0)}));
  EXPECT_THAT(effects(crater, road, kPessimistic), ElementsAre(condition_word("destroyed")));
}

TEST(EffectsTest, ADamagedBridgeCarriesLessThanADamagedRoad) {
  const Condition moderate = graded("copernicus_ems", "Moderately Damaged");
  EXPECT_THAT(effects(moderate, {.theme = Theme::kRoads}), ElementsAre(condition_word("moderate"), Effect{"maxweight", Value(24.0)}));
  EXPECT_THAT(effects(moderate, {.theme = Theme::kRoads, .is_bridge = true}),
              ElementsAre(condition_word("moderate"), Effect{"maxweight", Value(8.0)}));
  EXPECT_THAT(effects(moderate, {.theme = Theme::kRoads, .is_bridge = true, .weight_limit_t = 7.3}),
              ElementsAre(condition_word("moderate"), Effect{"maxweight", Value(1.4)}))
      << "a limit is rounded down to a tenth";
}

TEST(EffectsTest, AnUndamagedRoadKeepsItsLimit) {
  EXPECT_THAT(effects(graded("unosat", "6"), {.theme = Theme::kRoads, .weight_limit_t = 7.5}), ElementsAre(condition_word("none")));
}

TEST(EffectsTest, AFacilityKeepsAShareOfItsCapacity) {
  const Standing school{.theme = Theme::kFacilities, .capacity = 101};
  EXPECT_THAT(effects(graded("unosat", "3"), school),
              ElementsAre(condition_word("moderate"), Effect{"usable", Value(true)}, Effect{"capacity", Value(40.0)}));
  EXPECT_THAT(effects(graded("unosat", "1"), school),
              ElementsAre(condition_word("destroyed"), Effect{"usable", Value(false)}, Effect{"capacity", Value(0.0)}));
  EXPECT_THAT(effects(graded("unosat", "3"), {.theme = Theme::kFacilities}),
              ElementsAre(condition_word("moderate"), Effect{"usable", Value(true)}))
      << "a capacity nobody stated is not made up";
}

TEST(EffectsTest, ResidentsLeaveAndMainsGoDead) {
  EXPECT_THAT(effects(graded("unosat", "2"), {.theme = Theme::kBuildings, .residents = 30}),
              ElementsAre(condition_word("severe"), Effect{"residents", Value(0.0)}));
  EXPECT_THAT(effects(graded("unosat", "2"), {.theme = Theme::kBuildings, .residents = 30}, kOptimistic),
              ElementsAre(condition_word("severe"), Effect{"residents", Value(18.0)}));
  EXPECT_THAT(effects(graded("unosat", "3"), {.theme = Theme::kUtilities}),
              ElementsAre(condition_word("moderate"), Effect{"live", Value(true)}));
  EXPECT_THAT(effects(graded("unosat", "2"), {.theme = Theme::kUtilities}),
              ElementsAre(condition_word("severe"), Effect{"live", Value(false)}));
}

TEST(EffectsTest, NoCaseIsBetterThanAMoreOptimisticOne) {
  for (const DamageScale& scale : shipped_scales()) {
    for (const DamageCode& code : scale.codes) {
      if (!code.grade) continue;
      const Condition condition = condition_implied_by({.code = &code});
      for (const Theme theme : {Theme::kRoads, Theme::kFacilities, Theme::kBuildings, Theme::kUtilities}) {
        for (const bool is_bridge : {false, true}) {
          const auto share = [&](ConditionCase which) {
            return share_left(condition, {.theme = theme, .is_bridge = is_bridge}, which, shipped_rule());
          };
          EXPECT_GE(share(kOptimistic), share(kExpected)) << scale.id << " " << code.id;
          EXPECT_GE(share(kExpected), share(kPessimistic)) << scale.id << " " << code.id;
        }
      }
    }
  }
}

std::shared_ptr<const Layer> one_road(std::vector<Field> fields, std::vector<Value> values, Theme theme = Theme::kRoads) {
  LayerBuilder builder({.id = "layer", .theme = theme}, std::move(fields));
  EXPECT_THAT(builder.add("way/1", Geometry::line({{0, 0}, {1, 0}}).view(), values), Succeeds());
  return std::move(builder).build();
}

TEST(StandingTest, ReadsNumbersAndBridgesAsTheyStandInLayers) {
  const auto limit = [](const Value& value, FieldType type) {
    return standing_of(*one_road({{"maxweight", type}}, {value}), FeatureId{0}).weight_limit_t;
  };
  EXPECT_EQ(limit(Value("7.5"), FieldType::kString), 7.5);
  EXPECT_EQ(limit(Value(" 7.5 t"), FieldType::kString), 7.5);
  EXPECT_EQ(limit(Value("7500 kg"), FieldType::kString), std::nullopt);
  EXPECT_EQ(limit(Value("none"), FieldType::kString), std::nullopt);
  EXPECT_EQ(limit(Value(), FieldType::kString), std::nullopt);
  EXPECT_EQ(limit(Value(-3.0), FieldType::kDouble), std::nullopt);
  EXPECT_EQ(limit(Value(std::int64_t{12}), FieldType::kInt), 12);
  const auto bridge = [](const Value& value, FieldType type) {
    return standing_of(*one_road({{"bridge", type}}, {value}), FeatureId{0}).is_bridge;
  };
  EXPECT_TRUE(bridge(Value("viaduct"), FieldType::kString));
  EXPECT_FALSE(bridge(Value("no"), FieldType::kString));
  EXPECT_FALSE(bridge(Value(), FieldType::kString));
  EXPECT_TRUE(bridge(Value(true), FieldType::kBool));
  EXPECT_FALSE(standing_of(*one_road({}, {}), FeatureId{0}).is_bridge);
}

TEST(PatchTest, ValuesTakeTheTypesOfTheirFields) {
  const auto layer = one_road({{"name", FieldType::kString}, {"maxweight", FieldType::kString}}, {Value("Main"), Value("20")});
  std::vector<Field> fields(layer->fields().begin(), layer->fields().end());
  fields.push_back({"condition", FieldType::kString});
  const std::vector<Effect> changed = {condition_word("severe"), {"maxweight", Value(12.5)}, {"usable", Value(true)}};
  EXPECT_THAT(values_with(*layer, FeatureId{0}, fields, changed), ElementsAre(Value("Main"), Value("12.5"), Value("severe")));
  const std::vector<Field> whole = {{"maxweight", FieldType::kInt}, {"usable", FieldType::kString}, {"condition", FieldType::kDouble}};
  EXPECT_THAT(values_with(*layer, FeatureId{0}, whole, changed), ElementsAre(Value(std::int64_t{12}), Value("yes"), Value()));
  EXPECT_THAT(values_with(*layer, FeatureId{0}, layer->fields(), {}), ElementsAre(Value("Main"), Value("20")));
}

TEST(PatchTest, TheNetworkObeysWhatIsPatched) {
  const auto profiles = read_profiles(std::filesystem::path(OBNOVA_SOURCE_DIR) / "data" / "profiles");
  ASSERT_THAT(profiles, Succeeds());
  const auto profile = [&](std::string_view id) -> const Profile& { return *std::ranges::find(*profiles, id, &Profile::id); };
  const auto passage = [&](const char* word, std::string_view traveller) {
    const std::vector<Field> fields = {{"highway", FieldType::kString},
                                       {"bridge", FieldType::kString},
                                       {"maxweight", FieldType::kString},
                                       {"condition", FieldType::kString}};
    const auto bridge = one_road(fields, {Value("primary"), Value("yes"), Value(), Value()});
    const auto changed = effects(graded("copernicus_ems", word), standing_of(*bridge, FeatureId{0}));
    const auto patched = one_road(fields, values_with(*bridge, FeatureId{0}, fields, changed));
    return RoadRules(*patched, profile(traveller), {}).of(FeatureId{0}, 100).forward.passage;
  };
  EXPECT_EQ(passage("Not Affected", "truck"), Passage::kOpen);
  EXPECT_EQ(passage("Moderately Damaged", "car"), Passage::kOpen);
  EXPECT_EQ(passage("Moderately Damaged", "truck"), Passage::kTooNarrow) << "25 t are more than the 8 t that are left";
  EXPECT_EQ(passage("Completely Destroyed", "car"), Passage::kDamaged);
}

TEST(PatchTest, EveryEffectHasAField) {
  for (const Theme theme : {Theme::kRoads, Theme::kFacilities, Theme::kBuildings, Theme::kUtilities, Theme::kParcels}) {
    const std::vector<Field> fields = effect_fields(theme);
    for (const Effect& effect : effects(graded("copernicus_ems", "Moderately Damaged"), {.theme = theme, .capacity = 1, .residents = 1})) {
      EXPECT_THAT(fields, testing::Contains(testing::Field(&Field::name, effect.attribute)));
    }
  }
}

TEST(ConditionFileTest, TheShippedRuleIsReadAndIsNoPackOfSiteRules) {
  EXPECT_EQ(shipped_rule().id, "condition");
  EXPECT_EQ(shipped_rule().same_look_days, 14);
  EXPECT_EQ(shipped_rule().repair_days, 365);
  EXPECT_THAT(read_rule_packs(std::filesystem::path(OBNOVA_SOURCE_DIR) / "data" / "rules"), Succeeds());
}

TEST(ConditionFileTest, RefusesStepsThatDoNotFall) {
  const std::string head =
      "id = \"c\"\ntitle = \"C\"\nversion = \"v\"\ncitation = \"b\"\nsame_look_days = 1\nrepair_days = 2\nunstated_weight_t = 40\n"
      "unlisted = { damage_ratio = { least = 0, expected = 0, most = 0.1 }, functionality = { least = 0.9, expected = 1, most = 1 } }\n"
      "bridges = [{ from = 0.5, share = 1 }]\nfacilities = [{ from = 0.5, share = 1 }]\nbuildings = [{ from = 0.5, share = 1 }]\n"
      "utilities = [{ from = 0.5, share = 1 }]\n";
  const auto refused = [&](const std::string& more, const char* why) {
    EXPECT_THAT(parse_condition_rule(head + more, "c.toml"), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr(why))) << more;
  };
  EXPECT_THAT(parse_condition_rule(head + "roads = [{ from = 0.5, share = 1 }, { from = 0.1, share = 1 }]", "c.toml"), Succeeds());
  refused("roads = [{ from = 0.5, share = 1 }, { from = 0.5, share = 0.5 }]", "roads[1].from");
  refused("roads = [{ from = 0.5, share = 0.5 }, { from = 0.1, share = 0.6 }]", "roads[1].share");
  refused("roads = [{ from = 0.5, share = 0 }]", "roads[0].share");
  refused("roads = []", "roads");
  refused("", "`roads` is missing");
  refused("roads = [{ from = 0.5, share = 1 }]\nage = 3", "age");
  EXPECT_THAT(read_condition_rule("/nowhere/condition.toml"), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("/nowhere")));
}

}  // namespace
}  // namespace obnova::geo
