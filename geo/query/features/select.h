#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "geo/base/geometry.h"
#include "geo/base/limits.h"
#include "geo/base/result.h"
#include "geo/city/city.h"
#include "geo/query/features/cql2.h"

namespace obnova::geo {

// Which features of a layer are meant. All stated conditions must hold.
// Boxes and boundaries belong to what they bound. Features with no place match
// only when no place is asked for.
struct Selection {
  std::string layer = {};
  // Shapes that the feature's shape must meet; all of them.
  std::vector<Geometry> intersects = {};
  // A shape the feature must be within `distance_m` of, inclusive.
  std::optional<Geometry> near = {};
  double distance_m = 0;
  // CQL2 text; shapes in it are spelled in degrees.
  std::string filter = {};
};

// A page of a selection.
struct SelectedPage {
  std::vector<FeatureId> features;
  // Where the next page starts; nullopt on the last page.
  std::optional<FeatureId> next;
};

// At most `count` matching features from row `from` on, in the order of the layer.
Result<SelectedPage> select_page(const City& city, const Selection& selection, const ToPlane& to_plane, FeatureId from, std::size_t count,
                                 const Limits& limits);

// All matching features, in the order of the layer.
Result<std::vector<FeatureId>> select_all(const City& city, const Selection& selection, const ToPlane& to_plane, const Limits& limits);

// What meets each of many shapes: shape after shape, and within a shape in the
// order of the layer.
struct FeaturesByShape {
  std::vector<FeatureId> features;
  std::vector<std::size_t> ends;  // One past the last feature of each shape.
};

// For each shape the features of the selection that also meet the shape. Fails
// with kLimitExceeded when they are more than `most_count` together.
Result<FeaturesByShape> select_by_shape(const City& city, const Selection& selection, const ToPlane& to_plane,
                                        std::span<const Geometry> shapes, std::size_t most_count, const Limits& limits);

// Those of `features` that match, in their order; what does not exist matches
// nothing. Costs what is asked about, not the layer.
Result<std::vector<FeatureId>> select_among(const City& city, const Selection& selection, const ToPlane& to_plane,
                                            std::span<const FeatureId> features, const Limits& limits);

Result<std::size_t> count_selected(const City& city, const Selection& selection, const ToPlane& to_plane, const Limits& limits);

}  // namespace obnova::geo
