#include "geo/query/coverage/service_area.h"

#include <algorithm>
#include <cmath>
#include <string>

#include <fmt/format.h>

#include "geo/base/measure.h"
#include "geo/query/coverage/contour.h"
#include "geo/query/coverage/edge_reach.h"
#include "geo/query/coverage/nearest_edge.h"

namespace obnova::geo {
namespace {

// Small areas are drawn finely, large ones as finely as the work allows.
constexpr double kFinestCell_m = 10;
constexpr double kUsualCell_m = 20;
constexpr double kFinePlaceCount = 1e6;
constexpr double kMostPlaceCount = 4e6;

std::unexpected<Error> cancelled() { return failure(ErrorCode::kCancelled, "The service area was cancelled."); }

Result<void> check_limits(std::span<const ServiceLimit> limits) {
  for (std::size_t i = 0; i < limits.size(); ++i) {
    const std::string field = fmt::format("limits[{}]", i);
    const double amount = amount_of(limits[i]);
    if (!std::isfinite(amount) || amount < 0) {
      return failure(ErrorCode::kInvalidArgument, fmt::format("The limit {} is not a number from 0 on.", amount), field);
    }
    if (i > 0 && limits[i].kind != limits[0].kind) {
      return failure(ErrorCode::kInvalidArgument, "Limits must all be times or all be lengths.", field);
    }
    if (i > 0 && amount < amount_of(limits[i - 1])) {
      return failure(ErrorCode::kInvalidArgument,
                     fmt::format("Limits must ascend, but {} comes after {}.", amount, amount_of(limits[i - 1])), field);
    }
  }
  return {};
}

// One computation: what the sweep found, turned to lines and areas.
class AreaWork {
 public:
  AreaWork(const Metric& metric, std::span<const Snap> snaps, std::span<const ServiceLimit> limits, const Limits& work_limits)
      : metric_(metric), snaps_(snaps), limits_(limits), work_limits_(work_limits), areas_(limits.size()) {}

  Result<std::vector<ServiceArea>> run(const EdgeReach& reach) {
    const Result<void> followed = follow_edges(reach);
    if (!followed) return std::unexpected(followed.error());
    for (const Snap& snap : snaps_) {
      if (is_near(snap)) box_.add(snap.place);
    }
    if (box_.empty()) return std::move(areas_);
    const Result<void> drawn = draw_areas();
    if (!drawn) return std::unexpected(drawn.error());
    return std::move(areas_);
  }

 private:
  static bool is_near(const Snap& snap) { return snap.on_network && snap.distance_m <= kServiceAreaReach_m; }

  Result<void> follow_edges(const EdgeReach& reach) {
    const RoadGraph& graph = metric_.graph();
    arrivals_.resize(graph.edge_count());
    for (std::uint32_t i = 0; i < graph.edge_count(); ++i) {
      if (i % 4096 == 0 && work_limits_.stopped()) return cancelled();
      arrivals_[i] = reach.arrivals({i});
      for (std::size_t limit = 0; limit < limits_.size() && !arrivals_[i].empty(); ++limit) {
        for (const Stretch& stretch : reached_stretches(arrivals_[i], limits_[limit])) {
          add_piece(areas_[limit], cut_line(graph.edge_points({i}), stretch), stretch.to_m - stretch.from_m);
        }
      }
    }
    return {};
  }

  void add_piece(ServiceArea& area, const std::vector<Point>& line, double piece_length_m) {
    area.edges.kind = GeometryKind::kMultiLineString;
    area.edges.points.insert(area.edges.points.end(), line.begin(), line.end());
    area.edges.path_ends.push_back(static_cast<std::uint32_t>(area.edges.points.size()));
    area.reached_length_m += piece_length_m;
    for (const Point p : line) box_.add(p);
  }

  Result<void> draw_areas() {
    const Box box = box_.grown(kServiceAreaReach_m);
    const double area_m2 = (box.max.x_m - box.min.x_m) * (box.max.y_m - box.min.y_m);
    const double cell_m = std::clamp(std::sqrt(area_m2 / kFinePlaceCount), kFinestCell_m, kUsualCell_m);
    const Lattice lattice = Lattice::over(box, cell_m, kMostPlaceCount);
    const auto nearest = nearest_edges(metric_, lattice, kServiceAreaReach_m + 1.5 * lattice.cell_m, work_limits_);
    if (!nearest) return std::unexpected(nearest.error());
    std::vector<float> values(lattice.size());
    for (std::size_t limit = 0; limit < limits_.size(); ++limit) {
      if (work_limits_.stopped()) return cancelled();
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = value_at((*nearest)[i], limits_[limit], lattice.cell_m);
      mark_origins(lattice, values);
      areas_[limit].area = contour(lattice, values);
      areas_[limit].area_m2 = area_m2_of(areas_[limit].area);
    }
    return {};
  }

  static double area_m2_of(const Geometry& area) { return obnova::area_m2(area.view()); }

  // How far inside the area a place lies, in cells: along the road to where the
  // limit is used up, or across to where roads are too far.
  float value_at(const NearestEdge& nearest, const ServiceLimit& limit, double cell_m) const {
    if (!std::isfinite(nearest.distance_m)) return -1;
    const double offset_m = std::min<double>(nearest.offset_m, metric_.graph().edge(nearest.edge).length_m);
    const Arrival* arrival = fastest_at(arrivals_[nearest.edge.index], offset_m);
    if (arrival == nullptr) return -1;
    const double left = amount_of(limit) - used_at(*arrival, offset_m, limit.kind);
    const double per_m = limit.kind == ServiceLimit::Kind::kTime ? std::max(arrival->pace_ms_per_m, 1.0) : 1;
    const double along = left / (per_m * cell_m);
    const double across = (kServiceAreaReach_m - nearest.distance_m) / cell_m;
    return static_cast<float>(std::clamp(std::min(along, across), -1.0, 1.0));
  }

  // The cell of an origin belongs to every area, however small the limit.
  void mark_origins(const Lattice& lattice, std::vector<float>& values) const {
    for (const Snap& snap : snaps_) {
      if (!is_near(snap)) continue;
      const std::int64_t column = lattice.column_before(snap.place.x_m);
      const std::int64_t row = lattice.row_before(snap.place.y_m);
      for (const std::int64_t right : {0, 1}) {
        for (const std::int64_t up : {0, 1}) {
          float& value = values[lattice.at(column + right, row + up)];
          value = std::max(value, 0.5F);
        }
      }
    }
  }

  const Metric& metric_;
  std::span<const Snap> snaps_;
  std::span<const ServiceLimit> limits_;
  const Limits& work_limits_;
  std::vector<std::vector<Arrival>> arrivals_;  // By edge.
  std::vector<ServiceArea> areas_;              // By limit.
  Box box_;                                     // Of all that is reached, and of the origins.
};

}  // namespace

Result<ServiceAreaAnswer> service_area(const TravelNetwork& network, std::span<const Point> places, std::span<const ServiceLimit> limits,
                                       Direction direction, const Limits& work_limits) {
  const Result<void> checked = check_limits(limits);
  if (!checked) return std::unexpected(checked.error());
  ServiceAreaAnswer answer;
  std::vector<NetworkPlace> sources;
  for (const Point place : places) {
    answer.snaps.push_back(network.snap(place));
    if (answer.snaps.back().on_network) sources.push_back(*answer.snaps.back().on_network);
  }
  if (limits.empty()) return answer;
  const bool by_time = limits.back().kind == ServiceLimit::Kind::kTime;
  const auto sweep = sweep_from(network.metric(), sources, direction, by_time ? limits.back().time : kNever, work_limits);
  if (!sweep) return std::unexpected(sweep.error());
  const EdgeReach reach(network.metric(), *sweep, sources, direction);
  auto areas = AreaWork(network.metric(), answer.snaps, limits, work_limits).run(reach);
  if (!areas) return std::unexpected(areas.error());
  answer.areas = *std::move(areas);
  return answer;
}

}  // namespace obnova::geo
