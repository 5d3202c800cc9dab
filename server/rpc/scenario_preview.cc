#include <algorithm>

#include "server/convert/feature_batch.h"
#include "server/convert/number.h"
#include "server/convert/provenance.h"
#include "server/rpc/scenario_handlers.h"
#include "server/scenario/overlay.h"

namespace obnova::server {
namespace {

bool equal(const GeometryView& a, const GeometryView& b) {
  return a.kind == b.kind && std::ranges::equal(a.points, b.points) && std::ranges::equal(a.path_ends, b.path_ends) &&
         std::ranges::equal(a.part_ends, b.part_ends);
}

geo::Value value_in(const geo::Layer& layer, const std::string& attribute, FeatureId feature) {
  const geo::Column* column = layer.column(attribute);
  return column == nullptr ? geo::Value() : column->value_at(feature);
}

// Nullopt when nothing differs.
std::optional<v1::FeatureDifference> difference_of(const geo::Layer& before, const geo::Layer& after, FeatureId feature) {
  const bool was_there = before.exists(feature);
  const bool is_there = after.exists(feature);
  if (!was_there && !is_there) return std::nullopt;
  v1::FeatureDifference difference;
  difference.set_feature(std::string((is_there ? after : before).feature_name(feature)));
  difference.set_kind(!was_there ? v1::DIFFERENCE_KIND_ADDED : !is_there ? v1::DIFFERENCE_KIND_REMOVED : v1::DIFFERENCE_KIND_CHANGED);
  if (!was_there || !is_there) return difference;
  difference.set_is_moved(!equal(before.geometry(feature), after.geometry(feature)));
  for (const geo::Field& field : after.fields()) {
    const geo::Value was = value_in(before, field.name, feature);
    const geo::Value is = value_in(after, field.name, feature);
    if (was == is) continue;
    v1::AttributeDifference& attribute = *difference.add_attributes();
    attribute.set_attribute(field.name);
    *attribute.mutable_before() = to_proto(was);
    *attribute.mutable_after() = to_proto(is);
  }
  if (!difference.is_moved() && difference.attributes().empty()) return std::nullopt;
  return difference;
}

void count(v1::LayerDifference& layer, v1::DifferenceKind kind) {
  if (kind == v1::DIFFERENCE_KIND_ADDED) layer.set_added_count(layer.added_count() + 1);
  if (kind == v1::DIFFERENCE_KIND_REMOVED) layer.set_removed_count(layer.removed_count() + 1);
  if (kind == v1::DIFFERENCE_KIND_CHANGED) layer.set_changed_count(layer.changed_count() + 1);
}

v1::LayerDifference difference_of(const geo::Layer& before, const geo::Layer& after, std::size_t at_most) {
  v1::LayerDifference layer;
  std::vector<FeatureId> rows;
  if (auto changed = after.changed_since(before)) {
    rows = std::move(*changed);
  } else {
    const auto row_count = static_cast<std::uint32_t>(std::max(before.row_count(), after.row_count()));
    for (std::uint32_t row = 0; row < row_count; ++row) rows.push_back(FeatureId{row});
  }
  for (const FeatureId row : rows) {
    auto difference = difference_of(before, after, row);
    if (!difference) continue;
    count(layer, difference->kind());
    if (static_cast<std::size_t>(layer.features_size()) < at_most) *layer.add_features() = std::move(*difference);
  }
  return layer;
}

}  // namespace

Result<v1::PreviewScenarioResponse> preview_scenario(const Twin& twin, const Call&, const v1::PreviewScenarioRequest& request) {
  const auto at_most = count_or(request.max_feature_count(), 1000, 10'000, "max_feature_count");
  if (!at_most) return std::unexpected(at_most.error());
  const auto outcome = twin.resolve_scenario(request.context());
  if (!outcome) return std::unexpected(outcome.error());
  const Snapshot& snapshot = *(*outcome)->snapshot;
  v1::PreviewScenarioResponse answer;
  Sources sources(snapshot);
  for (const auto& [id, after] : snapshot.city->layers()) {
    const auto& before = (*outcome)->base->city->layers().find(id)->second;
    if (before.layer == after.layer) continue;
    v1::LayerDifference layer = difference_of(*before.layer, *after.layer, *at_most);
    if (layer.features().empty()) continue;
    layer.set_layer(layer_name(snapshot, id));
    sources.use(id);
    *answer.add_layers() = std::move(layer);
  }
  for (const v1::ChangeConflict& conflict : (*outcome)->conflicts) *answer.add_conflicts() = conflict;
  for (const v1::IdleChange& idle : (*outcome)->idle_changes) *answer.add_idle_changes() = idle;
  answer.set_active_change_count((*outcome)->active_change_count);
  *answer.mutable_provenance() = sources.provenance();
  return answer;
}

}  // namespace obnova::server
