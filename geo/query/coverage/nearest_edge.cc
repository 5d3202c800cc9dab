#include "geo/query/coverage/nearest_edge.h"

#include <algorithm>
#include <cmath>

#include "geo/base/measure.h"
#include "geo/query/coverage/edge_reach.h"

namespace obnova::geo {
namespace {

// Writes segments into the lattice, each around itself only: the work grows
// with the area of the strips along roads, not with roads times places.
class Painter {
 public:
  Painter(const Lattice& lattice, double reach_m) : lattice_(lattice), reach_m_(reach_m), nearest_(lattice.size()) {
    reachable_.add(lattice.place(0, 0));
    reachable_.add(lattice.place(lattice.column_count - 1, lattice.row_count - 1));
    reachable_ = reachable_.grown(reach_m);
  }

  void paint(EdgeId edge, std::span<const Point> line, double first_offset_m) {
    double offset_m = first_offset_m;
    for (std::size_t i = 1; i < line.size(); ++i) {
      paint_segment(edge, line[i - 1], line[i], offset_m);
      offset_m += distance_m(line[i - 1], line[i]);
    }
  }

  std::vector<NearestEdge> take() && { return std::move(nearest_); }

 private:
  void paint_segment(EdgeId edge, Point a, Point b, double offset_m) {
    Box box;
    box.add(a);
    box.add(b);
    if (!reachable_.intersects(box)) return;
    const std::int64_t last_row = lattice_.row_before(box.max.y_m + reach_m_);
    for (std::int64_t row = lattice_.row_before(box.min.y_m - reach_m_); row <= last_row; ++row) paint_row(edge, a, b, offset_m, row);
  }

  void paint_row(EdgeId edge, Point a, Point b, double offset_m, std::int64_t row) {
    // Only the part of the segment that is within reach of the row counts.
    const double y_m = lattice_.place(0, row).y_m;
    const double above_m = std::max({0.0, std::min(a.y_m, b.y_m) - y_m, y_m - std::max(a.y_m, b.y_m)});
    double low = 0;
    double high = 1;
    const double rise_m = b.y_m - a.y_m;
    if (rise_m != 0) {
      const auto [first, second] = std::minmax({(y_m - reach_m_ - a.y_m) / rise_m, (y_m + reach_m_ - a.y_m) / rise_m});
      low = std::clamp(first, 0.0, 1.0);
      high = std::clamp(second, 0.0, 1.0);
    }
    const auto [west_m, east_m] = std::minmax({a.x_m + low * (b.x_m - a.x_m), a.x_m + high * (b.x_m - a.x_m)});
    const std::int64_t last_column = lattice_.column_before(east_m + reach_m_);
    for (std::int64_t column = lattice_.column_before(west_m - reach_m_); column <= last_column; ++column) {
      const Point place = lattice_.place(column, row);
      NearestEdge& known = nearest_[lattice_.at(column, row)];
      // Most places already know a road nearer than the segment can be.
      const double beside_m = std::max({0.0, west_m - place.x_m, place.x_m - east_m});
      if (beside_m * beside_m + above_m * above_m > known.distance_m * known.distance_m) continue;
      const SegmentPlace nearest = nearest_on_segment(a, b, place);
      const double away_x_m = nearest.place.x_m - place.x_m;
      const double away_y_m = nearest.place.y_m - place.y_m;
      const double away_m = std::sqrt(away_x_m * away_x_m + away_y_m * away_y_m);  // `hypot` would be half of all the time.
      if (away_m > reach_m_ || static_cast<float>(away_m) >= known.distance_m) continue;
      known = {static_cast<float>(away_m), static_cast<float>(offset_m + distance_m(a, nearest.place)), edge};
    }
  }

  const Lattice& lattice_;
  double reach_m_;
  Box reachable_;
  std::vector<NearestEdge> nearest_;
};

}  // namespace

Result<std::vector<NearestEdge>> nearest_edges(const Metric& metric, const Lattice& lattice, double reach_m, const Limits& limits) {
  Painter painter(lattice, reach_m);
  const RoadGraph& graph = metric.graph();
  for (std::uint32_t i = 0; i < graph.edge_count(); ++i) {
    if (i % 1024 == 0 && limits.stopped()) return failure(ErrorCode::kCancelled, "The service area was cancelled.");
    const EdgeId edge = {i};
    const std::span<const Point> line = graph.edge_points(edge);
    const double length_m = graph.edge(edge).length_m;
    for (const Stretch& open : open_stretches(metric, edge)) {
      const bool whole = open.from_m <= 0 && open.to_m >= length_m;
      if (whole) {
        painter.paint(edge, line, 0);
      } else {
        painter.paint(edge, cut_line(line, open), open.from_m);
      }
    }
  }
  return std::move(painter).take();
}

}  // namespace obnova::geo
