#include "server/twin/history.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "geo/layer/layer_edit.h"
#include "server/twin/rasters.h"

namespace obnova::server {
namespace {

constexpr std::size_t kMaxResolved = 16;

}  // namespace

Result<std::unique_ptr<History>> History::read(const CityStore& store, CityStore reader, std::vector<geo::Profile> profiles) {
  std::unique_ptr<History> history(new History(std::move(reader), std::move(profiles)));
  const auto followed = history->follow(store);
  if (!followed) return std::unexpected(followed.error());
  return history;
}

Result<void> History::follow(const CityStore& store) {
  const std::lock_guard lock(mutex_);
  if (changes_.empty()) {
    const auto record = store.record();
    if (!record) return std::unexpected(record.error());
    changes_.push_back({.revision = 1, .time = record->create_time_s * 1'000'000, .what = "create the city"});
  }
  const auto learned = learn_changes(store);
  return learned ? read_layers(store) : learned;
}

Result<void> History::learn_changes(const CityStore& store) {
  auto changes = store.changes(changes_.back().revision);
  if (!changes) return std::unexpected(changes.error());
  for (ChangeRecord& change : *changes) {
    if (!change.request_id.empty()) requests_.emplace(change.request_id, change.revision);
    changes_.push_back(std::move(change));
  }
  return {};
}

Result<void> History::read_layers(const CityStore& store) {
  const auto records = store.layer_records();
  if (!records) return std::unexpected(records.error());
  std::map<std::string, StoredFacts> layers;
  std::map<std::string, Revision> revisions;
  for (const LayerRecord& record : *records) {
    const std::string& id = record.description.id;
    revisions[id] = record.kept_revision;
    const auto known = layer_revisions_.find(id);
    if (known != layer_revisions_.end() && known->second == record.kept_revision) {
      layers[id] = std::move(layers_[id]);
      continue;
    }
    auto facts = store.read_facts(id);
    if (!facts) return std::unexpected(facts.error());
    layers[id] = std::move(*facts);
  }
  layers_ = std::move(layers);
  layer_revisions_ = std::move(revisions);
  return {};
}

Result<Revision> History::revision_at(Instant known_at) const {
  const std::lock_guard lock(mutex_);
  const auto after = std::ranges::upper_bound(changes_, known_at, {}, &ChangeRecord::time);
  if (after == changes_.begin()) return failure(ErrorCode::kFailedPrecondition, "Nothing was known of the city at that time.");
  return std::prev(after)->revision;
}

Result<Instant> History::recorded_at(Revision revision) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::lower_bound(changes_, revision, {}, &ChangeRecord::revision);
  if (found != changes_.end() && found->revision == revision) return found->time;
  return failure(ErrorCode::kNotFound, fmt::format("There is no revision {}.", revision));
}

Instant History::next_transition(Instant after) const {
  const std::lock_guard lock(mutex_);
  return transition_after(after);
}

Instant History::transition_after(Instant after) const {
  Instant next = kForever;
  for (const auto& [id, facts] : layers_) next = std::min(next, facts.timeline.next_transition(after));
  return next;
}

Instant History::last_transition(Instant until) const {
  Instant last = kEver;
  for (const auto& [id, facts] : layers_) last = std::max(last, facts.timeline.last_transition(until));
  return last;
}

std::optional<Revision> History::revision_of(const std::string& request_id) const {
  if (request_id.empty()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto found = requests_.find(request_id);
  if (found == requests_.end()) return std::nullopt;
  return found->second;
}

Result<std::shared_ptr<const Snapshot>> History::at(const std::shared_ptr<const Snapshot>& newest, const Moment& moment) const {
  if (moment.revision > newest->record.revision) {
    return failure(ErrorCode::kFailedPrecondition,
                   fmt::format("The newest revision is {}, not {}.", newest->record.revision, moment.revision), "context.revision");
  }
  const std::lock_guard lock(mutex_);
  const Moment state{.valid_at = last_transition(moment.valid_at), .revision = moment.revision};
  const bool is_newest = state.revision == newest->record.revision && state.valid_at == last_transition(newest->valid_at);
  if (is_newest) return newest;
  const auto known = std::ranges::find_if(resolved_, [&](const Resolved& resolved) {
    return resolved.newest == newest->record.revision && resolved.moment.revision == state.revision &&
           resolved.moment.valid_at == state.valid_at;
  });
  if (known != resolved_.end()) {
    resolved_.splice(resolved_.begin(), resolved_, known);
    return known->snapshot;
  }
  auto snapshot = resolve(*newest, moment);
  if (!snapshot) return snapshot;
  resolved_.push_front({.newest = newest->record.revision, .moment = state, .snapshot = *snapshot});
  if (resolved_.size() > kMaxResolved) resolved_.pop_back();
  return snapshot;
}

Result<std::shared_ptr<const Snapshot>> History::resolve(const Snapshot& newest, const Moment& moment) const {
  const Moment from{.valid_at = newest.valid_at, .revision = newest.record.revision};
  auto snapshot = std::make_shared<Snapshot>(newest);
  snapshot->record.revision = moment.revision;
  snapshot->valid_at = moment.valid_at;
  snapshot->valid_to = transition_after(moment.valid_at);
  std::vector<std::shared_ptr<const geo::Layer>> layers;
  for (const auto& [id, record] : newest.layer_records) {
    if (moment.revision < record.first_revision) {
      snapshot->layer_records.erase(id);
      continue;
    }
    if (moment.revision < record.kept_revision) {
      return failure(
          ErrorCode::kFailedPrecondition,
          fmt::format("The layer `{}` was replaced in revision {}, and what it was before was not kept.", id, record.kept_revision),
          "context.revision");
    }
    const auto changed = layers_.at(id).timeline.changed_between(from, moment);
    auto layer = with_features(newest.city->layers().find(id)->second.layer, changed, moment);
    if (!layer) return std::unexpected(layer.error());
    layers.push_back(std::move(*layer));
  }
  auto rasters = rasters_at(newest, moment.revision);
  if (!rasters) return std::unexpected(rasters.error());
  snapshot->raster_records = std::move(rasters->records);
  snapshot->city = geo::City::make(newest.city->id(), newest.city->crs(), moment.revision, std::move(layers), profiles_, newest.city.get(),
                                   rasters->rasters);
  return snapshot;
}

Result<std::shared_ptr<const geo::Layer>> History::shown_at(const std::shared_ptr<const geo::Layer>& layer, const Moment& moment) const {
  const std::lock_guard lock(mutex_);
  const Moment first{.valid_at = kEver, .revision = moment.revision};
  const Moment last{.valid_at = kForever, .revision = moment.revision};
  return with_features(layer, layers_.at(layer->id()).timeline.changed_between(first, last), moment);
}

Result<std::shared_ptr<const geo::Layer>> History::with_features(const std::shared_ptr<const geo::Layer>& layer,
                                                                 const std::vector<FeatureId>& features, const Moment& moment) const {
  if (features.empty()) return layer;
  const StoredFacts& facts = layers_.at(layer->id());
  geo::LayerEdit edit(layer);
  for (const FeatureId feature : features) {
    const std::string& id = facts.ids.at(feature);
    const Version* version = facts.timeline.at(feature, moment);
    if (version == nullptr) {
      if (layer->find_feature(id)) {
        const auto removed = edit.remove(id);
        if (!removed) return std::unexpected(removed.error());
      }
      continue;
    }
    const auto content = reader_.read_content(version->content, layer->fields());
    if (!content) return std::unexpected(content.error());
    const auto put = edit.put(id, content->geometry.view(), content->values);
    if (!put) return std::unexpected(put.error());
  }
  return std::move(edit).build();
}

Result<std::vector<FactVersion>> History::versions(const Snapshot& newest, const std::string& layer, const std::string& feature) const {
  const auto& indexed = newest.city->layers().find(layer)->second;
  const std::lock_guard lock(mutex_);
  const StoredFacts& facts = layers_.at(layer);
  const auto change_of = [this](Revision revision) {
    const auto found = std::ranges::lower_bound(changes_, revision, {}, &ChangeRecord::revision);
    return found != changes_.end() && found->revision == revision ? *found : ChangeRecord{.revision = revision};
  };
  const auto edited = facts.features.find(feature);
  if (edited == facts.features.end()) {
    const auto existing = indexed.layer->find_feature(feature);
    if (!existing) return failure(ErrorCode::kNotFound, fmt::format("The layer `{}` never had a feature `{}`.", layer, feature), "feature");
    const Revision since = newest.layer_records.find(layer)->second.kept_revision;
    return std::vector<FactVersion>{{.version = {.feature = *existing, .valid = {}, .known_from = since},
                                     .content = content_of(*indexed.layer, *existing),
                                     .change = change_of(since)}};
  }
  std::vector<FactVersion> versions;
  for (const Version& version : facts.timeline.history(edited->second)) {
    auto content = reader_.read_content(version.content, indexed.layer->fields());
    if (!content) return std::unexpected(content.error());
    versions.push_back({.version = version, .content = std::move(*content), .change = change_of(version.known_from)});
  }
  return versions;
}

}  // namespace obnova::server
