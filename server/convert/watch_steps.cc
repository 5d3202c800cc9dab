#include "server/convert/watch_steps.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "server/convert/feature_batch.h"
#include "server/convert/geometry.h"
#include "server/convert/selection.h"

namespace obnova::server {
namespace {

bool equal(const GeometryView& a, const GeometryView& b) {
  if (a.empty() || b.empty()) return a.empty() == b.empty();
  return a.kind == b.kind && std::ranges::equal(a.points, b.points) && std::ranges::equal(a.path_ends, b.path_ends) &&
         std::ranges::equal(a.part_ends, b.part_ends);
}

// Precondition: the fields are the same.
bool is_same(const geo::Layer& before, const geo::Layer& after, FeatureId feature) {
  if (before.exists(feature) != after.exists(feature)) return false;
  if (!after.exists(feature)) return true;
  for (std::size_t i = 0; i < after.fields().size(); ++i) {
    if (before.column(i).value_at(feature) != after.column(i).value_at(feature)) return false;
  }
  return equal(before.geometry(feature), after.geometry(feature));
}

std::vector<FeatureId> all_rows(const geo::Layer& before, const geo::Layer& after) {
  std::vector<FeatureId> rows(std::max(before.row_count(), after.row_count()));
  for (std::uint32_t row = 0; row < rows.size(); ++row) rows[row] = FeatureId{row};
  return rows;
}

}  // namespace

Result<WatchedState> watched_state(std::shared_ptr<const Snapshot> snapshot, const v1::FeatureSelection& selection) {
  auto on_plane = to_selection(selection, *snapshot, "selection");
  if (!on_plane) return std::unexpected(on_plane.error());
  return WatchedState{.snapshot = std::move(snapshot), .selection = std::move(*on_plane)};
}

std::optional<std::vector<FeatureId>> changed_features(const Snapshot& before, const Snapshot& after, const std::string& layer) {
  const auto old_layer = before.city->layers().find(layer);
  const auto old_record = before.layer_records.find(layer);
  const auto new_record = after.layer_records.find(layer);
  if (old_layer == before.city->layers().end()) return std::nullopt;
  const geo::Layer& from = *old_layer->second.layer;
  const geo::Layer& to = *after.city->layers().find(layer)->second.layer;
  if (from.digest() == to.digest()) return std::vector<FeatureId>();
  if (old_record == before.layer_records.end() || new_record == after.layer_records.end()) return std::nullopt;
  if (old_record->second.kept_revision != new_record->second.kept_revision) return std::nullopt;
  if (!std::ranges::equal(from.fields(), to.fields())) return std::nullopt;
  auto rows = to.changed_since(from);
  if (!rows) rows = all_rows(from, to);
  std::erase_if(*rows, [&](FeatureId feature) { return is_same(from, to, feature); });
  return rows;
}

Result<WatchSteps> steps_between(const WatchedState& before, const WatchedState& after, const std::vector<FeatureId>& changed,
                                 const Limits& limits) {
  const auto degrees = [](const WatchedState& state) { return plane_of_degrees(*state.snapshot->projection); };
  const auto had = geo::select_among(*before.snapshot->city, before.selection, degrees(before), changed, limits);
  if (!had) return std::unexpected(had.error());
  const auto has = geo::select_among(*after.snapshot->city, after.selection, degrees(after), changed, limits);
  if (!has) return std::unexpected(has.error());
  WatchSteps steps;
  for (const FeatureId feature : changed) {
    const bool put = std::ranges::binary_search(*has, feature);
    if (put || std::ranges::binary_search(*had, feature)) steps.push_back({.feature = feature, .put = put});
  }
  return steps;
}

Result<WatchSteps> all_steps(const WatchedState& state, const Limits& limits) {
  const auto features = geo::select_all(*state.snapshot->city, state.selection, plane_of_degrees(*state.snapshot->projection), limits);
  if (!features) return std::unexpected(features.error());
  WatchSteps steps;
  steps.reserve(features->size());
  for (const FeatureId feature : *features) steps.push_back({.feature = feature});
  return steps;
}

Result<std::size_t> add_changes(const WatchedState& state, const WatchSteps& steps, std::size_t next, std::size_t byte_count,
                                v1::WatchFeaturesResponse& message) {
  const geo::Layer& layer = state.layer();
  Degrees degrees(*state.snapshot->projection);
  for (std::size_t bytes = 0; next < steps.size() && bytes < byte_count; ++next) {
    v1::WatchedChange& change = *message.add_changes();
    const FeatureId feature = steps[next].feature;
    change.set_feature(std::string(layer.feature_name(feature)));
    if (!steps[next].put) {
      change.mutable_remove();
    } else {
      v1::FeatureContent& put = *change.mutable_put();
      std::string wkb = degrees.wkb(layer.geometry(feature));
      if (!wkb.empty()) put.mutable_geometry()->set_wkb(std::move(wkb));
      for (std::size_t i = 0; i < layer.fields().size(); ++i) {
        if (!layer.column(i).is_null(feature))
          (*put.mutable_attributes())[layer.fields()[i].name] = to_proto(layer.column(i).value_at(feature));
      }
    }
    bytes += change.ByteSizeLong();
  }
  return degrees.checked(next);
}

Result<std::size_t> add_rows(const WatchedState& state, const WatchSteps& steps, std::size_t next, std::size_t byte_count,
                             v1::WatchFeaturesResponse& message) {
  const geo::Layer& layer = state.layer();
  BatchShape shape;
  shape.fields.resize(layer.fields().size());
  std::iota(shape.fields.begin(), shape.fields.end(), std::size_t{0});
  Degrees degrees(*state.snapshot->projection);
  BatchWriter batch(*state.snapshot, layer, shape);
  for (; next < steps.size() && batch.byte_count() < byte_count; ++next) batch.add(steps[next].feature, degrees);
  *message.mutable_snapshot() = batch.take();
  return degrees.checked(next);
}

}  // namespace obnova::server
