#pragma once

#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "geo/base/digest.h"
#include "geo/layer/layer.h"

namespace obnova::geo {

// What a builder derives from the features it collected. Private to geo/layer.

// The convex hull of points; their box and a meter around it where the hull has
// no area, and kNone where there are no points.
Geometry surrounding_area(std::span<const Point> points, const Box& extent);

void add_description(const LayerDescription& description, const std::vector<Field>& fields, Digester& digester);

// The bytes of an array as they stand in memory: all machines that a city runs
// on are little-endian.
template <typename T>
void add_array(const std::vector<T>& array, Digester& digester) {
  static_assert(std::is_trivially_copyable_v<T> && !std::is_same_v<T, bool>);
  digester.add(std::string_view(reinterpret_cast<const char*>(array.data()), array.size() * sizeof(T)));
}

}  // namespace obnova::geo
