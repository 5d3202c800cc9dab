#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "geo/base/digest.h"
#include "geo/layer/layer.h"

namespace obnova::geo {

// What a builder and an edit check and derive. Private to geo/layer.

inline constexpr std::size_t kMaxRowCount = 4'000'000'000;  // Below the free marks of TextLookup and PatchRows.

// Fails with kLimitExceeded when there is no room for one more row.
Result<void> check_row_count(std::size_t row_count);
// As `LayerBuilder::add` states; says nothing of the id.
Result<void> check_feature(std::span<const Field> fields, std::string_view id, const GeometryView& geometry, std::span<const Value> values);

// The convex hull of points; their box and a meter around it where the hull has
// no area, and kNone where there are no points.
Geometry surrounding_area(std::span<const Point> points, const Box& extent);

void add_shape(const GeometryView& shape, Digester& digester);
// Packed, because bits have no bytes of their own.
void add_bits(const std::vector<bool>& bits, Digester& digester);

// A surrounding area together with more points; nullopt when they are all well within it.
std::optional<Geometry> widened_area(const Geometry& area, std::span<const Point> points, const Box& extent);

void add_description(const LayerDescription& description, const std::vector<Field>& fields, Digester& digester);

// The bytes of an array as they stand in memory: all machines that a city runs
// on are little-endian.
template <typename Array>
void add_array(const Array& array, Digester& digester) {
  using T = std::remove_cv_t<typename Array::value_type>;
  static_assert(std::is_trivially_copyable_v<T> && !std::is_same_v<T, bool>);
  digester.add(std::string_view(reinterpret_cast<const char*>(array.data()), array.size() * sizeof(T)));
}

}  // namespace obnova::geo
