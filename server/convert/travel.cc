#include "server/convert/travel.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "server/convert/number.h"
#include "server/convert/selection.h"

namespace obnova::server {
namespace {

constexpr int kMaxClosedAreas = 1000;
constexpr std::size_t kMaxClosedVertices = 10'000;
constexpr double kMaxSnapDistance_m = 10'000;
constexpr double kMaxStandard_s = 7200;
constexpr double kMaxStandard_m = 100'000;

Result<std::vector<Geometry>> to_closed_areas(const v1::TravelOptions& options, const geo::Projection& projection,
                                              const std::string& field) {
  if (options.avoid_size() > kMaxClosedAreas) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("The request closes {} areas, at most {} are allowed.", options.avoid_size(), kMaxClosedAreas), field);
  }
  std::vector<Geometry> areas;
  std::size_t vertex_count = 0;
  for (int i = 0; i < options.avoid_size(); ++i) {
    auto area = to_plane(options.avoid(i), projection, ShapeKind::kArea, fmt::format("{}[{}]", field, i));
    if (!area) return std::unexpected(area.error());
    vertex_count += area->points.size();
    if (vertex_count > kMaxClosedVertices) {
      return failure(ErrorCode::kInvalidArgument, fmt::format("The closed areas have more than {} vertices together.", kMaxClosedVertices),
                     field);
    }
    areas.push_back(std::move(*area));
  }
  return areas;
}

// Over 0 and at most `most`; NaN is neither.
Result<double> positive(double value, double most, const std::string& field) {
  if (value > 0 && value <= most) return value;
  return failure(ErrorCode::kInvalidArgument, fmt::format("The value {} of `{}` is not over 0 and at most {}.", value, field, most), field);
}

}  // namespace

Result<geo::TravelNetwork> to_network(const v1::TravelOptions& options, const Snapshot& snapshot, const std::string& field,
                                      const Limits& limits) {
  geo::TravelOptions travel;
  if (!options.profile().empty()) travel.profile = options.profile();
  auto avoid = to_closed_areas(options, *snapshot.projection, field + ".avoid");
  if (!avoid) return std::unexpected(avoid.error());
  travel.avoid = std::move(*avoid);
  const auto distance_m =
      number_or(options.max_snap_distance_m(), travel.max_snap_distance_m, {0, kMaxSnapDistance_m}, field + ".max_snap_distance_m");
  if (!distance_m) return std::unexpected(distance_m.error());
  travel.max_snap_distance_m = *distance_m;
  auto network = geo::TravelNetwork::make(*snapshot.city, std::move(travel), limits);
  if (!network) return std::unexpected(with_field(network.error(), field + ".profile"));
  return network;
}

Result<geo::Direction> to_direction(v1::TravelDirection direction, geo::Direction when_unspecified, const std::string& field) {
  switch (direction) {
    case v1::TRAVEL_DIRECTION_UNSPECIFIED:
      return when_unspecified;
    case v1::TRAVEL_DIRECTION_TO_FACILITY:
      return geo::Direction::kToSources;
    case v1::TRAVEL_DIRECTION_FROM_FACILITY:
      return geo::Direction::kFromSources;
    default:
      return failure(ErrorCode::kInvalidArgument, fmt::format("The direction {} is unknown.", static_cast<int>(direction)), field);
  }
}

Result<geo::ServiceLimit> to_limit(const v1::ServiceStandard& standard, const std::string& field) {
  geo::ServiceLimit result;
  switch (standard.limit_case()) {
    case v1::ServiceStandard::kMaxDurationS: {
      const auto duration_s = positive(standard.max_duration_s(), kMaxStandard_s, field + ".max_duration_s");
      if (!duration_s) return std::unexpected(duration_s.error());
      result.time = milliseconds_within(*duration_s);
      return result;
    }
    case v1::ServiceStandard::kMaxDistanceM: {
      const auto length_m = positive(standard.max_distance_m(), kMaxStandard_m, field + ".max_distance_m");
      if (!length_m) return std::unexpected(length_m.error());
      result.kind = geo::ServiceLimit::Kind::kLength;
      result.length_m = *length_m;
      return result;
    }
    case v1::ServiceStandard::LIMIT_NOT_SET:
      break;
  }
  return failure(ErrorCode::kInvalidArgument, "The standard has no limit.", field);
}

geo::Milliseconds milliseconds_within(double seconds) {
  // 0.3 s is a little less than 300 ms in binary; a billionth does no harm.
  const double milliseconds = std::floor(seconds * 1000 + 1e-6);
  return milliseconds >= static_cast<double>(geo::kNever) ? geo::kNever : static_cast<geo::Milliseconds>(milliseconds);
}

double to_seconds(geo::Milliseconds time) { return static_cast<double>(time) / 1000; }

SnapMessages to_proto(std::span<const geo::Snap> snaps, const geo::RoadGraph& graph, Degrees& degrees, const v1::LngLats* places) {
  std::vector<Point> asked;
  std::vector<Point> snapped;
  for (const geo::Snap& snap : snaps) {
    asked.push_back(snap.place);
    snapped.push_back(snap.on_network ? snap.on_network->place : snap.place);
  }
  const std::vector<v1::LngLat> snapped_places = degrees.places(snapped);
  const std::vector<v1::LngLat> asked_places = places ? std::vector<v1::LngLat>() : degrees.places(asked);
  SnapMessages result;
  for (std::size_t i = 0; i < snaps.size(); ++i) {
    v1::Snap& message = *result.Add();
    *message.mutable_place() = places ? place_at(*places, i) : asked_places[i];
    message.set_failure(static_cast<v1::SnapFailure>(snaps[i].failure));
    if (!snaps[i].on_network) continue;
    *message.mutable_snapped_place() = snapped_places[i];
    message.set_distance_m(snaps[i].distance_m);
    const geo::EdgeId edge = snaps[i].on_network->edge;
    message.set_road(std::string(graph.roads().feature_name(graph.edge(edge).road)));
    message.set_road_name(std::string(graph.roads().title_of(graph.edge(edge).road)));
    message.set_component(static_cast<std::int32_t>(graph.component_of(edge)));
  }
  return result;
}

}  // namespace obnova::server
