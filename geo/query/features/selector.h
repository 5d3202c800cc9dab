#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "geo/query/features/cql2.h"
#include "geo/query/features/select.h"
#include "geo/query/features/shape_probe.h"

namespace obnova::geo {

// A selection made ready to ask feature by feature. The city must outlive it;
// one thread at a time may ask. Private to geo/query/features.
class Selector {
 public:
  // Fails with kNotFound for an unknown layer and kInvalidArgument for a filter,
  // shape or distance that cannot be.
  static Result<Selector> make(const City& city, const Selection& selection, const ToPlane& to_plane);

  const Layer& layer() const { return *indexed_->layer; }
  const LayerIndex& index() const { return *indexed_->index; }
  // True when every feature is meant.
  bool selects_all() const { return !filter_ && probes_.empty() && !near_; }

  Result<bool> matches(FeatureId feature) const;

  // Calls `visit` for every matching feature from row `from` on, in the order
  // of the layer, until it returns false. Fails with kCancelled.
  Result<void> visit(FeatureId from, const Limits& limits, const std::function<bool(FeatureId)>& visit) const;
  // The same for those that also meet a shape, which is forgotten after.
  Result<void> visit_meeting(const Geometry& shape, const Limits& limits, const std::function<bool(FeatureId)>& visit);
  // The same for some features, which exist, in their order.
  Result<void> visit_among(std::span<const FeatureId> features, const Limits& limits, const std::function<bool(FeatureId)>& visit) const;

 private:
  // A shape to be within a distance of.
  struct Near {
    Geometry shape;
    Box box;
    double distance_m;
  };

  explicit Selector(const IndexedLayer& indexed) : indexed_(&indexed) {}
  Result<void> add_probes(const Selection& selection);
  Result<void> add_near(const Selection& selection);
  Result<bool> is_near(FeatureId feature) const;
  Result<void> visit_all(FeatureId from, const Limits& limits, const std::function<bool(FeatureId)>& visit) const;
  Result<void> visit_found(std::span<const FeatureId> features, const Limits& limits, const std::function<bool(FeatureId)>& visit) const;
  // A box that all matching features meet; nullopt when place does not matter.
  std::optional<Box> window() const;

  const IndexedLayer* indexed_;
  std::vector<ShapeProbe> probes_;
  std::optional<Near> near_;
  std::optional<Filter> filter_;
};

}  // namespace obnova::geo
