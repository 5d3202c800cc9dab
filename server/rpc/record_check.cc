#include "server/rpc/record_check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <span>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "server/convert/geometry.h"
#include "server/rpc/catalog_messages.h"
#include "server/scenario/change_words.h"
#include "server/twin/instant.h"

namespace obnova::server {
namespace {

constexpr int kMaxChanges = 10'000;
constexpr int kMaxSectors = 20;
constexpr int kMaxLocations = 1000;
constexpr std::size_t kMaxDescriptionBytes = 16'384;
constexpr std::size_t kMaxDocumentBytes = std::size_t{1} << 20;

constexpr std::array<std::string_view, 6> kStatuses = {"identification", "preparation", "implementation",
                                                       "completion",     "completed",   "cancelled"};
constexpr std::array<std::string_view, 6> kTypes = {"construction", "maintenance", "rehabilitation",
                                                    "replacement",  "expansion",   "decommissioning"};

std::unexpected<Error> refused(std::string message, const std::string& field) {
  return failure(ErrorCode::kInvalidArgument, std::move(message), field);
}

Result<void> check_length(const std::string& text, std::size_t at_most, const std::string& field) {
  if (text.size() <= at_most) return {};
  return refused(fmt::format("The text has {} bytes, {} are the most.", text.size(), at_most), field);
}

Result<void> check_count(int count, int at_most, const std::string& field) {
  if (count <= at_most) return {};
  return refused(fmt::format("There are {} of them, {} are the most.", count, at_most), field);
}

Result<void> check_word(const std::string& word, std::span<const std::string_view> words, const std::string& field) {
  if (word.empty() || std::ranges::find(words, word) != words.end()) return {};
  return refused(fmt::format("\"{}\" is none of the words of OC4IDS: {}.", word.substr(0, 100), fmt::join(words, ", ")), field);
}

Result<void> check_document(const std::string& text, const std::string& field) {
  if (text.empty()) return {};
  const auto checked = check_length(text, kMaxDocumentBytes, field);
  if (!checked) return checked;
  if (nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false).is_object()) return {};
  return refused("The document is no JSON object.", field);
}

Result<void> check_cost(const v1::Cost& cost, const std::string& field) {
  if (!std::isfinite(cost.amount()) || cost.amount() < 0) {
    return refused(fmt::format("The amount {} is not 0 or more.", cost.amount()), field + ".amount");
  }
  const std::string& currency = cost.currency();
  if (currency.size() != 3 || !std::ranges::all_of(currency, [](char c) { return c >= 'A' && c <= 'Z'; })) {
    return refused(fmt::format("\"{}\" is no currency of ISO 4217, such as `UAH`.", currency.substr(0, 100)), field + ".currency");
  }
  return check_date(cost.price_date(), field + ".price_date");
}

Result<void> check_schedule(const v1::Schedule& schedule, const std::string& field) {
  Instant start = kEver;
  if (schedule.has_start_time()) {
    const auto instant = to_instant(schedule.start_time(), field + ".start_time");
    if (!instant) return std::unexpected(instant.error());
    start = *instant;
  }
  if (!schedule.has_end_time()) return {};
  const auto end = to_instant(schedule.end_time(), field + ".end_time");
  if (!end) return std::unexpected(end.error());
  if (*end < start) return refused("The schedule ends before it begins.", field + ".end_time");
  return {};
}

Result<void> check_fit(const v1::Change& change, const Snapshot& snapshot, const std::string& field) {
  const auto checked = check_change(change, field);
  if (!checked) return checked;
  const auto& layers = snapshot.city->layers();
  const auto found = layers.find(change.layer());
  if (found == layers.end()) {
    return failure(ErrorCode::kNotFound, fmt::format("The city has no layer `{}`.", change.layer()), field + ".layer");
  }
  const geo::Layer& layer = *found->second.layer;
  const auto words = words_of(change, layer.description().theme, layer.fields(), *snapshot.projection, field);
  if (!words) return std::unexpected(words.error());
  return {};
}

Result<void> check_feature_name(const std::string& name, const Snapshot& snapshot, const std::string& field) {
  const std::string prefix = fmt::format("cities/{}/layers/", snapshot.record.id);
  const auto features = name.find("/features/", prefix.size());
  const bool is_one = name.starts_with(prefix) && features != std::string::npos && features > prefix.size() &&
                      features + std::string_view("/features/").size() < name.size() && name.size() <= 512;
  if (is_one) return {};
  return refused(fmt::format("\"{}\" is no feature of this city: `{}` its layer `/features/` and its id.", name.substr(0, 100), prefix),
                 field);
}

Result<void> check_location(const v1::ProjectLocation& location, const Snapshot& snapshot, const std::string& field) {
  auto checked = check_length(location.id(), 256, field + ".id");
  if (checked) checked = check_length(location.description(), kMaxDescriptionBytes, field + ".description");
  if (checked) checked = check_document(location.oc4ids_document(), field + ".oc4ids_document");
  if (!checked || !location.has_geometry()) return checked;
  if (location.geometry().srid() != 0 && location.geometry().srid() != 4326) {
    return refused("A location is given in longitude and latitude.", field + ".geometry.srid");
  }
  const auto shape = to_plane(location.geometry(), *snapshot.projection, ShapeKind::kAny, field + ".geometry");
  if (!shape) return std::unexpected(shape.error());
  return {};
}

// What a project has many of.
Result<void> check_lists(const v1::Project& project, const Snapshot& snapshot, const std::string& field) {
  auto checked = check_count(project.sectors_size(), kMaxSectors, field + ".sectors");
  if (checked) checked = check_count(project.changes_size(), kMaxChanges, field + ".changes");
  if (checked) checked = check_count(project.features_size(), kMaxChanges, field + ".features");
  if (checked) checked = check_count(project.locations_size(), kMaxLocations, field + ".locations");
  for (int i = 0; checked && i < project.sectors_size(); ++i) {
    const std::string path = fmt::format("{}.sectors[{}]", field, i);
    checked = project.sectors(i).empty() ? refused("A sector has a code.", path) : check_length(project.sectors(i), 100, path);
  }
  for (int i = 0; checked && i < project.changes_size(); ++i) {
    checked = check_fit(project.changes(i), snapshot, fmt::format("{}.changes[{}]", field, i));
  }
  for (int i = 0; checked && i < project.features_size(); ++i) {
    checked = check_feature_name(project.features(i), snapshot, fmt::format("{}.features[{}]", field, i));
  }
  for (int i = 0; checked && i < project.locations_size(); ++i) {
    checked = check_location(project.locations(i), snapshot, fmt::format("{}.locations[{}]", field, i));
  }
  return checked;
}

Result<void> check_parent(const v1::ScenarioParent& parent, const std::string& id, const Snapshot& snapshot, const Records& records,
                          const std::string& field) {
  const auto parent_id = scenario_id_of(parent.scenario(), snapshot.record.id, field + ".scenario");
  if (!parent_id) return std::unexpected(parent_id.error());
  const Revision newest = snapshot.record.revision;
  if (parent.revision() < 0 || parent.revision() > newest) {
    return refused(fmt::format("The revision {} is not between 1 and {}.", parent.revision(), newest), field + ".revision");
  }
  const auto line = lineage_of(records, snapshot.record.id, *parent_id, parent.revision() == 0 ? newest : parent.revision());
  if (!line) return failure(line.error().code, line.error().message, field + ".scenario");
  if (std::ranges::any_of(*line, [&](const auto& ancestor) { return ancestor->id == id; })) {
    return failure(ErrorCode::kFailedPrecondition, fmt::format("The scenario `{}` would descend from itself.", id), field + ".scenario");
  }
  return {};
}

}  // namespace

Result<void> check_status(const std::string& status, const std::string& field) { return check_word(status, kStatuses, field); }
Result<void> check_type(const std::string& type, const std::string& field) { return check_word(type, kTypes, field); }

Result<void> check_project(const v1::Project& project, const Snapshot& snapshot, const std::string& field) {
  auto checked = check_words(project.title(), field + ".title");
  if (checked) checked = check_length(project.description(), kMaxDescriptionBytes, field + ".description");
  if (checked) checked = check_status(project.status(), field + ".status");
  if (checked) checked = check_type(project.type(), field + ".type");
  if (checked && project.has_cost()) checked = check_cost(project.cost(), field + ".cost");
  if (checked && project.has_schedule()) checked = check_schedule(project.schedule(), field + ".schedule");
  if (checked) checked = check_length(project.oc4ids_id(), 256, field + ".oc4ids_id");
  if (checked) checked = check_document(project.oc4ids_document(), field + ".oc4ids_document");
  return checked ? check_lists(project, snapshot, field) : checked;
}

Result<void> check_scenario(const v1::Scenario& scenario, const std::string& id, const Snapshot& snapshot, const Records& records,
                            const std::string& field) {
  auto checked = check_words(scenario.title(), field + ".title");
  if (checked) checked = check_length(scenario.description(), kMaxDescriptionBytes, field + ".description");
  if (checked) checked = check_count(scenario.steps_size(), kMaxChanges, field + ".steps");
  if (!checked) return checked;
  std::set<std::string> projects;
  for (int i = 0; i < scenario.steps_size(); ++i) {
    const v1::ScenarioStep& step = scenario.steps(i);
    const std::string path = fmt::format("{}.steps[{}]", field, i);
    if (step.step_case() == v1::ScenarioStep::STEP_NOT_SET) return refused("A step is a project or a change.", path);
    if (step.has_change()) {
      checked = check_fit(step.change(), snapshot, path + ".change");
      if (!checked) return checked;
      continue;
    }
    const auto project = project_id_of(step.project(), snapshot.record.id, path + ".project");
    if (!project) return std::unexpected(project.error());
    if (records.project(*project, snapshot.record.revision) == nullptr) {
      return failure(ErrorCode::kNotFound, fmt::format("There is no project `{}`.", *project), path + ".project");
    }
    if (!projects.insert(*project).second) return refused(fmt::format("The project `{}` is listed twice.", *project), path + ".project");
  }
  return scenario.has_parent() ? check_parent(scenario.parent(), id, snapshot, records, field + ".parent") : checked;
}

Result<void> check_authorship(const std::string& request_id, const std::string& author, const std::string& reason) {
  auto checked = check_length(request_id, 128, "request_id");
  if (checked) checked = check_length(author, 256, "author");
  if (checked) checked = check_length(reason, 4096, "reason");
  return checked;
}

}  // namespace obnova::server
