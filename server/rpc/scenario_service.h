#pragma once

#include "obnova/v1/scenario.grpc.pb.h"
#include "server/rpc/adapter.h"
#include "server/rpc/scenario_handlers.h"

namespace obnova::server {

// ScenarioService on the adapter. Twin and adapter must outlive the server. What
// waits for the disk or for other changes runs on the threads that may wait.
class ScenarioService final : public v1::ScenarioService::CallbackService {
 public:
  ScenarioService(Twin& twin, Adapter& adapter) : twin_(twin), adapter_(adapter) {}

  grpc::ServerUnaryReactor* CreateProject(grpc::CallbackServerContext* c, const v1::CreateProjectRequest* q,
                                          v1::CreateProjectResponse* r) override {
    return adapter_.waiting_unary(c, q, r, create_project, twin_);
  }
  grpc::ServerUnaryReactor* GetProject(grpc::CallbackServerContext* c, const v1::GetProjectRequest* q, v1::Project* r) override {
    return adapter_.unary(c, q, r, get_project, twin_);
  }
  grpc::ServerUnaryReactor* ListProjects(grpc::CallbackServerContext* c, const v1::ListProjectsRequest* q,
                                         v1::ListProjectsResponse* r) override {
    return adapter_.unary(c, q, r, list_projects, twin_);
  }
  grpc::ServerUnaryReactor* UpdateProject(grpc::CallbackServerContext* c, const v1::UpdateProjectRequest* q,
                                          v1::UpdateProjectResponse* r) override {
    return adapter_.waiting_unary(c, q, r, update_project, twin_);
  }
  grpc::ServerUnaryReactor* DeleteProject(grpc::CallbackServerContext* c, const v1::DeleteProjectRequest* q,
                                          v1::DeleteProjectResponse* r) override {
    return adapter_.waiting_unary(c, q, r, delete_project, twin_);
  }
  grpc::ServerUnaryReactor* CreateScenario(grpc::CallbackServerContext* c, const v1::CreateScenarioRequest* q,
                                           v1::CreateScenarioResponse* r) override {
    return adapter_.waiting_unary(c, q, r, create_scenario, twin_);
  }
  grpc::ServerUnaryReactor* GetScenario(grpc::CallbackServerContext* c, const v1::GetScenarioRequest* q, v1::Scenario* r) override {
    return adapter_.unary(c, q, r, get_scenario, twin_);
  }
  grpc::ServerUnaryReactor* ListScenarios(grpc::CallbackServerContext* c, const v1::ListScenariosRequest* q,
                                          v1::ListScenariosResponse* r) override {
    return adapter_.unary(c, q, r, list_scenarios, twin_);
  }
  grpc::ServerUnaryReactor* UpdateScenario(grpc::CallbackServerContext* c, const v1::UpdateScenarioRequest* q,
                                           v1::UpdateScenarioResponse* r) override {
    return adapter_.waiting_unary(c, q, r, update_scenario, twin_);
  }
  grpc::ServerUnaryReactor* DeleteScenario(grpc::CallbackServerContext* c, const v1::DeleteScenarioRequest* q,
                                           v1::DeleteScenarioResponse* r) override {
    return adapter_.waiting_unary(c, q, r, delete_scenario, twin_);
  }
  grpc::ServerUnaryReactor* PreviewScenario(grpc::CallbackServerContext* c, const v1::PreviewScenarioRequest* q,
                                            v1::PreviewScenarioResponse* r) override {
    return adapter_.unary(c, q, r, preview_scenario, twin_);
  }
  grpc::ServerUnaryReactor* CompareContexts(grpc::CallbackServerContext* c, const v1::CompareContextsRequest* q,
                                            v1::CompareContextsResponse* r) override {
    return adapter_.unary(c, q, r, compare_contexts, twin_);
  }
  grpc::ServerUnaryReactor* ImportProjects(grpc::CallbackServerContext* c, const v1::ImportProjectsRequest* q,
                                           v1::ImportProjectsResponse* r) override {
    return adapter_.waiting_unary(c, q, r, import_projects, twin_);
  }
  grpc::ServerUnaryReactor* ExportProjects(grpc::CallbackServerContext* c, const v1::ExportProjectsRequest* q,
                                           v1::ExportProjectsResponse* r) override {
    return adapter_.unary(c, q, r, export_projects, twin_);
  }

 private:
  Twin& twin_;
  Adapter& adapter_;
};

}  // namespace obnova::server
