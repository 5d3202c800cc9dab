#include "geo/index/layer_index.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <utility>

#include <boost/geometry/geometries/box.hpp>
#include <boost/geometry/geometries/point_xy.hpp>
#include <boost/geometry/index/rtree.hpp>
#include <boost/geometry/strategies/strategies.hpp>
#include <boost/iterator/function_output_iterator.hpp>

namespace obnova::geo {
namespace {

namespace bg = boost::geometry;
namespace bgi = boost::geometry::index;

using TreePoint = bg::model::d2::point_xy<double>;
using TreeBox = bg::model::box<TreePoint>;
using TreeValue = std::pair<TreeBox, std::uint32_t>;

TreeBox tree_box(const Box& box) { return {{box.min.x_m, box.min.y_m}, {box.max.x_m, box.max.y_m}}; }

double distance_to_box_m(Point from, const TreeBox& box) {
  const double dx = std::max({box.min_corner().x() - from.x_m, from.x_m - box.max_corner().x(), 0.0});
  const double dy = std::max({box.min_corner().y() - from.y_m, from.y_m - box.max_corner().y(), 0.0});
  return std::sqrt(dx * dx + dy * dy);
}

struct BoxNeighbor {
  double box_distance_m;
  std::uint32_t row;
  auto operator<=>(const BoxNeighbor&) const = default;
};

// How far rounding may bring a computed distance below the true one, on
// coordinates of this size. Generous: it costs a few more exact distances.
double rounding_m(Point from, double distance) { return 1e-12 * (std::abs(from.x_m) + std::abs(from.y_m) + distance); }

// Sorts different features. Many of them are ticked off in a list of all rows,
// which costs one pass whatever their order.
void put_in_order(std::vector<FeatureId>& features, std::size_t row_count) {
  if (features.size() < row_count / 64) {
    std::ranges::sort(features);
    return;
  }
  std::vector<std::uint64_t> ticks(row_count / 64 + 1, 0);
  for (const FeatureId feature : features) ticks[feature.index / 64] |= std::uint64_t{1} << (feature.index % 64);
  std::size_t next = 0;
  for (std::size_t word = 0; word < ticks.size(); ++word) {
    for (std::uint64_t rest = ticks[word]; rest != 0; rest &= rest - 1) {
      features[next++] = FeatureId{static_cast<std::uint32_t>(64 * word + static_cast<std::size_t>(std::countr_zero(rest)))};
    }
  }
}

bool is_nearer(const Neighbor& a, const Neighbor& b) { return std::pair(a.distance_m, a.feature) < std::pair(b.distance_m, b.feature); }

}  // namespace

struct LayerIndex::Tree {
  using Rtree = bgi::rtree<TreeValue, bgi::rstar<16>>;

  // The R-tree packs, because it gets all at once.
  Tree(const std::vector<TreeValue>& values, std::span<const Box> all)
      : rtree(values), boxes(all.begin(), all.end()), row_count(all.size()) {}

  // The `count` nearest boxes, in order.
  std::vector<BoxNeighbor> nearest_boxes(Point from, std::size_t count) const {
    std::vector<BoxNeighbor> found;
    count = std::min(count, rtree.size());
    if (count == 0) return found;  // Boost asserts on nearest(0).
    found.reserve(count);
    const auto keep = [&](const TreeValue& value) { found.push_back({distance_to_box_m(from, value.first), value.second}); };
    rtree.query(bgi::nearest(TreePoint(from.x_m, from.y_m), static_cast<unsigned>(count)), boost::make_function_output_iterator(keep));
    std::ranges::sort(found);
    return found;
  }

  Rtree rtree;
  std::vector<Box> boxes;
  std::size_t row_count;
};

LayerIndex::LayerIndex(std::span<const Box> boxes) {
  std::vector<TreeValue> values;
  values.reserve(boxes.size());
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    if (!boxes[i].empty()) values.emplace_back(tree_box(boxes[i]), static_cast<std::uint32_t>(i));
  }
  tree_ = std::make_unique<const Tree>(values, boxes);
}

LayerIndex LayerIndex::with_changes(std::span<const BoxChange> changes) const {
  std::vector<Box> boxes = tree_->boxes;
  for (const BoxChange& change : changes) {
    if (change.feature.index >= boxes.size()) boxes.resize(change.feature.index + std::size_t{1});
    boxes[change.feature.index] = change.box;
  }
  return LayerIndex(boxes);
}

LayerIndex::~LayerIndex() = default;
LayerIndex::LayerIndex(LayerIndex&&) noexcept = default;
LayerIndex& LayerIndex::operator=(LayerIndex&&) noexcept = default;

std::vector<FeatureId> LayerIndex::in_window(const Box& window) const {
  std::vector<FeatureId> found;
  if (window.empty()) return found;
  const Tree::Rtree& rtree = tree_->rtree;
  const auto keep = [&](const TreeValue& value) { found.push_back(FeatureId{value.second}); };
  rtree.query(bgi::intersects(tree_box(window)), boost::make_function_output_iterator(keep));
  put_in_order(found, tree_->row_count);
  return found;
}

void LayerIndex::visit_window(const Box& window, const std::function<bool(FeatureId)>& visit) const {
  if (window.empty()) return;
  const Tree::Rtree& rtree = tree_->rtree;
  for (auto it = rtree.qbegin(bgi::intersects(tree_box(window))); it != rtree.qend(); ++it) {
    if (!visit(FeatureId{it->second})) return;
  }
}

// Boost's own iteration in order of distance sorts everything found so far at
// every leaf, so batches that grow by four are asked for instead. Boxes as far
// as the last of a batch wait for the next one, which holds all of their equals.
void LayerIndex::visit_nearest(Point from, std::size_t expected_count,
                               const std::function<bool(FeatureId, double box_distance_m)>& visit) const {
  if (!std::isfinite(from.x_m) || !std::isfinite(from.y_m)) return;
  const std::size_t all = tree_->rtree.size();
  double visited_below_m = 0;
  for (std::size_t count = std::clamp<std::size_t>(expected_count, 16, std::max<std::size_t>(all, 16)); all > 0; count *= 4) {
    const std::vector<BoxNeighbor> batch = tree_->nearest_boxes(from, count);
    const bool is_last = batch.size() == all;
    const double farthest_m = batch.back().box_distance_m;
    const double complete_below_m = is_last ? std::numeric_limits<double>::infinity() : farthest_m - rounding_m(from, farthest_m);
    for (const BoxNeighbor& neighbor : batch) {
      if (neighbor.box_distance_m < visited_below_m) continue;
      if (neighbor.box_distance_m >= complete_below_m) break;
      if (!visit(FeatureId{neighbor.row}, neighbor.box_distance_m)) return;
    }
    if (is_last) return;
    visited_below_m = std::max(visited_below_m, complete_below_m);
  }
}

std::vector<Neighbor> LayerIndex::nearest(Point from, std::size_t count, const DistanceTo& distance_to, double max_distance_m,
                                          const std::function<bool()>& should_stop) const {
  std::vector<Neighbor> best;  // A heap with the farthest on top.
  if (count == 0) return best;
  const std::size_t expected_count = count < tree_->rtree.size() ? count + 16 : count;
  visit_nearest(from, expected_count, [&](FeatureId feature, double box_distance_m) {
    const double bound_m = best.size() == count ? best.front().distance_m : max_distance_m;
    if (box_distance_m > bound_m + rounding_m(from, bound_m)) return false;
    if (should_stop && should_stop()) return false;
    const Neighbor neighbor{feature, distance_to(feature)};
    if (!std::isfinite(neighbor.distance_m) || !(neighbor.distance_m <= max_distance_m)) return true;
    if (best.size() == count) {
      if (!is_nearer(neighbor, best.front())) return true;
      std::ranges::pop_heap(best, is_nearer);
      best.pop_back();
    }
    best.push_back(neighbor);
    std::ranges::push_heap(best, is_nearer);
    return true;
  });
  std::ranges::sort_heap(best, is_nearer);
  return best;
}

}  // namespace obnova::geo
