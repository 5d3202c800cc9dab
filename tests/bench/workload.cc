#include "tests/bench/workload.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <string_view>

#include "geo/io/profile_file.h"

namespace obnova::bench {
namespace {

constexpr std::size_t kPlaceCount = 1024;  // A power of two: the measuring loops wrap around.
constexpr std::size_t kFacilityCount = 200;

const geo::IndexedLayer* largest_layer(const geo::City& city) {
  const geo::IndexedLayer* largest = nullptr;
  for (const auto& [id, indexed] : city.layers()) {
    if (indexed.layer->extent().empty()) continue;
    if (largest == nullptr || indexed.layer->feature_count() > largest->layer->feature_count()) largest = &indexed;
  }
  return largest;
}

// Says of places whether they can be reached from the middle of the network and back.
class Mainland {
 public:
  explicit Mainland(const geo::TravelNetwork& network, std::mt19937_64& random) : metric_(network.metric()) {
    for (std::size_t node_count = 0; 2 * node_count < network.graph().node_count();) {
      const Point start = network.graph().node_place({static_cast<std::uint32_t>(random() % network.graph().node_count())});
      const geo::Snap snap = network.snap(start);
      if (!snap.on_network) continue;
      middle_ = {*snap.on_network};
      away_ = must(geo::sweep_from(metric_, middle_, geo::Direction::kFromSources, geo::kNever, {}));
      back_ = must(geo::sweep_from(metric_, middle_, geo::Direction::kToSources, geo::kNever, {}));
      const auto reached = [](geo::Milliseconds time) { return time != geo::kNever; };
      node_count =
          static_cast<std::size_t>(std::min(std::ranges::count_if(away_.time, reached), std::ranges::count_if(back_.time, reached)));
    }
  }

  bool holds(const geo::NetworkPlace& place) const {
    return geo::reach_in_sweep(metric_, away_, middle_, geo::Direction::kFromSources, place).source >= 0 &&
           geo::reach_in_sweep(metric_, back_, middle_, geo::Direction::kToSources, place).source >= 0;
  }

 private:
  const geo::Metric& metric_;
  std::vector<geo::NetworkPlace> middle_;
  geo::Sweep away_;
  geo::Sweep back_;
};

void add_places(Workload& workload, std::mt19937_64& random) {
  const geo::RoadGraph& graph = *workload.graph;
  const Mainland mainland(*workload.car, random);
  std::uniform_real_distribution<double> offset(-60, 60);
  while (workload.places.size() < kPlaceCount) {
    const Point node = graph.node_place({static_cast<std::uint32_t>(random() % graph.node_count())});
    const Point place = {node.x_m + offset(random), node.y_m + offset(random)};
    const geo::Snap snap = workload.car->snap(place);
    if (!snap.on_network) continue;
    if (!mainland.holds(*snap.on_network)) {
      workload.islands.push_back(place);
      continue;
    }
    workload.places.push_back(place);
    workload.on_network.push_back(*snap.on_network);
  }
}

// A star around the middle of the places, about a tenth of their extent wide.
Geometry ragged_area(const std::vector<Point>& places) {
  constexpr int kCorners = 2000;
  Box box;
  Point middle;
  for (const Point place : places) {
    box.add(place);
    middle.x_m += place.x_m / static_cast<double>(places.size());
    middle.y_m += place.y_m / static_cast<double>(places.size());
  }
  const double radius_m = std::max(box.max.x_m - box.min.x_m, box.max.y_m - box.min.y_m) / 20;
  std::vector<Point> outline;
  for (int i = 0; i < kCorners; ++i) {
    const double angle = 2 * 3.14159265358979 * i / kCorners;
    const double r_m = radius_m * (i % 2 == 0 ? 1 : 0.9);
    outline.push_back({middle.x_m + r_m * std::cos(angle), middle.y_m + r_m * std::sin(angle)});
  }
  return Geometry::polygon(std::move(outline));
}

std::shared_ptr<const geo::Layer> facilities_at(const std::vector<Point>& places) {
  geo::LayerBuilder builder({.id = "bench_facilities", .theme = geo::Theme::kFacilities}, {});
  for (std::size_t i = 0; i < std::min(kFacilityCount, places.size()); ++i) {
    must(builder.add("facility/" + std::to_string(i), Geometry::point(places[places.size() - 1 - i]), {}));
  }
  return std::move(builder).build();
}

}  // namespace

std::vector<std::shared_ptr<const geo::Layer>> read_layers(const server::CityStore& store) {
  std::vector<std::shared_ptr<const geo::Layer>> layers;
  for (const server::LayerRecord& record : must(store.layer_records())) layers.push_back(must(store.read_layer(record)));
  return layers;
}

std::shared_ptr<const Workload> make_workload(const std::string& file) {
  const auto workload = std::make_shared<Workload>();
  workload->file = file;
  const server::CityStore store = must(server::CityStore::open(file));
  const server::CityRecord record = must(store.record());
  workload->layers = read_layers(store);
  for (const auto& layer : workload->layers) workload->feature_count += layer->feature_count();
  workload->profiles = must(geo::read_profiles(OBNOVA_SOURCE_DIR "/data/profiles"));
  workload->city = geo::City::make(record.id, record.crs, record.revision, workload->layers, workload->profiles, nullptr);
  workload->largest = largest_layer(*workload->city);
  workload->graph = must(must(workload->city->roads())->graph());
  workload->car = std::make_shared<const geo::TravelNetwork>(must(geo::TravelNetwork::make(*workload->city, {}, {})));
  std::mt19937_64 random(42);
  add_places(*workload, random);
  workload->closures = {ragged_area(workload->places)};
  workload->facilities = facilities_at(workload->places);
  return workload;
}

}  // namespace obnova::bench
