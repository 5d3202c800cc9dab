#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "server/twin/open_city.h"
#include "server/twin/twin.h"

namespace obnova::server {
namespace {

// How long an edit waits for imports and for edits that came before it.
constexpr std::chrono::milliseconds kPatience(10'000);
// Edits written together. Whoever comes later waits for the next group.
constexpr std::size_t kMaxGroup = 64;

// The newest snapshot after the changes of a group.
std::shared_ptr<const Snapshot> snapshot_after(const Snapshot& before, std::vector<std::shared_ptr<const geo::Layer>> layers,
                                               Revision revision) {
  auto snapshot = std::make_shared<Snapshot>(before);
  snapshot->record.revision = revision;
  for (const auto& layer : layers) snapshot->layer_records.find(layer->id())->second.revision = revision;
  snapshot->city = geo::City::patched(*before.city, revision, std::move(layers));
  return snapshot;
}

}  // namespace

Result<void> check_revision(Revision expected, Revision newest) {
  if (expected == 0 || expected == newest) return {};
  return failure(ErrorCode::kFailedPrecondition,
                 fmt::format("The city is at revision {}, not {}: look at what has changed and try again.", newest, expected),
                 "context.revision");
}

Result<ChangesMade> Twin::apply_changes(const std::string& id, const ChangesFor& changes_for, const Authorship& authorship,
                                        Revision expected_revision) {
  const auto found = find(id);
  if (!found) return std::unexpected(found.error());
  OpenCity& city = **found;
  WaitingEdit edit{.batch = {.changes = [&](const Snapshot& newest, Revision revision) -> Result<std::vector<FactChange>> {
                               const auto checked = check_revision(expected_revision, revision);
                               if (!checked) return std::unexpected(checked.error());
                               return changes_for(newest);
                             },
                             .authorship = authorship}};
  const auto patience_end = std::chrono::steady_clock::now() + kPatience;
  std::unique_lock lock(city.mutex);
  city.waiting_edits.push_back(&edit);
  while (!edit.done) {
    if (!edit.taken && (city.deleted || (city.turn_taken && std::chrono::steady_clock::now() >= patience_end))) {
      std::erase(city.waiting_edits, &edit);
      if (city.deleted) return failure(ErrorCode::kNotFound, fmt::format("There is no city `{}`.", id));
      return failure(ErrorCode::kUnavailable, fmt::format("City `{}` is being changed by somebody else: try again later.", id));
    }
    if (city.turn_taken) {
      // Somebody who has taken this edit tells when it is written.
      if (edit.taken) {
        city.turn_ended.wait(lock);
      } else {
        city.turn_ended.wait_until(lock, patience_end);
      }
      continue;
    }
    city.turn_taken = true;
    const std::size_t count = std::min(kMaxGroup, city.waiting_edits.size());
    const std::vector<WaitingEdit*> group(city.waiting_edits.begin(), city.waiting_edits.begin() + static_cast<std::ptrdiff_t>(count));
    city.waiting_edits.erase(city.waiting_edits.begin(), city.waiting_edits.begin() + static_cast<std::ptrdiff_t>(count));
    for (WaitingEdit* waiting : group) waiting->taken = true;
    lock.unlock();
    write_edits(city, group);
    lock.lock();
    for (WaitingEdit* waiting : group) waiting->done = true;
    city.turn_taken = false;
    city.turn_ended.notify_all();
  }
  lock.unlock();
  if (!edit.batch.revision) return std::unexpected(edit.batch.revision.error());
  return ChangesMade{
      .snapshot = std::move(edit.snapshot), .revision = *edit.batch.revision, .were_made_before = edit.batch.was_made_before};
}

void Twin::write_edits(OpenCity& city, std::span<WaitingEdit* const> edits) const {
  std::vector<EditBatch> batches;
  for (WaitingEdit* edit : edits) batches.push_back(std::move(edit->batch));
  const auto snapshot = write_group(city, batches);
  for (std::size_t i = 0; i < edits.size(); ++i) {
    // What one of them did wrong is not to be the fault of all.
    const bool again = !snapshot && edits.size() > 1;
    if (again) batches[i].was_made_before = false;
    const auto own = again ? write_group(city, std::span(&batches[i], 1)) : snapshot;
    edits[i]->batch = std::move(batches[i]);
    if (!own) edits[i]->batch.revision = std::unexpected(own.error());
    if (own) edits[i]->snapshot = *own;
  }
}

Result<std::shared_ptr<const Snapshot>> Twin::write_group(OpenCity& city, std::span<EditBatch> batches) const {
  const auto newest = city.packing.with_packed(city.snapshot());
  const Instant now = settings_.clock();
  auto before = city.history->at(newest, {.valid_at = now, .revision = newest->record.revision});
  if (!before) return std::unexpected(before.error());
  Snapshot base = **before;  // It may be the newest one, which shows the same at `now`.
  base.valid_at = now;
  auto layers = city.history->apply(*city.store, base, batches, now);
  if (!layers) return std::unexpected(layers.error());
  Revision revision = newest->record.revision;
  for (const EditBatch& batch : batches) revision = batch.revision ? std::max(revision, *batch.revision) : revision;
  if (revision == newest->record.revision) return newest;
  base.valid_to = city.history->next_transition(now);
  auto next = snapshot_after(base, *std::move(layers), revision);
  city.publish(next);
  city.packing.go_on(next);
  return next;
}

}  // namespace obnova::server
