#pragma once

#include <grpcpp/server_context.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include "server/rpc/adapter_reactors.h"
#include "server/rpc/adapter_upload.h"
#include "server/rpc/call.h"
#include "server/rpc/worker_pool.h"

namespace obnova::server {

struct AdapterSettings {
  // Threads that compute answers; 0 means one a core, at least two.
  int compute_thread_count = 0;
  // Threads that run calls which may wait for their caller or for other work.
  int waiting_thread_count = 16;
  // Calls that run or wait their turn; one more is refused with RESOURCE_EXHAUSTED.
  std::size_t max_open_calls = 256;
  // For callers who set no deadline, and the longest anybody gets.
  std::chrono::milliseconds default_timeout = std::chrono::seconds(30);
  std::chrono::milliseconds longest_timeout = std::chrono::seconds(300);
  // How long a stream waits for a reader who takes nothing.
  std::chrono::milliseconds slow_reader_timeout = std::chrono::seconds(30);
};

// Runs handlers behind gRPC's callback API. A handler is a plain function; the
// adapter owns everything around it: admission, deadline, cancellation, threads,
// and the way from an Error to a status. Nothing computes or waits in a reactor.
//
//   Result<v1::ComputeRouteResponse> compute_route(const Twin&, const Call&, const v1::ComputeRouteRequest&);
//
//   grpc::ServerUnaryReactor* ComputeRoute(grpc::CallbackServerContext* c, const v1::ComputeRouteRequest* q,
//                                          v1::ComputeRouteResponse* r) override {
//     return adapter_.unary(c, q, r, compute_route, twin_);
//   }
//
// What stands after the handler is handed to it first, by reference, and must
// outlive the server. Any thread may call; the adapter must outlive the server.
//
// Two pools of threads: answers are computed on one; streams and calls that wait
// run on the other, so that slow readers never keep anybody from an answer. A
// stream holds one thread of its pool while its reader is slow, at most
// `slow_reader_timeout` without progress and never beyond the deadline.
class Adapter {
 public:
  explicit Adapter(const AdapterSettings& settings = {});
  // All calls must have ended: shut the server down first.
  ~Adapter();
  Adapter(const Adapter&) = delete;
  Adapter& operator=(const Adapter&) = delete;

  // One message in, one out: handler(bound…, call, request) → Result<Response>.
  template <typename Request, typename Response, typename Handler, typename... Bound>
  grpc::ServerUnaryReactor* unary(grpc::CallbackServerContext* context, const Request* request, Response* response, Handler handler,
                                  Bound&... bound) {
    return unary_on(Pool::kCompute, context, request, response, handler, bound...);
  }
  // The same for a handler that waits for something else than a processor.
  template <typename Request, typename Response, typename Handler, typename... Bound>
  grpc::ServerUnaryReactor* waiting_unary(grpc::CallbackServerContext* context, const Request* request, Response* response, Handler handler,
                                          Bound&... bound) {
    return unary_on(Pool::kWaiting, context, request, response, handler, bound...);
  }

  // One message in, many out: handler(bound…, call, request, const Writer<Message>&) → Result<void>.
  template <typename Message, typename Request, typename Handler, typename... Bound>
  grpc::ServerWriteReactor<Message>* server_stream(grpc::CallbackServerContext* context, const Request* request, Handler handler,
                                                   Bound&... bound) {
    auto ticket = admit();
    auto* reactor = new StreamReactor<Message>(call_for(*context), std::move(ticket), settings_.slow_reader_timeout);
    if (!reactor->admitted()) return reactor;
    run_on(Pool::kWaiting, [reactor, request, handler, &bound...] {
      reactor->run([&](const Call& call, const Writer<Message>& write) { return handler(bound..., call, *request, write); });
    });
    return reactor;
  }

  // Runs work that belongs to no call of its own: streams that live for long. It must not wait.
  void run_waiting(std::function<void()> work) { run_on(Pool::kWaiting, std::move(work)); }

  // Many messages in, one out. A receiver has
  //   Result<void> take(const Call&, Message);      each message in order, one at a time, never on a thread of gRPC
  //   Result<Response> finish(const Call&);         after the last one
  // and is destroyed when the call ends; one that did not finish undoes its work then.
  template <typename Message, typename Response, typename Receiver>
  grpc::ServerReadReactor<Message>* client_stream(grpc::CallbackServerContext* context, Response* response,
                                                  std::unique_ptr<Receiver> receiver) {
    auto ticket = admit();
    auto* reactor =
        new UploadReactor<Message, Response, Receiver>(call_for(*context), std::move(ticket), std::move(receiver), response,
                                                       [this](std::function<void()> work) { run_on(Pool::kWaiting, std::move(work)); });
    if (reactor->admitted()) reactor->start();
    return reactor;
  }

 private:
  enum class Pool { kCompute, kWaiting };

  template <typename Request, typename Response, typename Handler, typename... Bound>
  grpc::ServerUnaryReactor* unary_on(Pool pool, grpc::CallbackServerContext* context, const Request* request, Response* response,
                                     Handler handler, Bound&... bound) {
    auto ticket = admit();
    auto* reactor = new UnaryReactor(call_for(*context), std::move(ticket));
    if (!reactor->admitted()) return reactor;
    run_on(pool, [reactor, request, response, handler, &bound...] {
      reactor->run(response, [&](const Call& call) { return handler(bound..., call, *request); });
    });
    return reactor;
  }

  // Null when too many calls are open.
  Ticket admit();
  Call call_for(const grpc::CallbackServerContext& context) const;
  void run_on(Pool pool, std::function<void()> work);

  // Set at construction.
  AdapterSettings settings_;
  std::shared_ptr<std::atomic<std::size_t>> open_calls_;
  WorkerPool compute_;
  WorkerPool waiting_;
};

}  // namespace obnova::server
