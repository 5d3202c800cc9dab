#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/scenario/scenario_fixture.h"

namespace obnova::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ScenarioRecordsTest : public ScenarioTest {
 protected:
  Result<v1::Project> get(const std::string& id, std::int64_t revision = 0) const {
    v1::GetProjectRequest request;
    *request.mutable_context() = context_;
    request.mutable_context()->set_revision(revision);
    request.set_project(id);
    return get_project(*twin_, call_, request);
  }
  static v1::UpdateProjectRequest update(const std::string& id, const std::string& title) {
    v1::UpdateProjectRequest request;
    request.mutable_project()->set_name("cities/town/projects/" + id);
    request.mutable_project()->set_title(title);
    request.mutable_update_mask()->add_paths("title");
    return request;
  }
  std::string fault(const v1::Project& project) { return field_of(create("faulty", project)); }
};

TEST_F(ScenarioRecordsTest, AProjectIsReadBackAsItWasWritten) {
  v1::Project project;
  project.set_title("Міст Єднання");
  project.set_status("preparation");
  project.set_type("rehabilitation");
  project.add_sectors("transport.road");
  project.mutable_cost()->set_amount(1.25e6);
  project.mutable_cost()->set_currency("UAH");
  project.mutable_cost()->set_price_date("2026-01-01");
  *project.add_changes() = closing("way/5");
  project.add_features("cities/town/layers/roads/features/way/5");
  const auto made = create("bridge", project);
  ASSERT_THAT(made, Succeeds());
  EXPECT_EQ(made->project().name(), "cities/town/projects/bridge");
  EXPECT_EQ(made->project().revision(), 3);
  EXPECT_FALSE(made->project().etag().empty());
  const auto read = get("bridge");
  ASSERT_THAT(read, Succeeds());
  EXPECT_EQ(read->SerializeAsString(), made->project().SerializeAsString());
  reopen();
  EXPECT_EQ(get("bridge")->SerializeAsString(), made->project().SerializeAsString());
  EXPECT_THAT(get("bridge", 2), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(create("bridge", project), FailsWith(ErrorCode::kAlreadyExists));
}

TEST_F(ScenarioRecordsTest, AnUpdateKeepsWhatWasBeforeForEarlierRevisions) {
  must_create("bridge", {closing("way/5")});
  ASSERT_THAT(update_project(*twin_, call_, update("bridge", "New")), Succeeds());
  EXPECT_EQ(get("bridge")->title(), "New");
  EXPECT_EQ(get("bridge")->changes_size(), 1);
  EXPECT_EQ(get("bridge", 3)->title(), "");
  v1::DeleteProjectRequest removal;
  removal.set_name("cities/town/projects/bridge");
  ASSERT_THAT(delete_project(*twin_, call_, removal), Succeeds());
  EXPECT_THAT(get("bridge"), FailsWith(ErrorCode::kNotFound));
  EXPECT_EQ(get("bridge", 4)->title(), "New");
  reopen();
  EXPECT_EQ(get("bridge", 3)->title(), "");
  EXPECT_THAT(get("bridge"), FailsWith(ErrorCode::kNotFound));
}

TEST_F(ScenarioRecordsTest, AStaleEtagChangesNothing) {
  must_create("bridge", {closing("way/5")});
  auto request = update("bridge", "First");
  request.mutable_project()->set_etag(get("bridge")->etag());
  ASSERT_THAT(update_project(*twin_, call_, request), Succeeds());
  const auto again = update_project(*twin_, call_, request);
  EXPECT_THAT(again, FailsWith(ErrorCode::kFailedPrecondition));
  EXPECT_EQ(field_of(again), "project.etag");
  v1::DeleteProjectRequest removal;
  removal.set_name("cities/town/projects/bridge");
  removal.set_etag(request.project().etag());
  EXPECT_THAT(delete_project(*twin_, call_, removal), FailsWith(ErrorCode::kFailedPrecondition));
  EXPECT_EQ(get("bridge")->title(), "First");
}

TEST_F(ScenarioRecordsTest, ARequestSentAgainChangesNothingAgain) {
  const auto first = create("bridge", v1::Project(), "r-1");
  const auto second = create("bridge", v1::Project(), "r-1");
  ASSERT_THAT(second, Succeeds());
  EXPECT_TRUE(second->was_made_before());
  EXPECT_EQ(second->project().SerializeAsString(), first->project().SerializeAsString());
  EXPECT_EQ((*twin_->resolve(context_))->record.revision, 3);
  EXPECT_THAT(create("another", v1::Project(), "r-1"), FailsWith(ErrorCode::kFailedPrecondition));
}

TEST_F(ScenarioRecordsTest, AStatedRevisionMustBeTheNewest) {
  v1::CreateProjectRequest request;
  *request.mutable_context() = context_;
  request.mutable_context()->set_revision(1);
  request.set_project_id("late");
  EXPECT_THAT(create_project(*twin_, call_, request), FailsWith(ErrorCode::kFailedPrecondition));
  request.mutable_context()->set_revision(2);
  EXPECT_THAT(create_project(*twin_, call_, request), Succeeds());
}

TEST_F(ScenarioRecordsTest, RefusesWhatCannotBeKeptAndNamesIt) {
  v1::Project project;
  project.set_status("planned");
  EXPECT_EQ(fault(project), "project.status");
  project.set_status("cancelled");
  project.mutable_cost()->set_amount(-1);
  EXPECT_EQ(fault(project), "project.cost.amount");
  project.mutable_cost()->set_amount(1);
  project.mutable_cost()->set_currency("грн");
  EXPECT_EQ(fault(project), "project.cost.currency");
  project.clear_cost();
  project.mutable_schedule()->mutable_start_time()->set_seconds(10);
  project.mutable_schedule()->mutable_end_time()->set_seconds(9);
  EXPECT_EQ(fault(project), "project.schedule.end_time");
  project.clear_schedule();
  *project.add_changes() = change("roads", "way/1");
  EXPECT_EQ(fault(project), "project.changes[0].change");
  *project.mutable_changes(0) = closing("way/1");
  project.mutable_changes(0)->set_layer("schools");
  EXPECT_EQ(fault(project), "project.changes[0].layer");
  project.mutable_changes(0)->set_layer("canals");
  EXPECT_EQ(fault(project), "project.changes[0].layer");
  *project.mutable_changes(0) = change("roads", "way/1");
  (*project.mutable_changes(0)->mutable_set_attributes()->mutable_attributes())["lanes"].set_int_value(2);
  EXPECT_EQ(fault(project), "project.changes[0].set_attributes.attributes[lanes]");
  project.mutable_changes(0)->mutable_restrict();
  EXPECT_EQ(fault(project), "project.changes[0].restrict");
  project.mutable_changes(0)->mutable_restrict()->set_max_weight_t(0);
  EXPECT_EQ(fault(project), "project.changes[0].restrict.max_weight_t");
  project.clear_changes();
  project.add_features("cities/other/layers/roads/features/1");
  EXPECT_EQ(fault(project), "project.features[0]");
  EXPECT_THAT(create("no/id", v1::Project()), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_EQ((*twin_->resolve(context_))->record.revision, 2);
}

TEST_F(ScenarioRecordsTest, AllPagesOfAListingSeeOneRevision) {
  for (const char* id : {"a", "b", "c"}) must_create(id, std::vector<v1::Change>{});
  v1::ListProjectsRequest request;
  *request.mutable_context() = context_;
  request.set_page_size(2);
  const auto first = list_projects(*twin_, call_, request);
  ASSERT_EQ(first->projects_size(), 2);
  must_create("bb", std::vector<v1::Change>{});
  request.set_page_token(first->next_page_token());
  const auto second = list_projects(*twin_, call_, request);
  ASSERT_EQ(second->projects_size(), 1);
  EXPECT_EQ(second->projects(0).name(), "cities/town/projects/c");
  EXPECT_EQ(second->next_page_token(), "");
  request.set_page_token("nonsense");
  EXPECT_EQ(field_of(list_projects(*twin_, call_, request)), "page_token");
}

TEST_F(ScenarioRecordsTest, WhatIsNeededIsNotDeleted) {
  must_create("bridge", {closing("way/5")});
  must_create("plan", {step("bridge")});
  must_create("branch", std::vector<v1::ScenarioStep>{}, "plan");
  v1::DeleteProjectRequest project;
  project.set_name("cities/town/projects/bridge");
  EXPECT_THAT(delete_project(*twin_, call_, project), FailsSaying(ErrorCode::kFailedPrecondition, HasSubstr("`plan`")));
  v1::DeleteScenarioRequest scenario;
  scenario.set_name("cities/town/scenarios/plan");
  EXPECT_THAT(delete_scenario(*twin_, call_, scenario), FailsSaying(ErrorCode::kFailedPrecondition, HasSubstr("`branch`")));
  scenario.set_name("cities/town/scenarios/branch");
  EXPECT_THAT(delete_scenario(*twin_, call_, scenario), Succeeds());
  scenario.set_name("cities/town/scenarios/plan");
  EXPECT_THAT(delete_scenario(*twin_, call_, scenario), Succeeds());
  EXPECT_THAT(delete_project(*twin_, call_, project), Succeeds());
}

TEST_F(ScenarioRecordsTest, AScenarioListsOnlyWhatIsThere) {
  v1::Scenario scenario;
  *scenario.add_steps() = step("nothing");
  EXPECT_EQ(field_of(create("plan", scenario)), "scenario.steps[0].project");
  must_create("bridge", {closing("way/5")});
  *scenario.mutable_steps(0) = step("bridge");
  *scenario.add_steps() = step("bridge");
  EXPECT_EQ(field_of(create("plan", scenario)), "scenario.steps[1].project");
  scenario.mutable_steps()->RemoveLast();
  scenario.mutable_parent()->set_scenario("cities/town/scenarios/nothing");
  EXPECT_EQ(field_of(create("plan", scenario)), "scenario.parent.scenario");
  scenario.clear_parent();
  EXPECT_THAT(create("plan", scenario), Succeeds());
}

TEST_F(ScenarioRecordsTest, AScenarioNeverDescendsFromItself) {
  must_create("a", std::vector<v1::ScenarioStep>{});
  must_create("b", std::vector<v1::ScenarioStep>{}, "a");
  v1::UpdateScenarioRequest request;
  request.mutable_scenario()->set_name("cities/town/scenarios/a");
  request.mutable_scenario()->mutable_parent()->set_scenario("cities/town/scenarios/b");
  request.mutable_update_mask()->add_paths("parent");
  EXPECT_THAT(update_scenario(*twin_, call_, request), FailsWith(ErrorCode::kFailedPrecondition));
  request.mutable_update_mask()->set_paths(0, "etag");
  EXPECT_EQ(field_of(update_scenario(*twin_, call_, request)), "update_mask.paths[0]");
}

TEST_F(ScenarioRecordsTest, AContextOfAnUnknownScenarioIsRefusedAndEditsNeverNameOne) {
  EXPECT_THAT(twin_->resolve(in("nothing")), FailsWith(ErrorCode::kNotFound));
  auto elsewhere = context_;
  elsewhere.set_scenario("cities/other/scenarios/x");
  EXPECT_EQ(field_of(twin_->resolve(elsewhere)), "context.scenario");
  must_create("plan", {step(closing("way/5"))});
  v1::ApplyChangesRequest request;
  *request.mutable_context() = in("plan");
  v1::FeatureChange& removal = *request.add_changes();
  removal.set_layer("roads");
  removal.set_feature("way/1");
  removal.mutable_remove();
  EXPECT_EQ(field_of(apply_changes(*twin_, call_, request)), "context.scenario");
}

}  // namespace
}  // namespace obnova::server
