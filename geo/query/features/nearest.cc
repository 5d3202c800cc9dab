#include "geo/query/features/nearest.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "geo/base/measure.h"
#include "geo/query/features/selector.h"

namespace obnova::geo {
namespace {

constexpr double kFar = std::numeric_limits<double>::infinity();
constexpr std::size_t kPollStep = 256;

// Features that may be looked at in vain. Beyond that it is cheaper to select
// all of the layer once, which is fast work, and to index only what is selected.
std::size_t max_vain_count(std::size_t feature_count) { return std::max<std::size_t>(4096, feature_count / 16); }

class NearestSearch {
 public:
  NearestSearch(Selector selector, std::size_t count, double max_distance_m, const Limits& limits)
      : selector_(std::move(selector)),
        count_(count),
        max_distance_m_(max_distance_m),
        limits_(limits),
        max_vain_count_(max_vain_count(selector_.layer().feature_count())) {}

  Result<std::vector<NearestFeature>> around(Point place) {
    if (!subset_) {
      const std::vector<Neighbor> found = ask(selector_.index(), place, !selector_.selects_all());
      if (error_) return std::unexpected(*error_);
      if (vain_count_ <= max_vain_count_) return described(found, place);
      if (const Result<void> built = build_subset(); !built) return std::unexpected(built.error());
    }
    const std::vector<Neighbor> found = ask(*subset_, place, false);
    if (error_) return std::unexpected(*error_);
    return described(found, place);
  }

 private:
  std::vector<Neighbor> ask(const LayerIndex& index, Point place, bool check) {
    const auto distance_to = [&, this](FeatureId feature) {
      return check && !is_selected(feature) ? kFar : distance_m(selector_.layer().geometry(feature), place);
    };
    const auto should_stop = [this] {
      if (asked_count_++ % kPollStep == 0 && limits_.stopped())
        error_ = Error{ErrorCode::kCancelled, "The search for the nearest was cancelled."};
      return error_ || vain_count_ > max_vain_count_;
    };
    return index.nearest(place, count_, distance_to, max_distance_m_, should_stop);
  }

  bool is_selected(FeatureId feature) {
    const Result<bool> matches = selector_.matches(feature);
    if (!matches) error_ = matches.error();
    if (!matches || !*matches) ++vain_count_;
    return matches && *matches;
  }

  Result<void> build_subset() {
    vain_count_ = 0;
    std::vector<Box> boxes(selector_.layer().row_count());
    const Result<void> visited = selector_.visit({}, limits_, [&](FeatureId feature) {
      boxes[feature.index] = selector_.layer().box(feature);
      return true;
    });
    if (!visited) return visited;
    subset_.emplace(boxes);
    return {};
  }

  std::vector<NearestFeature> described(const std::vector<Neighbor>& found, Point place) const {
    std::vector<NearestFeature> result;
    result.reserve(found.size());
    for (const Neighbor& neighbor : found) {
      result.push_back({.feature = neighbor.feature,
                        .distance_m = neighbor.distance_m,
                        .nearest_place = nearest_place(selector_.layer().geometry(neighbor.feature), place)});
    }
    return result;
  }

  Selector selector_;
  std::size_t count_;
  double max_distance_m_;
  const Limits& limits_;
  std::optional<LayerIndex> subset_;  // Of the selected features only.
  std::size_t asked_count_ = 0;
  std::size_t max_vain_count_;
  std::size_t vain_count_ = 0;  // Of all places together.
  std::optional<Error> error_;
};

Result<void> check(std::span<const Point> places, double max_distance_m) {
  if (!std::isfinite(max_distance_m) || max_distance_m < 0) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("The greatest distance must be 0 or more meters, got {}.", max_distance_m),
                   "max_distance_m");
  }
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (std::isfinite(places[i].x_m) && std::isfinite(places[i].y_m)) continue;
    return failure(ErrorCode::kInvalidArgument, fmt::format("Place {} has a coordinate that is not a finite number.", i + 1),
                   fmt::format("places[{}]", i));
  }
  return {};
}

}  // namespace

Result<std::vector<std::vector<NearestFeature>>> nearest_features(const City& city, const Selection& selection, const ToPlane& to_plane,
                                                                  std::span<const Point> places, std::size_t count, double max_distance_m,
                                                                  const Limits& limits) {
  if (const Result<void> checked = check(places, max_distance_m); !checked) return std::unexpected(checked.error());
  Result<Selector> selector = Selector::make(city, selection, to_plane);
  if (!selector) return std::unexpected(std::move(selector.error()));
  NearestSearch search(*std::move(selector), count, max_distance_m == 0 ? kFar : max_distance_m, limits);
  std::vector<std::vector<NearestFeature>> all;
  all.reserve(places.size());
  for (const Point place : places) {
    if (limits.stopped()) return failure(ErrorCode::kCancelled, "The search for the nearest was cancelled.");
    Result<std::vector<NearestFeature>> found = search.around(place);
    if (!found) return std::unexpected(std::move(found.error()));
    all.push_back(*std::move(found));
  }
  return all;
}

}  // namespace obnova::geo
