#include "geo/query/siting/check_site.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/base/measure.h"
#include "geo/base/overlay.h"
#include "geo/io/rule_file.h"
#include "tests/geo/query/siting/site_city.h"
#include "tests/support/result_matchers.h"

namespace obnova::geo {
namespace {

using testing::HasSubstr;

// A house of 10 × 10 m with its corner in the origin.
Geometry house() { return box_at(0, 0, 10, 10); }

TEST(MinDistanceTest, ALimitMetExactlyPassesAndOneMissedFails) {
  const auto city = site_city({site_layer("buildings", Theme::kBuildings, {{"near", box_at(16, 0, 5, 5)}, {"far", box_at(0, 30, 5, 5)}})});
  const RuleVerdict kept = verdict_of(*city, distance_rule(6), house());
  EXPECT_EQ(kept.verdict, Verdict::kPass) << kept.reason;
  EXPECT_EQ(kept.value, 6);
  EXPECT_EQ(kept.margin, 0);
  EXPECT_EQ(kept.layer, "buildings");
  EXPECT_EQ(kept.witness, FeatureId{0});
  EXPECT_EQ(kept.witness_shape.kind, GeometryKind::kLineString);
  EXPECT_EQ(length_m(kept.witness_shape.view()), 6);
  const RuleVerdict missed = verdict_of(*city, distance_rule(6.01), house());
  EXPECT_EQ(missed.verdict, Verdict::kFail);
  EXPECT_NEAR(*missed.margin, -0.01, 1e-9);
  EXPECT_THAT(missed.reason, HasSubstr("near of layer `buildings` is 6.00 m away"));
}

TEST(MinDistanceTest, DiagonalGapsAreMeasuredStraight) {
  const auto city = site_city({site_layer("buildings", Theme::kBuildings, {{"near", box_at(13, 14, 5, 5)}})});
  EXPECT_EQ(verdict_of(*city, distance_rule(5), house()).value, 5);
  EXPECT_EQ(verdict_of(*city, distance_rule(5), house()).verdict, Verdict::kPass);
}

TEST(MinDistanceTest, NothingWithinReachPassesWithoutAValue) {
  const auto city = site_city({site_layer("buildings", Theme::kBuildings, {{"far", box_at(0, 300, 5, 5)}})});
  const RuleVerdict verdict = verdict_of(*city, distance_rule(6), house());
  EXPECT_EQ(verdict.verdict, Verdict::kPass);
  EXPECT_FALSE(verdict.value.has_value());
  EXPECT_EQ(verdict.limit, 6);
}

TEST(MinDistanceTest, AnOverlapIsItsOwnWitness) {
  const auto city = site_city({site_layer("buildings", Theme::kBuildings, {{"old", box_at(5, 5, 10, 10)}})});
  const RuleVerdict verdict = verdict_of(*city, distance_rule(1), house());
  EXPECT_EQ(verdict.verdict, Verdict::kFail);
  EXPECT_EQ(verdict.value, 0);
  EXPECT_EQ(area_m2(verdict.witness_shape.view()), 25);
}

TEST(MinDistanceTest, HolesAndPartsOfAFootprintCount) {
  Geometry ring;  // A frame of 30 × 30 m around a yard of 20 × 20 m.
  ring.kind = GeometryKind::kPolygon;
  ring.points = {{0, 0}, {30, 0}, {30, 30}, {0, 30}, {0, 0}, {5, 5}, {5, 25}, {25, 25}, {25, 5}, {5, 5}};
  ring.path_ends = {5, 10};
  ring.part_ends = {2};
  const auto yard = site_city({site_layer("buildings", Theme::kBuildings, {{"kiosk", box_at(14, 14, 2, 2)}})});
  EXPECT_EQ(verdict_of(*yard, distance_rule(9), ring).value, 9);
  EXPECT_EQ(verdict_of(*yard, distance_rule(9), ring).verdict, Verdict::kPass);
  EXPECT_EQ(verdict_of(*yard, distance_rule(9.5), ring).verdict, Verdict::kFail);

  const Geometry parts = union_of(house().view(), box_at(100, 0, 10, 10).view()).value();
  const auto beside = site_city({site_layer("buildings", Theme::kBuildings, {{"second", box_at(113, 0, 5, 5)}})});
  EXPECT_EQ(verdict_of(*beside, distance_rule(4), parts).value, 3);
}

TEST(MinDistanceTest, NoLayerOrTooSmallAnAreaIsUnknown) {
  EXPECT_THAT(verdict_of(*site_city({}), distance_rule(6), house()).reason, HasSubstr("no layer of theme buildings"));
  EXPECT_EQ(verdict_of(*site_city({}), distance_rule(6), house()).verdict, Verdict::kUnknown);
  const auto covering = [](double by) {
    return site_city({site_layer("buildings", Theme::kBuildings, {}, box_at(-by, -by, 10 + 2 * by, 10 + 2 * by))});
  };
  EXPECT_EQ(verdict_of(*covering(6), distance_rule(6), house()).verdict, Verdict::kPass);
  EXPECT_EQ(verdict_of(*covering(5.9), distance_rule(6), house()).verdict, Verdict::kUnknown);
}

TEST(MinDistanceTest, WhatBreaksTheRuleOutsideTheCoveredAreaStillFails) {
  const auto city = site_city({site_layer("buildings", Theme::kBuildings, {{"near", box_at(12, 0, 5, 5)}}, box_at(500, 500, 1, 1))});
  EXPECT_EQ(verdict_of(*city, distance_rule(6), house()).verdict, Verdict::kFail);
  EXPECT_EQ(verdict_of(*city, distance_rule(2), house()).verdict, Verdict::kUnknown);
}

TEST(MinDistanceTest, AllLayersOfTheThemeAreLookedAt) {
  const auto west = site_layer("west", Theme::kBuildings, {{"a", box_at(-20, 0, 5, 5)}}, box_at(-100, -100, 105, 200));
  const auto east = site_layer("east", Theme::kBuildings, {{"b", box_at(13, 0, 5, 5)}}, box_at(5, -100, 100, 200));
  const RuleVerdict verdict = verdict_of(*site_city({west, east}), distance_rule(3), house());
  EXPECT_EQ(verdict.verdict, Verdict::kPass) << "Together they cover the site. " << verdict.reason;
  EXPECT_EQ(verdict.layer, "east");
  EXPECT_EQ(verdict_of(*site_city({west}), distance_rule(3), house()).verdict, Verdict::kUnknown);
}

Rule power_rule() {
  Rule rule = distance_rule(2, Theme::kUtilities);
  rule.filter = "kind = 'power_line'";
  LimitCase high;
  high.attribute = "voltage_v";
  high.at_least = 110000;
  high.limit = 20;
  LimitCase middle = high;
  middle.at_least = 1001;
  middle.limit = 10;
  rule.limits.insert(rule.limits.begin(), {high, middle});
  return rule;
}

RuleVerdict beside_line(double distance, Value voltage, Value kind = "power_line") {
  const Geometry line = Geometry::line({{10 + distance, -50}, {10 + distance, 50}});
  return verdict_of(*site_city({site_layer("utilities", Theme::kUtilities, {{"way/7", line, kind, {}, voltage}})}), power_rule(), house());
}

TEST(LimitCaseTest, TheVoltageOfTheLineChoosesTheLimit) {
  EXPECT_EQ(beside_line(20, std::int64_t{110000}).verdict, Verdict::kPass);
  EXPECT_EQ(beside_line(19, std::int64_t{110000}).verdict, Verdict::kFail);
  EXPECT_EQ(beside_line(19, std::int64_t{109999}).verdict, Verdict::kPass);
  EXPECT_EQ(beside_line(19, std::int64_t{109999}).limit, 10);
  EXPECT_EQ(beside_line(2, std::int64_t{1000}).verdict, Verdict::kPass);
  EXPECT_EQ(beside_line(1, std::int64_t{400}).verdict, Verdict::kFail);
}

TEST(LimitCaseTest, AMissingVoltageIsUnknownOnlyWhereItCouldDecide) {
  const RuleVerdict doubt = beside_line(15, {});
  EXPECT_EQ(doubt.verdict, Verdict::kUnknown);
  EXPECT_THAT(doubt.reason, HasSubstr("way/7 of layer `utilities` is 15.00 m away and lacks `voltage_v`"));
  EXPECT_EQ(beside_line(20, {}).verdict, Verdict::kPass) << "Far enough for every voltage.";
  EXPECT_EQ(beside_line(1, {}).verdict, Verdict::kFail) << "Too near for every voltage.";
}

TEST(LimitCaseTest, AFeatureOfUnknownKindIsNoProof) {
  EXPECT_EQ(beside_line(1, std::int64_t{400}, {}).verdict, Verdict::kUnknown);
  EXPECT_EQ(beside_line(1, std::int64_t{400}, "water_main").verdict, Verdict::kPass);
}

TEST(LimitCaseTest, TextChoosesTooAndWithoutACaseTheRuleDoesNotSpeakOfTheFeature) {
  Rule rule = distance_rule(0, Theme::kWater);
  rule.limits[0].attribute = "kind";
  rule.limits[0].equals = "river";
  rule.limits[0].limit = 50;
  const auto beside = [&](const char* kind) {
    const SiteFeature water{"w", Geometry::line({{30, -50}, {30, 50}}), kind};
    return verdict_of(*site_city({site_layer("water", Theme::kWater, {water})}), rule, house()).verdict;
  };
  EXPECT_EQ(beside("river"), Verdict::kFail);
  EXPECT_EQ(beside("ditch"), Verdict::kPass);
}

TEST(LimitCaseTest, AnAttributeThatNoLayerHasIsUnknown) {
  Rule rule = distance_rule(5);
  rule.filter = "material = 'wood'";
  const auto city = site_city({site_layer("buildings", Theme::kBuildings, {{"b", box_at(50, 0, 5, 5)}})});
  const RuleVerdict verdict = verdict_of(*city, rule, house());
  EXPECT_EQ(verdict.verdict, Verdict::kUnknown);
  EXPECT_THAT(verdict.reason, HasSubstr("Layer `buildings` cannot answer"));
}

Rule flood_rule() {
  Rule rule = rule_of(RuleKind::kOutside, Theme::kZones, 0);
  rule.filter = "zone = 'flood'";
  rule.limits.clear();
  return rule;
}

TEST(OutsideTest, TouchingPassesSharingAreaFails) {
  const auto with_flood_at = [](double x) {
    return site_city({site_layer("zones", Theme::kZones, {{"f", box_at(x, -50, 100, 100), {}, "flood"}, {"h", house(), {}, "heritage"}})});
  };
  const RuleVerdict touching = verdict_of(*with_flood_at(10), flood_rule(), house());
  EXPECT_EQ(touching.verdict, Verdict::kPass) << touching.reason;
  EXPECT_EQ(touching.value, 0);
  const RuleVerdict inside = verdict_of(*with_flood_at(8), flood_rule(), house());
  EXPECT_EQ(inside.verdict, Verdict::kFail);
  EXPECT_EQ(inside.value, 20);
  EXPECT_EQ(inside.margin, -20);
  EXPECT_EQ(inside.witness, FeatureId{0});
  EXPECT_EQ(area_m2(inside.witness_shape.view()), 20);
}

TEST(OutsideTest, SeverityWarnWarns) {
  Rule rule = flood_rule();
  rule.severity = Severity::kWarn;
  const auto city = site_city({site_layer("zones", Theme::kZones, {{"f", house(), {}, "flood"}})});
  EXPECT_EQ(verdict_of(*city, rule, house()).verdict, Verdict::kWarn);
}

TEST(OutsideTest, UnsurveyedLandIsNotClear) {
  EXPECT_EQ(verdict_of(*site_city({}), flood_rule(), house()).verdict, Verdict::kUnknown);
  const SiteFeature away{"f", box_at(200, 0, 10, 10), {}, "flood"};
  const auto half = site_city({site_layer("zones", Theme::kZones, {away}, box_at(5, -100, 500, 500))});
  EXPECT_EQ(verdict_of(*half, flood_rule(), house()).verdict, Verdict::kUnknown);
  const auto exact = site_city({site_layer("zones", Theme::kZones, {away}, house())});
  EXPECT_EQ(verdict_of(*exact, flood_rule(), house()).verdict, Verdict::kPass);
  const auto unnamed = site_city({site_layer("zones", Theme::kZones, {away, {"x", house()}})});
  EXPECT_THAT(verdict_of(*unnamed, flood_rule(), house()).reason, HasSubstr("x of layer `zones`"));
  EXPECT_EQ(verdict_of(*unnamed, flood_rule(), house()).verdict, Verdict::kUnknown);
}

TEST(OutsideTest, ALayerAboutSomethingElseProvesNothing) {
  const auto heritage = site_layer("heritage", Theme::kZones, {{"h", box_at(500, 0, 5, 5), {}, "heritage"}});
  const auto flood = site_layer("flood", Theme::kZones, {{"f", box_at(700, 0, 5, 5), {}, "flood"}}, box_at(600, 0, 200, 200));
  EXPECT_EQ(verdict_of(*site_city({heritage, flood}), flood_rule(), house()).verdict, Verdict::kUnknown);
}

TEST(OutsideTest, AMapWithoutAnyFloodZoneIsNoFloodMap) {
  const auto heritage = site_layer("heritage", Theme::kZones, {{"h", box_at(500, 0, 5, 5), {}, "heritage"}});
  const RuleVerdict verdict = verdict_of(*site_city({heritage}), flood_rule(), house());
  EXPECT_EQ(verdict.verdict, Verdict::kUnknown);
  EXPECT_THAT(verdict.reason, HasSubstr("zone = 'flood'"));
}

TEST(DemoRulesTest, EveryRuleIsDecidedInACityThatHoldsWhatItAsksFor) {
  const auto packs = read_rule_packs(std::filesystem::path(OBNOVA_SOURCE_DIR) / "data" / "rules");
  ASSERT_THAT(packs, Succeeds());
  const RulePack& demo = packs->front();
  const auto away = [](double y) { return box_at(300, y, 20, 20); };
  const Geometry line = Geometry::line({{10 + 12, -50}, {10 + 12, 50}});
  const auto city = site_city(
      {site_layer("parcels", Theme::kParcels, {{"p", box_at(-5, -5, 30, 30)}}),
       site_layer("buildings", Theme::kBuildings, {{"b", away(0)}}),
       site_layer("utilities", Theme::kUtilities, {{"l", line, "power_line", {}, std::int64_t{110000}}, {"m", away(50), "water_main"}}),
       site_layer("water", Theme::kWater, {{"r", away(100), "river"}}),
       site_layer("zones", Theme::kZones,
                  {{"f", away(200), {}, "flood"}, {"c", away(240), {}, "contamination"}, {"h", away(270), {}, "heritage"}}),
       site_layer("roads", Theme::kRoads, {{"s", Geometry::line({{-20, -50}, {-20, 50}}), {}, {}, {}, "residential"}})});
  Proposal proposal;
  proposal.footprint = house();
  proposal.height_m = 12;
  proposal.use = "residential";
  const auto verdicts = check_site(*city, proposal, demo, [](const Geometry& g) { return Result<Geometry>(g); }, {});
  ASSERT_THAT(verdicts, Succeeds());
  for (const RuleVerdict& verdict : *verdicts) {
    const std::string& id = demo.rules[verdict.rule].id;
    EXPECT_EQ(verdict.verdict, id == "power-line-zone" ? Verdict::kFail : Verdict::kPass) << id << ": " << verdict.reason;
  }
}

TEST(MaxHeightTest, HasItsThreeVerdicts) {
  Rule rule;
  rule.kind = RuleKind::kMaxHeight;
  rule.limits.emplace_back();
  rule.limits.back().limit = 26.5;
  Proposal proposal;
  proposal.footprint = house();
  const auto city = site_city({});
  EXPECT_EQ(verdict_of(*city, rule, proposal).verdict, Verdict::kUnknown);
  proposal.height_m = 26.5;
  EXPECT_EQ(verdict_of(*city, rule, proposal).verdict, Verdict::kPass);
  proposal.height_m = 26.6;
  EXPECT_EQ(verdict_of(*city, rule, proposal).verdict, Verdict::kFail);
  EXPECT_NEAR(*verdict_of(*city, rule, proposal).margin, -0.1, 1e-9);
}

TEST(UsesTest, ARuleForOtherUsesDoesNotApply) {
  Rule rule = distance_rule(6);
  rule.uses = {"school"};
  Proposal proposal;
  proposal.footprint = house();
  const auto city = site_city({site_layer("buildings", Theme::kBuildings, {})});
  EXPECT_EQ(verdict_of(*city, rule, proposal).verdict, Verdict::kUnknown);
  proposal.use = "residential";
  EXPECT_EQ(verdict_of(*city, rule, proposal).verdict, Verdict::kNotApplicable);
  proposal.use = "school";
  EXPECT_EQ(verdict_of(*city, rule, proposal).verdict, Verdict::kPass);
}

Rule access_rule(double limit) {
  Rule rule;
  rule.kind = RuleKind::kRoadAccess;
  rule.profile = "emergency";
  rule.limits.emplace_back();
  rule.limits.back().limit = limit;
  return rule;
}

std::shared_ptr<const City> city_with_roads(Geometry covered) {
  return site_city({site_layer("roads", Theme::kRoads,
                               {{"path", Geometry::line({{12, -50}, {12, 50}}), {}, {}, {}, "path"},
                                {"street", Geometry::line({{35, -50}, {35, 50}}), {}, {}, {}, "residential"}},
                               std::move(covered))});
}

TEST(RoadAccessTest, TheNearestRoadTheProfileCanUseDecides) {
  const auto city = city_with_roads(box_at(-1000, -1000, 2000, 2000));
  const RuleVerdict kept = verdict_of(*city, access_rule(25), house());
  EXPECT_EQ(kept.verdict, Verdict::kPass) << kept.reason;
  EXPECT_EQ(kept.value, 25);
  EXPECT_EQ(kept.witness, FeatureId{1});
  EXPECT_EQ(length_m(kept.witness_shape.view()), 25);
  const RuleVerdict missed = verdict_of(*city, access_rule(24.9), house());
  EXPECT_EQ(missed.verdict, Verdict::kFail);
  EXPECT_NEAR(*missed.margin, -0.1, 1e-9);
}

TEST(RoadAccessTest, WithoutEvidenceItIsUnknown) {
  EXPECT_EQ(verdict_of(*site_city({}), access_rule(25), house()).verdict, Verdict::kUnknown);
  EXPECT_EQ(verdict_of(*city_with_roads(box_at(0, 0, 40, 40)), access_rule(20), house()).verdict, Verdict::kUnknown);
  EXPECT_EQ(verdict_of(*city_with_roads(box_at(0, 0, 40, 40)), access_rule(30), house()).verdict, Verdict::kPass);
  Rule rule = access_rule(25);
  rule.profile = "submarine";
  EXPECT_EQ(verdict_of(*city_with_roads(house()), rule, house()).verdict, Verdict::kUnknown);
}

TEST(CheckSiteTest, RefusesWhatIsNoFootprintAndStopsWhenCancelled) {
  const auto city = site_city({});
  RulePack pack;
  pack.rules = {distance_rule(1), distance_rule(2)};
  const auto check = [&](Geometry footprint, Limits limits = {}) {
    Proposal proposal;
    proposal.footprint = std::move(footprint);
    return check_site(
        *city, proposal, pack, [](const Geometry& g) { return Result<Geometry>(g); }, limits);
  };
  EXPECT_THAT(check(Geometry::point({0, 0})), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(check(Geometry::polygon({{0, 0}, {10, 10}, {10, 0}, {0, 10}})), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(check(house(), {[] { return true; }}), FailsWith(ErrorCode::kCancelled));
  const auto verdicts = check(house());
  ASSERT_THAT(verdicts, Succeeds());
  ASSERT_EQ(verdicts->size(), 2u);
  EXPECT_EQ((*verdicts)[1].rule, 1u);
}

}  // namespace
}  // namespace obnova::geo
