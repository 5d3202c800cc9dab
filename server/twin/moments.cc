#include <chrono>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "server/twin/instant.h"
#include "server/twin/open_city.h"
#include "server/twin/twin.h"

namespace obnova::server {
namespace {

// Nullopt: damage is ignored.
Result<std::optional<geo::ConditionCase>> case_of(const v1::Context& context) {
  switch (context.condition_case()) {
    case v1::CONDITION_CASE_UNSPECIFIED:
    case v1::CONDITION_CASE_EXPECTED:
      return geo::ConditionCase::kExpected;
    case v1::CONDITION_CASE_OPTIMISTIC:
      return geo::ConditionCase::kOptimistic;
    case v1::CONDITION_CASE_PESSIMISTIC:
      return geo::ConditionCase::kPessimistic;
    case v1::CONDITION_CASE_IGNORED:
      return std::nullopt;
    default:
      return failure(ErrorCode::kInvalidArgument,
                     fmt::format("The condition case {} is unknown.", static_cast<int>(context.condition_case())),
                     "context.condition_case");
  }
}

}  // namespace

Instant system_clock_now() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Result<std::shared_ptr<const Snapshot>> Twin::current(const OpenCity& city, std::shared_ptr<const Snapshot> newest) const {
  if (newest->valid_to == kForever) return newest;
  const Instant now = settings_.clock();
  if (newest->valid_at <= now && now < newest->valid_to) return newest;
  return city.history->at(newest, {.valid_at = now, .revision = newest->record.revision});
}

Result<Twin::Asked> Twin::ask(const v1::Context& context) const {
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
  const Instant now = settings_.clock();
  Asked asked{.city = *city, .facts = nullptr, .instant = now};
  const bool asks_for_the_present = context.revision() == 0 && !context.has_known_at() && !context.has_valid_at();

  Moment moment{.valid_at = now, .revision = context.revision() == 0 ? newest->record.revision : context.revision()};
  if (context.has_known_at()) {
    const auto known_at = to_instant(context.known_at(), "context.known_at");
    if (!known_at) return std::unexpected(known_at.error());
    const auto revision = (*city)->history->revision_at(*known_at);
    if (!revision) return failure(revision.error().code, revision.error().message, "context.known_at");
    moment.revision = std::min(*revision, newest->record.revision);
  }
  if (context.has_valid_at()) {
    const auto valid_at = to_instant(context.valid_at(), "context.valid_at");
    if (!valid_at) return std::unexpected(valid_at.error());
    asked.instant = moment.valid_at = *valid_at;
  }
  auto facts = asks_for_the_present ? current(**city, newest) : (*city)->history->at(newest, moment);
  if (!facts) return std::unexpected(facts.error());
  asked.facts = std::move(*facts);
  return asked;
}

Result<std::shared_ptr<const Snapshot>> Twin::with_damage(const Asked& asked, const v1::Context& context) const {
  const auto condition_case = case_of(context);
  if (!condition_case) return std::unexpected(condition_case.error());
  if (!*condition_case) return asked.facts;
  return asked.city->conditions->apply(asked.facts, **condition_case, asked.instant);
}

Result<std::shared_ptr<const Snapshot>> Twin::resolve(const v1::Context& context) const {
  const auto asked = ask(context);
  if (!asked) return std::unexpected(asked.error());
  return with_damage(*asked, context);
}

Result<std::shared_ptr<const Snapshot>> Twin::newest(const v1::Context& context) const {
  if (context.has_valid_at()) return failure(ErrorCode::kInvalidArgument, "Only the present can be changed.", "context.valid_at");
  if (context.has_known_at()) return failure(ErrorCode::kInvalidArgument, "What was known cannot be changed.", "context.known_at");
  v1::Context present;
  present.set_city(context.city());
  present.set_scenario(context.scenario());
  auto asked = ask(present);
  if (!asked) return std::unexpected(asked.error());
  const auto checked = check_revision(context.revision(), asked->facts->record.revision);
  if (!checked) return std::unexpected(checked.error());
  return std::move(asked->facts);
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
