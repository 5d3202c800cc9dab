#pragma once

#include <optional>

#include "geo/base/geometry.h"
#include "geo/base/overlay.h"
#include "geo/base/point.h"
#include "geo/base/result.h"

namespace obnova::geo {

// Asks many features whether their shapes meet one shape, boundaries included.
// Windows (axis-parallel rectangles) and points are decided without GEOS most
// of the time. One thread at a time may ask. Private to geo/query/features.
class ShapeProbe {
 public:
  // Fails with kInvalidArgument for an empty shape and an area that is not valid.
  static Result<ShapeProbe> make(const Geometry& shape);

  // `box` is that of the shape; a feature with no place meets nothing.
  Result<bool> meets(const GeometryView& feature, const Box& box) const;
  const Box& box() const { return box_; }

 private:
  ShapeProbe(const Box& box, bool is_window, PreparedShape shape) : box_(box), is_window_(is_window), shape_(std::move(shape)) {}

  Box box_;
  bool is_window_;
  PreparedShape shape_;
};

// True for a rectangle whose sides are parallel to the axes, also for one that
// has no width or no height.
bool is_window(const GeometryView& shape);

}  // namespace obnova::geo
