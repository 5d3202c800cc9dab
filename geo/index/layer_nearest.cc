#include <algorithm>
#include <array>
#include <cmath>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "geo/index/layer_index.h"
#include "geo/index/nearest_boxes.h"
#include "geo/index/patched_boxes.h"

namespace obnova::geo {
namespace {

using Key = NearestBoxes::Key;

constexpr std::size_t kMostAtOnce = 64;

double distance_to_box_m(Point from, const Box& box) {
  const double dx = std::max({box.min.x_m - from.x_m, from.x_m - box.max.x_m, 0.0});
  const double dy = std::max({box.min.y_m - from.y_m, from.y_m - box.max.y_m, 0.0});
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

bool is_nearer(const Neighbor& a, const Neighbor& b) { return std::pair(a.distance_m, a.feature) < std::pair(b.distance_m, b.feature); }

bool is_finite(Point p) { return std::isfinite(p.x_m) && std::isfinite(p.y_m); }

// The nearest of all that are added.
class BestNeighbors {
 public:
  BestNeighbors(std::size_t count, double max_distance_m) : count_(count), max_distance_m_(max_distance_m) {
    heap_.reserve(std::min<std::size_t>(count, 64));
  }

  std::size_t missing_count() const { return count_ - heap_.size(); }
  double farthest_m() const { return heap_.front().distance_m; }
  void add(const Neighbor& neighbor) {
    if (!std::isfinite(neighbor.distance_m) || !(neighbor.distance_m <= max_distance_m_)) return;
    if (heap_.size() == count_) {
      if (!is_nearer(neighbor, heap_.front())) return;
      std::ranges::pop_heap(heap_, is_nearer);
      heap_.pop_back();
    }
    heap_.push_back(neighbor);
    std::ranges::push_heap(heap_, is_nearer);
  }
  std::vector<Neighbor> in_order() && {
    std::ranges::sort_heap(heap_, is_nearer);
    return std::move(heap_);
  }

 private:
  std::size_t count_;
  double max_distance_m_;
  std::vector<Neighbor> heap_;  // With the farthest on top.
};

void add_trees(const PatchedBoxes& boxes, NearestBoxes& search) {
  for (std::size_t i = 0; i < boxes.tree_count(); ++i) search.add(boxes.tree(i), static_cast<std::uint32_t>(i));
}

// No box whose key is greater can hold something within the distance.
Key key_within(Point from, double distance_m) {
  return distance_m < 0 ? -1 : NearestBoxes::key_at(distance_m + rounding_m(from, distance_m));
}

}  // namespace

// Boxes come by a lower bound of their distance. One is passed on once the
// bounds of all that are still to come are beyond its own distance.
void LayerIndex::visit_nearest(Point from, FunctionRef<bool(FeatureId, double box_distance_m)> visit) const {
  if (!is_finite(from)) return;
  NearestBoxes search(boxes_->base->frame, from);
  add_trees(*boxes_, search);
  std::vector<BoxNeighbor> measured;  // A heap with the nearest on top.
  const auto visit_below = [&](double distance_m) {
    while (!measured.empty() && measured.front().box_distance_m < distance_m) {
      const BoxNeighbor nearest = measured.front();
      std::ranges::pop_heap(measured, std::greater{});
      measured.pop_back();
      if (!visit(FeatureId{nearest.row}, nearest.box_distance_m)) return false;
    }
    return true;
  };
  for (NearestBoxes::Found found; search.next(NearestBoxes::kFarthest, found);) {
    const double at_least_m = NearestBoxes::at_least_m(found.key);
    if (!visit_below(at_least_m - rounding_m(from, at_least_m))) return;
    const std::optional<std::uint32_t> row = boxes_->current_row(found.source, found.position);
    if (!row) continue;
    measured.push_back({distance_to_box_m(from, boxes_->tree(found.source).box_at(found.position)), *row});
    std::ranges::push_heap(measured, std::greater{});
  }
  std::ranges::sort(measured);
  for (const BoxNeighbor& rest : measured) {
    if (!visit(FeatureId{rest.row}, rest.box_distance_m)) return;
  }
}

// Whatever order boxes are looked at in, the answer is the same: what is
// skipped is farther than the bound. Until `count` are found there is no bound,
// so as many as are missing are looked up before the first of them is measured:
// then the processor waits for the memory of many shapes at once.
std::vector<Neighbor> LayerIndex::nearest(Point from, std::size_t count, FunctionRef<double(FeatureId)> distance_to, double max_distance_m,
                                          FunctionRef<bool()> should_stop) const {
  if (count == 0 || !is_finite(from)) return {};
  BestNeighbors best(count, max_distance_m);
  NearestBoxes search(boxes_->base->frame, from);
  add_trees(*boxes_, search);
  Key farthest = key_within(from, max_distance_m);
  std::array<std::uint32_t, kMostAtOnce> rows;
  std::array<double, kMostAtOnce> distances_m;
  for (std::size_t row_count = kMostAtOnce; row_count > 0;) {
    const std::size_t wanted = std::clamp<std::size_t>(best.missing_count(), 1, kMostAtOnce);
    row_count = 0;
    for (NearestBoxes::Found found; row_count < wanted && search.next(farthest, found);) {
      const std::optional<std::uint32_t> row = boxes_->current_row(found.source, found.position);
      if (row) rows[row_count++] = *row;
    }
    for (std::size_t i = 0; i < row_count; ++i) {
      if (should_stop && should_stop()) return {};
      distances_m[i] = distance_to(FeatureId{rows[i]});
    }
    for (std::size_t i = 0; i < row_count; ++i) best.add({FeatureId{rows[i]}, distances_m[i]});
    if (best.missing_count() == 0) farthest = std::min(farthest, key_within(from, best.farthest_m()));
  }
  return std::move(best).in_order();
}

}  // namespace obnova::geo
