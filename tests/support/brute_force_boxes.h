#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "geo/index/layer_index.h"

namespace obnova::geo::brute_force {

// The slow twin of an index: a list of boxes, every one of which is looked at.
class BoxList {
 public:
  explicit BoxList(std::span<const Box> boxes) {
    for (std::uint32_t row = 0; row < boxes.size(); ++row) change({{row}, boxes[row]});
  }

  void change(const BoxChange& change) {
    if (change.box.empty()) {
      boxes_.erase(change.feature);
    } else {
      boxes_[change.feature] = change.box;
    }
  }
  std::size_t size() const { return boxes_.size(); }
  double distance_m(FeatureId feature, Point from) const {
    const Box& box = boxes_.at(feature);
    const double dx = std::max({box.min.x_m - from.x_m, from.x_m - box.max.x_m, 0.0});
    const double dy = std::max({box.min.y_m - from.y_m, from.y_m - box.max.y_m, 0.0});
    return std::sqrt(dx * dx + dy * dy);
  }

  std::vector<FeatureId> in_window(const Box& window) const {
    std::vector<FeatureId> found;
    for (const auto& [feature, box] : boxes_) {
      if (!window.empty() && box.intersects(window)) found.push_back(feature);
    }
    return found;
  }
  std::vector<Neighbor> nearest(Point from, std::size_t count, double max_distance_m = std::numeric_limits<double>::infinity()) const {
    std::vector<Neighbor> all;
    for (const auto& [feature, box] : boxes_) {
      const Neighbor neighbor{feature, distance_m(feature, from)};
      if (neighbor.distance_m <= max_distance_m) all.push_back(neighbor);
    }
    std::ranges::sort(
        all, [](const Neighbor& a, const Neighbor& b) { return std::pair(a.distance_m, a.feature) < std::pair(b.distance_m, b.feature); });
    all.resize(std::min(all.size(), count));
    return all;
  }

 private:
  std::map<FeatureId, Box> boxes_;
};

}  // namespace obnova::geo::brute_force
