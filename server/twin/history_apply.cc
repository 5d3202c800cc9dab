#include "server/twin/history_writing.h"

#include <algorithm>

#include <fmt/format.h>

namespace obnova::server {

History::Writing::Touched& History::Writing::touched(const std::string& layer) {
  const auto known = touched_.find(layer);
  if (known != touched_.end()) return known->second;
  const auto& before = newest_.city->layers().find(layer)->second.layer;
  Touched fresh{.before = *before,
                .facts = history_.layers_.at(layer),
                .edit = geo::LayerEdit(before),
                .features = {},
                .next_row = static_cast<std::uint32_t>(before->row_count()),
                .feature_count_before = 0,
                .next_row_before = static_cast<std::uint32_t>(before->row_count())};
  return touched_.emplace(layer, std::move(fresh)).first->second;
}

FeatureId History::Writing::number_of(Touched& layer, const std::string& feature) const {
  if (const auto existing = layer.before.find_feature(feature)) return *existing;
  const auto edited = layer.facts.features.find(feature);
  if (edited != layer.facts.features.end()) return edited->second;
  return FeatureId{layer.next_row};
}

Result<void> History::Writing::write_down(Touched& layer, FeatureId feature, const std::vector<std::size_t>& places) {
  for (const std::size_t place : places) {
    const auto written = edit_.write_version(layer.before.id(), place, layer.facts.timeline.versions()[place], layer.facts.ids.at(feature));
    if (!written) return written;
  }
  return {};
}

Result<ContentId> History::Writing::keep(const Touched& layer, Content content) {
  const auto kept = edit_.add_content(content.geometry.view(), layer.before.fields(), content.values);
  if (kept && in_batch_) kept_.insert_or_assign(*kept, std::move(content));
  return kept;
}

Result<Content> History::Writing::content_of_version(const Touched& layer, ContentId content) const {
  const auto kept = kept_.find(content);
  return kept == kept_.end() ? store_.read_content(content, layer.before.fields()) : kept->second;
}

Result<void> History::Writing::begin_history(Touched& layer, FeatureId feature) {
  if (layer.facts.timeline.has(feature) || !layer.before.exists(feature)) return {};
  Content as_it_is{.geometry = Geometry::copy_of(layer.before.geometry(feature)), .values = {}};
  for (std::size_t i = 0; i < layer.before.fields().size(); ++i) as_it_is.values.push_back(layer.before.column(i).value_at(feature));
  const auto content = keep(layer, std::move(as_it_is));
  if (!content) return std::unexpected(content.error());
  const Revision since = newest_.layer_records.find(layer.before.id())->second.kept_revision;
  layer.facts.timeline.load({.feature = feature, .valid = {}, .known_from = since, .known_to = kStillKnown, .content = *content});
  const Timeline::Amendment loaded{.ended = {}, .begun = {layer.facts.timeline.versions().size() - 1}};
  remember(layer, feature, loaded);
  return write_down(layer, feature, loaded.begun);
}

Result<void> History::Writing::amend(Touched& layer, FeatureId feature, const Period& valid, std::optional<ContentId> content) {
  const auto amendment = layer.facts.timeline.amend(feature, valid, content, edit_.revision());
  remember(layer, feature, amendment);
  const auto ended = write_down(layer, feature, amendment.ended);
  return ended ? write_down(layer, feature, amendment.begun) : ended;
}

Result<void> History::Writing::put(Touched& layer, FeatureId feature, const FactChange& change, const Content& content) {
  const auto kept = keep(layer, content);
  if (!kept) return std::unexpected(kept.error());
  return amend(layer, feature, change.valid, *kept);
}

Result<void> History::Writing::set(Touched& layer, FeatureId feature, const FactChange& change, const FactChange::Set& set) {
  for (const Version& version : layer.facts.timeline.known_in(feature, change.valid)) {
    auto content = content_of_version(layer, version.content);
    if (!content) return std::unexpected(content.error());
    for (const auto& [field, value] : set.values) content->values[field] = value;
    if (set.geometry) content->geometry = *set.geometry;
    const auto kept = keep(layer, std::move(*content));
    if (!kept) return std::unexpected(kept.error());
    const auto amended = amend(layer, feature, intersection(version.valid, change.valid), *kept);
    if (!amended) return amended;
  }
  return {};
}

Result<void> History::Writing::carry_out(const FactChange& change) {
  Touched& layer = touched(change.layer);
  const FeatureId feature = number_of(layer, change.feature);
  const auto* put_change = std::get_if<FactChange::Put>(&change.what);
  const auto no_such_feature = [&change] {
    return failure(ErrorCode::kNotFound, fmt::format("The layer `{}` has no feature `{}` in that time.", change.layer, change.feature));
  };
  // Nothing is named that no version will speak of.
  if (put_change == nullptr && !layer.facts.timeline.has(feature) && !layer.before.exists(feature)) return no_such_feature();
  layer.facts.name(feature, change.feature);
  const auto begun = begin_history(layer, feature);
  if (!begun) return begun;
  if (put_change == nullptr && layer.facts.timeline.known_in(feature, change.valid).empty()) return no_such_feature();
  if (feature.index == layer.next_row) ++layer.next_row;
  layer.features.push_back(feature);
  if (put_change != nullptr) return put(layer, feature, change, put_change->content);
  if (const auto* set_change = std::get_if<FactChange::Set>(&change.what)) return set(layer, feature, change, *set_change);
  return amend(layer, feature, change.valid, std::nullopt);
}

Result<void> History::Writing::write_row(Touched& layer, FeatureId feature) {
  const std::string& id = layer.facts.ids.at(feature);
  const Version* version = layer.facts.timeline.has(feature) ? layer.facts.timeline.at(feature, {now_, edit_.revision()}) : nullptr;
  if (version == nullptr) {
    const bool is_new = feature.index >= layer.before.row_count();
    const auto gone = layer.before.exists(feature) ? layer.edit.remove(id) : is_new ? layer.edit.skip(id) : feature;
    if (!gone) return std::unexpected(gone.error());
    return edit_.remove_row(layer.before.id(), feature);
  }
  const auto content = content_of_version(layer, version->content);
  if (!content) return std::unexpected(content.error());
  const auto put = layer.edit.put(id, content->geometry.view(), content->values);
  if (!put) return std::unexpected(put.error());
  return edit_.put_row(layer.before.id(), feature, id, content->geometry.view(), content->values);
}

Result<void> History::Writing::write_rows() {
  for (auto& [id, layer] : touched_) {
    std::ranges::sort(layer.features);
    layer.features.erase(std::ranges::unique(layer.features).begin(), layer.features.end());
    for (const FeatureId feature : layer.features) {
      const auto written = write_row(layer, feature);
      if (!written) return written;
    }
  }
  return {};
}

Result<std::vector<std::shared_ptr<const geo::Layer>>> History::Writing::layers() && {
  std::vector<std::shared_ptr<const geo::Layer>> layers;
  for (auto& [id, layer] : touched_) layers.push_back(std::move(layer.edit).build());
  return layers;
}

Result<void> History::Writing::undo() {
  for (const auto& [id, layer] : touched_) {
    auto facts = history_.reader_.read_facts(id);
    if (!facts) return std::unexpected(facts.error());
    history_.layers_[id] = std::move(*facts);
  }
  return {};
}

}  // namespace obnova::server
