#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "geo/base/point.h"

namespace obnova::geo {

// A box or a window in single precision, see Frame.
struct FloatBox {
  float min_x;
  float min_y;
  float max_x;
  float max_y;
};

namespace detail {

inline float next_below(float x) {
  const auto bits = std::bit_cast<std::int32_t>(x);
  if (x == 0) return -std::numeric_limits<float>::denorm_min();
  return std::bit_cast<float>(x > 0 ? bits - 1 : bits + 1);
}
inline float next_above(float x) { return -next_below(-x); }

// The greatest float that is not above `x`, or the last one where floats end.
// Without a branch: which way a float was rounded cannot be predicted.
inline float rounded_down(double x) {
  constexpr double kLast = std::numeric_limits<float>::max();
  const double above = x > -kLast ? x : -kLast;
  const double reached = above < kLast ? above : kLast;
  const auto nearest = static_cast<float>(reached);
  const auto bits = std::bit_cast<std::int32_t>(nearest);
  const std::int32_t step = static_cast<double>(nearest) > reached ? 1 : 0;
  return std::bit_cast<float>(bits - step * ((bits >> 31) | 1));  // A negative zero is the only one to be stepped from.
}

}  // namespace detail

// How the boxes of one index look in single precision: around an origin amid
// them, and rounded outward.
//
// Both roundings never turn an order around. So a lower side and the upper side
// of a window that differ after the same rounding differ in the same sense in
// double precision; only where they are equal does the double box decide.
// A rounded box holds the true one, also when the origin was subtracted with an
// error, so a distance to it is never more than the true one.
class Frame {
 public:
  Frame() = default;
  // For boxes that together fill `extent`. Others only lose precision.
  explicit Frame(const Box& extent) {
    if (extent.empty()) return;
    origin_ = {middle(extent.min.x_m, extent.max.x_m), middle(extent.min.y_m, extent.max.y_m)};
    const double side_m = std::max(extent.max.x_m - extent.min.x_m, extent.max.y_m - extent.min.y_m);
    if (side_m > 0 && std::isfinite(side_m)) cells_per_m_ = 65535 / side_m;
  }

  FloatBox rounded_outward(const Box& box) const {
    return {lower(box.min.x_m - origin_.x_m), lower(box.min.y_m - origin_.y_m), upper(box.max.x_m - origin_.x_m),
            upper(box.max.y_m - origin_.y_m)};
  }
  // Boxes that meet the window have min <= its max and max >= its min.
  FloatBox rounded_inward(const Box& window) const {
    return {upper(window.min.x_m - origin_.x_m), upper(window.min.y_m - origin_.y_m), lower(window.max.x_m - origin_.x_m),
            lower(window.max.y_m - origin_.y_m)};
  }

  // The place of the middle of the box on a Hilbert curve through the extent.
  std::uint32_t curve_key(const Box& box) const {
    return curve_key(cell((box.min.x_m + box.max.x_m) / 2 - origin_.x_m), cell((box.min.y_m + box.max.y_m) / 2 - origin_.y_m));
  }

 private:
  // Allows for the error of the subtraction that gave `x`, which may be infinite.
  static float lower(double x) {
    const double above = x > -1e300 ? x : -1e300;
    const double reached = above < 1e300 ? above : 1e300;
    return detail::rounded_down(reached - std::abs(reached) * 0x1p-52);
  }
  static float upper(double x) { return -lower(-x); }

  static double middle(double a, double b) {
    const double m = a / 2 + b / 2;
    return std::isfinite(m) ? m : 0;
  }
  std::uint32_t cell(double from_origin_m) const {
    const double at = from_origin_m * cells_per_m_ + 32768;
    return at > 0 ? static_cast<std::uint32_t>(at < 65535 ? at : 65535) : 0;  // Also 0 where it is no number.
  }
  static std::uint32_t curve_key(std::uint32_t x, std::uint32_t y);

  Point origin_;
  double cells_per_m_ = 0;
};

// After "2D Hilbert curves in O(1)" by rawrunprotected (public domain): the
// states of all 16 steps at once, by a prefix scan over their composition.
inline std::uint32_t Frame::curve_key(std::uint32_t x, std::uint32_t y) {
  std::uint32_t a = x ^ y;
  std::uint32_t b = 0xFFFF ^ a;
  std::uint32_t c = 0xFFFF ^ (x | y);
  std::uint32_t d = x & (y ^ 0xFFFF);
  std::uint32_t A = a | (b >> 1);
  std::uint32_t B = (a >> 1) ^ a;
  std::uint32_t C = ((c >> 1) ^ (b & (d >> 1))) ^ c;
  std::uint32_t D = ((a & (c >> 1)) ^ (d >> 1)) ^ d;
  for (const int shift : {2, 4}) {
    a = A, b = B, c = C, d = D;
    A = (a & (a >> shift)) ^ (b & (b >> shift));
    B = (a & (b >> shift)) ^ (b & ((a ^ b) >> shift));
    C ^= (a & (c >> shift)) ^ (b & (d >> shift));
    D ^= (b & (c >> shift)) ^ ((a ^ b) & (d >> shift));
  }
  a = A, b = B, c = C, d = D;
  C ^= (a & (c >> 8)) ^ (b & (d >> 8));
  D ^= (b & (c >> 8)) ^ ((a ^ b) & (d >> 8));
  a = C ^ (C >> 1);
  b = D ^ (D >> 1);
  std::uint32_t even = x ^ y;
  std::uint32_t odd = b | (0xFFFF ^ (even | a));
  const auto spread = [](std::uint32_t v) {
    v = (v | (v << 8)) & 0x00FF00FF;
    v = (v | (v << 4)) & 0x0F0F0F0F;
    v = (v | (v << 2)) & 0x33333333;
    return (v | (v << 1)) & 0x55555555;
  };
  return (spread(odd) << 1) | spread(even);
}

}  // namespace obnova::geo
