#pragma once

#include <memory>
#include <vector>

#include "geo/base/geometry.h"
#include "geo/base/ids.h"
#include "geo/base/limits.h"
#include "geo/base/result.h"
#include "geo/index/layer_index.h"
#include "geo/layer/layer.h"

namespace obnova::geo {

// Tells in which areas of a layer shapes lie, for roll-ups. Most shapes meet no
// border, and these cost little however many vertices the areas have. Keeps
// references to layer and index; one thread at a time may ask.
class AreaFinder {
 public:
  // Makes every area of the layer ready. Fails with kCancelled, and as
  // `PreparedShape` does for areas that are not valid. Features that are no
  // areas are never found.
  static Result<AreaFinder> make(const Layer& areas, const LayerIndex& index, const Limits& limits);
  ~AreaFinder();
  AreaFinder(AreaFinder&&) noexcept;
  AreaFinder& operator=(AreaFinder&&) noexcept;

  // Areas that share more than a boundary with the shape, ascending; for a point
  // those that cover it, so a point on a border lies in both. A shape that only
  // touches areas lies in those it touches. None for a shape with no place.
  Result<std::vector<FeatureId>> areas_of(const GeometryView& shape) const;

 private:
  struct State;
  explicit AreaFinder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace obnova::geo
