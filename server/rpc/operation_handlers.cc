#include "server/rpc/operation_handlers.h"

#include <charconv>
#include <chrono>
#include <limits>

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include "server/convert/number.h"

namespace obnova::server {
namespace {

constexpr std::chrono::milliseconds kLongestWait = std::chrono::seconds(30);

// The number of the operation after which a page begins.
Result<std::uint64_t> page_start(const std::string& token) {
  if (token.empty()) return std::numeric_limits<std::uint64_t>::max();
  std::uint64_t number = 0;
  const char* const end = token.data() + token.size();
  const auto [stop, error] = std::from_chars(token.data(), end, number);
  if (error == std::errc() && stop == end) return number;
  return failure(ErrorCode::kInvalidArgument, "The page token is not one of this server.", "page_token");
}

Result<std::chrono::milliseconds> timeout_of(const v1::WaitOperationRequest& request) {
  if (!request.has_timeout()) return kLongestWait;
  const std::int64_t wanted = google::protobuf::util::TimeUtil::DurationToMilliseconds(request.timeout());
  if (wanted < 0) return failure(ErrorCode::kInvalidArgument, "A timeout is not negative.", "timeout");
  return std::min(std::chrono::milliseconds(wanted), kLongestWait);
}

}  // namespace

Result<v1::Operation> get_operation(Operations& operations, const Call&, const v1::GetOperationRequest& request) {
  return operations.get(request.name());
}

Result<v1::ListOperationsResponse> list_operations(Operations& operations, const Call&, const v1::ListOperationsRequest& request) {
  const auto size = count_or(request.page_size(), 100, 1000, "page_size");
  if (!size) return std::unexpected(size.error());
  const auto before = page_start(request.page_token());
  if (!before) return std::unexpected(before.error());
  v1::ListOperationsResponse response;
  const auto found = operations.list(*size + 1, *before);
  for (std::size_t i = 0; i < found.size() && i < *size; ++i) *response.add_operations() = found[i].second;
  if (found.size() > *size) response.set_next_page_token(fmt::format("{}", found[*size - 1].first));
  return response;
}

Result<v1::WaitOperationResponse> wait_operation(Operations& operations, const Call& call, const v1::WaitOperationRequest& request) {
  const auto timeout = timeout_of(request);
  if (!timeout) return std::unexpected(timeout.error());
  auto operation = operations.wait(request.name(), *timeout, call.limits());
  if (!operation) return std::unexpected(operation.error());
  v1::WaitOperationResponse response;
  *response.mutable_operation() = std::move(*operation);
  return response;
}

Result<v1::CancelOperationResponse> cancel_operation(Operations& operations, const Call&, const v1::CancelOperationRequest& request) {
  const auto cancelled = operations.cancel(request.name());
  if (!cancelled) return std::unexpected(cancelled.error());
  return v1::CancelOperationResponse();
}

}  // namespace obnova::server
