#include "geo/base/ring.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

namespace obnova {
namespace {

// A sum kept as doubles that do not overlap, smallest first (Shewchuk,
// "Adaptive precision floating-point arithmetic", 1997: GROW-EXPANSION).
class ExactSum {
 public:
  void add(double number) {
    for (std::size_t i = 0; i < size_; ++i) {
      const double sum = number + terms_[i];
      const double virtual_part = sum - number;
      terms_[i] = (number - (sum - virtual_part)) + (terms_[i] - virtual_part);
      number = sum;
    }
    terms_[size_++] = number;
  }

  void add_product(double a, double b) {
    const double product = a * b;
    add(std::fma(a, b, -product));
    add(product);
  }

  int sign() const {
    for (std::size_t i = size_; i > 0; --i) {
      if (terms_[i - 1] != 0) return terms_[i - 1] > 0 ? 1 : -1;
    }
    return 0;
  }

 private:
  std::array<double, 12> terms_ = {};
  std::size_t size_ = 0;
};

int exact_orientation(Point a, Point b, Point c) {
  ExactSum sum;
  sum.add_product(a.x_m, b.y_m);
  sum.add_product(-a.y_m, b.x_m);
  sum.add_product(b.x_m, c.y_m);
  sum.add_product(-b.y_m, c.x_m);
  sum.add_product(c.x_m, a.y_m);
  sum.add_product(-c.y_m, a.x_m);
  return sum.sign();
}

}  // namespace

bool is_usable(Point p) {
  return std::abs(p.x_m) <= kLargestCoordinate && std::abs(p.y_m) <= kLargestCoordinate;  // False for NaN as well.
}

int orientation(Point a, Point b, Point c) {
  const double left = (a.x_m - c.x_m) * (b.y_m - c.y_m);
  const double right = (a.y_m - c.y_m) * (b.x_m - c.x_m);
  const double turn = left - right;
  // Shewchuk's bound for the rounding of the three lines above.
  constexpr double kHalfUlp = std::numeric_limits<double>::epsilon() / 2;
  const double bound = (3 + 16 * kHalfUlp) * kHalfUlp * (std::abs(left) + std::abs(right));
  if (turn > bound) return 1;
  if (turn < -bound) return -1;
  return exact_orientation(a, b, c);
}

double signed_area_m2(std::span<const Point> ring) {
  if (ring.size() < 4) return 0;
  const Point origin = ring.front();
  double twice = 0;
  for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
    const double ax = ring[i].x_m - origin.x_m;
    const double ay = ring[i].y_m - origin.y_m;
    const double bx = ring[i + 1].x_m - origin.x_m;
    const double by = ring[i + 1].y_m - origin.y_m;
    twice += ax * by - ay * bx;
  }
  return twice / 2;
}

void turn_ring(std::span<Point> ring, bool counter_clockwise) {
  const double area_m2 = signed_area_m2(ring);
  if (counter_clockwise ? area_m2 < 0 : area_m2 > 0) std::ranges::reverse(ring);
}

void remove_repeats(std::vector<Point>& points, std::size_t begin) {
  const auto first = points.begin() + static_cast<std::ptrdiff_t>(begin);
  points.erase(std::unique(first, points.end()), points.end());
}

}  // namespace obnova
