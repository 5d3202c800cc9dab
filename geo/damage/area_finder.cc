#include "geo/damage/area_finder.h"

#include <unordered_map>
#include <utility>

#include "geo/base/overlay.h"

namespace obnova::geo {
namespace {

enum class Place { kOutside, kTouching, kInside };

// The rings of an area as lines.
Geometry border_of(const GeometryView& area) {
  Geometry border = Geometry::copy_of(area);
  border.kind = GeometryKind::kMultiLineString;
  border.part_ends.clear();
  return border;
}

}  // namespace

struct AreaFinder::State {
  struct Area {
    PreparedShape inside;
    PreparedShape border;
  };

  Result<Place> place_of(const GeometryView& shape, FeatureId feature, const Area& area) const {
    const bool begins_inside = area.inside.covers(shape.points.front());
    if (shape.kind == GeometryKind::kPoint) return begins_inside ? Place::kInside : Place::kOutside;
    const Result<bool> meets_border = area.border.intersects(shape);
    if (!meets_border) return std::unexpected(meets_border.error());
    // What hangs together and meets no border lies on one side of it.
    const bool is_one_piece = shape.kind == GeometryKind::kLineString || shape.kind == GeometryKind::kPolygon;
    if (!*meets_border && is_one_piece) return begins_inside ? Place::kInside : Place::kOutside;
    const Result<bool> meets = area.inside.intersects(shape);
    if (!meets) return std::unexpected(meets.error());
    if (!*meets) return Place::kOutside;
    const Result<bool> only_touches = touches(layer.geometry(feature), shape);
    if (!only_touches) return std::unexpected(only_touches.error());
    return *only_touches ? Place::kTouching : Place::kInside;
  }

  const Layer& layer;
  const LayerIndex& index;
  std::unordered_map<FeatureId, Area> areas = {};
};

Result<AreaFinder> AreaFinder::make(const Layer& areas, const LayerIndex& index, const Limits& limits) {
  auto state = std::make_unique<State>(State{.layer = areas, .index = index});
  for (const FeatureId feature : areas.features()) {
    if (limits.stopped()) return failure(ErrorCode::kCancelled, "The preparation of areas was cancelled.");
    const GeometryView outline = areas.geometry(feature);
    if (dimension(outline.kind) != 2) continue;
    Result<PreparedShape> inside = PreparedShape::make(outline);
    if (!inside) return std::unexpected(inside.error());
    Result<PreparedShape> border = PreparedShape::make(border_of(outline).view());
    if (!border) return std::unexpected(border.error());
    state->areas.emplace(feature, State::Area{*std::move(inside), *std::move(border)});
  }
  return AreaFinder(std::move(state));
}

AreaFinder::AreaFinder(std::unique_ptr<State> state) : state_(std::move(state)) {}
AreaFinder::~AreaFinder() = default;
AreaFinder::AreaFinder(AreaFinder&&) noexcept = default;
AreaFinder& AreaFinder::operator=(AreaFinder&&) noexcept = default;

Result<std::vector<FeatureId>> AreaFinder::areas_of(const GeometryView& shape) const {
  std::vector<FeatureId> inside;
  if (shape.empty()) return inside;
  std::vector<FeatureId> touching;
  for (const FeatureId feature : state_->index.in_window(shape.box())) {
    const auto area = state_->areas.find(feature);
    if (area == state_->areas.end()) continue;
    const Result<Place> place = state_->place_of(shape, feature, area->second);
    if (!place) return std::unexpected(place.error());
    if (*place == Place::kInside) inside.push_back(feature);
    if (*place == Place::kTouching) touching.push_back(feature);
  }
  return inside.empty() ? touching : inside;
}

}  // namespace obnova::geo
