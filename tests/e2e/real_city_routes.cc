// Compares routes on a real city with their slow twin.
//
//   real_city_routes CITY.gpkg [PAIRS_PER_PROFILE]
//
// For each profile: random places, open and with closed areas; `find_route`'s
// search, the one-to-many search and the sweep must give the time of a plain
// Dijkstra over turns, to the millisecond. Exit status 1 when any pair differs.

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "geo/city/city.h"
#include "geo/io/profile_file.h"
#include "geo/network/search.h"
#include "geo/query/routing/travel.h"
#include "server/store/city_store.h"
#include "tests/support/brute_force_routing.h"

namespace obnova {
namespace {

constexpr std::size_t kTargetsPerSource = 25;

template <typename T>
T must(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    std::exit(2);
  }
  return std::move(*result);
}

std::shared_ptr<const geo::City> read_city(const std::string& file) {
  const server::CityStore store = must(server::CityStore::open(file));
  const server::CityRecord record = must(store.record());
  std::vector<std::shared_ptr<const geo::Layer>> layers;
  for (const auto& layer : must(store.layer_records())) {
    const geo::Theme theme = layer.description.theme;
    const bool of_network = theme == geo::Theme::kRoads || theme == geo::Theme::kBarriers || theme == geo::Theme::kTurnRestrictions;
    if (of_network) layers.push_back(must(store.read_layer(layer)));
  }
  return geo::City::make(record.id, record.crs, record.revision, layers, must(geo::read_profiles(OBNOVA_SOURCE_DIR "/data/profiles")),
                         nullptr);
}

// Squares of 400 m at random crossings.
std::vector<Geometry> random_closures(const geo::RoadGraph& graph, std::mt19937_64& random) {
  std::vector<Geometry> areas;
  for (int i = 0; i < 12; ++i) {
    const Point middle = graph.node_place({static_cast<std::uint32_t>(random() % graph.node_count())});
    areas.push_back(Geometry::rectangle({{middle.x_m - 200, middle.y_m - 200}, {middle.x_m + 200, middle.y_m + 200}}));
  }
  return areas;
}

std::vector<geo::NetworkPlace> random_places(const geo::TravelNetwork& network, std::size_t count, std::mt19937_64& random) {
  std::vector<geo::NetworkPlace> places;
  const geo::RoadGraph& graph = network.graph();
  std::uniform_real_distribution<double> offset(-150, 150);
  while (places.size() < count) {
    const Point near = graph.node_place({static_cast<std::uint32_t>(random() % graph.node_count())});
    const geo::Snap snap = network.snap({near.x_m + offset(random), near.y_m + offset(random)});
    if (snap.on_network) places.push_back(*snap.on_network);
  }
  return places;
}

struct Tally {
  std::size_t pairs = 0;
  std::size_t reached = 0;
  std::size_t wrong = 0;
};

void report(Tally& tally, const char* search, const std::string& profile, geo::Milliseconds fast, geo::Milliseconds slow) {
  if (fast == slow) return;
  ++tally.wrong;
  if (tally.wrong <= 10) {
    std::printf("  %s, %s: %lld ms, slow twin %lld ms\n", profile.c_str(), search, static_cast<long long>(fast),
                static_cast<long long>(slow));
  }
}

Tally compare(const geo::TravelNetwork& network, const geo::BruteForceRouter& slow, std::size_t pairs, std::mt19937_64& random) {
  Tally tally;
  const Limits limits;
  const std::string& profile = network.options().profile;
  while (tally.pairs < pairs) {
    const geo::NetworkPlace source = random_places(network, 1, random).front();
    const std::vector<geo::NetworkPlace> targets = random_places(network, kTargetsPerSource, random);
    const std::vector<geo::Reach> truth = slow.routes_from(source, targets);
    const auto row = must(geo::reach_targets(network.metric(), source, targets, geo::Direction::kFromSources, limits));
    const std::vector<geo::NetworkPlace> sources = {source};
    const auto sweep = must(geo::sweep_from(network.metric(), sources, geo::Direction::kFromSources, geo::kNever, limits));
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const auto path = must(geo::fastest_path(network.metric(), source, targets[i], limits));
      const auto swept = geo::reach_in_sweep(network.metric(), sweep, sources, geo::Direction::kFromSources, targets[i]);
      report(tally, "route", profile, path ? path->time : geo::kNever, truth[i].time);
      report(tally, "matrix", profile, row[i].time, truth[i].time);
      report(tally, "sweep", profile, swept.reach.time, truth[i].time);
      ++tally.pairs;
      if (path) ++tally.reached;
    }
  }
  return tally;
}

int run(const std::string& file, std::size_t pairs) {
  const auto city = read_city(file);
  const geo::RoadNetwork& roads = *must(city->roads());
  const auto graph = must(roads.graph());
  const auto restriction_layers = city->layers_of(geo::Theme::kTurnRestrictions);
  const geo::Layer* restrictions = restriction_layers.empty() ? nullptr : restriction_layers.front()->layer.get();
  std::printf("%s: %zu nodes, %zu edges, %zu arcs, %lld restrictions\n", file.c_str(), graph->node_count(), graph->edge_count(),
              graph->arc_count(), static_cast<long long>(graph->report().restriction_count));
  std::size_t wrong = 0;
  std::mt19937_64 random(42);
  for (const geo::Profile& profile : roads.profiles()) {
    for (const bool closed : {false, true}) {
      const std::vector<Geometry> areas = closed ? random_closures(*graph, random) : std::vector<Geometry>{};
      const auto network = must(geo::TravelNetwork::make(*city, {.profile = profile.id, .avoid = areas}, {}));
      const geo::BruteForceRouter slow(*graph, restrictions, profile, areas);
      const Tally tally = compare(network, slow, closed ? pairs / 4 : pairs, random);
      std::printf("%s%s: %zu pairs, %zu reached, %zu wrong\n", profile.id.c_str(), closed ? " with closures" : "", tally.pairs,
                  tally.reached, tally.wrong);
      wrong += tally.wrong;
    }
  }
  return wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace obnova

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: real_city_routes CITY.gpkg [PAIRS_PER_PROFILE]\n");
    return 2;
  }
  return obnova::run(argv[1], argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 1000);
}
