#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/rpc/coverage_handlers.h"
#include "server/rpc/siting_handlers.h"
#include "server/solver/child_solver.h"
#include "tests/server/scenario/scenario_fixture.h"

namespace obnova::server {
namespace {

using testing::ElementsAre;

class ScenarioResolveTest : public ScenarioTest {
 protected:
  // What is asked of a context, as bytes: route, area, coverage, siting, check.
  std::vector<std::string> answers(const v1::Context& context) const {
    std::vector<std::string> result = {along(context).SerializeAsString()};
    v1::ComputeServiceAreaRequest area;
    *area.mutable_context() = context;
    *area.mutable_places() = places({at(0, 0)});
    area.mutable_options()->set_profile("foot");
    area.add_limits()->set_max_duration_s(900);
    result.push_back(compute_service_area(*twin_, call_, area)->SerializeAsString());
    v1::ComputeCoverageRequest coverage;
    *coverage.mutable_context() = context;
    coverage.set_facilities_layer("schools");
    coverage.set_facilities_filter("name = 'School A'");
    coverage.mutable_standard()->set_max_duration_s(600);
    coverage.mutable_demand()->set_layer("people");
    coverage.mutable_options()->set_profile("foot");
    result.push_back(compute_coverage(*twin_, call_, coverage)->SerializeAsString());
    v1::LocateFacilitiesRequest locate;
    locate.set_model(v1::LOCATION_MODEL_MCLP);
    locate.set_p(1);
    locate.set_service_limit(600);
    v1::NetworkLocation& network = *locate.mutable_network();
    *locate.mutable_context() = context;
    network.set_candidates_layer("sites");
    network.mutable_demand()->set_layer("people");
    network.mutable_options()->set_profile("foot");
    const auto solve = child_solver(std::filesystem::path(OBNOVA_BIN_DIR) / "obnova-solver");
    auto located = locate_facilities(*twin_, solve, call_, locate);
    EXPECT_THAT(located, Succeeds());
    if (located) located->clear_solve_s();
    result.push_back(located ? located->SerializeAsString() : "");
    v1::CheckSiteRequest check;
    *check.mutable_context() = context;
    *check.mutable_proposal()->mutable_footprint() = shape(in_the_flood());
    check.mutable_proposal()->set_height_m(10);
    result.push_back(check_site(*twin_, call_, check)->SerializeAsString());
    return result;
  }
  static Geometry in_the_flood() { return Geometry::rectangle({at(310, -250), at(320, -240)}); }
};

TEST_F(ScenarioResolveTest, ClosingARoadChangesTheAnswersOfItsContextOnly) {
  const std::vector<std::string> before = answers(context_);
  v1::Change dry = change("zones", "f1");
  dry.mutable_remove();
  must_create("bridge", {closing("way/5"), dry});
  // The same facts in another revision: only that differs.
  const std::vector<std::string> with_project = answers(context_);
  must_create("plan", {step("bridge")});
  auto at_two = context_;
  at_two.set_revision(2);
  EXPECT_EQ(answers(at_two), before);
  const std::vector<std::string> planned = answers(in("plan"));
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_NE(planned[i], with_project[i]) << i;
  EXPECT_TRUE(along(context_).has_route());
  EXPECT_FALSE(along(in("plan")).has_route());
  EXPECT_EQ(answers(at_two), before);
  EXPECT_EQ(digest(context_), digest(at_two));
  EXPECT_NE(digest(in("plan")), digest(context_));
}

TEST_F(ScenarioResolveTest, ANewRoadIsUsedAndNamedInTheProvenance) {
  EXPECT_FALSE(route(context_, at(50, 0), at(50, 3000)).has_route());
  must_create("bridge", {building("roads", "new/1", Geometry::line({at(100, 0), at(100, 3000)}), "residential")});
  must_create("plan", {step("bridge")});
  const auto found = route(in("plan"), at(50, 0), at(50, 3000));
  EXPECT_TRUE(found.has_route());
  EXPECT_EQ(found.provenance().scenario(), "cities/town/scenarios/plan");
  EXPECT_THAT(found.provenance().projects(), ElementsAre("cities/town/projects/bridge"));
  EXPECT_FALSE(route(context_, at(50, 0), at(50, 3000)).has_route());
}

TEST_F(ScenarioResolveTest, ARoadThatEndsBesideAnotherOneDoesNotMeetIt) {
  must_create("plan", {step(building("roads", "new/1", Geometry::line({at(100, 0.3), at(100, 3000)}), "residential"))});
  EXPECT_FALSE(route(in("plan"), at(50, 0), at(50, 3000)).has_route());
  must_create("near", {step(building("roads", "new/1", Geometry::line({at(100, 0.1), at(100, 1000)}), "residential")),
                       step(building("roads", "new/2", Geometry::line({at(100, 1000.1), at(100, 3000)}), "residential"))});
  EXPECT_TRUE(route(in("near"), at(50, 0), at(50, 3000)).has_route());
}

TEST_F(ScenarioResolveTest, RepairTakesTheConditionAwayAndLeavesWhatOthersSay) {
  v1::FeatureChange destroyed;
  destroyed.set_layer("clinics");
  destroyed.set_feature("a");
  (*destroyed.mutable_set()->mutable_attributes())["name"].set_string_value("Ruin");
  edit(destroyed);
  v1::Change close = closing("way/5");
  v1::Change repair = change("roads", "way/5");
  repair.mutable_repair();
  must_create("plan", {step(close), step(repair)});
  EXPECT_FALSE(along(in("plan")).has_route());  // A closure is no damage.
  v1::Change damage = change("roads", "way/5");
  (*damage.mutable_replace()->mutable_attributes())["highway"].set_string_value("residential");
  *damage.mutable_replace()->mutable_geometry() = shape(Geometry::line({at(500, 0), at(600, 0)}));
  must_create("other", {step(damage), step(repair)});
  EXPECT_EQ(preview(in("other")).active_change_count(), 2);
}

TEST_F(ScenarioResolveTest, WhatIsDemolishedAndBuiltAgainIsThere) {
  must_create("plan", {step(demolishing("schools", "a")), step(building("schools", "a", Geometry::point(at(500, 10)))),
                       step(building("schools", "new", Geometry::point(at(300, 10)))), step(capacity("new", 50)),
                       step(demolishing("schools", "new"))});
  const auto answer = preview(in("plan"));
  ASSERT_EQ(answer.layers_size(), 1);
  EXPECT_EQ(answer.layers(0).added_count(), 0);
  EXPECT_EQ(answer.layers(0).removed_count(), 0);
  ASSERT_EQ(answer.layers(0).changed_count(), 1);
  EXPECT_TRUE(answer.layers(0).features(0).is_moved());
  EXPECT_EQ(answer.idle_changes_size(), 0);
}

TEST_F(ScenarioResolveTest, ARoadOfTheScenarioCanBeClosedInIt) {
  must_create("plan",
              {step(building("roads", "new/1", Geometry::line({at(100, 0), at(100, 3000)}), "residential")), step(closing("new/1"))});
  EXPECT_FALSE(route(in("plan"), at(50, 0), at(50, 3000)).has_route());
  EXPECT_EQ(preview(in("plan")).layers(0).added_count(), 1);
}

TEST_F(ScenarioResolveTest, AScenarioThatChangesNothingHasTheSnapshotOfTheFacts) {
  v1::Change same = change("roads", "way/5");
  (*same.mutable_set_attributes()->mutable_attributes())["highway"].set_string_value("residential");
  v1::Change whole = change("roads", "way/6");
  whole.mutable_repair();
  must_create("plan", {step(same), step(whole)});
  EXPECT_EQ(digest(in("plan")), digest(context_));
  EXPECT_EQ(preview(in("plan")).layers_size(), 0);
  EXPECT_EQ(preview(in("plan")).active_change_count(), 2);
}

TEST_F(ScenarioResolveTest, ChangesOfWhatIsGoneAreNamed) {
  must_create("bridge", {closing("way/5"), capacity("a", 10)});
  must_create("plan", {step("bridge"), step(building("schools", "c", Geometry::point(at(1, 1))))});
  v1::FeatureChange removal;
  removal.set_layer("roads");
  removal.set_feature("way/5");
  removal.mutable_remove();
  edit(removal);
  v1::FeatureChange there;
  there.set_layer("schools");
  there.set_feature("c");
  there.mutable_put();
  edit(there);
  ASSERT_THAT(twin_->set_title("town", "Later"), Succeeds());
  const auto answer = preview(in("plan"));
  ASSERT_EQ(answer.idle_changes_size(), 2);
  EXPECT_EQ(answer.idle_changes(0).reason(), v1::IDLE_REASON_NO_FEATURE);
  EXPECT_EQ(answer.idle_changes(0).feature(), "way/5");
  EXPECT_EQ(answer.idle_changes(0).place().project(), "cities/town/projects/bridge");
  EXPECT_EQ(answer.idle_changes(1).reason(), v1::IDLE_REASON_ALREADY_THERE);
  EXPECT_EQ(answer.idle_changes(1).place().index(), 1);
  EXPECT_EQ(answer.active_change_count(), 1);
  EXPECT_EQ(answer.provenance().warnings_size(), 1);
  auto then = in("plan");
  then.set_revision(4);
  EXPECT_EQ(preview(then).idle_changes_size(), 0);
  ASSERT_THAT(twin_->delete_layer("town", "schools"), Succeeds());
  EXPECT_EQ(preview(in("plan")).idle_changes(1).reason(), v1::IDLE_REASON_NO_LAYER);
}

TEST_F(ScenarioResolveTest, ConflictsBetweenPartsAreNamedAndTheLaterHasItsWay) {
  must_create("small", {capacity("a", 100), capacity("b", 100)});
  must_create("large", {capacity("a", 300), capacity("b", 100)});
  must_create("end", {demolishing("schools", "a")});
  must_create("plan", {step("small"), step("large"), step("end")});
  const auto answer = preview(in("plan"));
  ASSERT_EQ(answer.conflicts_size(), 2);
  EXPECT_EQ(answer.conflicts(0).aspect(), "capacity");
  EXPECT_EQ(answer.conflicts(0).earlier().project(), "cities/town/projects/small");
  EXPECT_EQ(answer.conflicts(0).later().project(), "cities/town/projects/large");
  EXPECT_EQ(answer.conflicts(1).aspect(), "feature");
  EXPECT_EQ(answer.conflicts(1).later().project(), "cities/town/projects/end");
  EXPECT_EQ(answer.layers(0).removed_count(), 1);
  EXPECT_EQ(answer.layers(0).features(1).attributes(0).after().int_value(), 100);
}

TEST_F(ScenarioResolveTest, ABranchFollowsItsParentOrKeepsWhatItWas) {
  must_create("plan", {step(closing("way/5"))});
  const std::int64_t revision = (*twin_->resolve(context_))->record.revision;
  must_create("live", std::vector<v1::ScenarioStep>{}, "plan");
  must_create("held", {step(capacity("a", 5))}, "plan", revision);
  EXPECT_FALSE(along(in("live")).has_route());
  EXPECT_FALSE(along(in("held")).has_route());
  ASSERT_THAT(set_steps("plan", {}), Succeeds());
  EXPECT_TRUE(along(in("live")).has_route());
  EXPECT_FALSE(along(in("held")).has_route());
  EXPECT_EQ(preview(in("held")).layers_size(), 2);
  auto then = in("live");
  then.set_revision(revision + 1);
  EXPECT_FALSE(along(then).has_route());
}

TEST_F(ScenarioResolveTest, AProjectCountsFromTheEndOfItsScheduleWhenATimeIsStated) {
  must_create("bridge", {closing("way/5")}, "2000000000");
  must_create("plan", {step("bridge")});
  EXPECT_FALSE(along(in("plan")).has_route());  // No time: all work is done.
  auto context = in("plan");
  context.mutable_valid_at()->set_seconds(1'999'999'999);
  EXPECT_TRUE(along(context).has_route());
  EXPECT_EQ(preview(context).idle_changes(0).reason(), v1::IDLE_REASON_NOT_YET);
  EXPECT_EQ(digest(context), digest(context_));
  EXPECT_TRUE(along(context).provenance().projects().empty());
  context.mutable_valid_at()->set_seconds(2'000'000'000);
  EXPECT_FALSE(along(context).has_route());
}

TEST_F(ScenarioResolveTest, AChangeThatEndsIsSoOnlyWhileItLasts) {
  v1::Change works = closing("way/5");
  works.mutable_valid_from()->set_seconds(1'000'000'000);
  works.mutable_valid_to()->set_seconds(1'100'000'000);
  must_create("plan", {step(works)});
  EXPECT_TRUE(along(in("plan")).has_route());
  EXPECT_EQ(preview(in("plan")).idle_changes(0).reason(), v1::IDLE_REASON_OVER);
  auto context = in("plan");
  context.mutable_valid_at()->set_seconds(1'000'000'000);
  EXPECT_FALSE(along(context).has_route());
  context.mutable_valid_at()->set_seconds(1'100'000'000);
  EXPECT_TRUE(along(context).has_route());
}

TEST_F(ScenarioResolveTest, ACancelledProjectChangesNothing) {
  v1::Project project;
  project.set_status("cancelled");
  *project.add_changes() = closing("way/5");
  ASSERT_THAT(create("bridge", project), Succeeds());
  must_create("plan", {step("bridge")});
  EXPECT_EQ(digest(in("plan")), digest(context_));
  EXPECT_EQ(preview(in("plan")).idle_changes(0).reason(), v1::IDLE_REASON_CANCELLED);
}

TEST_F(ScenarioResolveTest, ARestrictionHoldsHeavyVehiclesBack) {
  v1::Change limit = change("roads", "way/5");
  limit.mutable_restrict()->set_max_weight_t(7.5);
  must_create("plan", {step(limit)});
  v1::ComputeRouteRequest request;
  *request.mutable_context() = in("plan");
  *request.mutable_places() = places({at(20, 0), at(980, 0)});
  request.mutable_options()->set_profile("truck");
  EXPECT_FALSE(compute_route(*twin_, call_, request)->has_route());
  request.mutable_options()->set_profile("car");
  EXPECT_TRUE(compute_route(*twin_, call_, request)->has_route());
}

TEST_F(ScenarioResolveTest, ComparesIndicatorsSideBySide) {
  must_create("plan", {step(closing("way/5")), step(capacity("a", 120)), step(capacity("b", 30)), step(demolishing("people", "p10"))});
  v1::CompareContextsRequest request;
  *request.mutable_context_a() = context_;
  *request.mutable_context_b() = in("plan");
  request.add_indicators()->mutable_feature_count()->set_layer("people");
  request.add_indicators()->mutable_road_length()->set_profile("foot");
  v1::RouteIndicator& way = *request.add_indicators()->mutable_route();
  *way.mutable_places() = places({at(20, 0), at(980, 0)});
  way.mutable_options()->set_profile("foot");
  request.add_indicators()->mutable_residents()->set_layer("people");
  const auto answer = compare_contexts(*twin_, call_, request);
  ASSERT_THAT(answer, Succeeds());
  EXPECT_EQ(answer->comparisons(0).quantities(0).difference(), -1);
  EXPECT_NEAR(answer->comparisons(1).quantities(0).difference(), -100, 1e-6);
  EXPECT_NEAR(answer->comparisons(1).quantities(1).value_b(), 100, 1e-6);
  EXPECT_TRUE(answer->comparisons(2).quantities(0).has_value_a());
  EXPECT_FALSE(answer->comparisons(2).quantities(0).has_value_b());
  EXPECT_FALSE(answer->comparisons(2).quantities(0).has_difference());
  EXPECT_EQ(answer->comparisons(3).quantities(0).difference(), -11);
  EXPECT_EQ(answer->comparisons(3).provenance_b().scenario(), "cities/town/scenarios/plan");
  EXPECT_EQ(answer->comparisons(3).provenance_a().scenario(), "");
  request.add_indicators()->mutable_facility_capacity()->set_layer("schools");
  EXPECT_EQ(field_of(compare_contexts(*twin_, call_, request)), "indicators[4].facility_capacity.layer");
  *request.mutable_context_a() = in("plan");
  const auto capacities = compare_contexts(*twin_, call_, request);
  ASSERT_THAT(capacities, Succeeds());
  EXPECT_EQ(capacities->comparisons(4).quantities(0).value_b(), 150);
  request.clear_indicators();
  EXPECT_EQ(field_of(compare_contexts(*twin_, call_, request)), "indicators");
}

}  // namespace
}  // namespace obnova::server
