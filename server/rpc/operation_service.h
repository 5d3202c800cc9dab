#pragma once

#include "obnova/v1/operation.grpc.pb.h"
#include "server/rpc/adapter.h"
#include "server/rpc/operation_handlers.h"

namespace obnova::server {

// OperationService on the adapter. Operations and adapter must outlive the server.
class OperationService final : public v1::OperationService::CallbackService {
 public:
  OperationService(Operations& operations, Adapter& adapter) : operations_(operations), adapter_(adapter) {}

  grpc::ServerUnaryReactor* GetOperation(grpc::CallbackServerContext* c, const v1::GetOperationRequest* q, v1::Operation* r) override {
    return adapter_.unary(c, q, r, get_operation, operations_);
  }
  grpc::ServerUnaryReactor* ListOperations(grpc::CallbackServerContext* c, const v1::ListOperationsRequest* q,
                                           v1::ListOperationsResponse* r) override {
    return adapter_.unary(c, q, r, list_operations, operations_);
  }
  grpc::ServerUnaryReactor* WaitOperation(grpc::CallbackServerContext* c, const v1::WaitOperationRequest* q,
                                          v1::WaitOperationResponse* r) override {
    return adapter_.waiting_unary(c, q, r, wait_operation, operations_);
  }
  grpc::ServerUnaryReactor* CancelOperation(grpc::CallbackServerContext* c, const v1::CancelOperationRequest* q,
                                            v1::CancelOperationResponse* r) override {
    return adapter_.unary(c, q, r, cancel_operation, operations_);
  }

 private:
  Operations& operations_;
  Adapter& adapter_;
};

}  // namespace obnova::server
