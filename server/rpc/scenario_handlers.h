#pragma once

#include "geo/base/result.h"
#include "obnova/v1/scenario.pb.h"
#include "server/rpc/call.h"
#include "server/twin/twin.h"

namespace obnova::server {

// The calls of ScenarioService as plain functions; the contract is in
// proto/obnova/v1/scenario.proto. Any thread may call them. Those that take a
// Twin& wait for the disk, and for whoever is changing the city.

Result<v1::CreateProjectResponse> create_project(Twin& twin, const Call& call, const v1::CreateProjectRequest& request);
Result<v1::Project> get_project(const Twin& twin, const Call& call, const v1::GetProjectRequest& request);
// A page ends early when it is longer than 2 MiB: clients refuse messages of 4
// MiB. All pages of a listing see the revision of the first one.
Result<v1::ListProjectsResponse> list_projects(const Twin& twin, const Call& call, const v1::ListProjectsRequest& request);
Result<v1::UpdateProjectResponse> update_project(Twin& twin, const Call& call, const v1::UpdateProjectRequest& request);
Result<v1::DeleteProjectResponse> delete_project(Twin& twin, const Call& call, const v1::DeleteProjectRequest& request);

Result<v1::CreateScenarioResponse> create_scenario(Twin& twin, const Call& call, const v1::CreateScenarioRequest& request);
Result<v1::Scenario> get_scenario(const Twin& twin, const Call& call, const v1::GetScenarioRequest& request);
Result<v1::ListScenariosResponse> list_scenarios(const Twin& twin, const Call& call, const v1::ListScenariosRequest& request);
Result<v1::UpdateScenarioResponse> update_scenario(Twin& twin, const Call& call, const v1::UpdateScenarioRequest& request);
Result<v1::DeleteScenarioResponse> delete_scenario(Twin& twin, const Call& call, const v1::DeleteScenarioRequest& request);

Result<v1::PreviewScenarioResponse> preview_scenario(const Twin& twin, const Call& call, const v1::PreviewScenarioRequest& request);
Result<v1::CompareContextsResponse> compare_contexts(const Twin& twin, const Call& call, const v1::CompareContextsRequest& request);

Result<v1::ImportProjectsResponse> import_projects(Twin& twin, const Call& call, const v1::ImportProjectsRequest& request);
Result<v1::ExportProjectsResponse> export_projects(const Twin& twin, const Call& call, const v1::ExportProjectsRequest& request);

}  // namespace obnova::server
