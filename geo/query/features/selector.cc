#include "geo/query/features/selector.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "geo/base/measure.h"
#include "geo/base/overlay.h"

namespace obnova::geo {
namespace {

constexpr std::size_t kPollStep = 1024;
constexpr const char* kCancelled = "The selection of features was cancelled.";

double width_and_height_m(const Box& box) { return box.max.x_m - box.min.x_m + box.max.y_m - box.min.y_m; }

double distance_between_m(const Box& a, const Box& b) {
  const double dx = std::max({a.min.x_m - b.max.x_m, b.min.x_m - a.max.x_m, 0.0});
  const double dy = std::max({a.min.y_m - b.max.y_m, b.min.y_m - a.max.y_m, 0.0});
  return std::sqrt(dx * dx + dy * dy);
}

// A bound for boxes that loses nothing to rounding; distances are checked exactly after.
double generous(double distance_m) { return distance_m * (1 + 1e-9) + 1e-6; }

}  // namespace

Result<Selector> Selector::make(const City& city, const Selection& selection, const ToPlane& to_plane) {
  const Result<const IndexedLayer*> indexed = city.layer(selection.layer);
  if (!indexed) return std::unexpected(indexed.error());
  Selector selector(**indexed);
  if (const Result<void> added = selector.add_probes(selection); !added) return std::unexpected(added.error());
  if (const Result<void> added = selector.add_near(selection); !added) return std::unexpected(added.error());
  if (!selection.filter.empty()) {
    Result<Filter> filter = Filter::parse(selection.filter, selector.layer(), to_plane);
    if (!filter) return std::unexpected(std::move(filter.error()));
    selector.filter_ = *std::move(filter);
  }
  return selector;
}

Result<void> Selector::add_probes(const Selection& selection) {
  for (const Geometry& shape : selection.intersects) {
    Result<ShapeProbe> probe = ShapeProbe::make(shape);
    if (!probe) return failure(probe.error().code, probe.error().message, "intersects");
    probes_.push_back(*std::move(probe));
  }
  return {};
}

Result<void> Selector::add_near(const Selection& selection) {
  if (!selection.near) return {};
  if (!std::isfinite(selection.distance_m) || selection.distance_m < 0) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("The distance must be 0 or more meters, got {}.", selection.distance_m),
                   "distance_m");
  }
  const GeometryView shape = selection.near->view();
  if (shape.kind == GeometryKind::kNone || shape.empty())
    return failure(ErrorCode::kInvalidArgument, "The shape to be near is empty.", "near");
  if (const auto problem = validity_problem(shape)) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("The shape to be near is not valid: {}", *problem), "near");
  }
  near_ = Near{.shape = *selection.near, .box = shape.box(), .distance_m = selection.distance_m};
  return {};
}

Result<bool> Selector::is_near(FeatureId feature) const {
  if (distance_between_m(layer().box(feature), near_->box) > generous(near_->distance_m)) return false;
  const GeometryView shape = layer().geometry(feature);
  if (near_->shape.kind == GeometryKind::kPoint) return distance_m(shape, near_->shape.points.front()) <= near_->distance_m;
  if (shape.kind == GeometryKind::kPoint) return distance_m(near_->shape.view(), shape.points.front()) <= near_->distance_m;
  const Result<Gap> gap = gap_between(shape, near_->shape.view());
  if (!gap) return std::unexpected(gap.error());
  return gap->distance_m <= near_->distance_m;
}

// Cheap questions first.
Result<bool> Selector::matches(FeatureId feature) const {
  const Box& box = layer().box(feature);
  const bool needs_place = near_ || !probes_.empty();
  if (needs_place && box.empty()) return false;
  for (const ShapeProbe& probe : probes_) {
    if (!probe.box().intersects(box)) return false;
  }
  if (filter_ && !filter_->matches(feature)) return false;
  for (const ShapeProbe& probe : probes_) {
    if (probe.surely_meets(box)) continue;  // The shape of the feature lies elsewhere in memory.
    Result<bool> meets = probe.meets(layer().geometry(feature), box);
    if (!meets || !*meets) return meets;
  }
  if (near_) return is_near(feature);
  return true;
}

// The smallest of the boxes that must be met. Not what they have in common: a
// long feature can meet two boxes that are far from each other.
std::optional<Box> Selector::window() const {
  std::optional<Box> smallest;
  const auto offer = [&smallest](const Box& box) {
    if (!smallest || width_and_height_m(box) < width_and_height_m(*smallest)) smallest = box;
  };
  for (const ShapeProbe& probe : probes_) offer(probe.box());
  if (near_) offer(near_->box.grown(generous(near_->distance_m)));
  return smallest;
}

Result<void> Selector::visit_all(FeatureId from, const Limits& limits, const std::function<bool(FeatureId)>& visit) const {
  std::size_t looked_at_count = 0;
  for (const FeatureId feature : layer().features(from)) {
    if (looked_at_count++ % kPollStep == 0 && limits.stopped()) {
      return failure(ErrorCode::kCancelled, kCancelled);
    }
    const Result<bool> matched = matches(feature);
    if (!matched) return std::unexpected(matched.error());
    if (*matched && !visit(feature)) return {};
  }
  return {};
}

// The rows of a window lie all over the layer: their boxes are on their way
// while others are looked at.
Result<void> Selector::visit_found(std::span<const FeatureId> features, const Limits& limits,
                                   const std::function<bool(FeatureId)>& visit) const {
  constexpr std::size_t kAhead = 16;
  for (std::size_t i = 0; i < features.size(); i += kPollStep) {
    if (limits.stopped()) return failure(ErrorCode::kCancelled, kCancelled);
    for (std::size_t k = i; k < std::min(features.size(), i + kPollStep); ++k) {
      if (k + kAhead < features.size()) __builtin_prefetch(&layer().box(features[k + kAhead]));
      const Result<bool> matched = matches(features[k]);
      if (!matched) return std::unexpected(matched.error());
      if (*matched && !visit(features[k])) return {};
    }
  }
  return {};
}

Result<void> Selector::visit_among(std::span<const FeatureId> features, const Limits& limits,
                                   const std::function<bool(FeatureId)>& visit) const {
  return visit_found(features, limits, visit);
}

Result<void> Selector::visit(FeatureId from, const Limits& limits, const std::function<bool(FeatureId)>& visit) const {
  const std::optional<Box> box = window();
  if (!box) return visit_all(from, limits, visit);
  const std::vector<FeatureId> in_window = index().in_window(*box);
  return visit_found(std::span(std::ranges::lower_bound(in_window, from), in_window.end()), limits, visit);
}

Result<void> Selector::visit_meeting(const Geometry& shape, const Limits& limits, const std::function<bool(FeatureId)>& visit) {
  Result<ShapeProbe> probe = ShapeProbe::make(shape);
  if (!probe) return std::unexpected(std::move(probe.error()));
  probes_.push_back(*std::move(probe));
  Result<void> visited = this->visit({}, limits, visit);
  probes_.pop_back();
  return visited;
}

}  // namespace obnova::geo
