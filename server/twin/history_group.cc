#include <algorithm>

#include <fmt/format.h>

#include "server/twin/history_writing.h"

namespace obnova::server {

void History::Writing::begin_batch() {
  in_batch_ = true;
  batch_.clear();
  for (auto& [id, layer] : touched_) {
    layer.feature_count_before = layer.features.size();
    layer.next_row_before = layer.next_row;
  }
}

void History::Writing::remember(Touched& layer, FeatureId feature, const Timeline::Amendment& amendment) {
  if (in_batch_) batch_.push_back({.layer = layer, .feature = feature, .amendment = amendment});
}

void History::Writing::undo_batch() {
  for (; !batch_.empty(); batch_.pop_back()) {
    const Step& step = batch_.back();
    step.layer.facts.timeline.undo(step.amendment);
    if (!step.layer.facts.timeline.has(step.feature)) step.layer.facts.forget(step.feature);
  }
  for (auto& [id, layer] : touched_) {
    layer.features.resize(layer.feature_count_before);
    layer.next_row = layer.next_row_before;
  }
}

// What only this batch is to blame for goes to `batch.revision`; what is
// returned has happened to all of the group.
Result<void> History::write_batch(Writing& writing, CityStore::Edit& edit, const Snapshot& newest, EditBatch& batch) {
  const std::string& request_id = batch.authorship.request_id;
  const auto made = requests_.find(request_id);
  if (made != requests_.end()) {
    batch.revision = made->second;
    batch.was_made_before = true;
    return {};
  }
  const auto changes = batch.changes(newest, edit.revision() - 1);
  if (!changes) {
    batch.revision = std::unexpected(changes.error());
    return {};
  }
  Result<void> done = edit.begin_batch();
  if (!done) return done;
  writing.begin_batch();
  for (std::size_t i = 0; done && i < changes->size(); ++i) {
    done = writing.carry_out((*changes)[i]);
    if (done) continue;
    if (done.error().code != ErrorCode::kNotFound) return done;
    batch.revision = failure(done.error().code, done.error().message, fmt::format("changes[{}]", i));
    writing.undo_batch();
    return edit.undo_batch();
  }
  batch.revision = edit.sign_batch(fmt::format("{} changes of features", changes->size()), batch.authorship);
  if (!batch.revision) return std::unexpected(batch.revision.error());
  if (!request_id.empty()) requests_.emplace(request_id, *batch.revision);
  return {};
}

Result<std::vector<std::shared_ptr<const geo::Layer>>> History::write_group(CityStore& store, const Snapshot& newest,
                                                                            std::span<EditBatch> batches, Instant now) {
  auto edit = store.begin_edit();
  if (!edit) return std::unexpected(edit.error());
  const Revision first = edit->revision();
  Writing writing(*this, store, *edit, newest, now);
  Result<void> done;
  for (std::size_t i = 0; done && i < batches.size(); ++i) done = write_batch(writing, *edit, newest, batches[i]);
  const bool nothing_to_do = done && edit->revision() == first;
  if (nothing_to_do) return {};
  if (done) done = writing.write_rows();
  if (done) done = edit->commit_signed();
  if (done) return std::move(writing).layers();
  std::erase_if(requests_, [first](const auto& request) { return request.second >= first; });
  const auto undone = writing.undo();
  return std::unexpected(undone ? done.error() : undone.error());
}

Result<std::vector<std::shared_ptr<const geo::Layer>>> History::apply(CityStore& store, const Snapshot& newest,
                                                                      std::span<EditBatch> batches, Instant now) {
  const std::lock_guard lock(mutex_);
  auto layers = write_group(store, newest, batches, now);
  if (layers) {
    // All is on disk: what cannot be read again now is read with the next change.
    [[maybe_unused]] const auto learned = learn_changes(store);
    return *std::move(layers);
  }
  return std::unexpected(layers.error());
}

}  // namespace obnova::server
