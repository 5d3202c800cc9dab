#include "server/rpc/app.h"

#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include "geo/io/condition_file.h"
#include "geo/io/profile_file.h"
#include "geo/io/rule_file.h"
#include "geo/io/scale_file.h"
#include "server/process/child.h"
#include "server/rpc/adapter.h"
#include "server/rpc/assessment_service.h"
#include "server/rpc/catalog_service.h"
#include "server/rpc/coverage_service.h"
#include "server/rpc/feature_service.h"
#include "server/rpc/operation_service.h"
#include "server/rpc/operations.h"
#include "server/rpc/routing_service.h"
#include "server/rpc/siting_service.h"
#include "server/solver/child_solver.h"
#include "server/rpc/watches.h"
#include "server/twin/twin.h"

namespace obnova::server {
namespace {

Result<TwinSettings> twin_settings(const AppOptions& options) {
  const std::filesystem::path data = options.data.value_or(shipped_data());
  auto profiles = geo::read_profiles(data / "profiles");
  if (!profiles) return std::unexpected(profiles.error());
  auto rule_packs = geo::read_rule_packs(data / "rules");
  if (!rule_packs) return std::unexpected(rule_packs.error());
  auto scales = geo::read_damage_scales(data / "scales");
  if (!scales) return std::unexpected(scales.error());
  auto condition = geo::read_condition_rule(data / "rules" / "condition.toml");
  if (!condition) return std::unexpected(condition.error());
  return TwinSettings{.store_folder = options.store,
                      .profiles = std::move(*profiles),
                      .rule_packs = std::move(*rule_packs),
                      .damage = {.scales = std::move(*scales), .condition = std::move(*condition)},
                      .ingest = {.worker = program_folder() / "obnova-ingest"}};
}

// Files of calls that a crash interrupted are of no use to anybody.
void remove_old_files(const std::filesystem::path& folder) {
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

}  // namespace

// In the order of construction: what is above is used by what is below.
struct App::Parts {
  Parts(std::unique_ptr<Twin> opened, const AppOptions& options)
      : twin(std::move(opened)),
        import_settings{.upload_folder = options.store / ".uploads", .import_root = options.import_root},
        export_settings{.folder = options.store / ".exports"},
        solve(child_solver(program_folder() / "obnova-solver")) {}

  Result<void> listen(const std::string& wanted) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort(wanted, grpc::InsecureServerCredentials(), &port);
    // A second server on the same port must fail, not share it.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    for (grpc::Service* service :
         {static_cast<grpc::Service*>(&catalog), static_cast<grpc::Service*>(&features), static_cast<grpc::Service*>(&routing),
          static_cast<grpc::Service*>(&coverage), static_cast<grpc::Service*>(&siting), static_cast<grpc::Service*>(&assessment),
          static_cast<grpc::Service*>(&operation)}) {
      builder.RegisterService(service);
    }
    server = builder.BuildAndStart();
    if (server == nullptr || port == 0) {
      return failure(ErrorCode::kFailedPrecondition, fmt::format("The address {} cannot be listened on: is another server there?", wanted));
    }
    address = fmt::format("{}:{}", wanted.substr(0, wanted.rfind(':')), port);
    return {};
  }

  std::unique_ptr<Twin> twin;
  const ImportSettings import_settings;
  const ExportSettings export_settings;
  const geo::SolveMip solve;
  Adapter adapter;
  Watches watches{*twin, adapter};
  Operations operations;
  CatalogService catalog{*twin, operations, import_settings, export_settings, adapter};
  FeatureService features{*twin, adapter, watches};
  RoutingService routing{*twin, adapter};
  CoverageService coverage{*twin, adapter};
  SitingService siting{*twin, solve, adapter};
  AssessmentService assessment{*twin, operations, import_settings, adapter};
  OperationService operation{operations, adapter};
  std::unique_ptr<grpc::Server> server;
  std::string address;
};

App::App(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
App::~App() { stop(std::chrono::milliseconds(0)); }

Result<std::unique_ptr<App>> App::start(const AppOptions& options) {
  const auto allowed = check_loopback(options.listen);
  if (!allowed) return std::unexpected(allowed.error());
  auto settings = twin_settings(options);
  if (!settings) return std::unexpected(settings.error());
  auto twin = Twin::open(std::move(*settings));
  if (!twin) return std::unexpected(twin.error());
  auto parts = std::make_unique<Parts>(std::move(*twin), options);
  remove_old_files(parts->import_settings.upload_folder);
  remove_old_files(parts->export_settings.folder);
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  const auto listening = parts->listen(options.listen);
  if (!listening) return std::unexpected(listening.error());
  return std::unique_ptr<App>(new App(std::move(parts)));
}

const std::string& App::address() const { return parts_->address; }

void App::stop(std::chrono::milliseconds patience) {
  if (parts_->server == nullptr) return;
  parts_->watches.stop();
  parts_->server->Shutdown(std::chrono::system_clock::now() + patience);
  parts_->server->Wait();
  parts_->server.reset();
}

}  // namespace obnova::server
