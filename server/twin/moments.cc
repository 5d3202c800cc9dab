#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "server/twin/instant.h"
#include "server/twin/open_city.h"
#include "server/twin/twin.h"

namespace obnova::server {

Instant system_clock_now() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Result<std::shared_ptr<const Snapshot>> Twin::current(const OpenCity& city, std::shared_ptr<const Snapshot> newest) const {
  if (newest->valid_to == kForever) return newest;
  const Instant now = settings_.clock();
  if (newest->valid_at <= now && now < newest->valid_to) return newest;
  return city.history->at(newest, {.valid_at = now, .revision = newest->record.revision});
}

Result<std::shared_ptr<const Snapshot>> Twin::resolve(const v1::Context& context) const {
  const auto id = city_id_of(context.city(), "context.city");
  if (!id) return std::unexpected(id.error());
  if (context.revision() < 0) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("A revision is 1 or more, got {}.", context.revision()), "context.revision");
  }
  if (context.revision() != 0 && context.has_known_at()) {
    return failure(ErrorCode::kInvalidArgument, "A revision and a time of knowledge say the same: give one of them.", "context.known_at");
  }
  const auto city = find(*id);
  if (!city) return failure(city.error().code, city.error().message, "context.city");
  if (!context.scenario().empty()) return failure(ErrorCode::kFailedPrecondition, "Scenarios are not served yet.", "context.scenario");
  const auto newest = (*city)->snapshot();
  if (context.revision() == 0 && !context.has_known_at() && !context.has_valid_at()) return current(**city, newest);

  Moment moment{.valid_at = 0, .revision = context.revision() == 0 ? newest->record.revision : context.revision()};
  if (context.has_known_at()) {
    const auto known_at = to_instant(context.known_at(), "context.known_at");
    if (!known_at) return std::unexpected(known_at.error());
    const auto revision = (*city)->history->revision_at(*known_at);
    if (!revision) return failure(revision.error().code, revision.error().message, "context.known_at");
    moment.revision = std::min(*revision, newest->record.revision);
  }
  const auto valid_at = context.has_valid_at() ? to_instant(context.valid_at(), "context.valid_at") : settings_.clock();
  if (!valid_at) return std::unexpected(valid_at.error());
  moment.valid_at = *valid_at;
  return (*city)->history->at(newest, moment);
}

Result<std::shared_ptr<const Snapshot>> Twin::newest(const v1::Context& context) const {
  if (context.has_valid_at()) return failure(ErrorCode::kInvalidArgument, "Only the present can be changed.", "context.valid_at");
  if (context.has_known_at()) return failure(ErrorCode::kInvalidArgument, "What was known cannot be changed.", "context.known_at");
  v1::Context present;
  present.set_city(context.city());
  present.set_scenario(context.scenario());
  auto snapshot = resolve(present);
  if (!snapshot) return snapshot;
  const auto checked = check_revision(context.revision(), (*snapshot)->record.revision);
  if (!checked) return std::unexpected(checked.error());
  return snapshot;
}

Result<std::vector<FactVersion>> Twin::history_of(const std::string& id, const std::string& layer, const std::string& feature) const {
  const auto city = find(id);
  if (!city) return std::unexpected(city.error());
  const auto newest = (*city)->snapshot();
  if (!newest->city->layers().contains(layer)) {
    return failure(ErrorCode::kNotFound, fmt::format("The city has no layer `{}`.", layer), "layer");
  }
  return (*city)->history->versions(*newest, layer, feature);
}

}  // namespace obnova::server
