#include "geo/base/measure.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <optional>
#include <vector>

#include "geo/base/check.h"
#include "geo/base/ring.h"

namespace obnova {
namespace {

double squared(Point a, Point b) {
  const double dx = a.x_m - b.x_m;
  const double dy = a.y_m - b.y_m;
  return dx * dx + dy * dy;
}

enum class Side { kInside, kBoundary, kOutside };

bool lies_on_segment(Point a, Point b, Point p) {
  if (p.x_m < std::min(a.x_m, b.x_m) || p.x_m > std::max(a.x_m, b.x_m)) return false;
  if (p.y_m < std::min(a.y_m, b.y_m) || p.y_m > std::max(a.y_m, b.y_m)) return false;
  return orientation(a, b, p) == 0;
}

// Counts the edges that a ray to the east crosses, with exact signs. All rings
// of the paths [first, last) at once: holes turn the parity back.
Side side_of(const GeometryView& area, std::size_t first, std::size_t last, Point p) {
  bool is_inside = false;
  for (std::size_t index = first; index < last; ++index) {
    const std::span<const Point> ring = area.path(index);
    for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
      const Point a = ring[i];
      const Point b = ring[i + 1];
      if (lies_on_segment(a, b, p)) return Side::kBoundary;
      if ((a.y_m > p.y_m) == (b.y_m > p.y_m)) continue;
      if (orientation(a, b, p) == (b.y_m > a.y_m ? 1 : -1)) is_inside = !is_inside;
    }
  }
  return is_inside ? Side::kInside : Side::kOutside;
}

double path_length_m(std::span<const Point> path) {
  double length_m = 0;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) length_m += distance_m(path[i], path[i + 1]);
  return length_m;
}

Point middle_of(std::span<const Point> path) {
  double rest_m = path_length_m(path) / 2;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    const double step_m = distance_m(path[i], path[i + 1]);
    if (step_m > 0 && rest_m <= step_m) {
      const double fraction = rest_m / step_m;
      return {std::lerp(path[i].x_m, path[i + 1].x_m, fraction), std::lerp(path[i].y_m, path[i + 1].y_m, fraction)};
    }
    rest_m -= step_m;
  }
  return path.back();
}

Point middle_of_longest_line(const GeometryView& lines) {
  std::span<const Point> longest = lines.path(0);
  double longest_m = path_length_m(longest);
  for (std::size_t i = 1; i < lines.path_ends.size(); ++i) {
    const double candidate_m = path_length_m(lines.path(i));
    if (candidate_m <= longest_m) continue;
    longest_m = candidate_m;
    longest = lines.path(i);
  }
  return middle_of(longest);
}

struct Rings {
  std::size_t first = 0;
  std::size_t last = 0;
};

Rings largest_part(const GeometryView& area) {
  Rings largest;
  double largest_m2 = -1;
  std::size_t first = 0;
  for (const std::uint32_t last : area.part_ends) {
    double part_m2 = std::abs(signed_area_m2(area.path(first)));
    for (std::size_t hole = first + 1; hole < last; ++hole) part_m2 -= std::abs(signed_area_m2(area.path(hole)));
    if (part_m2 > largest_m2) {
      largest_m2 = part_m2;
      largest = {first, last};
    }
    first = last;
  }
  return largest;
}

// Heights between the heights of vertices, best first: the one around the
// middle of the shell, then those of the widest gaps. A line at such a height
// meets no vertex, so it enters and leaves the area cleanly.
std::vector<double> scan_heights(const GeometryView& area, Rings rings) {
  std::vector<double> heights;
  for (std::size_t i = rings.first; i < rings.last; ++i) {
    for (const Point& p : area.path(i)) heights.push_back(p.y_m);
  }
  std::ranges::sort(heights);
  heights.erase(std::unique(heights.begin(), heights.end()), heights.end());
  struct Gap {
    bool holds_middle;
    double width_m;
    double height_m;
  };
  std::vector<Gap> gaps;
  const double middle = std::midpoint(heights.front(), heights.back());
  for (std::size_t i = 0; i + 1 < heights.size(); ++i) {
    const double height_m = std::midpoint(heights[i], heights[i + 1]);
    if (height_m <= heights[i] || height_m >= heights[i + 1]) continue;
    gaps.push_back({heights[i] <= middle && middle < heights[i + 1], heights[i + 1] - heights[i], height_m});
  }
  std::ranges::sort(gaps, [](const Gap& a, const Gap& b) {
    if (a.holds_middle != b.holds_middle) return a.holds_middle;
    return a.width_m != b.width_m ? a.width_m > b.width_m : a.height_m < b.height_m;
  });
  std::vector<double> result;
  for (const Gap& gap : gaps) result.push_back(gap.height_m);
  return result;
}

// The middle of the widest stretch of the area at one height, if it is inside.
std::optional<Point> middle_at_height(const GeometryView& area, Rings rings, double height_m) {
  std::vector<double> crossings;
  for (std::size_t index = rings.first; index < rings.last; ++index) {
    const std::span<const Point> ring = area.path(index);
    for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
      const Point a = ring[i];
      const Point b = ring[i + 1];
      if ((a.y_m > height_m) == (b.y_m > height_m)) continue;
      crossings.push_back(a.x_m + (height_m - a.y_m) / (b.y_m - a.y_m) * (b.x_m - a.x_m));
    }
  }
  std::ranges::sort(crossings);
  double widest_m = 0;
  Point place;
  for (std::size_t i = 0; i + 1 < crossings.size(); i += 2) {
    if (crossings[i + 1] - crossings[i] <= widest_m) continue;
    widest_m = crossings[i + 1] - crossings[i];
    place = {std::midpoint(crossings[i], crossings[i + 1]), height_m};
  }
  if (widest_m == 0 || side_of(area, rings.first, rings.last, place) != Side::kInside) return std::nullopt;
  return place;
}

Point inside_of_area(const GeometryView& area) {
  const Rings rings = largest_part(area);
  // Only needles thinner than the coordinates can tell need a second height.
  constexpr std::size_t kMostHeights = 16;
  const std::vector<double> heights = scan_heights(area, rings);
  for (std::size_t i = 0; i < std::min(heights.size(), kMostHeights); ++i) {
    if (const auto place = middle_at_height(area, rings, heights[i])) return *place;
  }
  return area.path(rings.first).front();  // A flat shell has no inside.
}

}  // namespace

double distance_m(Point a, Point b) { return std::hypot(a.x_m - b.x_m, a.y_m - b.y_m); }

double length_m(const GeometryView& geometry) {
  if (dimension(geometry.kind) < 1) return 0;
  double length_m = 0;
  for (std::size_t i = 0; i < geometry.path_ends.size(); ++i) length_m += path_length_m(geometry.path(i));
  return length_m;
}

double area_m2(const GeometryView& geometry) {
  if (dimension(geometry.kind) < 2) return 0;
  double area_m2 = 0;
  std::size_t first = 0;
  for (const std::uint32_t last : geometry.part_ends) {
    for (std::size_t ring = first; ring < last; ++ring) {
      const double ring_m2 = std::abs(signed_area_m2(geometry.path(ring)));
      area_m2 += ring == first ? ring_m2 : -ring_m2;
    }
    first = last;
  }
  return area_m2;
}

bool covers(const GeometryView& area, Point p) {
  if (dimension(area.kind) < 2) return false;
  std::size_t first = 0;
  for (const std::uint32_t last : area.part_ends) {
    if (side_of(area, first, last, p) != Side::kOutside) return true;
    first = last;
  }
  return false;
}

SegmentPlace nearest_on_segment(Point a, Point b, Point from) {
  const double dx = b.x_m - a.x_m;
  const double dy = b.y_m - a.y_m;
  const double length2 = dx * dx + dy * dy;
  if (length2 == 0) return {a, 0};
  const double fraction = ((from.x_m - a.x_m) * dx + (from.y_m - a.y_m) * dy) / length2;
  if (fraction <= 0) return {a, 0};
  if (fraction >= 1) return {b, 1};
  return {{std::lerp(a.x_m, b.x_m, fraction), std::lerp(a.y_m, b.y_m, fraction)}, fraction};
}

Point nearest_place(const GeometryView& geometry, Point from) {
  OBNOVA_CHECK(!geometry.empty());
  if (covers(geometry, from)) return from;
  Point nearest = geometry.points.front();
  double nearest2 = std::numeric_limits<double>::infinity();
  const auto offer = [&](Point place) {
    const double candidate2 = squared(place, from);
    if (candidate2 >= nearest2) return;
    nearest2 = candidate2;
    nearest = place;
  };
  if (dimension(geometry.kind) == 0) {
    for (const Point& p : geometry.points) offer(p);
    return nearest;
  }
  for (std::size_t index = 0; index < geometry.path_ends.size(); ++index) {
    const std::span<const Point> path = geometry.path(index);
    for (std::size_t i = 0; i + 1 < path.size(); ++i) offer(nearest_on_segment(path[i], path[i + 1], from).place);
  }
  return nearest;
}

double distance_m(const GeometryView& geometry, Point from) { return distance_m(nearest_place(geometry, from), from); }

Point interior_point(const GeometryView& geometry) {
  OBNOVA_CHECK(!geometry.empty());
  switch (dimension(geometry.kind)) {
    case 2:
      return inside_of_area(geometry);
    case 1:
      return middle_of_longest_line(geometry);
    default:
      return geometry.points.front();
  }
}

}  // namespace obnova
