#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/server/scenario/scenario_fixture.h"

namespace obnova::server {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

// With words of others, another spelling of a time, and what nobody here knows.
constexpr const char* kPackage = R"({
  "uri": "https://example.org/p", "publishedDate": "2026-01-01T00:00:00Z", "version": "0.9", "publisher": {"name": "Громада"},
  "projects": [
    {"id": "oc4ids-bu3kcz-міст/1", "title": "Міст Єднання", "status": "preparation", "type": "rehabilitation",
     "updated": "2026-02-03T10:00:00+02:00", "sector": ["transport", "transport.road"],
     "period": {"startDate": "2027-01-01T00:00:00+02:00", "endDate": "2028-06-30", "durationInDays": 545},
     "budget": {"amount": {"amount": 1250000.5, "currency": "UAH"}, "requestDate": "2026-01-01T00:00:00Z"},
     "locations": [{"id": "l1", "description": "над річкою", "uri": "https://example.org/l",
                    "geometry": {"type": "Point", "coordinates": [27.0, 50.45]}},
                   {"id": "l2", "gazetteer": {"scheme": "KATOTTG", "identifiers": ["UA1"]}}],
     "parties": [{"id": "x", "name": "Замовник", "roles": ["buyer"], "beneficialOwners": null}],
     "дані": {"вкладені": [1, 2.50, true, "так", {"a": {}}]}},
    {"id": "school.2", "contractingProcesses": [{"id": "c", "summary": {"ocid": "ocds-1"}}], "budget": {"approvalDate": "2026"}}
  ]})";

class Oc4idsTest : public ScenarioTest {
 protected:
  Result<v1::ImportProjectsResponse> import(const std::string& package, const std::string& request_id = "") {
    v1::ImportProjectsRequest request;
    *request.mutable_context() = context_;
    request.set_package_json(package);
    request.set_request_id(request_id);
    return import_projects(*twin_, call_, request);
  }
  std::string exported() const {
    v1::ExportProjectsRequest request;
    *request.mutable_context() = context_;
    request.set_uri("https://example.org/p");
    request.set_publisher("Громада");
    const auto answer = export_projects(*twin_, call_, request);
    EXPECT_THAT(answer, Succeeds());
    return answer ? answer->package_json() : "";
  }
  v1::Project get(const std::string& id) const {
    v1::GetProjectRequest request;
    *request.mutable_context() = context_;
    request.set_project(id);
    return get_project(*twin_, call_, request).value_or(v1::Project());
  }
  // The path of what is wrong with the second project.
  std::string fault(const std::string& member, const Json& value) {
    Json package = Json::parse(kPackage);
    package["projects"][1][member] = value;
    return field_of(import(package.dump()));
  }
};

TEST_F(Oc4idsTest, WhatIsReadIsWrittenAgainWithoutLoss) {
  const auto response = import(kPackage);
  ASSERT_THAT(response, Succeeds());
  EXPECT_EQ(response->created_count(), 2);
  EXPECT_EQ(Json::parse(exported())["projects"], Json::parse(kPackage)["projects"]);
  reopen();
  const std::string once = exported();
  ASSERT_THAT(import(once), Succeeds());
  EXPECT_EQ(Json::parse(exported())["projects"], Json::parse(once)["projects"]);
}

TEST_F(Oc4idsTest, ReadsWhatItKnows) {
  const auto response = import(kPackage);
  ASSERT_THAT(response, Succeeds());
  EXPECT_EQ(response->projects(1), "cities/town/projects/school.2");
  const v1::Project project = get(response->projects(0).substr(std::string("cities/town/projects/").size()));
  EXPECT_EQ(project.oc4ids_id(), "oc4ids-bu3kcz-міст/1");
  EXPECT_EQ(project.title(), "Міст Єднання");
  EXPECT_EQ(project.status(), "preparation");
  EXPECT_EQ(project.sectors(1), "transport.road");
  EXPECT_EQ(project.cost().amount(), 1250000.5);
  EXPECT_EQ(project.schedule().start_time().seconds(), 1798754400);
  EXPECT_EQ(project.schedule().end_time().seconds(), 1845936000);
  ASSERT_EQ(project.locations_size(), 2);
  EXPECT_THAT(project.locations(0).geometry().geojson(), HasSubstr("[27.0,50.45]"));
  EXPECT_FALSE(project.locations(1).has_geometry());
}

TEST_F(Oc4idsTest, WhatChangedIsWrittenInItsPlace) {
  const auto response = import(kPackage);
  ASSERT_THAT(response, Succeeds());
  v1::UpdateProjectRequest request;
  request.mutable_project()->set_name(response->projects(0));
  request.mutable_project()->set_status("completed");
  request.mutable_project()->mutable_schedule()->mutable_start_time()->set_seconds(1798754400);
  *request.mutable_project()->add_changes() = closing("way/5");
  for (const char* field : {"status", "schedule", "changes", "cost"}) request.mutable_update_mask()->add_paths(field);
  ASSERT_THAT(update_project(*twin_, call_, request), Succeeds());
  const Json project = Json::parse(exported())["projects"][0];
  EXPECT_EQ(project["status"], "completed");
  EXPECT_EQ(project["period"], Json::parse(R"({"startDate": "2027-01-01T00:00:00+02:00", "durationInDays": 545})"));
  EXPECT_EQ(project["budget"], Json::parse(R"({"requestDate": "2026-01-01T00:00:00Z"})"));
  EXPECT_EQ(project["obnova"]["changes"][0]["feature"], "way/5");
  EXPECT_TRUE(project.contains("дані"));
}

TEST_F(Oc4idsTest, ChangesStayWhenAPackageDoesNotSpeakOfThemAndReturnWhenItDoes) {
  ASSERT_THAT(import(kPackage), Succeeds());
  v1::UpdateProjectRequest request;
  request.mutable_project()->set_name("cities/town/projects/school.2");
  *request.mutable_project()->add_changes() = capacity("a", 400);
  request.mutable_update_mask()->add_paths("changes");
  ASSERT_THAT(update_project(*twin_, call_, request), Succeeds());
  const std::string with_changes = exported();
  const auto again = import(kPackage);
  EXPECT_EQ(again->updated_count(), 2);
  EXPECT_EQ(get("school.2").changes_size(), 1);
  request.mutable_project()->clear_changes();
  ASSERT_THAT(update_project(*twin_, call_, request), Succeeds());
  EXPECT_EQ(get("school.2").changes_size(), 0);
  ASSERT_THAT(import(with_changes), Succeeds());
  EXPECT_EQ(get("school.2").changes(0).set_capacity().capacity(), 400);
}

TEST_F(Oc4idsTest, NamesThePathOfWhatIsWrong) {
  EXPECT_EQ(field_of(import("[]")), "package_json");
  EXPECT_EQ(field_of(import(R"({"version": "1.1", "projects": [{"id": "a"}]})")), "version");
  EXPECT_EQ(field_of(import(R"({"projects": {}})")), "projects");
  EXPECT_EQ(field_of(import(R"({"projects": []})")), "projects");
  EXPECT_EQ(field_of(import(R"({"projects": [7]})")), "projects[0]");
  EXPECT_EQ(fault("id", ""), "projects[1].id");
  EXPECT_EQ(fault("id", "oc4ids-bu3kcz-міст/1"), "projects[1].id");
  EXPECT_EQ(fault("title", 7), "projects[1].title");
  EXPECT_EQ(fault("status", "planned"), "projects[1].status");
  EXPECT_EQ(fault("type", "demolition"), "projects[1].type");
  EXPECT_EQ(fault("sector", {"health", 7}), "projects[1].sector[1]");
  EXPECT_EQ(fault("period", {{"endDate", "soon"}}), "projects[1].period.endDate");
  EXPECT_EQ(fault("budget", {{"amount", {{"amount", "7"}}}}), "projects[1].budget.amount.amount");
  EXPECT_EQ(fault("budget", {{"amount", {{"amount", 7}, {"currency", "гривня"}}}}), "projects[1].budget.amount.currency");
  EXPECT_EQ(fault("locations", {7}), "projects[1].locations[0]");
  EXPECT_EQ(fault("locations", {{{"geometry", {{"type", "Point"}}}}}), "projects[1].locations[0].geometry");
  EXPECT_EQ(fault("obnova", {{"changes", {{{"layer", 7}}}}}), "projects[1].obnova");
  EXPECT_EQ((*twin_->resolve(context_))->record.revision, 2);
}

TEST_F(Oc4idsTest, APackageSentAgainIsReadOnce) {
  const auto first = import(kPackage, "r-1");
  const auto second = import(kPackage, "r-1");
  ASSERT_THAT(second, Succeeds());
  EXPECT_TRUE(second->were_made_before());
  EXPECT_EQ(second->revision(), first->revision());
  EXPECT_EQ(second->projects_size(), 2);
}

TEST_F(Oc4idsTest, EqualProjectsGiveEqualBytes) {
  ASSERT_THAT(import(kPackage), Succeeds());
  const std::string once = exported();
  ASSERT_THAT(twin_->set_title("town", "Other"), Succeeds());
  EXPECT_EQ(exported(), once);
}

}  // namespace
}  // namespace obnova::server
