#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "geo/base/limits.h"
#include "geo/base/result.h"
#include "geo/city/city.h"
#include "geo/io/projection.h"
#include "geo/query/siting/rules.h"
#include "obnova/v1/catalog.pb.h"
#include "obnova/v1/common.pb.h"
#include "server/ingest/run_ingest.h"
#include "server/store/city_store.h"
#include "server/store/edit.h"
#include "server/twin/fact_change.h"
#include "server/twin/folder_lock.h"
#include "server/twin/records.h"
#include "server/twin/snapshot.h"
#include "server/twin/twin_settings.h"

namespace obnova::server {

struct RowMapping;

// What a batch of changes led to.
struct ChangesMade {
  std::shared_ptr<const Snapshot> snapshot;
  Revision revision = 0;
  bool were_made_before = false;  // By a request of the same id.
};

struct ScenarioOutcome;

// 1 to 63 of a-z0-9-, starting with a letter.
bool valid_city_id(std::string_view id);
// `cities/bucha` → `bucha`. Fails with kInvalidArgument at `field` when it is no such name.
Result<std::string> city_id_of(const std::string& name, const std::string& field);

// The cities of one server: resolves a context to a snapshot and carries out
// changes one at a time per city. Readers never wait for a writer: a publish
// swaps one pointer.
class Twin {
 public:
  // Opens every city of the folder, which is made when it is not there. Fails
  // with the first file that cannot be opened, naming it and what to do, and
  // with kFailedPrecondition when another server has the folder.
  static Result<std::unique_ptr<Twin>> open(TwinSettings settings);
  ~Twin();

  // The snapshot a context asks about: the facts of its moment with the effects
  // of what was assessed until then, unless it ignores them. Fails with kInvalidArgument for a name
  // that is none or a revision beside a time of knowledge, kNotFound for an
  // unknown city or scenario, kFailedPrecondition for moments of which nothing is
  // known and for scenarios whose parents are not there.
  Result<std::shared_ptr<const Snapshot>> resolve(const v1::Context& context) const;

  // The same with all that is known of what the scenario does. Fails with
  // kInvalidArgument for a context without one.
  Result<std::shared_ptr<const ScenarioOutcome>> resolve_scenario(const v1::Context& context) const;

  // The facts alone, for what is done to a city: fails with kInvalidArgument when
  // the context names another time or a scenario, and with kFailedPrecondition
  // when it names a revision that is not the newest one.
  Result<std::shared_ptr<const Snapshot>> newest(const v1::Context& context) const;

  std::vector<std::shared_ptr<const Snapshot>> cities() const;  // By id.
  Result<std::shared_ptr<const Snapshot>> create_city(const std::string& id, const std::string& crs, const std::string& title,
                                                      std::int64_t create_time_s);
  // Makes a city of a file that some server wrote, with all its history. `name` is
  // what its owner calls the file. Fails with kAlreadyExists, and with kBadData
  // when it is damaged or no file of a city; the store is as it was then.
  Result<std::shared_ptr<const Snapshot>> restore_city(const std::string& id, const std::filesystem::path& file, const std::string& name,
                                                       const Limits& limits);
  // Copies all that is known of a city into a new file, at least the newest
  // snapshot there is now. Nobody waits for it.
  Result<void> copy_city(const std::string& id, const std::filesystem::path& to, const Limits& limits) const;
  Result<void> delete_city(const std::string& id);
  Result<std::shared_ptr<const Snapshot>> set_title(const std::string& id, const std::string& title);
  Result<std::shared_ptr<const Snapshot>> set_layer_description(const std::string& id, const geo::LayerDescription& description);
  Result<std::shared_ptr<const Snapshot>> set_raster_description(const std::string& id, const geo::RasterDescription& description);
  // A raster too.
  Result<std::shared_ptr<const Snapshot>> delete_layer(const std::string& id, const std::string& layer);

  // Changes single features, all of them or none. `changes_for` says what to
  // change of the newest snapshot, whose layers and fields it may rely on.
  // `expected_revision` other than 0 must be the newest, or it fails with
  // kFailedPrecondition. Fails with kNotFound, naming `changes[i]`, when a
  // feature to set or remove is not there in that time. Calls that wait for their
  // turn at the same time are written to the disk together, each with a revision
  // of its own; `snapshot` knows them all.
  using ChangesFor = std::function<Result<std::vector<FactChange>>(const Snapshot&)>;
  Result<ChangesMade> apply_changes(const std::string& id, const ChangesFor& changes_for, const Authorship& authorship,
                                    Revision expected_revision);
  // All that was ever known of a feature, in the order it became known. Fails with kNotFound.
  Result<std::vector<FactVersion>> history_of(const std::string& id, const std::string& layer, const std::string& feature) const;

  // What is known of projects and scenarios in a context, whatever its scenario.
  // Fails as `resolve`.
  Result<KnownRecords> records(const v1::Context& context) const;
  // When a revision was recorded. Fails with kNotFound.
  Result<Instant> recorded_at(const std::string& id, Revision revision) const;
  // Changes projects and scenarios, all of them or none; otherwise as
  // `apply_changes`. `what` is written into the log.
  using RecordsFor = std::function<Result<std::vector<RecordChange>>(const Snapshot&, const Records&)>;
  Result<ChangesMade> change_records(const std::string& id, const std::string& what, const RecordsFor& changes_for,
                                     const Authorship& authorship, Revision expected_revision);

  // Calls `observer` with the id of a city after it was published anew or
  // deleted, on the thread that changed it: it must not wait. Null takes it away.
  using Observer = std::function<void(const std::string& city)>;
  void on_publish(Observer observer);
  // The time of the real world, as it is to this server.
  Instant now() const { return settings_.clock(); }

  // Runs a worker on a file and makes its layers part of the city, all or
  // nothing. `description` carries what the user said of the data; its id and
  // theme are the worker's to fill. Progress goes to `progress`. Rows pass
  // through `mapping` where there is one.
  Result<v1::ImportReport> import_file(const std::string& id, const worker::IngestJob& job, const geo::LayerDescription& description,
                                       const std::function<void(double, const std::string&)>& progress, const Limits& limits,
                                       const RowMapping* mapping = nullptr);

  // The same for a file that `is_raster_name`, which becomes one raster.
  Result<v1::ImportReport> import_raster(const std::string& id, const worker::IngestJob& job, const geo::LayerDescription& description,
                                         const std::function<void(double, const std::string&)>& progress, const Limits& limits);

  // Runs a worker on a file and changes nothing. Fails as `run_ingest` does.
  Result<worker::IngestSummary> read_file(const worker::IngestJob& job, const IngestSink& sink, const Limits& limits) const;

  const DamageRules& damage() const { return *damage_; }
  const std::vector<geo::RulePack>& rule_packs() const { return settings_.rule_packs; }
  const std::vector<geo::Profile>& profiles() const { return settings_.profiles; }

 private:
  struct OpenCity;  // A store, its writer lock, and the published snapshot.
  class Turn;       // The right to change one city.
  struct WaitingEdit;
  struct Observation;
  using Change = std::function<Result<std::int64_t>(CityStore&)>;
  using FreshLayers = std::map<std::string, std::shared_ptr<const geo::Layer>>;
  explicit Twin(TwinSettings settings, std::unique_ptr<FolderLock> lock);

  Result<std::shared_ptr<OpenCity>> find(const std::string& id) const;
  // Lets `make` write the file of a city under a name that a crash leaves behind
  // and a start removes, and opens it under its own.
  using MakeFile = std::function<Result<void>(const std::filesystem::path&)>;
  Result<std::shared_ptr<const Snapshot>> add_city(const std::string& id, const MakeFile& make);
  Result<std::shared_ptr<OpenCity>> open_city(const std::filesystem::path& file) const;
  // The snapshot of what the store holds now; layers that are `fresh` or equal
  // to those of `before` are not read again.
  Result<std::shared_ptr<const Snapshot>> make_snapshot(const OpenCity& city, const Snapshot* before, FreshLayers fresh) const;
  // A city in one moment: the facts alone.
  struct Asked {
    std::shared_ptr<OpenCity> city;
    std::shared_ptr<const Snapshot> facts;
    Instant instant = 0;  // Now, unless the context states one.
  };
  Result<Asked> ask(const v1::Context& context) const;
  // The facts with the effects of damage as the context reads it.
  Result<std::shared_ptr<const Snapshot>> with_damage(const Asked& asked, const v1::Context& context) const;
  // What the scenario of the context makes of that.
  Result<std::shared_ptr<const ScenarioOutcome>> with_scenario(const Asked& asked, const v1::Context& context) const;
  // The snapshot brought to this instant.
  Result<std::shared_ptr<const Snapshot>> current(const OpenCity& city, std::shared_ptr<const Snapshot> newest) const;
  Result<std::shared_ptr<const Snapshot>> change(const std::string& id, const Change& change);
  // Both by whoever has the turn.
  void write_edits(OpenCity& city, std::span<WaitingEdit* const> edits) const;
  Result<std::shared_ptr<const Snapshot>> write_group(OpenCity& city, std::span<EditBatch> batches) const;

  // Set at construction.
  TwinSettings settings_;
  std::shared_ptr<const DamageRules> damage_;
  std::unique_ptr<FolderLock> lock_;
  // Held while files of the folder come and go, so that nobody who only reads
  // waits for a disk; taken before `mutex_`.
  std::mutex folder_mutex_;
  std::shared_ptr<Observation> observation_;  // Shared with the cities.
  // Guarded by `mutex_`.
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<OpenCity>, std::less<>> cities_;
};

}  // namespace obnova::server
