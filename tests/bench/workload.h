#pragma once

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "geo/city/city.h"
#include "geo/network/search.h"
#include "geo/query/routing/travel.h"
#include "server/store/city_store.h"

namespace obnova::bench {

// A measurement has no use for a failure: says it and ends.
template <typename T>
T must(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    std::exit(2);
  }
  return std::move(*result);
}
inline void must(const Result<void>& result) {
  if (result) return;
  std::fprintf(stderr, "%s\n", result.error().message.c_str());
  std::exit(2);
}

// One city, read from its file, with what is asked about it. The same file
// gives the same questions.
struct Workload {
  std::string file;
  std::vector<std::shared_ptr<const geo::Layer>> layers;
  std::size_t feature_count = 0;
  std::vector<geo::Profile> profiles;
  std::shared_ptr<const geo::City> city;
  const geo::IndexedLayer* largest = nullptr;  // The layer with most features.

  std::shared_ptr<const geo::RoadGraph> graph;
  std::shared_ptr<const geo::TravelNetwork> car;
  std::vector<Point> places;                     // Beside roads a car can use, each reachable from each.
  std::vector<geo::NetworkPlace> on_network;     // Where they meet the network.
  std::vector<Point> islands;                    // Beside roads that a car cannot reach, or not leave.
  std::vector<Geometry> closures;                // A ragged area of 2000 vertices in the middle of the network.
  std::shared_ptr<const geo::Layer> facilities;  // 200 points, or as many as there are nodes to hold them.
};

std::vector<std::shared_ptr<const geo::Layer>> read_layers(const server::CityStore& store);
std::shared_ptr<const Workload> make_workload(const std::string& file);

// Names are `group/what/who`: who is `obnova` or the twin it is compared with.
void add_layer_benchmarks(const Workload& workload);
void add_network_benchmarks(const Workload& workload);
void add_route_benchmarks(const Workload& workload);
void add_coverage_benchmarks(const Workload& workload);

}  // namespace obnova::bench
