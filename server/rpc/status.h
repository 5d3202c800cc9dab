#pragma once

#include <grpcpp/support/status.h>

#include "geo/base/result.h"
#include "server/rpc/call.h"

namespace obnova::server {

// The status a caller sees for an error. An error that names a field carries a
// google.rpc.BadRequest with that field in its binary details.
//
// kCancelled becomes DEADLINE_EXCEEDED once the deadline of the call has passed.
// kBadData becomes INVALID_ARGUMENT: in a call it speaks of data the caller
// sent. A damaged store is found when the server opens it and never reaches a call.
grpc::Status to_status(const Error& error, const Call& call);

}  // namespace obnova::server
