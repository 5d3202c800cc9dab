#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "geo/base/geometry.h"
#include "geo/base/result.h"
#include "geo/layer/layer.h"

namespace obnova::geo {

// Brings a shape whose coordinates are degrees (x = longitude, y = latitude)
// to the plane. Filters spell shapes in degrees; this is how they get in.
using ToPlane = std::function<Result<Geometry>(const Geometry& in_degrees)>;

// A condition on the features of one layer, in CQL2 text (OGC 21-065r2):
// comparison, AND, OR, NOT, IN, LIKE (% and _), BETWEEN, IS NULL and S_INTERSECTS
// with POINT, LINESTRING, POLYGON, their MULTI forms and BBOX.
//
// Three-valued as SQL: a comparison with null is unknown, NOT unknown is
// unknown, and only true matches. Immutable; any number of threads may ask. The
// layer must outlive the filter.
class Filter {
 public:
  // The empty text matches everything. Fails with kInvalidArgument that names
  // the place in the text and what was expected, for an unknown attribute
  // (listing those there are), for comparing text with numbers, and beyond 16
  // levels, 256 nodes or 64 KiB.
  static Result<Filter> parse(std::string_view text, const Layer& layer, const ToPlane& to_plane);
  ~Filter();
  Filter(Filter&&) noexcept;
  Filter& operator=(Filter&&) noexcept;

  bool matches(FeatureId feature) const;

 private:
  struct Node;
  explicit Filter(std::unique_ptr<const Node> root);
  std::unique_ptr<const Node> root_;
};

}  // namespace obnova::geo
