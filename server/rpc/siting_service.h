#pragma once

#include "obnova/v1/siting.grpc.pb.h"
#include "server/rpc/adapter.h"
#include "server/rpc/siting_handlers.h"

namespace obnova::server {

// SitingService on the adapter. Twin, solver and adapter must outlive the server.
class SitingService final : public v1::SitingService::CallbackService {
 public:
  SitingService(const Twin& twin, const geo::SolveMip& solve, Adapter& adapter) : twin_(twin), solve_(solve), adapter_(adapter) {}

  // Waits for the solver most of its time.
  grpc::ServerUnaryReactor* LocateFacilities(grpc::CallbackServerContext* c, const v1::LocateFacilitiesRequest* q,
                                             v1::LocateFacilitiesResponse* r) override {
    return adapter_.waiting_unary(c, q, r, locate_facilities, twin_, solve_);
  }
  grpc::ServerUnaryReactor* CheckSite(grpc::CallbackServerContext* c, const v1::CheckSiteRequest* q, v1::CheckSiteResponse* r) override {
    return adapter_.unary(c, q, r, check_site, twin_);
  }
  grpc::ServerUnaryReactor* ListRulePacks(grpc::CallbackServerContext* c, const v1::ListRulePacksRequest* q,
                                          v1::ListRulePacksResponse* r) override {
    return adapter_.unary(c, q, r, list_rule_packs, twin_);
  }

 private:
  const Twin& twin_;
  const geo::SolveMip& solve_;
  Adapter& adapter_;
};

}  // namespace obnova::server
