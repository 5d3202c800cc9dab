#include "geo/network/closed_area.h"

#include <algorithm>
#include <cmath>

#include "geo/base/measure.h"

namespace obnova::geo {
namespace {

constexpr double kOnBoundary_m = 1e-7;

Box box_of(Point a, Point b) {
  Box box;
  box.add(a);
  box.add(b);
  return box;
}

}  // namespace

ClosedArea::ClosedArea(const GeometryView& area) : box_(area.box()) {
  for (std::size_t path = 0; path < area.path_ends.size(); ++path) {
    const std::span<const Point> ring = area.path(path);
    for (std::size_t i = 1; i < ring.size(); ++i) sides_.push_back({ring[i - 1], ring[i]});
  }
  make_bands();
}

void ClosedArea::make_bands() {
  // As many bands as keep the sides, counted once a band, below twice their number.
  double rise_m = 0;
  for (const Side& side : sides_) rise_m += std::abs(side.b.y_m - side.a.y_m);
  const double height_m = box_.empty() ? 0 : box_.max.y_m - box_.min.y_m;
  const double share = rise_m > 0 ? height_m / rise_m : 1;
  const auto band_count = std::max<std::size_t>(1, static_cast<std::size_t>(static_cast<double>(sides_.size()) * share));
  band_height_m_ = height_m > 0 ? height_m / static_cast<double>(band_count) : 1;

  first_side_.assign(band_count + 1, 0);
  const auto each_band = [this](const Side& side, auto visit) {
    const std::size_t last = band_of(std::max(side.a.y_m, side.b.y_m));
    for (std::size_t band = band_of(std::min(side.a.y_m, side.b.y_m)); band <= last; ++band) visit(band);
  };
  for (const Side& side : sides_) each_band(side, [this](std::size_t band) { ++first_side_[band + 1]; });
  for (std::size_t band = 1; band < first_side_.size(); ++band) first_side_[band] += first_side_[band - 1];
  band_sides_.resize(first_side_.back());
  std::vector<std::uint32_t> fill(first_side_.begin(), first_side_.end() - 1);
  for (std::uint32_t i = 0; i < sides_.size(); ++i) {
    each_band(sides_[i], [this, &fill, i](std::size_t band) { band_sides_[fill[band]++] = i; });
  }
}

std::size_t ClosedArea::band_of(double y_m) const {
  const double band = std::floor((y_m - box_.min.y_m) / band_height_m_);
  const auto last = static_cast<double>(first_side_.size() - 2);
  return static_cast<std::size_t>(std::clamp(band, 0.0, last));
}

std::span<const std::uint32_t> ClosedArea::sides_in(std::size_t band) const {
  return std::span(band_sides_).subspan(first_side_[band], first_side_[band + 1] - first_side_[band]);
}

bool ClosedArea::holds(Point p) const {
  if (!box_.contains(p)) return false;
  bool inside = false;
  for (const std::uint32_t i : sides_in(band_of(p.y_m))) {
    const auto& [a, b] = sides_[i];
    if (box_of(a, b).grown(kOnBoundary_m).contains(p) && distance_m(nearest_on_segment(a, b, p).place, p) <= kOnBoundary_m) return false;
    if ((a.y_m > p.y_m) == (b.y_m > p.y_m)) continue;
    const double crossing_x_m = a.x_m + (p.y_m - a.y_m) / (b.y_m - a.y_m) * (b.x_m - a.x_m);
    if (crossing_x_m > p.x_m) inside = !inside;
  }
  return inside;
}

void ClosedArea::meet_sides(Point a, Point b, std::vector<double>& cuts, std::vector<LinePart>& shared) const {
  const double length = distance_m(a, b);
  const Point along = {(b.x_m - a.x_m) / length, (b.y_m - a.y_m) / length};
  const auto beside_m = [&](Point p) { return along.x_m * (p.y_m - a.y_m) - along.y_m * (p.x_m - a.x_m); };
  const auto fraction = [&](Point p) {
    return std::clamp((along.x_m * (p.x_m - a.x_m) + along.y_m * (p.y_m - a.y_m)) / length, 0.0, 1.0);
  };
  const Box line_box = box_of(a, b).grown(kOnBoundary_m);
  const std::size_t last_band = band_of(line_box.max.y_m);
  for (std::size_t band = band_of(line_box.min.y_m); band <= last_band; ++band) {
    for (const std::uint32_t i : sides_in(band)) {
      const auto& [p, q] = sides_[i];
      if (!box_of(p, q).intersects(line_box)) continue;
      const double p_m = beside_m(p);
      const double q_m = beside_m(q);
      const bool p_on = std::abs(p_m) <= kOnBoundary_m;
      const bool q_on = std::abs(q_m) <= kOnBoundary_m;
      if (p_on) cuts.push_back(fraction(p));
      if (q_on) cuts.push_back(fraction(q));
      if (p_on && q_on) {
        shared.push_back({std::min(fraction(p), fraction(q)), std::max(fraction(p), fraction(q))});
      } else if (!p_on && !q_on && (p_m > 0) != (q_m > 0)) {
        const double t = p_m / (p_m - q_m);
        cuts.push_back(fraction({p.x_m + t * (q.x_m - p.x_m), p.y_m + t * (q.y_m - p.y_m)}));
      }
    }
  }
}

void ClosedArea::cut_line(Point a, Point b, std::vector<LinePart>& inside) const {
  const double length = distance_m(a, b);
  if (length == 0 || !box_of(a, b).intersects(box_)) return;
  std::vector<double> cuts = {0, 1};
  std::vector<LinePart> shared;
  meet_sides(a, b, cuts, shared);
  std::ranges::sort(cuts);
  const std::size_t before = inside.size();
  for (std::size_t i = 1; i < cuts.size(); ++i) {
    if ((cuts[i] - cuts[i - 1]) * length <= kOnBoundary_m) continue;
    const double middle = (cuts[i - 1] + cuts[i]) / 2;
    if (std::ranges::any_of(shared, [middle](const LinePart& part) { return part.from <= middle && middle <= part.to; })) continue;
    if (!holds({a.x_m + middle * (b.x_m - a.x_m), a.y_m + middle * (b.y_m - a.y_m)})) continue;
    if (inside.size() > before && inside.back().to == cuts[i - 1]) {
      inside.back().to = cuts[i];
    } else {
      inside.push_back({cuts[i - 1], cuts[i]});
    }
  }
}

}  // namespace obnova::geo
