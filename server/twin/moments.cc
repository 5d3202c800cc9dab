#include <chrono>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "server/twin/instant.h"
#include "server/twin/open_city.h"
#include "server/twin/twin.h"

namespace obnova::server {
namespace {

// How long a change of records waits for another change.
constexpr std::chrono::milliseconds kPatience(2000);

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
  if (context.scenario().empty()) return with_damage(*asked, context);
  const auto outcome = with_scenario(*asked, context);
  if (!outcome) return std::unexpected(outcome.error());
  return (*outcome)->snapshot;
}

Result<std::shared_ptr<const ScenarioOutcome>> Twin::with_scenario(const Asked& asked, const v1::Context& context) const {
  const auto scenario = scenario_id_of(context.scenario(), asked.facts->record.id, "context.scenario");
  if (!scenario) return std::unexpected(scenario.error());
  const auto damaged = with_damage(asked, context);
  if (!damaged) return std::unexpected(damaged.error());
  return asked.city->scenarios.resolve(*asked.facts, *damaged, *asked.city->records, *scenario,
                                       {.is_stated = context.has_valid_at(), .instant = asked.instant});
}

Result<std::shared_ptr<const ScenarioOutcome>> Twin::resolve_scenario(const v1::Context& context) const {
  if (context.scenario().empty()) return failure(ErrorCode::kInvalidArgument, "A scenario is required.", "context.scenario");
  const auto asked = ask(context);
  if (!asked) return std::unexpected(asked.error());
  return with_scenario(*asked, context);
}

Result<std::shared_ptr<const Snapshot>> Twin::newest(const v1::Context& context) const {
  if (context.has_valid_at()) return failure(ErrorCode::kInvalidArgument, "Only the present can be changed.", "context.valid_at");
  if (context.has_known_at()) return failure(ErrorCode::kInvalidArgument, "What was known cannot be changed.", "context.known_at");
  if (!context.scenario().empty()) {
    return failure(ErrorCode::kInvalidArgument, "Only the facts can be changed so: a scenario has changes of its own.", "context.scenario");
  }
  v1::Context present;
  present.set_city(context.city());
  auto asked = ask(present);
  if (!asked) return std::unexpected(asked.error());
  const auto checked = check_revision(context.revision(), asked->facts->record.revision);
  if (!checked) return std::unexpected(checked.error());
  return std::move(asked->facts);
}

Result<KnownRecords> Twin::records(const v1::Context& context) const {
  const auto asked = ask(context);
  if (!asked) return std::unexpected(asked.error());
  return KnownRecords{.city = asked->facts->record.id, .records = asked->city->records, .revision = asked->facts->record.revision};
}

Result<Instant> Twin::recorded_at(const std::string& id, Revision revision) const {
  const auto city = find(id);
  if (!city) return std::unexpected(city.error());
  return (*city)->history->recorded_at(revision);
}

Result<ChangesMade> Twin::change_records(const std::string& id, const std::string& what, const RecordsFor& changes_for,
                                         const Authorship& authorship, Revision expected_revision) {
  const auto city = find(id);
  if (!city) return std::unexpected(city.error());
  const auto turn = Turn::take(*city, kPatience, {});
  if (!turn) return std::unexpected(turn.error());
  const auto newest = (*city)->snapshot();
  if (const auto made = (*city)->history->revision_of(authorship.request_id)) {
    return ChangesMade{.snapshot = newest, .revision = *made, .were_made_before = true};
  }
  const auto checked = check_revision(expected_revision, newest->record.revision);
  if (!checked) return std::unexpected(checked.error());
  const auto changes = changes_for(*newest, *(*city)->records);
  if (!changes) return std::unexpected(changes.error());
  const auto revision = (*city)->store->change_records(*changes, what, authorship);
  if (!revision) return std::unexpected(revision.error());
  const auto learned = (*city)->records->learn(*changes, *revision);
  if (!learned) return std::unexpected(learned.error());
  auto snapshot = make_snapshot(**city, newest.get(), {});
  if (!snapshot) return std::unexpected(snapshot.error());
  (*city)->publish(*snapshot);
  return ChangesMade{.snapshot = std::move(*snapshot), .revision = *revision};
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
