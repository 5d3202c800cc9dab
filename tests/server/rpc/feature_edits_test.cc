#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/base/wkb.h"
#include "server/rpc/coverage_handlers.h"
#include "server/rpc/feature_handlers.h"
#include "server/rpc/routing_handlers.h"
#include "tests/server/rpc/small_city.h"
#include "tests/support/result_matchers.h"

namespace obnova::server {
namespace {

using testing::HasSubstr;

class FeatureEditsTest : public SmallCityTest {
 protected:
  v1::ApplyChangesRequest request() const {
    v1::ApplyChangesRequest result;
    *result.mutable_context() = context_;
    return result;
  }
  static v1::FeatureChange& change(v1::ApplyChangesRequest& request, const std::string& layer, const std::string& feature) {
    v1::FeatureChange& result = *request.add_changes();
    result.set_layer(layer);
    result.set_feature(feature);
    return result;
  }
  static void set_text(v1::FeatureUpdate& update, const std::string& field, const std::string& text) {
    (*update.mutable_attributes())[field].set_string_value(text);
  }
  auto apply(const v1::ApplyChangesRequest& wanted) { return apply_changes(*twin_, call_, wanted); }
  // The field an error names, for a request that changes nothing.
  std::string fault(const v1::ApplyChangesRequest& wanted) { return field_of(apply(wanted)); }

  v1::Feature person(const std::string& id, std::int64_t revision = 0) const {
    v1::GetFeatureRequest wanted;
    *wanted.mutable_context() = context_;
    wanted.mutable_context()->set_revision(revision);
    wanted.set_layer("people");
    wanted.set_feature(id);
    const auto feature = get_feature(*twin_, call_, wanted);
    EXPECT_THAT(feature, Succeeds());
    return feature.value_or(v1::Feature());
  }
};

TEST_F(FeatureEditsTest, APutFeatureIsReadBackAsItWasWritten) {
  auto wanted = request();
  v1::FeatureContent& put = *change(wanted, "people", "p-new").mutable_put();
  *put.mutable_geometry() = shape(Geometry::point(at(250, -20)));
  (*put.mutable_attributes())["population"].set_int_value(7);
  (*put.mutable_attributes())["third"].set_int_value(2);  // Whole numbers are numbers.
  (*put.mutable_attributes())["far"].set_bool_value(true);
  const auto made = apply(wanted);
  ASSERT_THAT(made, Succeeds());
  EXPECT_EQ(made->revision(), 3);
  const v1::Feature feature = person("p-new");
  EXPECT_EQ(feature.name(), "cities/town/layers/people/features/p-new");
  EXPECT_EQ(feature.attributes().at("population").int_value(), 7);
  EXPECT_EQ(feature.attributes().at("third").double_value(), 2);
  EXPECT_TRUE(feature.attributes().at("far").bool_value());
  EXPECT_FALSE(feature.attributes().contains("side"));
}

TEST_F(FeatureEditsTest, AClosedStreetIsADetourOnlyFromItsTimeOn) {
  v1::ComputeRouteRequest route;
  *route.mutable_context() = context_;
  *route.mutable_places() = places({at(20, 0), at(980, 0)});
  route.mutable_options()->set_profile("foot");
  const auto before = compute_route(*twin_, call_, route);
  ASSERT_TRUE(before->has_route());
  auto wanted = request();
  v1::FeatureChange& removal = change(wanted, "roads", "way/5");
  removal.mutable_remove();
  removal.mutable_valid_from()->set_seconds(1'700'000'000);
  ASSERT_THAT(apply(wanted), Succeeds());
  EXPECT_FALSE(compute_route(*twin_, call_, route)->has_route());

  route.mutable_context()->mutable_valid_at()->set_seconds(1'699'999'999);
  EXPECT_EQ(compute_route(*twin_, call_, route)->route().SerializeAsString(), before->route().SerializeAsString());
  route.mutable_context()->clear_valid_at();
  route.mutable_context()->set_revision(2);
  EXPECT_EQ(compute_route(*twin_, call_, route)->SerializeAsString(), before->SerializeAsString());
}

TEST_F(FeatureEditsTest, CoverageCountsThePeopleOfTheTimeAskedAbout) {
  auto wanted = request();
  (*change(wanted, "people", "p0").mutable_set()->mutable_attributes())["population"].set_int_value(50);
  ASSERT_THAT(apply(wanted), Succeeds());
  v1::ComputeCoverageRequest coverage;
  *coverage.mutable_context() = context_;
  coverage.set_facilities_layer("schools");
  coverage.mutable_standard()->set_max_distance_m(250);
  coverage.mutable_demand()->set_layer("people");
  coverage.mutable_options()->set_profile("foot");
  EXPECT_EQ(compute_coverage(*twin_, call_, coverage)->total().total(), 166 - 1 + 50);
  coverage.mutable_context()->set_revision(2);
  EXPECT_EQ(compute_coverage(*twin_, call_, coverage)->total().total(), 166);
}

TEST_F(FeatureEditsTest, AllOfABatchIsRefusedWithTheChangeThatIsWrong) {
  auto wanted = request();
  set_text(*change(wanted, "people", "p0").mutable_set(), "side", "odd");
  change(wanted, "people", "nobody").mutable_remove();
  const auto refused = apply(wanted);
  EXPECT_THAT(refused, FailsSaying(ErrorCode::kNotFound, HasSubstr("nobody")));
  EXPECT_EQ(field_of(refused), "changes[1]");
  EXPECT_EQ(person("p0").attributes().at("side").string_value(), "even");
}

TEST_F(FeatureEditsTest, WhatDoesNotFitTheLayerIsNamed) {
  EXPECT_EQ(fault(request()), "changes");
  auto wanted = request();
  change(wanted, "people", "p0");
  EXPECT_EQ(fault(wanted), "changes[0].change");
  set_text(*wanted.mutable_changes(0)->mutable_set(), "population", "many");
  EXPECT_EQ(fault(wanted), "changes[0].set.attributes[population]");
  wanted.mutable_changes(0)->mutable_set()->clear_attributes();
  set_text(*wanted.mutable_changes(0)->mutable_set(), "color", "red");
  EXPECT_EQ(fault(wanted), "changes[0].set.attributes[color]");
  wanted.mutable_changes(0)->mutable_set()->clear_attributes();
  wanted.mutable_changes(0)->mutable_set()->mutable_geometry()->set_wkb("no shape");
  EXPECT_EQ(fault(wanted), "changes[0].set.geometry");
  wanted.mutable_changes(0)->mutable_remove();
  wanted.mutable_changes(0)->mutable_valid_from()->set_seconds(10);
  wanted.mutable_changes(0)->mutable_valid_to()->set_seconds(10);
  EXPECT_EQ(fault(wanted), "changes[0].valid_to");
  wanted.mutable_changes(0)->set_feature("");
  EXPECT_EQ(fault(wanted), "changes[0].feature");
  wanted.mutable_changes(0)->set_feature(std::string("a\0b", 3));
  EXPECT_EQ(fault(wanted), "changes[0].feature");
  wanted.mutable_changes(0)->set_layer("nowhere");
  EXPECT_EQ(fault(wanted), "changes[0].layer");
  wanted.set_author(std::string(257, 'a'));
  EXPECT_EQ(fault(wanted), "author");
}

TEST_F(FeatureEditsTest, OnlyTheNewestStateCanBeChanged) {
  auto wanted = request();
  change(wanted, "people", "p0").mutable_remove();
  wanted.mutable_context()->mutable_valid_at();
  EXPECT_EQ(fault(wanted), "context.valid_at");
  wanted.mutable_context()->clear_valid_at();
  wanted.mutable_context()->mutable_known_at();
  EXPECT_EQ(fault(wanted), "context.known_at");
  wanted.mutable_context()->clear_known_at();
  wanted.mutable_context()->set_revision(1);
  EXPECT_EQ(fault(wanted), "context.revision");
  wanted.mutable_context()->set_revision(2);
  EXPECT_THAT(apply(wanted), Succeeds());
}

TEST_F(FeatureEditsTest, ARequestSentAgainGetsTheSameAnswer) {
  auto wanted = request();
  change(wanted, "people", "p0").mutable_remove();
  wanted.mutable_context()->set_revision(2);
  wanted.set_request_id("r-1");
  EXPECT_EQ(apply(wanted)->revision(), 3);
  const auto again = apply(wanted);
  ASSERT_THAT(again, Succeeds());
  EXPECT_EQ(again->revision(), 3);
  EXPECT_TRUE(again->were_made_before());
}

TEST_F(FeatureEditsTest, TheHistoryOfAFeatureTellsWhatWasBelievedAndByWhom) {
  auto wanted = request();
  set_text(*change(wanted, "people", "p0").mutable_set(), "side", "odd");
  wanted.mutable_changes(0)->mutable_valid_from()->set_seconds(1'700'000'000);
  wanted.set_author("Оля");
  ASSERT_THAT(apply(wanted), Succeeds());
  v1::GetFeatureHistoryRequest asked;
  *asked.mutable_context() = context_;
  asked.set_layer("people");
  asked.set_feature("p0");
  const auto history = get_feature_history(*twin_, call_, asked);
  ASSERT_THAT(history, Succeeds());
  ASSERT_EQ(history->versions_size(), 3);
  EXPECT_EQ(history->versions(0).known_from_revision(), 2);
  EXPECT_EQ(history->versions(0).known_to_revision(), 3);
  EXPECT_FALSE(history->versions(0).has_valid_to());
  EXPECT_EQ(history->versions(1).valid_to().seconds(), 1'700'000'000);
  EXPECT_EQ(history->versions(2).feature().attributes().at("side").string_value(), "odd");
  EXPECT_EQ(history->versions(2).author(), "Оля");
  asked.set_feature("nobody");
  EXPECT_EQ(field_of(get_feature_history(*twin_, call_, asked)), "feature");
}

TEST_F(FeatureEditsTest, PagesOfAnOldStateStopWhenTheCityHasChanged) {
  v1::ListFeaturesRequest list;
  *list.mutable_context() = context_;
  list.mutable_selection()->set_layer("people");
  list.set_page_size(4);
  const auto first = list_features(*twin_, call_, list);
  auto wanted = request();
  change(wanted, "people", "p0").mutable_remove();
  ASSERT_THAT(apply(wanted), Succeeds());
  list.set_page_token(first->next_page_token());
  EXPECT_THAT(list_features(*twin_, call_, list), FailsWith(ErrorCode::kFailedPrecondition));
  list.clear_page_token();
  list.mutable_context()->set_revision(2);
  std::vector<std::string> ids;
  do {
    const auto page = list_features(*twin_, call_, list);
    ASSERT_THAT(page, Succeeds());
    ids.insert(ids.end(), page->batch().ids().begin(), page->batch().ids().end());
    list.set_page_token(page->next_page_token());
  } while (!list.page_token().empty());
  EXPECT_EQ(ids.size(), 12U) << "the revision before the change pages to its end";
}

}  // namespace
}  // namespace obnova::server
