#include "server/scenario/plan.h"

#include <set>
#include <utility>

#include <fmt/format.h>

#include "server/twin/instant.h"

namespace obnova::server {
namespace {

constexpr std::size_t kMaxParents = 16;

Result<std::string> id_of(const std::string& name, const std::string& prefix, const char* kind, const std::string& field) {
  if (name.starts_with(prefix) && valid_record_id(std::string_view(name).substr(prefix.size()))) return name.substr(prefix.size());
  return failure(ErrorCode::kInvalidArgument,
                 fmt::format("\"{}\" is no name of a {} of this city: `{}` and its id.", name.substr(0, 100), kind, prefix), field);
}

// The timestamps of records were checked when they were written.
Instant instant_or(bool is_there, const google::protobuf::Timestamp& timestamp, Instant otherwise) {
  if (!is_there) return otherwise;
  return to_instant(timestamp, "").value_or(otherwise);
}

}  // namespace

std::string project_name(std::string_view city, std::string_view project) { return fmt::format("cities/{}/projects/{}", city, project); }
std::string scenario_name(std::string_view city, std::string_view scenario) {
  return fmt::format("cities/{}/scenarios/{}", city, scenario);
}

Result<std::string> project_id_of(const std::string& name, std::string_view city, const std::string& field) {
  return id_of(name, project_name(city, ""), "project", field);
}

Result<std::string> scenario_id_of(const std::string& name, std::string_view city, const std::string& field) {
  return id_of(name, scenario_name(city, ""), "scenario", field);
}

Result<std::vector<std::shared_ptr<const KnownScenario>>> lineage_of(const Records& records, std::string_view city,
                                                                     const std::string& scenario, Revision revision) {
  std::vector<std::shared_ptr<const KnownScenario>> line;
  std::set<std::pair<std::string, Revision>> seen;
  std::string id = scenario;
  while (true) {
    auto known = records.scenario(id, revision);
    if (known == nullptr) {
      const bool is_asked = line.empty();
      return failure(is_asked ? ErrorCode::kNotFound : ErrorCode::kFailedPrecondition,
                     fmt::format("There is no scenario `{}` in revision {}.", id, revision));
    }
    if (!seen.emplace(id, known->known_from).second) {
      return failure(ErrorCode::kFailedPrecondition, fmt::format("The scenario `{}` descends from itself.", id));
    }
    if (line.size() > kMaxParents) {
      return failure(ErrorCode::kFailedPrecondition,
                     fmt::format("The scenario `{}` has more than {} parents in a row.", scenario, kMaxParents));
    }
    line.insert(line.begin(), known);
    const v1::Scenario& message = known->message;
    if (!message.has_parent()) return line;
    const auto parent = scenario_id_of(message.parent().scenario(), city, "parent.scenario");
    if (!parent) return std::unexpected(parent.error());
    id = *parent;
    if (message.parent().revision() != 0) revision = std::min(revision, message.parent().revision());
  }
}

Result<ScenarioPlan> plan_of(const Records& records, std::string_view city, const std::string& scenario, Revision revision) {
  const auto line = lineage_of(records, city, scenario, revision);
  if (!line) return std::unexpected(line.error());
  ScenarioPlan plan{.id = scenario, .parts = {}, .digest = {}};
  Digester digester;
  for (const auto& known : *line) {
    digester.add(known->id).add(known->digest.high).add(known->digest.low);
    for (int i = 0; i < known->message.steps_size(); ++i) {
      const v1::ScenarioStep& step = known->message.steps(i);
      PlanPart part{.place = {.scenario = known->id, .project = {}, .index = i}, .project = nullptr, .scenario = known};
      if (step.has_project()) {
        part.place.index = 0;
        part.place.project = project_id_of(step.project(), city, "").value_or(step.project());
        part.project = records.project(part.place.project, revision);
        const Digest digest = part.project == nullptr ? Digest{} : part.project->digest;
        digester.add(digest.high).add(digest.low);
      }
      plan.parts.push_back(std::move(part));
    }
  }
  plan.digest = digester.finish();
  return plan;
}

Period period_of(const v1::Change& change, const KnownProject* project) {
  const bool is_scheduled = project != nullptr && project->message.schedule().has_end_time();
  const Instant done = is_scheduled ? instant_or(true, project->message.schedule().end_time(), kEver) : kEver;
  return {.from = instant_or(change.has_valid_from(), change.valid_from(), done),
          .to = instant_or(change.has_valid_to(), change.valid_to(), kForever)};
}

bool is_so(const Period& period, const PlanTime& time) {
  if (time.is_stated || period.to != kForever) return period.contains(time.instant);
  return true;
}

}  // namespace obnova::server
