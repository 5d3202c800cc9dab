#pragma once

#include "obnova/v1/routing.grpc.pb.h"
#include "server/rpc/adapter.h"
#include "server/rpc/routing_handlers.h"

namespace obnova::server {

// RoutingService on the adapter. Twin and adapter must outlive the server.
class RoutingService final : public v1::RoutingService::CallbackService {
 public:
  RoutingService(const Twin& twin, Adapter& adapter) : twin_(twin), adapter_(adapter) {}

  grpc::ServerUnaryReactor* ComputeRoute(grpc::CallbackServerContext* c, const v1::ComputeRouteRequest* q,
                                         v1::ComputeRouteResponse* r) override {
    return adapter_.unary(c, q, r, compute_route, twin_);
  }
  grpc::ServerWriteReactor<v1::ComputeMatrixResponse>* ComputeMatrix(grpc::CallbackServerContext* c,
                                                                     const v1::ComputeMatrixRequest* q) override {
    return adapter_.server_stream<v1::ComputeMatrixResponse>(c, q, compute_matrix, twin_);
  }
  grpc::ServerUnaryReactor* FindNearestFacilities(grpc::CallbackServerContext* c, const v1::FindNearestFacilitiesRequest* q,
                                                  v1::FindNearestFacilitiesResponse* r) override {
    return adapter_.unary(c, q, r, find_nearest_facilities, twin_);
  }
  grpc::ServerUnaryReactor* SnapPlaces(grpc::CallbackServerContext* c, const v1::SnapPlacesRequest* q, v1::SnapPlacesResponse* r) override {
    return adapter_.unary(c, q, r, snap_places, twin_);
  }

 private:
  const Twin& twin_;
  Adapter& adapter_;
};

}  // namespace obnova::server
