#include "geo/query/features/select.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "geo/query/features/selector.h"

namespace obnova::geo {

Result<SelectedPage> select_page(const City& city, const Selection& selection, const ToPlane& to_plane, FeatureId from, std::size_t count,
                                 const Limits& limits) {
  const Result<Selector> selector = Selector::make(city, selection, to_plane);
  if (!selector) return std::unexpected(selector.error());
  SelectedPage page;
  const Result<void> visited = selector->visit(from, limits, [&](FeatureId feature) {
    if (page.features.size() == count) {
      page.next = feature;  // So that a page is never followed by an empty one.
      return false;
    }
    page.features.push_back(feature);
    return true;
  });
  if (!visited) return std::unexpected(visited.error());
  return page;
}

Result<std::vector<FeatureId>> select_all(const City& city, const Selection& selection, const ToPlane& to_plane, const Limits& limits) {
  const Result<Selector> selector = Selector::make(city, selection, to_plane);
  if (!selector) return std::unexpected(selector.error());
  std::vector<FeatureId> features;
  const Result<void> visited = selector->visit({}, limits, [&](FeatureId feature) {
    features.push_back(feature);
    return true;
  });
  if (!visited) return std::unexpected(visited.error());
  return features;
}

Result<FeaturesByShape> select_by_shape(const City& city, const Selection& selection, const ToPlane& to_plane,
                                        std::span<const Geometry> shapes, std::size_t most_count, const Limits& limits) {
  Result<Selector> selector = Selector::make(city, selection, to_plane);
  if (!selector) return std::unexpected(std::move(selector.error()));
  FeaturesByShape found;
  found.ends.reserve(shapes.size());
  bool too_many = false;
  for (const Geometry& shape : shapes) {
    const Result<void> visited = selector->visit_meeting(shape, limits, [&](FeatureId feature) {
      too_many = found.features.size() == most_count;
      if (!too_many) found.features.push_back(feature);
      return !too_many;
    });
    if (!visited) return std::unexpected(visited.error());
    if (too_many) return failure(ErrorCode::kLimitExceeded, fmt::format("More than {} features meet the shapes.", most_count));
    found.ends.push_back(found.features.size());
  }
  return found;
}

Result<std::vector<FeatureId>> select_among(const City& city, const Selection& selection, const ToPlane& to_plane,
                                            std::span<const FeatureId> features, const Limits& limits) {
  const Result<const IndexedLayer*> indexed = city.layer(selection.layer);
  if (!indexed) return std::unexpected(indexed.error());
  const Layer& layer = *(*indexed)->layer;
  // Most selections have nothing to do with a few features: no filter is read for those.
  const std::vector<Box> windows = [&selection] {
    std::vector<Box> boxes;
    for (const Geometry& shape : selection.intersects) boxes.push_back(shape.view().box());
    return boxes;
  }();
  std::vector<FeatureId> near;
  for (const FeatureId feature : features) {
    if (!layer.exists(feature)) continue;
    const Box& box = layer.box(feature);
    if (std::ranges::all_of(windows, [&box](const Box& window) { return !box.empty() && window.intersects(box); })) near.push_back(feature);
  }
  if (near.empty()) return near;
  const Result<Selector> selector = Selector::make(city, selection, to_plane);
  if (!selector) return std::unexpected(selector.error());
  std::vector<FeatureId> matching;
  const Result<void> visited = selector->visit_among(near, limits, [&](FeatureId feature) {
    matching.push_back(feature);
    return true;
  });
  if (!visited) return std::unexpected(visited.error());
  return matching;
}

Result<std::size_t> count_selected(const City& city, const Selection& selection, const ToPlane& to_plane, const Limits& limits) {
  const Result<Selector> selector = Selector::make(city, selection, to_plane);
  if (!selector) return std::unexpected(selector.error());
  if (selector->selects_all()) return selector->layer().feature_count();
  std::size_t count = 0;
  const Result<void> visited = selector->visit({}, limits, [&](FeatureId) {
    ++count;
    return true;
  });
  if (!visited) return std::unexpected(visited.error());
  return count;
}

}  // namespace obnova::geo
