// Measures the index of one large layer beside Boost's R-tree on the same boxes.
//
//   bench_index [COUNT] [Google Benchmark's flags]
//
// COUNT boxes of buildings, a million unless said: 8 to 30 m wide, most of them
// in 400 districts of a city of 40 by 40 km. Exit status 1 when an answer differs
// from Boost's.

#include <benchmark/benchmark.h>

#include <boost/geometry/geometries/box.hpp>
#include <boost/geometry/geometries/point_xy.hpp>
#include <boost/geometry/index/rtree.hpp>
#include <boost/geometry/strategies/strategies.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "geo/index/layer_index.h"

namespace obnova::bench {
namespace {

namespace bg = boost::geometry;
using TreePoint = bg::model::d2::point_xy<double>;
using TreeValue = std::pair<bg::model::box<TreePoint>, std::uint32_t>;
using Tree = bg::index::rtree<TreeValue, bg::index::rstar<16>>;

constexpr std::size_t kNearestCount = 10;

bg::model::box<TreePoint> tree_box(const Box& box) { return {{box.min.x_m, box.min.y_m}, {box.max.x_m, box.max.y_m}}; }

std::vector<TreeValue> tree_values(const std::vector<Box>& boxes) {
  std::vector<TreeValue> values;
  for (std::uint32_t i = 0; i < boxes.size(); ++i) values.emplace_back(tree_box(boxes[i]), i);
  return values;
}

double distance_to_box_m(const Box& box, Point p) {
  const double dx = std::max({box.min.x_m - p.x_m, 0.0, p.x_m - box.max.x_m});
  const double dy = std::max({box.min.y_m - p.y_m, 0.0, p.y_m - box.max.y_m});
  return std::sqrt(dx * dx + dy * dy);
}

// The same numbers on every machine, which distributions of <random> are not.
class Dice {
 public:
  double between(double low, double high) { return low + (high - low) * static_cast<double>(engine_() >> 11) * 0x1p-53; }
  double around(double middle, double spread) {
    const double radius = std::sqrt(-2 * std::log(between(1e-300, 1)));
    return middle + spread * radius * std::cos(between(0, 6.283185307179586));
  }
  std::size_t below(std::size_t count) { return engine_() % count; }

 private:
  std::mt19937_64 engine_{1};
};

std::vector<Box> buildings(std::size_t count, Dice& dice) {
  std::vector<Point> districts(400);
  for (Point& district : districts) district = {dice.between(0, 40'000), dice.between(0, 40'000)};
  std::vector<Box> boxes(count);
  for (Box& box : boxes) {
    const Point& district = districts[dice.below(districts.size())];
    box.min = dice.below(10) < 6 ? Point{dice.around(district.x_m, 600), dice.around(district.y_m, 600)}
                                 : Point{dice.between(0, 40'000), dice.between(0, 40'000)};
    box.max = {box.min.x_m + dice.between(8, 30), box.min.y_m + dice.between(8, 30)};
  }
  return boxes;
}

struct Workload {
  explicit Workload(std::size_t count) : boxes(buildings(count, dice)), tree(tree_values(boxes)), index(boxes) {
    for (int i = 0; i < 20'000; ++i) {
      const Point corner = boxes[dice.below(count)].min;
      places.push_back({dice.around(corner.x_m, 60), dice.around(corner.y_m, 60)});
      corners.push_back(corner);
    }
    for (std::size_t i = 0; i < std::max<std::size_t>(count, 10'000); ++i) {
      const auto row = static_cast<std::uint32_t>(dice.below(count));
      const double by_m = dice.between(-20, 20);
      const Box& box = boxes[row];
      changes.push_back({FeatureId{row}, {{box.min.x_m + by_m, box.min.y_m}, {box.max.x_m + by_m, box.max.y_m}}});
    }
  }
  Box window(std::size_t i, double side_m) const {
    const Point corner = corners[i % corners.size()];
    return Box{corner, corner}.grown(side_m / 2);
  }
  Point place(std::size_t i) const { return places[i % places.size()]; }

  Dice dice;
  std::vector<Box> boxes;
  Tree tree;
  geo::LayerIndex index;
  std::vector<Point> places;
  std::vector<Point> corners;
  std::vector<geo::BoxChange> changes;
};

std::vector<TreeValue>& ask_boost(const Tree& tree, const auto& predicate, std::vector<TreeValue>& found) {
  found.clear();
  tree.query(predicate, std::back_inserter(found));
  return found;
}

auto nearest_to(Point place) { return bg::index::nearest(TreePoint(place.x_m, place.y_m), static_cast<unsigned>(kNearestCount)); }

std::vector<geo::Neighbor> ask_nearest(const geo::LayerIndex& index, const std::vector<Box>& boxes, Point place) {
  return index.nearest(place, kNearestCount, [&](FeatureId feature) { return distance_to_box_m(boxes.data()[feature.index], place); });
}

// A fast wrong answer is worth nothing.
bool answers_agree(const Workload& work) {
  std::vector<TreeValue> found;
  for (std::size_t i = 0; i < 1000; ++i) {
    const Box window = work.window(i, i % 10 == 0 ? 2000 : 300);
    std::vector<FeatureId> expected;
    for (const TreeValue& value : ask_boost(work.tree, bg::index::intersects(tree_box(window)), found)) expected.push_back({value.second});
    std::ranges::sort(expected);
    if (work.index.in_window(window) != expected) return false;
    std::vector<double> distances;
    for (const TreeValue& value : ask_boost(work.tree, nearest_to(work.place(i)), found)) {
      distances.push_back(distance_to_box_m(work.boxes[value.second], work.place(i)));
    }
    std::ranges::sort(distances);
    const std::vector<geo::Neighbor> nearest = ask_nearest(work.index, work.boxes, work.place(i));
    if (!std::ranges::equal(nearest, distances, {}, &geo::Neighbor::distance_m)) return false;
  }
  return true;
}

void add(const std::string& name, auto ask) {
  const auto measure = [ask](benchmark::State& state) mutable {
    std::size_t i = 0;
    std::size_t hits = 0;
    for (auto _ : state) {
      hits += ask(i);
      ++i;
    }
    state.SetItemsProcessed(state.iterations());
    state.counters["hits"] = benchmark::Counter(static_cast<double>(hits), benchmark::Counter::kAvgIterations);
  };
  benchmark::RegisterBenchmark(name.c_str(), measure)->Unit(benchmark::kMicrosecond);
}

void add_windows(const Workload& work, double side_m, const std::string& what) {
  add("window " + what + "/obnova in order",
      [&work, side_m](std::size_t i) { return work.index.in_window(work.window(i, side_m)).size(); });
  add("window " + what + "/obnova", [&work, side_m](std::size_t i) {
    std::size_t count = 0;
    work.index.visit_window(work.window(i, side_m), [&](FeatureId feature) {
      benchmark::DoNotOptimize(feature);
      ++count;
      return true;
    });
    return count;
  });
  add("window " + what + "/boost rstar<16>", [&work, side_m, found = std::vector<TreeValue>()](std::size_t i) mutable {
    return ask_boost(work.tree, bg::index::intersects(tree_box(work.window(i, side_m))), found).size();
  });
}

void add_nearest(const Workload& work) {
  add("10 nearest/obnova", [&work](std::size_t i) { return ask_nearest(work.index, work.boxes, work.place(i)).size(); });
  add("10 nearest/boost rstar<16>", [&work, found = std::vector<TreeValue>()](std::size_t i) mutable {
    return ask_boost(work.tree, nearest_to(work.place(i)), found).size();
  });
}

// The questions again, on an index some boxes of which changed.
void add_questions_after(const Workload& work, std::size_t change_count, std::size_t batch) {
  geo::LayerIndex index = work.index;
  std::vector<Box> boxes = work.boxes;
  const std::span<const geo::BoxChange> changes = std::span(work.changes).first(change_count);
  for (std::size_t i = 0; i < change_count; i += batch) index = index.with_changes(changes.subspan(i, std::min(batch, change_count - i)));
  for (const geo::BoxChange& change : changes) boxes[change.feature.index] = change.box;
  const std::string after = "/obnova after " + std::to_string(change_count) + " changes by " + std::to_string(batch);
  for (const auto& [side_m, what] : {std::pair(100.0, "100 m"), std::pair(500.0, "500 m"), std::pair(2000.0, "2 km")}) {
    add("window " + std::string(what) + after,
        [&work, index, side_m](std::size_t i) { return index.in_window(work.window(i, side_m)).size(); });
  }
  add("10 nearest" + after, [&work, index, boxes](std::size_t i) { return ask_nearest(index, boxes, work.place(i)).size(); });
}

// Each batch is published as an index of its own. Packing is part of it.
void add_changes(const Workload& work, std::size_t batch) {
  const auto measure = [&work, batch](benchmark::State& state) {
    geo::LayerIndex index = work.index;
    std::size_t next = 0;
    for (auto _ : state) {
      if (next + batch > work.changes.size()) next = 0;
      index = index.with_changes(std::span(work.changes).subspan(next, batch));
      next += batch;
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch));
  };
  benchmark::RegisterBenchmark(("changes by " + std::to_string(batch) + "/obnova").c_str(), measure)
      ->Unit(benchmark::kMicrosecond)
      ->Iterations(static_cast<std::int64_t>(work.changes.size() / batch));
}

void add_building(const Workload& work) {
  add("build/obnova", [&work](std::size_t) {
    benchmark::DoNotOptimize(geo::LayerIndex(work.boxes));
    return std::size_t{0};
  });
  add("build/boost rstar<16>", [&work](std::size_t) { return Tree(tree_values(work.boxes)).size(); });
}

int run(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  const std::size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  if (argc > 2 || count == 0) {
    std::fprintf(stderr, "usage: bench_index [COUNT] [--benchmark_…]\n");
    return 2;
  }
  const Workload work(count);
  if (!answers_agree(work)) {
    std::fprintf(stderr, "The index and Boost's tree disagree.\n");
    return 1;
  }
  benchmark::AddCustomContext("boxes", std::to_string(count));
  add_windows(work, 100, "100 m");
  add_windows(work, 500, "500 m");
  add_windows(work, 2000, "2 km");
  add_nearest(work);
  for (const std::size_t changed : {1, 100, 1000, 10'000}) add_questions_after(work, changed, changed);
  add_questions_after(work, 10'000, 1);
  add_changes(work, 1);
  add_changes(work, 1000);
  add_building(work);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace obnova::bench

int main(int argc, char** argv) { return obnova::bench::run(argc, argv); }
