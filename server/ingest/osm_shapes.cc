#include "server/ingest/osm_shapes.h"

#include <fmt/format.h>

#include <algorithm>
#include <osmium/osm/way.hpp>
#include <utility>
#include <vector>

namespace obnova::server {
namespace {

// The stretches of a way between missing nodes; one when none is missing.
std::vector<std::vector<LngLat>> stretches_of(const osmium::Way& way, const OsmNodes& nodes) {
  std::vector<std::vector<LngLat>> stretches(1);
  for (const osmium::NodeRef& node : way.nodes()) {
    const auto place = nodes.place_of(node.ref());
    if (place) {
      stretches.back().push_back(*place);
    } else if (!stretches.back().empty()) {
      stretches.emplace_back();
    }
  }
  return stretches;
}

Result<Geometry> on_plane(const std::vector<LngLat>& places, GeometryKind kind, const geo::Projection& projection) {
  Geometry shape{kind, {}, {static_cast<std::uint32_t>(places.size())}, {}};
  if (kind == GeometryKind::kPolygon) shape.part_ends = {1};
  shape.points.reserve(places.size());
  for (const LngLat& place : places) {
    const Result<Point> point = projection.to_plane(place.lng_deg, place.lat_deg);
    if (!point) return std::unexpected(point.error());
    shape.points.push_back(*point);
  }
  return shape;
}

std::int64_t missing_count(const osmium::Way& way, const OsmNodes& nodes) {
  return std::count_if(way.nodes().begin(), way.nodes().end(), [&](const osmium::NodeRef& node) { return !nodes.place_of(node.ref()); });
}

}  // namespace

bool has_missing_nodes(const osmium::Way& way, const OsmNodes& nodes) { return missing_count(way, nodes) > 0; }

Result<ValidShape> point_at(LngLat place, const geo::Projection& projection) {
  const Result<Point> point = projection.to_plane(place.lng_deg, place.lat_deg);
  if (!point) return std::unexpected(point.error());
  return ValidShape{Geometry::point(*point), {}};
}

Result<ValidShape> line_of(const osmium::Way& way, const OsmNodes& nodes, const geo::Projection& projection) {
  if (way.nodes().size() < 2) return failure(ErrorCode::kBadData, fmt::format("The way has {} nodes, a line needs 2.", way.nodes().size()));
  const auto stretches = stretches_of(way, nodes);
  const auto longest =
      std::max_element(stretches.begin(), stretches.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); });
  const std::int64_t missing = missing_count(way, nodes);
  if (longest->size() < 2) {
    return failure(ErrorCode::kBadData, fmt::format("{} of its {} nodes are missing from the file.", missing, way.nodes().size()));
  }
  const Result<Geometry> line = on_plane(*longest, GeometryKind::kLineString, projection);
  if (!line) return std::unexpected(line.error());
  Result<ValidShape> shape = valid_shape(*line);
  if (!shape) return failure(ErrorCode::kBadData, shape.error().message);
  if (missing > 0) {
    shape->repaired = fmt::format("{} of its {} nodes are missing from the file; the longest stretch without a gap was kept.", missing,
                                  way.nodes().size());
  }
  return shape;
}

Result<ValidShape> outline_of(const osmium::Way& way, const OsmNodes& nodes, const geo::Projection& projection) {
  const std::int64_t missing = missing_count(way, nodes);
  if (missing > 0)
    return failure(ErrorCode::kBadData, fmt::format("{} of its {} nodes are missing from the file.", missing, way.nodes().size()));
  if (way.nodes().size() < 4)
    return failure(ErrorCode::kBadData, fmt::format("The way has {} nodes, an area needs 4.", way.nodes().size()));
  if (!way.is_closed()) return failure(ErrorCode::kBadData, "The way is not closed, so it is no area.");
  const auto stretches = stretches_of(way, nodes);
  const Result<Geometry> area = on_plane(stretches.front(), GeometryKind::kPolygon, projection);
  if (!area) return std::unexpected(area.error());
  Result<ValidShape> shape = valid_shape(*area);
  if (!shape) return failure(ErrorCode::kBadData, shape.error().message);
  return shape;
}

}  // namespace obnova::server
