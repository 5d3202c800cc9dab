#pragma once

#include "obnova/v1/coverage.grpc.pb.h"
#include "server/rpc/adapter.h"
#include "server/rpc/coverage_handlers.h"

namespace obnova::server {

// CoverageService on the adapter. Twin and adapter must outlive the server.
class CoverageService final : public v1::CoverageService::CallbackService {
 public:
  CoverageService(const Twin& twin, Adapter& adapter) : twin_(twin), adapter_(adapter) {}

  grpc::ServerUnaryReactor* ComputeServiceArea(grpc::CallbackServerContext* c, const v1::ComputeServiceAreaRequest* q,
                                               v1::ComputeServiceAreaResponse* r) override {
    return adapter_.unary(c, q, r, compute_service_area, twin_);
  }
  grpc::ServerUnaryReactor* ComputeCoverage(grpc::CallbackServerContext* c, const v1::ComputeCoverageRequest* q,
                                            v1::ComputeCoverageResponse* r) override {
    return adapter_.unary(c, q, r, compute_coverage, twin_);
  }

 private:
  const Twin& twin_;
  Adapter& adapter_;
};

}  // namespace obnova::server
