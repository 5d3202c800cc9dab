#pragma once

#include <expected>
#include <string>
#include <utility>

namespace obnova {

// Why something could not be done. Closed: one `switch` in server/rpc turns it
// into a gRPC status code.
enum class ErrorCode {
  kInvalidArgument,     // The request is wrong whatever the state of the city.
  kNotFound,            // What the request names is not there.
  kAlreadyExists,       // What the request creates is already there.
  kFailedPrecondition,  // The request is right, the state of the city forbids it.
  kLimitExceeded,       // The request needs more than one request may use.
  kCancelled,           // The caller went away, or its deadline passed.
  kBadData,             // A file or the store holds what cannot be true.
  kUnavailable,         // A worker process died or could not start; trying again may help.
};

// An error of the outside world: one sentence for a person, one code for a
// program. Errors of our own making are `OBNOVA_CHECK` failures instead.
struct Error {
  ErrorCode code = ErrorCode::kInvalidArgument;
  // One sentence that names the culprit: "A ring needs at least 4 points, got 3."
  std::string message;
  // The request field at fault, such as `places[1]`; empty when it is not one field.
  std::string field = {};
};

template <typename T>
using Result = std::expected<T, Error>;

// For the common return: `return failure(ErrorCode::kNotFound, "...");`.
inline std::unexpected<Error> failure(ErrorCode code, std::string message, std::string field = {}) {
  return std::unexpected(Error{code, std::move(message), std::move(field)});
}

}  // namespace obnova
