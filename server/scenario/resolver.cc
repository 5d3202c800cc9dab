#include "server/scenario/resolver.h"

#include <algorithm>
#include <utility>

namespace obnova::server {
namespace {

constexpr std::size_t kMaxResolved = 16;

}  // namespace

Result<std::shared_ptr<const ScenarioOutcome>> ScenarioResolver::resolve(const Snapshot& facts, const std::shared_ptr<const Snapshot>& base,
                                                                         const Records& records, const std::string& scenario,
                                                                         const PlanTime& time) const {
  const auto plan = plan_of(records, base->record.id, scenario, base->record.revision);
  if (!plan) return failure(plan.error().code, plan.error().message, "context.scenario");
  const auto is_wanted = [&](const Resolved& known) {
    return known.revision == base->record.revision && known.plan == plan->digest && known.base == base->city->digest() &&
           known.outcome->base->conditions == base->conditions && known.outcome->base->condition_case == base->condition_case &&
           known.facts == facts.city->digest() && known.time_is_stated == time.is_stated && known.outcome->period.contains(time.instant);
  };
  {
    const std::lock_guard lock(mutex_);
    const auto known = std::ranges::find_if(resolved_, is_wanted);
    if (known != resolved_.end()) {
      resolved_.splice(resolved_.begin(), resolved_, known);
      return known->outcome;
    }
  }
  auto outcome = apply(facts, base, *plan, time);
  if (!outcome) return std::unexpected(outcome.error());
  auto made = std::make_shared<const ScenarioOutcome>(std::move(*outcome));
  const std::lock_guard lock(mutex_);
  // Somebody else may have made it meanwhile: then there is one to share.
  const auto known = std::ranges::find_if(resolved_, is_wanted);
  if (known != resolved_.end()) return known->outcome;
  resolved_.push_front({.revision = base->record.revision,
                        .facts = facts.city->digest(),
                        .base = base->city->digest(),
                        .plan = plan->digest,
                        .time_is_stated = time.is_stated,
                        .outcome = made});
  if (resolved_.size() > kMaxResolved) resolved_.pop_back();
  return made;
}

}  // namespace obnova::server
