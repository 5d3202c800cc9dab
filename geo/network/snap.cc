#include "geo/network/snap.h"

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include "geo/base/measure.h"
#include "geo/index/layer_index.h"

namespace obnova::geo {
namespace {

constexpr double kFirstReach_m = 32;

// A straight piece of an edge, with offsets from the first vertex of the edge.
struct Segment {
  Point a;
  Point b;
  EdgeId edge;
  double from_m = 0;
  double to_m = 0;
};

struct Candidate {
  double distance_m = 0;
  NetworkPlace on_network;

  bool is_before(const Candidate& other) const {
    return std::tie(distance_m, on_network.edge, on_network.offset_m) <
           std::tie(other.distance_m, other.on_network.edge, other.on_network.offset_m);
  }
};

Candidate nearest_between(const Segment& segment, double from_m, double to_m, Point place) {
  const double length_m = segment.to_m - segment.from_m;
  const auto at = [&](double offset_m) {
    if (offset_m <= segment.from_m) return segment.a;
    if (offset_m >= segment.to_m) return segment.b;
    const double share = (offset_m - segment.from_m) / length_m;
    return Point{segment.a.x_m + share * (segment.b.x_m - segment.a.x_m), segment.a.y_m + share * (segment.b.y_m - segment.a.y_m)};
  };
  const SegmentPlace nearest = nearest_on_segment(at(from_m), at(to_m), place);
  const double offset_m = nearest.fraction >= 1 ? to_m : from_m + nearest.fraction * (to_m - from_m);
  return {distance_m(nearest.place, place), {segment.edge, offset_m, nearest.place}};
}

// Takes the nearest place of the segment that is not closed, if it is better.
void consider(const Segment& segment, const Metric& metric, Point place, std::optional<Candidate>& best) {
  const auto take = [&](double from_m, double to_m) {
    const Candidate candidate = nearest_between(segment, from_m, to_m, place);
    if (best && !candidate.is_before(*best)) return;
    if (metric.usable_at(segment.edge, candidate.on_network.offset_m)) best = candidate;
  };
  double open_from_m = segment.from_m;
  for (const Stretch& closed : metric.closed_stretches(segment.edge)) {
    if (closed.to_m <= open_from_m) continue;
    if (closed.from_m >= segment.to_m) break;
    if (closed.from_m > open_from_m) take(open_from_m, closed.from_m);
    open_from_m = closed.to_m;
  }
  if (open_from_m < segment.to_m || segment.from_m == segment.to_m) take(open_from_m, segment.to_m);
}

}  // namespace

struct SnapIndex::Tree {
  std::vector<Segment> segments;
  LayerIndex index;  // Of the segments.

  template <typename Visit>
  void visit_near(Point place, double reach_m, Visit visit) const {
    index.visit_window(Box{place, place}.grown(reach_m), [&](FeatureId segment) {
      visit(segments[segment.index]);
      return true;
    });
  }
};

SnapIndex::SnapIndex(std::shared_ptr<const RoadGraph> graph) : graph_(std::move(graph)) {
  std::vector<Segment> segments;
  std::vector<Box> boxes;
  for (std::uint32_t e = 0; e < graph_->edge_count(); ++e) {
    const std::span<const Point> points = graph_->edge_points({e});
    double passed_m = 0;
    for (std::size_t i = 1; i < points.size(); ++i) {
      const Point a = points[i - 1];
      const Point b = points[i];
      const double next_m = passed_m + distance_m(a, b);
      Box box;
      box.add(a);
      box.add(b);
      boxes.push_back(box);
      segments.push_back({a, b, {e}, passed_m, next_m});
      passed_m = next_m;
    }
  }
  tree_ = std::make_unique<const Tree>(Tree{std::move(segments), LayerIndex(boxes)});
}

SnapIndex::~SnapIndex() = default;

Snap SnapIndex::snap(Point place, const Metric& metric, double max_distance_m) const {
  Snap result{.place = place, .on_network = {}, .failure = SnapFailure::kNone, .distance_m = 0};
  if (metric.is_closed_at(place)) {
    result.failure = SnapFailure::kInsideBarrier;
    return result;
  }
  std::optional<Candidate> best;
  for (double reach_m = std::min(kFirstReach_m, max_distance_m);; reach_m = std::min(reach_m * 2, max_distance_m)) {
    tree_->visit_near(place, reach_m, [&](const Segment& segment) { consider(segment, metric, place, best); });
    // Beyond the window something nearer may be, unless the best is within its circle.
    if ((best && best->distance_m <= reach_m) || reach_m >= max_distance_m) break;
  }
  if (best && best->distance_m <= max_distance_m) {
    result.on_network = best->on_network;
    result.distance_m = best->distance_m;
    return result;
  }
  bool is_road_near = false;
  tree_->visit_near(place, max_distance_m, [&](const Segment& segment) {
    is_road_near = is_road_near || distance_m(nearest_on_segment(segment.a, segment.b, place).place, place) <= max_distance_m;
  });
  result.failure = is_road_near ? SnapFailure::kNoAccessForProfile : SnapFailure::kTooFar;
  return result;
}

}  // namespace obnova::geo
