// Reading a city, and finding features by place.

#include <benchmark/benchmark.h>

#include <boost/geometry/geometries/box.hpp>
#include <boost/geometry/geometries/point_xy.hpp>
#include <boost/geometry/index/rtree.hpp>
#include <boost/geometry/strategies/strategies.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "geo/query/features/nearest.h"
#include "geo/query/features/select.h"
#include "tests/bench/workload.h"

namespace obnova::bench {
namespace {

namespace bg = boost::geometry;
using TreePoint = bg::model::d2::point_xy<double>;
using TreeValue = std::pair<bg::model::box<TreePoint>, std::uint32_t>;
using Tree = bg::index::rtree<TreeValue, bg::index::rstar<16>>;

bg::model::box<TreePoint> tree_box(const Box& box) { return {{box.min.x_m, box.min.y_m}, {box.max.x_m, box.max.y_m}}; }

std::vector<TreeValue> tree_values(std::span<const Box> boxes) {
  std::vector<TreeValue> values;
  for (std::uint32_t i = 0; i < boxes.size(); ++i) {
    if (!boxes[i].empty()) values.emplace_back(tree_box(boxes[i]), i);
  }
  return values;
}

double distance_to_box_m(const Box& box, Point p) {
  return std::hypot(std::max({box.min.x_m - p.x_m, 0.0, p.x_m - box.max.x_m}), std::max({box.min.y_m - p.y_m, 0.0, p.y_m - box.max.y_m}));
}

// The middles of features spread over the layer.
std::vector<Point> query_places(std::span<const Box> boxes) {
  std::vector<Point> places;
  for (std::size_t i = 0; places.size() < 1024; ++i) {
    const Box& box = boxes[i * 7919 % boxes.size()];
    if (!box.empty()) places.push_back({(box.min.x_m + box.max.x_m) / 2, (box.min.y_m + box.max.y_m) / 2});
  }
  return places;
}

struct IndexQuestions {
  std::span<const Box> boxes;
  std::vector<Point> places = query_places(boxes);
  Tree tree = Tree(tree_values(boxes));
  Point place(std::size_t i) const { return places[i % places.size()]; }
  Box window(std::size_t i, double side_m) const { return Box{place(i), place(i)}.grown(side_m / 2); }
};

void add(const std::string& name, auto measure) { benchmark::RegisterBenchmark(name.c_str(), measure)->Unit(benchmark::kMicrosecond); }

void add_reading(const Workload& workload) {
  add("read/store/obnova", [&workload](benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(read_layers(must(server::CityStore::open(workload.file))));
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(workload.feature_count));
  });
  add("read/snapshot and indexes/obnova", [&workload](benchmark::State& state) {
    const geo::City& city = *workload.city;
    for (auto _ : state) {
      benchmark::DoNotOptimize(geo::City::make(city.id(), city.crs(), city.revision(), workload.layers, workload.profiles, nullptr));
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(workload.feature_count));
  });
}

void add_tree_building(std::span<const Box> boxes) {
  add("index/build/obnova", [boxes](benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(geo::LayerIndex(boxes));
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(boxes.size()));
  });
  add("index/build/boost rstar<16>", [boxes](benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(Tree(tree_values(boxes)));
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(boxes.size()));
  });
}

void add_windows(const geo::LayerIndex& index, const std::shared_ptr<const IndexQuestions>& questions, const std::string& what,
                 double side_m) {
  add("index/" + what + "/obnova", [&index, questions, side_m](benchmark::State& state) {
    std::size_t i = 0;
    for (auto _ : state) benchmark::DoNotOptimize(index.in_window(questions->window(i++, side_m)));
    state.SetItemsProcessed(state.iterations());
  });
  add("index/" + what + "/boost rstar<16>", [questions, side_m](benchmark::State& state) {
    std::size_t i = 0;
    std::vector<TreeValue> found;
    for (auto _ : state) {
      found.clear();
      questions->tree.query(bg::index::intersects(tree_box(questions->window(i++, side_m))), std::back_inserter(found));
      benchmark::DoNotOptimize(found.data());
    }
    state.SetItemsProcessed(state.iterations());
  });
  add("index/" + what + "/every box", [questions, side_m](benchmark::State& state) {
    std::size_t i = 0;
    for (auto _ : state) {
      const Box window = questions->window(i++, side_m);
      benchmark::DoNotOptimize(std::ranges::count_if(questions->boxes, [&](const Box& box) { return box.intersects(window); }));
    }
    state.SetItemsProcessed(state.iterations());
  });
}

void add_nearest(const geo::LayerIndex& index, const std::shared_ptr<const IndexQuestions>& questions, std::size_t count) {
  const std::string what = "index/" + std::to_string(count) + " nearest boxes/";
  add(what + "obnova", [&index, questions, count](benchmark::State& state) {
    std::size_t i = 0;
    for (auto _ : state) {
      const Point place = questions->place(i++);
      const auto distance = [&](FeatureId id) { return distance_to_box_m(questions->boxes[id.index], place); };
      benchmark::DoNotOptimize(index.nearest(place, count, distance));
    }
    state.SetItemsProcessed(state.iterations());
  });
  add(what + "boost rstar<16>", [questions, count](benchmark::State& state) {
    std::size_t i = 0;
    std::vector<TreeValue> found;
    for (auto _ : state) {
      found.clear();
      const Point place = questions->place(i++);
      questions->tree.query(bg::index::nearest(TreePoint(place.x_m, place.y_m), static_cast<unsigned>(count)), std::back_inserter(found));
      benchmark::DoNotOptimize(found.data());
    }
    state.SetItemsProcessed(state.iterations());
  });
}

// With the shapes themselves, as a request asks.
void add_features(const Workload& workload, const std::shared_ptr<const IndexQuestions>& questions) {
  const std::string layer = workload.largest->layer->id();
  add("features/count in 500 m window/obnova", [&workload, questions, layer](benchmark::State& state) {
    std::size_t i = 0;
    for (auto _ : state) {
      const geo::Selection selection = {.layer = layer, .intersects = {Geometry::rectangle(questions->window(i++, 500))}};
      benchmark::DoNotOptimize(must(geo::count_selected(*workload.city, selection, {}, {})));
    }
    state.SetItemsProcessed(state.iterations());
  });
  add("features/10 nearest/obnova", [&workload, questions, layer](benchmark::State& state) {
    std::size_t i = 0;
    for (auto _ : state) {
      const Point place = questions->place(i++);
      benchmark::DoNotOptimize(must(geo::nearest_features(*workload.city, {.layer = layer}, {}, {&place, 1}, 10, 0, {})));
    }
    state.SetItemsProcessed(state.iterations());
  });
}

}  // namespace

void add_layer_benchmarks(const Workload& workload) {
  const std::span<const Box> boxes = workload.largest->layer->boxes();
  const geo::LayerIndex& index = *workload.largest->index;
  const auto questions = std::make_shared<const IndexQuestions>(IndexQuestions{.boxes = boxes});
  add_reading(workload);
  add_tree_building(boxes);
  add_windows(index, questions, "window 100 m", 100);
  add_windows(index, questions, "window 500 m", 500);
  add_windows(index, questions, "window 2 km", 2000);
  add_nearest(index, questions, 1);
  add_nearest(index, questions, 10);
  add_features(workload, questions);
}

}  // namespace obnova::bench
