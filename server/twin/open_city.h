#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "geo/base/limits.h"
#include "server/assess/conditions.h"
#include "server/scenario/resolver.h"
#include "server/twin/history.h"
#include "server/twin/records.h"
#include "server/twin/packing.h"
#include "server/twin/twin.h"

namespace obnova::server {

// Fails with kFailedPrecondition unless the newest revision is the expected one; 0 expects any.
Result<void> check_revision(Revision expected, Revision newest);

// An edit whose caller waits for it to be written.
struct Twin::WaitingEdit {
  EditBatch batch;
  bool taken = false;  // By whoever has the turn.
  bool done = false;
  std::shared_ptr<const Snapshot> snapshot = {};  // That knows it.
};

// Who wants to know of publishes.
struct Twin::Observation {
  void tell(const std::string& city) {
    const std::lock_guard lock(mutex);
    if (observer) observer(city);
  }
  std::mutex mutex;
  Observer observer;  // Guarded by `mutex`.
};

struct Twin::OpenCity {
  std::shared_ptr<const Snapshot> snapshot() const {
    const std::lock_guard lock(mutex);
    return current;
  }
  void publish(std::shared_ptr<const Snapshot> next) {
    {
      const std::lock_guard lock(mutex);
      current = std::move(next);
    }
    observation->tell(id);
  }

  // The newest snapshot as of now, to base a change upon.
  Result<Snapshot> present(const std::shared_ptr<const Snapshot>& newest, Instant now) const {
    const auto at_now = history->at(newest, {.valid_at = now, .revision = newest->record.revision});
    if (!at_now) return std::unexpected(at_now.error());
    Snapshot present = **at_now;  // It may be the newest one, which shows the same.
    present.valid_at = now;
    return present;
  }

  // Set before the city is shared.
  std::string id;
  std::filesystem::path file;
  std::shared_ptr<const geo::Projection> projection;
  std::unique_ptr<History> history;
  std::unique_ptr<Conditions> conditions;
  std::shared_ptr<Records> records;
  ScenarioResolver scenarios;
  std::shared_ptr<Observation> observation;
  // Used by whoever holds the turn.
  std::optional<CityStore> store;
  Packing packing;
  // Guarded by `mutex`.
  mutable std::mutex mutex;
  std::condition_variable turn_ended;
  bool turn_taken = false;
  std::deque<WaitingEdit*> waiting_edits;  // In the order they came; those that nobody has taken.
  bool deleted = false;
  std::shared_ptr<const Snapshot> current;
};

class Twin::Turn {
 public:
  // Fails with kUnavailable when others do not end in time, with kNotFound when
  // they delete the city, and with kCancelled.
  static Result<Turn> take(std::shared_ptr<OpenCity> city, std::chrono::milliseconds patience, const Limits& limits);
  ~Turn();
  Turn(Turn&&) noexcept = default;
  // Nobody gets a turn after this one.
  void mark_deleted();

 private:
  explicit Turn(std::shared_ptr<OpenCity> city) : city_(std::move(city)) {}
  std::shared_ptr<OpenCity> city_;
};

}  // namespace obnova::server
