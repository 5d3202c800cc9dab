#include "clients/cli/connection.h"

#include <fmt/format.h>

#include <chrono>

#include "clients/cli/spelling.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace obnova::cli {
namespace {

// The request field the server holds at fault, or nothing.
std::string field_at_fault(const grpc::Status& status) {
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return {};
  for (const auto& detail : details.details()) {
    google::rpc::BadRequest bad;
    if (detail.UnpackTo(&bad) && bad.field_violations_size() > 0) return bad.field_violations(0).field();
  }
  return {};
}

}  // namespace

v1::Context Session::context() const {
  v1::Context context;
  context.set_city("cities/" + city);
  if (!scenario.empty()) context.set_scenario(fmt::format("cities/{}/scenarios/{}", city, scenario));
  if (!valid_at.empty()) *context.mutable_valid_at() = parse_time(valid_at);
  if (!known_at.empty()) *context.mutable_known_at() = parse_time(known_at);
  context.set_revision(revision);
  if (condition == "optimistic") context.set_condition_case(v1::CONDITION_CASE_OPTIMISTIC);
  if (condition == "expected") context.set_condition_case(v1::CONDITION_CASE_EXPECTED);
  if (condition == "pessimistic") context.set_condition_case(v1::CONDITION_CASE_PESSIMISTIC);
  if (condition == "ignored") context.set_condition_case(v1::CONDITION_CASE_IGNORED);
  return context;
}

std::shared_ptr<grpc::Channel> Session::channel() const {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(256 << 20);
  arguments.SetMaxSendMessageSize(64 << 20);
  auto channel = grpc::CreateCustomChannel(server, grpc::InsecureChannelCredentials(), arguments);
  if (!channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(3))) {
    throw CallError{4,
                    fmt::format("No server answers at {}. Start one with `obnovad --store DIR`, or name another with --server.", server)};
  }
  return channel;
}

void Session::prepare(grpc::ClientContext& context) const {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(static_cast<long long>(timeout_s * 1000)));
}

void check(const grpc::Status& status, const Session& session) {
  if (status.ok()) return;
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE) {
    throw CallError{4, fmt::format("The server at {} cannot answer: {}", session.server, status.error_message())};
  }
  const std::string field = field_at_fault(status);
  throw CallError{3, field.empty() ? status.error_message() : fmt::format("{} ({})", status.error_message(), field)};
}

}  // namespace obnova::cli
