// The rules about the parcel a footprint lies in.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/base/measure.h"
#include "geo/base/overlay.h"
#include "geo/query/siting/check_site.h"
#include "tests/geo/query/siting/site_city.h"

namespace obnova::geo {
namespace {

using testing::HasSubstr;

Rule setback(double limit) { return rule_of(RuleKind::kInsideSetback, Theme::kParcels, limit); }
Rule coverage(double limit) { return rule_of(RuleKind::kMaxCoverage, Theme::kParcels, limit); }

// Two parcels of 40 × 40 m side by side.
std::shared_ptr<const City> two_parcels() {
  return site_city({site_layer("parcels", Theme::kParcels, {{"west", box_at(0, 0, 40, 40)}, {"east", box_at(40, 0, 40, 40)}})});
}

TEST(InsideSetbackTest, ALimitMetExactlyPassesAndOneMissedFails) {
  const RuleVerdict kept = verdict_of(*two_parcels(), setback(3), box_at(10, 10, 27, 20));
  EXPECT_EQ(kept.verdict, Verdict::kPass) << kept.reason;
  EXPECT_EQ(kept.value, 3);
  EXPECT_EQ(kept.witness, FeatureId{0});
  EXPECT_EQ(length_m(kept.witness_shape.view()), 3);
  const RuleVerdict missed = verdict_of(*two_parcels(), setback(3.5), box_at(10, 10, 27, 20));
  EXPECT_EQ(missed.verdict, Verdict::kFail);
  EXPECT_EQ(missed.margin, -0.5);
}

TEST(InsideSetbackTest, AFootprintAcrossABoundaryFailsWithThePartOutside) {
  const RuleVerdict verdict = verdict_of(*two_parcels(), setback(0), box_at(25, 10, 20, 10));
  EXPECT_EQ(verdict.verdict, Verdict::kFail);
  EXPECT_THAT(verdict.reason, HasSubstr("50.0 m² of the footprint lie outside west of layer `parcels`"));
  EXPECT_EQ(area_m2(verdict.witness_shape.view()), 50);
}

TEST(InsideSetbackTest, BesideAllParcelsFailsWhereTheyAreKnownAndIsUnknownElsewhere) {
  EXPECT_EQ(verdict_of(*two_parcels(), setback(1), box_at(200, 0, 10, 10)).verdict, Verdict::kFail);
  EXPECT_EQ(verdict_of(*two_parcels(), setback(1), box_at(2000, 0, 10, 10)).verdict, Verdict::kUnknown);
  EXPECT_EQ(verdict_of(*site_city({}), setback(1), box_at(0, 0, 10, 10)).verdict, Verdict::kUnknown);
}

TEST(InsideSetbackTest, ACornerParcelKeepsItsSetbackToBothFronts) {
  // An L around a square: the inner corner at (20, 20) is a boundary like the fronts.
  const Geometry corner = Geometry::polygon({{0, 0}, {40, 0}, {40, 20}, {20, 20}, {20, 40}, {0, 40}});
  const auto city = site_city({site_layer("parcels", Theme::kParcels, {{"corner", corner}})});
  EXPECT_EQ(verdict_of(*city, setback(3), box_at(3, 3, 10, 10)).verdict, Verdict::kPass);
  EXPECT_EQ(verdict_of(*city, setback(3), box_at(3, 2, 10, 10)).verdict, Verdict::kFail);
  EXPECT_EQ(verdict_of(*city, setback(3), box_at(2, 3, 10, 10)).verdict, Verdict::kFail);
  EXPECT_EQ(verdict_of(*city, setback(5), box_at(5, 5, 11, 12)).value, 5) << "The inner corner is 5 m away, 3 and 4.";
  EXPECT_EQ(verdict_of(*city, setback(5), box_at(5, 5, 12, 12)).verdict, Verdict::kFail);
}

TEST(InsideSetbackTest, AHoleInTheParcelIsABoundary) {
  const Geometry yard = difference(box_at(0, 0, 100, 100).view(), box_at(40, 40, 20, 20).view()).value();
  const auto city = site_city({site_layer("parcels", Theme::kParcels, {{"yard", yard}})});
  EXPECT_EQ(verdict_of(*city, setback(4), box_at(20, 45, 16, 10)).value, 4);
  EXPECT_EQ(verdict_of(*city, setback(4), box_at(45, 45, 5, 5)).verdict, Verdict::kFail) << "In the hole is not in the parcel.";
}

TEST(InsideSetbackTest, PartsOfAFootprintMustLieInOneParcel) {
  const Geometry parts = union_of(box_at(5, 5, 10, 10).view(), box_at(20, 20, 10, 10).view()).value();
  EXPECT_EQ(verdict_of(*two_parcels(), setback(5), parts).verdict, Verdict::kPass);
  const Geometry split = union_of(box_at(5, 5, 10, 10).view(), box_at(60, 20, 10, 10).view()).value();
  EXPECT_EQ(verdict_of(*two_parcels(), setback(5), split).verdict, Verdict::kFail);
}

TEST(InsideSetbackTest, OfOverlappingParcelsTheTighterDecides) {
  const auto city = site_city({site_layer("parcels", Theme::kParcels, {{"wide", box_at(0, 0, 90, 90)}, {"tight", box_at(8, 8, 14, 14)}})});
  const RuleVerdict verdict = verdict_of(*city, setback(3), box_at(10, 10, 10, 10));
  EXPECT_EQ(verdict.verdict, Verdict::kFail);
  EXPECT_EQ(verdict.witness, FeatureId{1});
}

TEST(InsideSetbackTest, AMissingAttributeIsUnknownOnlyWhereItCouldDecide) {
  Rule rule = setback(1);
  LimitCase garden;
  garden.attribute = "kind";
  garden.equals = "garden";
  garden.limit = 5;
  rule.limits.insert(rule.limits.begin(), garden);
  EXPECT_EQ(verdict_of(*two_parcels(), rule, box_at(3, 3, 5, 5)).verdict, Verdict::kUnknown);
  EXPECT_EQ(verdict_of(*two_parcels(), rule, box_at(5, 5, 5, 5)).verdict, Verdict::kPass);
  EXPECT_EQ(verdict_of(*two_parcels(), rule, box_at(0.5, 3, 5, 5)).verdict, Verdict::kFail);
}

TEST(MaxCoverageTest, HasItsThreeVerdicts) {
  const RuleVerdict kept = verdict_of(*two_parcels(), coverage(0.25), box_at(5, 5, 20, 20));
  EXPECT_EQ(kept.verdict, Verdict::kPass) << kept.reason;
  EXPECT_EQ(kept.value, 0.25);
  const RuleVerdict missed = verdict_of(*two_parcels(), coverage(0.25), box_at(5, 5, 20, 21));
  EXPECT_EQ(missed.verdict, Verdict::kFail);
  EXPECT_NEAR(*missed.margin, -0.0125, 1e-12);
  EXPECT_EQ(missed.witness, FeatureId{0});
  EXPECT_EQ(verdict_of(*two_parcels(), coverage(0.25), box_at(35, 5, 10, 10)).verdict, Verdict::kUnknown);
  EXPECT_EQ(verdict_of(*site_city({}), coverage(0.25), box_at(35, 5, 10, 10)).verdict, Verdict::kUnknown);
}

TEST(MaxCoverageTest, AHoleInTheFootprintTakesNoLand) {
  const Geometry frame = difference(box_at(5, 5, 20, 20).view(), box_at(10, 10, 10, 10).view()).value();
  EXPECT_EQ(verdict_of(*two_parcels(), coverage(0.25), frame).value, 300.0 / 1600);
}

}  // namespace
}  // namespace obnova::geo
