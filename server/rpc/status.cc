#include "server/rpc/status.h"

#include "geo/base/check.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace obnova::server {
namespace {

grpc::StatusCode code_of(ErrorCode code, bool deadline_passed) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kBadData:
      return grpc::StatusCode::INVALID_ARGUMENT;
    case ErrorCode::kNotFound:
      return grpc::StatusCode::NOT_FOUND;
    case ErrorCode::kAlreadyExists:
      return grpc::StatusCode::ALREADY_EXISTS;
    case ErrorCode::kFailedPrecondition:
      return grpc::StatusCode::FAILED_PRECONDITION;
    case ErrorCode::kLimitExceeded:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case ErrorCode::kCancelled:
      return deadline_passed ? grpc::StatusCode::DEADLINE_EXCEEDED : grpc::StatusCode::CANCELLED;
    case ErrorCode::kUnavailable:
      return grpc::StatusCode::UNAVAILABLE;
  }
  OBNOVA_CHECK(false);
  return grpc::StatusCode::UNKNOWN;
}

}  // namespace

grpc::Status to_status(const Error& error, const Call& call) {
  const grpc::StatusCode code = code_of(error.code, std::chrono::steady_clock::now() >= call.deadline());
  if (error.field.empty()) return {code, error.message};
  google::rpc::BadRequest bad_request;
  google::rpc::BadRequest::FieldViolation* violation = bad_request.add_field_violations();
  violation->set_field(error.field);
  violation->set_description(error.message);
  google::rpc::Status status;
  status.set_code(code);
  status.set_message(error.message);
  status.add_details()->PackFrom(bad_request);
  return {code, error.message, status.SerializeAsString()};
}

}  // namespace obnova::server
