#pragma once

#include "geo/base/result.h"
#include "obnova/v1/operation.pb.h"
#include "server/rpc/call.h"
#include "server/rpc/operations.h"

namespace obnova::server {

// The calls of OperationService as plain functions; the contract is in
// proto/obnova/v1/operation.proto. Any thread may call them.

Result<v1::Operation> get_operation(Operations& operations, const Call& call, const v1::GetOperationRequest& request);
Result<v1::ListOperationsResponse> list_operations(Operations& operations, const Call& call, const v1::ListOperationsRequest& request);
// Waits: not for a thread that computes answers.
Result<v1::WaitOperationResponse> wait_operation(Operations& operations, const Call& call, const v1::WaitOperationRequest& request);
Result<v1::CancelOperationResponse> cancel_operation(Operations& operations, const Call& call, const v1::CancelOperationRequest& request);

}  // namespace obnova::server
