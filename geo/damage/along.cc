#include "geo/damage/along.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "geo/base/measure.h"

namespace obnova::geo {
namespace {

// A part of a segment, 0 at its begin and 1 at its end.
struct Stretch {
  double from = 0;
  double to = 1;
};

// Keeps the part where `low` ≤ value ≤ `high`, the value going evenly from `begin` to `end`.
void clip(double begin, double end, double low, double high, Stretch& stretch) {
  const double rise = end - begin;
  if (rise == 0) {
    if (begin < low || begin > high) stretch.to = stretch.from;
    return;
  }
  const double a = (low - begin) / rise;
  const double b = (high - begin) / rise;
  stretch.from = std::max(stretch.from, std::min(a, b));
  stretch.to = std::min(stretch.to, std::max(a, b));
}

class Beside {
 public:
  Beside(const GeometryView& other, double buffer_m, double turn_deg)
      : other_(other), buffer_m_(buffer_m), least_cosine_(std::cos(turn_deg * std::numbers::pi / 180)) {}

  double length_m(Point a, Point b) {
    const double length_m = distance_m(a, b);
    if (length_m == 0) return 0;
    stretches_.clear();
    for (std::size_t i = 0; i < other_.path_ends.size(); ++i) {
      const auto path = other_.path(i);
      for (std::size_t k = 0; k + 1 < path.size(); ++k) add(a, b, length_m, path[k], path[k + 1]);
    }
    return length_m * united();
  }

 private:
  // In the frame of the other segment: along it and across it.
  void add(Point a, Point b, double length_m, Point from, Point to) {
    const double other_m = distance_m(from, to);
    if (other_m == 0) return;
    const Point unit = {(to.x_m - from.x_m) / other_m, (to.y_m - from.y_m) / other_m};
    const auto along = [&](Point p) { return (p.x_m - from.x_m) * unit.x_m + (p.y_m - from.y_m) * unit.y_m; };
    const auto across = [&](Point p) { return (p.y_m - from.y_m) * unit.x_m - (p.x_m - from.x_m) * unit.y_m; };
    // A hair of slack: lines that are parallel on paper are so after rounding too.
    if (std::abs(along(b) - along(a)) < (least_cosine_ - 1e-12) * length_m) return;
    Stretch stretch;
    clip(along(a), along(b), 0, other_m, stretch);
    clip(across(a), across(b), -buffer_m_, buffer_m_, stretch);
    if (stretch.from < stretch.to) stretches_.push_back(stretch);
  }

  double united() {
    std::ranges::sort(stretches_, {}, &Stretch::from);
    double sum = 0;
    double reached = 0;
    for (const Stretch& stretch : stretches_) {
      sum += std::max(0.0, stretch.to - std::max(reached, stretch.from));
      reached = std::max(reached, stretch.to);
    }
    return sum;
  }

  GeometryView other_;
  double buffer_m_;
  double least_cosine_;
  std::vector<Stretch> stretches_;
};

}  // namespace

double share_along(const GeometryView& line, const GeometryView& other, double buffer_m, double turn_deg) {
  if (dimension(line.kind) != 1 || dimension(other.kind) != 1) return 0;
  const double all_m = length_m(line);
  if (!(all_m > 0)) return 0;
  Beside beside(other, buffer_m, turn_deg);
  double sum_m = 0;
  for (std::size_t i = 0; i < line.path_ends.size(); ++i) {
    const auto path = line.path(i);
    for (std::size_t k = 0; k + 1 < path.size(); ++k) sum_m += beside.length_m(path[k], path[k + 1]);
  }
  return std::min(1.0, sum_m / all_m);
}

}  // namespace obnova::geo
