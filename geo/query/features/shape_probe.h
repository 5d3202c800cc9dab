#pragma once

#include <optional>

#include "geo/base/geometry.h"
#include "geo/base/overlay.h"
#include "geo/base/point.h"
#include "geo/base/result.h"

namespace obnova::geo {

// Asks many features whether their shapes meet one shape, boundaries included.
// Most features lie well inside a window and are told by their boxes; those at
// the edge of a small shape are looked at edge by edge; GEOS answers the rest.
// One thread at a time may ask. Private to geo/query/features.
class ShapeProbe {
 public:
  // Fails with kInvalidArgument for an empty shape and an area that is not valid.
  static Result<ShapeProbe> make(const Geometry& shape);

  // `box` is that of the shape; a feature with no place meets nothing.
  Result<bool> meets(const GeometryView& feature, const Box& box) const;
  // True when the box of a feature alone tells that the feature meets the shape.
  bool surely_meets(const Box& box) const;
  const Box& box() const { return box_; }
  // A part of the shape; what lies in it meets the shape. May be empty.
  const Box& inner_box() const { return inner_; }

 private:
  explicit ShapeProbe(const Geometry& shape) : shape_(shape), box_(shape_.view().box()) {}
  Result<bool> ask_prepared(const GeometryView& feature) const;

  Geometry shape_;
  Box box_;
  Box inner_;
  bool is_window_ = false;
  bool is_small_area_ = false;
  mutable std::optional<PreparedShape> prepared_;  // Once it is needed.
};

// True for a rectangle whose sides are parallel to the axes, also for one that
// has no width or no height.
bool is_window(const GeometryView& shape);

}  // namespace obnova::geo
