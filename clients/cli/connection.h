#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>

#include "clients/cli/output.h"
#include "obnova/v1/common.pb.h"

namespace obnova::cli {

// A call the server refused, or could not be reached for: told to the user.
struct CallError {
  int exit_status;  // 3 refused, 4 unreachable.
  std::string message;
};

// What all commands share: the options before the command, and the server.
struct Session {
  std::string server = "127.0.0.1:50051";
  Output output = Output::kTable;
  double timeout_s = 120;
  // The context of every query.
  std::string city;
  std::string scenario;
  std::string valid_at;
  std::string known_at;
  long long revision = 0;
  std::string condition;
  // The chosen command; set while the command line is read.
  std::function<void()> run;

  // Throws UsageError for a time that is no RFC 3339 time.
  v1::Context context() const;
  // Connected, or CallError with exit status 4.
  std::shared_ptr<grpc::Channel> channel() const;
  void prepare(grpc::ClientContext& context) const;
};

// Throws CallError unless the status is OK.
void check(const grpc::Status& status, const Session& session);

// One unary call: `call<v1::RoutingService>(session, &Stub::ComputeRoute, request)`.
template <typename Service, typename Request, typename Response>
Response call(const Session& session, grpc::Status (Service::Stub::*method)(grpc::ClientContext*, const Request&, Response*),
              const Request& request) {
  const auto stub = Service::NewStub(session.channel());
  grpc::ClientContext context;
  session.prepare(context);
  Response response;
  check((stub.get()->*method)(&context, request, &response), session);
  return response;
}

}  // namespace obnova::cli
