// Changes one attribute of features as fast as they are acknowledged:
//
//   bench_updates ADDRESS CITY LAYER WHOLE_NUMBER_FIELD CONNECTIONS SECONDS CHANGES_A_CALL
//
// Prints one line of JSON. What is beside it: pgbench on the same machine, see README.md.

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "obnova/v1/feature.grpc.pb.h"

namespace obnova::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Load {
  std::string address;
  std::string city;  // `cities/{city}`
  std::string layer;
  std::string field;
  std::size_t connections = 1;
  double seconds = 1;
  std::size_t changes_a_call = 1;
};

std::shared_ptr<grpc::Channel> connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // A connection of its own.
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

std::vector<std::string> read_ids(const Load& load) {
  const auto stub = v1::FeatureService::NewStub(connect(load.address));
  v1::StreamFeaturesRequest request;
  request.mutable_context()->set_city(load.city);
  request.mutable_selection()->set_layer(load.layer);
  request.add_properties(load.field);
  request.set_skip_geometry(true);
  grpc::ClientContext context;
  const auto stream = stub->StreamFeatures(&context, request);
  std::vector<std::string> ids;
  for (v1::StreamFeaturesResponse response; stream->Read(&response);) {
    ids.insert(ids.end(), response.batch().ids().begin(), response.batch().ids().end());
  }
  const grpc::Status status = stream->Finish();
  if (status.ok() && !ids.empty()) return ids;
  std::fprintf(stderr, "No features to change: %s\n", status.error_message().c_str());
  std::exit(2);
}

v1::ApplyChangesRequest any_changes(const Load& load, const std::vector<std::string>& ids, std::mt19937_64& random) {
  v1::ApplyChangesRequest request;
  request.mutable_context()->set_city(load.city);
  for (std::size_t i = 0; i < load.changes_a_call; ++i) {
    v1::FeatureChange& change = *request.add_changes();
    change.set_layer(load.layer);
    change.set_feature(ids[random() % ids.size()]);
    (*change.mutable_set()->mutable_attributes())[load.field].set_int_value(static_cast<std::int64_t>(random() % 4));
  }
  return request;
}

int measure(const Load& load) {
  const std::vector<std::string> ids = read_ids(load);
  std::vector<std::vector<double>> latencies_ms(load.connections);
  std::atomic<std::size_t> failures = 0;
  const Clock::time_point begin = Clock::now();
  const auto end = begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(load.seconds));
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < load.connections; ++i) {
    threads.emplace_back([&, i] {
      const auto stub = v1::FeatureService::NewStub(connect(load.address));
      std::mt19937_64 random(i + 1);
      for (Clock::time_point sent = Clock::now(); sent < end; sent = Clock::now()) {
        grpc::ClientContext context;
        v1::ApplyChangesResponse response;
        const grpc::Status status = stub->ApplyChanges(&context, any_changes(load, ids, random), &response);
        latencies_ms[i].push_back(std::chrono::duration<double, std::milli>(Clock::now() - sent).count());
        if (!status.ok() && failures++ == 0) std::fprintf(stderr, "%s\n", status.error_message().c_str());
      }
    });
  }
  threads.clear();
  const double elapsed_s = std::chrono::duration<double>(Clock::now() - begin).count();
  std::vector<double> all;
  for (const auto& some : latencies_ms) all.insert(all.end(), some.begin(), some.end());
  std::ranges::sort(all);
  const auto at = [&all](double share) { return all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))]; };
  std::printf(
      "{\"connections\": %zu, \"changes_a_call\": %zu, \"changes_per_s\": %.0f, \"p50_ms\": %.2f, \"p99_ms\": %.2f, \"failures\": %zu}\n",
      load.connections, load.changes_a_call, static_cast<double>(all.size() * load.changes_a_call) / elapsed_s, at(0.5), at(0.99),
      failures.load());
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace obnova::bench

int main(int argc, char** argv) {
  if (argc != 8) {
    std::fprintf(stderr, "usage: bench_updates ADDRESS CITY LAYER WHOLE_NUMBER_FIELD CONNECTIONS SECONDS CHANGES_A_CALL\n");
    return 2;
  }
  return obnova::bench::measure({.address = argv[1],
                                 .city = std::string("cities/") + argv[2],
                                 .layer = argv[3],
                                 .field = argv[4],
                                 .connections = std::strtoul(argv[5], nullptr, 10),
                                 .seconds = std::strtod(argv[6], nullptr),
                                 .changes_a_call = std::strtoul(argv[7], nullptr, 10)});
}
