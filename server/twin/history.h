#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "geo/base/result.h"
#include "server/facts/timeline.h"
#include "server/store/city_store.h"
#include "server/store/edit.h"
#include "server/twin/fact_change.h"
#include "server/twin/import_difference.h"
#include "server/twin/snapshot.h"

namespace obnova::server {

// What one city was at other times, and what was known of it in earlier
// revisions. Any number of threads may ask; they wait for one another, and for
// edits while those are being written, but never keep anybody from the newest
// snapshot.
class History {
 public:
  // Reads all that `store` knows of edited features. `reader` is another
  // connection to the same file.
  static Result<std::unique_ptr<History>> read(const CityStore& store, CityStore reader, std::vector<geo::Profile> profiles);

  // The city of another moment. Costs time by what changed between `newest` and
  // then. Fails with kFailedPrecondition before the first revision, beyond the
  // newest one, and where a layer was replaced without keeping what it was.
  Result<std::shared_ptr<const Snapshot>> at(const std::shared_ptr<const Snapshot>& newest, const Moment& moment) const;
  // The newest revision that was recorded at this time. Fails with
  // kFailedPrecondition before the first one.
  Result<Revision> revision_at(Instant known_at) const;
  // The first instant after this one at which any feature changes; kForever when none does.
  Instant next_transition(Instant after) const;

  // A layer as its table has it, with every feature that comes and goes as it is
  // at this moment.
  Result<std::shared_ptr<const geo::Layer>> shown_at(const std::shared_ptr<const geo::Layer>& layer, const Moment& moment) const;

  // Every version of a feature, as `Timeline::history`, with what it says. A
  // feature nobody edited has one. Fails with kNotFound.
  Result<std::vector<FactVersion>> versions(const Snapshot& newest, const std::string& layer, const std::string& feature) const;

  // When a revision was recorded. Fails with kNotFound when it was not.
  Result<Instant> recorded_at(Revision revision) const;

  // The revision that carried out a request, nullopt when none did.
  std::optional<Revision> revision_of(const std::string& request_id) const;
  // Writes batches of changes down, one after the other, and returns the layers
  // they changed, as they are at `now`. Batches that cannot be carried out say so
  // themselves and change nothing; either all others are on disk then, or this
  // fails and none is. The city's turn is the caller's.
  Result<std::vector<std::shared_ptr<const geo::Layer>>> apply(CityStore& store, const Snapshot& newest, std::span<EditBatch> batches,
                                                               Instant now);
  // Changes layers by what files say of them, and describes them anew, as a part
  // of an import which `commit` ends, given what became of each. The layers are
  // then as they are at the time of `now`.
  using CommitImport = std::function<Result<void>(const std::vector<ImportTally>&)>;
  Result<std::vector<std::shared_ptr<const geo::Layer>>> take_over(CityStore& store, CityStore::Import& import, const Snapshot& now,
                                                                   const std::vector<LayerImport>& imports, const CommitImport& commit);
  // Learns of what was done to the store otherwise: imports, deletions, titles.
  Result<void> follow(const CityStore& store);

 private:
  class Writing;
  Result<std::vector<std::shared_ptr<const geo::Layer>>> write_group(CityStore& store, const Snapshot& newest, std::span<EditBatch> batches,
                                                                     Instant now);
  Result<void> write_batch(Writing& writing, CityStore::Edit& edit, const Snapshot& newest, EditBatch& batch);
  Result<void> learn_changes(const CityStore& store);
  History(CityStore reader, std::vector<geo::Profile> profiles) : profiles_(std::move(profiles)), reader_(std::move(reader)) {}
  Result<void> read_layers(const CityStore& store);
  // The layer with these features as they are at a moment.
  Result<std::shared_ptr<const geo::Layer>> with_features(const std::shared_ptr<const geo::Layer>& layer,
                                                          const std::vector<FeatureId>& features, const Moment& moment) const;
  Result<std::shared_ptr<const Snapshot>> resolve(const Snapshot& newest, const Moment& moment) const;
  // As `next_transition`, by whoever has the lock.
  Instant transition_after(Instant after) const;
  // The last instant up to this one at which any feature changed; kEver when none did.
  Instant last_transition(Instant until) const;

  // Set at construction.
  const std::vector<geo::Profile> profiles_;
  mutable std::mutex mutex_;
  // Guarded by `mutex_`.
  mutable CityStore reader_;
  std::map<std::string, StoredFacts> layers_;
  std::map<std::string, Revision> layer_revisions_;  // Whose facts `layers_` holds.
  std::vector<ChangeRecord> changes_;
  std::unordered_map<std::string, Revision> requests_;  // Those of `changes_` that have an id.
  // Resolved lately, newest first: the state of a moment does not change any more.
  struct Resolved {
    Revision newest = 0;
    Moment moment;
    std::shared_ptr<const Snapshot> snapshot;
  };
  mutable std::list<Resolved> resolved_;
};

}  // namespace obnova::server
