// Asks a running server as fast as it answers, and says how fast that was.
//
//   bench_load ADDRESS CITY CALL CONNECTIONS SECONDS
//   bench_load echo
//
// CALL is get-city, count (features in a 500 m window) or route. Prints one
// line of JSON. `echo` serves an empty GetCity on a port of its own until its
// standard input ends: what gRPC itself can do on this machine.

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "obnova/v1/catalog.grpc.pb.h"
#include "obnova/v1/feature.grpc.pb.h"
#include "obnova/v1/routing.grpc.pb.h"

namespace obnova::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Place {
  double lng_deg = 0;
  double lat_deg = 0;
};

struct Load {
  std::string address;
  std::string city;  // `cities/{city}`
  std::string call;
  std::size_t connections = 1;
  double seconds = 1;
};

struct Tally {
  std::vector<double> latencies_us;
  std::int64_t failures = 0;
  std::string first_failure;
};

std::shared_ptr<grpc::Channel> connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // A connection of its own.
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

// The first vertex of a little-endian WKB point or line.
std::optional<Place> first_vertex(const std::string& wkb) {
  if (wkb.size() < 21 || wkb[0] != 1) return std::nullopt;
  std::uint32_t kind = 0;
  std::memcpy(&kind, wkb.data() + 1, sizeof kind);
  const std::size_t at = kind == 1 ? 5 : 9;
  if ((kind != 1 && kind != 2) || wkb.size() < at + 16) return std::nullopt;
  Place place;
  std::memcpy(&place.lng_deg, wkb.data() + at, 8);
  std::memcpy(&place.lat_deg, wkb.data() + at + 8, 8);
  return place;
}

// Where the streets that cars use begin.
std::vector<Place> read_places(const Load& load) {
  const auto stub = v1::FeatureService::NewStub(connect(load.address));
  v1::StreamFeaturesRequest request;
  request.mutable_context()->set_city(load.city);
  request.mutable_selection()->set_layer("roads");
  request.mutable_selection()->set_filter("highway IN ('residential', 'tertiary', 'secondary', 'primary', 'unclassified')");
  request.add_properties("highway");
  grpc::ClientContext context;
  const auto reader = stub->StreamFeatures(&context, request);
  std::vector<Place> places;
  for (v1::StreamFeaturesResponse response; reader->Read(&response);) {
    for (const std::string& wkb : response.batch().wkb()) {
      if (const auto place = first_vertex(wkb)) places.push_back(*place);
    }
  }
  const grpc::Status status = reader->Finish();
  if (!status.ok() || places.empty()) {
    std::fprintf(stderr, "No streets to ask about: %s\n", status.error_message().c_str());
    std::exit(2);
  }
  return places;
}

using OneCall = std::function<grpc::Status(std::mt19937_64& random)>;

template <typename Stub, typename Request, typename Response>
OneCall calling(std::shared_ptr<Stub> stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                std::function<Request(std::mt19937_64&)> make_request) {
  return [=](std::mt19937_64& random) {
    grpc::ClientContext context;
    Response response;
    return (stub.get()->*method)(&context, make_request(random), &response);
  };
}

OneCall make_call(const Load& load, const std::vector<Place>& places, const std::shared_ptr<grpc::Channel>& channel) {
  const auto any_place = [&places](std::mt19937_64& random) { return places[random() % places.size()]; };
  if (load.call == "route") {
    return calling<v1::RoutingService::Stub, v1::ComputeRouteRequest, v1::ComputeRouteResponse>(
        v1::RoutingService::NewStub(channel), &v1::RoutingService::Stub::ComputeRoute, [=, &load](std::mt19937_64& random) {
          v1::ComputeRouteRequest request;
          request.mutable_context()->set_city(load.city);
          for (const Place place : {any_place(random), any_place(random)}) {
            request.mutable_places()->add_coordinates_deg(place.lng_deg);
            request.mutable_places()->add_coordinates_deg(place.lat_deg);
          }
          return request;
        });
  }
  if (load.call == "count") {
    return calling<v1::FeatureService::Stub, v1::CountFeaturesRequest, v1::CountFeaturesResponse>(
        v1::FeatureService::NewStub(channel), &v1::FeatureService::Stub::CountFeatures, [=, &load](std::mt19937_64& random) {
          const Place middle = any_place(random);
          const double half_lat_deg = 250 / 111'320.0;
          const double half_lng_deg = half_lat_deg / std::cos(middle.lat_deg * 0.017453292519943);
          v1::CountFeaturesRequest request;
          request.mutable_context()->set_city(load.city);
          request.mutable_selection()->set_layer("roads");
          v1::LngLatBox& box = *request.mutable_selection()->mutable_bbox();
          box.set_west_deg(middle.lng_deg - half_lng_deg);
          box.set_south_deg(middle.lat_deg - half_lat_deg);
          box.set_east_deg(middle.lng_deg + half_lng_deg);
          box.set_north_deg(middle.lat_deg + half_lat_deg);
          return request;
        });
  }
  return calling<v1::CatalogService::Stub, v1::GetCityRequest, v1::City>(v1::CatalogService::NewStub(channel),
                                                                         &v1::CatalogService::Stub::GetCity, [&load](std::mt19937_64&) {
                                                                           v1::GetCityRequest request;
                                                                           request.set_name(load.city);
                                                                           return request;
                                                                         });
}

Tally ask_until(Clock::time_point end, const OneCall& call, std::uint64_t seed) {
  Tally tally;
  std::mt19937_64 random(seed);
  for (Clock::time_point begin = Clock::now(); begin < end; begin = Clock::now()) {
    const grpc::Status status = call(random);
    tally.latencies_us.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
    if (status.ok()) continue;
    if (tally.failures++ == 0) tally.first_failure = status.error_message();
  }
  return tally;
}

int measure(const Load& load) {
  const std::vector<Place> places = load.call == "get-city" ? std::vector<Place>{} : read_places(load);
  std::vector<OneCall> calls;
  for (std::size_t i = 0; i < load.connections; ++i) {
    calls.push_back(make_call(load, places, connect(load.address)));
    std::mt19937_64 random(i);
    calls.back()(random);  // Connects, and builds what the server builds once.
  }
  std::vector<Tally> tallies(calls.size());
  const Clock::time_point begin = Clock::now();
  const auto end = begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(load.seconds));
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < calls.size(); ++i) threads.emplace_back([&, i] { tallies[i] = ask_until(end, calls[i], 42 + i); });
  }
  const double elapsed_s = std::chrono::duration<double>(Clock::now() - begin).count();
  Tally all;
  for (const Tally& tally : tallies) {
    all.latencies_us.insert(all.latencies_us.end(), tally.latencies_us.begin(), tally.latencies_us.end());
    all.failures += tally.failures;
    if (all.first_failure.empty()) all.first_failure = tally.first_failure;
  }
  std::ranges::sort(all.latencies_us);
  const auto percentile = [&](double share) {
    if (all.latencies_us.empty()) return 0.0;
    return all.latencies_us[static_cast<std::size_t>(share * static_cast<double>(all.latencies_us.size() - 1))];
  };
  if (all.failures > 0) std::fprintf(stderr, "%s: %s\n", load.call.c_str(), all.first_failure.c_str());
  std::printf("{\"call\": \"%s\", \"connections\": %zu, \"calls_per_s\": %.1f, \"p50_us\": %.1f, \"p99_us\": %.1f, \"failures\": %lld}\n",
              load.call.c_str(), load.connections, static_cast<double>(all.latencies_us.size()) / elapsed_s, percentile(0.5),
              percentile(0.99), static_cast<long long>(all.failures));
  return all.failures == 0 ? 0 : 1;
}

class Echo final : public v1::CatalogService::CallbackService {
 public:
  grpc::ServerUnaryReactor* GetCity(grpc::CallbackServerContext* context, const v1::GetCityRequest* request, v1::City* city) override {
    city->set_name(request->name());
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

int serve_echo() {
  Echo echo;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&echo);
  const auto server = builder.BuildAndStart();
  std::printf("listening on 127.0.0.1:%d\n", port);
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  server->Shutdown();
  return 0;
}

}  // namespace
}  // namespace obnova::bench

int main(int argc, char** argv) {
  if (argc == 2 && std::string(argv[1]) == "echo") return obnova::bench::serve_echo();
  if (argc != 6) {
    std::fprintf(stderr, "usage: bench_load ADDRESS CITY get-city|count|route CONNECTIONS SECONDS\n       bench_load echo\n");
    return 2;
  }
  const std::string city = std::string("cities/") + argv[2];
  return obnova::bench::measure({argv[1], city, argv[3], std::strtoul(argv[4], nullptr, 10), std::strtod(argv[5], nullptr)});
}
