#pragma once

#include <string>

#include "server/rpc/feature_handlers.h"
#include "server/rpc/routing_handlers.h"
#include "server/rpc/scenario_handlers.h"
#include "tests/server/rpc/small_city.h"
#include "tests/support/result_matchers.h"

namespace obnova::server {

// The town with words to make projects and scenarios of.
class ScenarioTest : public SmallCityTest {
 protected:
  static v1::Change change(const std::string& layer, const std::string& feature) {
    v1::Change result;
    result.set_layer(layer);
    result.set_feature(feature);
    return result;
  }
  static v1::Change closing(const std::string& road) {
    v1::Change result = change("roads", road);
    result.mutable_close();
    return result;
  }
  static v1::Change capacity(const std::string& school, std::int64_t places) {
    v1::Change result = change("schools", school);
    result.mutable_set_capacity()->set_capacity(places);
    return result;
  }
  v1::Change building(const std::string& layer, const std::string& feature, const Geometry& place, const std::string& highway = "") const {
    v1::Change result = change(layer, feature);
    *result.mutable_add()->mutable_geometry() = shape(place);
    if (!highway.empty()) (*result.mutable_add()->mutable_attributes())["highway"].set_string_value(highway);
    return result;
  }
  static v1::Change demolishing(const std::string& layer, const std::string& feature) {
    v1::Change result = change(layer, feature);
    result.mutable_remove();
    return result;
  }

  Result<v1::CreateProjectResponse> create(const std::string& id, const v1::Project& project, const std::string& request_id = "") {
    v1::CreateProjectRequest request;
    *request.mutable_context() = context_;
    request.set_project_id(id);
    *request.mutable_project() = project;
    request.set_request_id(request_id);
    return create_project(*twin_, call_, request);
  }
  void must_create(const std::string& id, const std::vector<v1::Change>& changes, const std::string& end = "") {
    v1::Project project;
    for (const v1::Change& one : changes) *project.add_changes() = one;
    if (!end.empty()) project.mutable_schedule()->mutable_end_time()->set_seconds(std::stoll(end));
    ASSERT_THAT(create(id, project), Succeeds());
  }
  static v1::ScenarioStep step(const std::string& project) {
    v1::ScenarioStep result;
    result.set_project("cities/town/projects/" + project);
    return result;
  }
  static v1::ScenarioStep step(const v1::Change& own) {
    v1::ScenarioStep result;
    *result.mutable_change() = own;
    return result;
  }
  Result<v1::CreateScenarioResponse> create(const std::string& id, const v1::Scenario& scenario) {
    v1::CreateScenarioRequest request;
    *request.mutable_context() = context_;
    request.set_scenario_id(id);
    *request.mutable_scenario() = scenario;
    return create_scenario(*twin_, call_, request);
  }
  void must_create(const std::string& id, const std::vector<v1::ScenarioStep>& steps, const std::string& parent = "",
                   std::int64_t parent_revision = 0) {
    v1::Scenario scenario;
    for (const v1::ScenarioStep& one : steps) *scenario.add_steps() = one;
    if (!parent.empty()) {
      scenario.mutable_parent()->set_scenario("cities/town/scenarios/" + parent);
      scenario.mutable_parent()->set_revision(parent_revision);
    }
    ASSERT_THAT(create(id, scenario), Succeeds());
  }
  Result<v1::UpdateScenarioResponse> set_steps(const std::string& id, const std::vector<v1::ScenarioStep>& steps) {
    v1::UpdateScenarioRequest request;
    request.mutable_scenario()->set_name("cities/town/scenarios/" + id);
    for (const v1::ScenarioStep& one : steps) *request.mutable_scenario()->add_steps() = one;
    request.mutable_update_mask()->add_paths("steps");
    return update_scenario(*twin_, call_, request);
  }

  v1::Context in(const std::string& scenario) const {
    v1::Context context = context_;
    context.set_scenario("cities/town/scenarios/" + scenario);
    return context;
  }
  v1::PreviewScenarioResponse preview(const v1::Context& context) const {
    v1::PreviewScenarioRequest request;
    *request.mutable_context() = context;
    const auto answer = preview_scenario(*twin_, call_, request);
    EXPECT_THAT(answer, Succeeds());
    return answer.value_or(v1::PreviewScenarioResponse());
  }
  v1::ComputeRouteResponse route(const v1::Context& context, Point from, Point to) const {
    v1::ComputeRouteRequest request;
    *request.mutable_context() = context;
    *request.mutable_places() = places({from, to});
    request.mutable_options()->set_profile("foot");
    const auto answer = compute_route(*twin_, call_, request);
    EXPECT_THAT(answer, Succeeds());
    return answer.value_or(v1::ComputeRouteResponse());
  }
  v1::ComputeRouteResponse along(const v1::Context& context) const { return route(context, at(20, 0), at(980, 0)); }
  std::string digest(const v1::Context& context) const {
    const auto snapshot = twin_->resolve(context);
    EXPECT_THAT(snapshot, Succeeds());
    return snapshot ? (*snapshot)->city->digest().hex() : "";
  }
  void edit(const v1::FeatureChange& change) {
    v1::ApplyChangesRequest request;
    *request.mutable_context() = context_;
    *request.add_changes() = change;
    ASSERT_THAT(apply_changes(*twin_, call_, request), Succeeds());
  }
  void reopen() {
    twin_.reset();
    auto profiles = geo::read_profiles(std::filesystem::path(OBNOVA_SOURCE_DIR) / "data" / "profiles");
    auto twin = Twin::open({.store_folder = folder_, .profiles = std::move(*profiles), .rule_packs = {}, .ingest = {}});
    ASSERT_THAT(twin, Succeeds());
    twin_ = std::move(*twin);
  }
};

}  // namespace obnova::server
