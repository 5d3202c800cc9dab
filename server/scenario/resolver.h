#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "geo/base/result.h"
#include "server/scenario/overlay.h"

namespace obnova::server {

// Resolves scenarios of one city and remembers the latest. Any number of threads
// may ask.
class ScenarioResolver {
 public:
  // As `apply`, for the plan of this scenario in the revision of `base`. Fails as
  // `plan_of`, naming `context.scenario`.
  Result<std::shared_ptr<const ScenarioOutcome>> resolve(const Snapshot& facts, const std::shared_ptr<const Snapshot>& base,
                                                         const Records& records, const std::string& scenario, const PlanTime& time) const;

 private:
  struct Resolved {
    Revision revision = 0;
    Digest facts;
    Digest base;
    Digest plan;
    bool time_is_stated = false;
    std::shared_ptr<const ScenarioOutcome> outcome;
  };

  mutable std::mutex mutex_;
  // Guarded by `mutex_`; the latest first.
  mutable std::list<Resolved> resolved_;
};

}  // namespace obnova::server
