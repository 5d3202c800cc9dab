#include "server/twin/records.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>
#include <nlohmann/json.hpp>

#include "geo/base/check.h"

namespace obnova::server {
namespace {

constexpr const char* kProject = "project";
constexpr const char* kScenario = "scenario";

std::string to_body(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string text;
  OBNOVA_CHECK(google::protobuf::util::MessageToJsonString(message, &text, options).ok());
  // Maps come in no order; objects here are sorted by name.
  return nlohmann::json::parse(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Digest digest_of(std::string_view body) { return Digester().add(body).finish(); }

template <typename Message>
RecordChange put(const char* kind, const std::string& id, Message message) {
  message.clear_etag();
  message.clear_revision();
  return {.kind = kind, .id = id, .body = to_body(message)};
}

}  // namespace

bool valid_record_id(std::string_view id) {
  const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  const auto allowed = [&](char c) { return alphanumeric(c) || c == '.' || c == '_' || c == '-'; };
  return !id.empty() && id.size() <= 128 && alphanumeric(id.front()) && std::ranges::all_of(id, allowed);
}

RecordChange put_record(const std::string& id, v1::Project project) { return put(kProject, id, std::move(project)); }
RecordChange put_record(const std::string& id, v1::Scenario scenario) { return put(kScenario, id, std::move(scenario)); }
RecordChange remove_project(const std::string& id) { return {.kind = kProject, .id = id, .body = std::nullopt}; }
RecordChange remove_scenario(const std::string& id) { return {.kind = kScenario, .id = id, .body = std::nullopt}; }

template <typename Message>
Result<void> Records::load_into(Versions<Message>& table, const StoredRecord& record) {
  auto known = std::make_shared<Known<Message>>();
  known->id = record.id;
  known->known_from = record.known_from;
  known->known_to = record.known_to;
  known->digest = digest_of(record.body);
  if (!google::protobuf::util::JsonStringToMessage(record.body, &known->message).ok()) {
    return failure(ErrorCode::kBadData, fmt::format("The city file has a {} `{}` that cannot be read.", record.kind, record.id));
  }
  known->message.set_etag(Digester().add(known->digest.high).add(known->digest.low).add(std::uint64_t(record.known_from)).finish().hex());
  known->message.set_revision(record.known_from);
  table[record.id].push_back(std::move(known));
  return {};
}

Result<void> Records::load(const StoredRecord& record) {
  if (record.kind == kProject) return load_into(projects_, record);
  if (record.kind == kScenario) return load_into(scenarios_, record);
  return failure(ErrorCode::kBadData, fmt::format("The city file has a record of the unknown kind `{}`.", record.kind));
}

Result<std::unique_ptr<Records>> Records::read(const CityStore& store) {
  const auto stored = store.read_records();
  if (!stored) return std::unexpected(stored.error());
  std::unique_ptr<Records> records(new Records());
  for (const StoredRecord& record : *stored) {
    const auto loaded = records->load(record);
    if (!loaded) return std::unexpected(loaded.error());
  }
  return records;
}

template <typename Message>
void Records::end(Versions<Message>& table, const std::string& id, Revision revision) {
  const auto found = table.find(id);
  if (found == table.end() || found->second.empty() || found->second.back()->known_to != kStillKnown) return;
  auto& last = found->second.back();
  if (last->known_from == revision) {
    found->second.pop_back();
    return;
  }
  auto ended = std::make_shared<Known<Message>>(*last);
  ended->known_to = revision;
  last = std::move(ended);
}

Result<void> Records::learn(std::span<const RecordChange> changes, Revision revision) {
  const std::lock_guard lock(mutex_);
  for (const RecordChange& change : changes) {
    if (change.kind == kProject) end(projects_, change.id, revision);
    if (change.kind == kScenario) end(scenarios_, change.id, revision);
    if (!change.body) continue;
    const auto loaded = load({.kind = change.kind, .id = change.id, .known_from = revision, .body = *change.body});
    if (!loaded) return loaded;
  }
  return {};
}

template <typename Message>
std::shared_ptr<const Known<Message>> Records::at(const Versions<Message>& table, std::string_view id, Revision revision) {
  const auto found = table.find(id);
  if (found == table.end()) return nullptr;
  const auto after = std::ranges::upper_bound(found->second, revision, {}, [](const auto& known) { return known->known_from; });
  if (after == found->second.begin()) return nullptr;
  const auto& known = *std::prev(after);
  return revision < known->known_to ? known : nullptr;
}

template <typename Message>
std::vector<std::shared_ptr<const Known<Message>>> Records::all(const Versions<Message>& table, Revision revision) {
  std::vector<std::shared_ptr<const Known<Message>>> result;
  for (const auto& [id, versions] : table) {
    if (auto known = at(table, id, revision)) result.push_back(std::move(known));
  }
  return result;
}

std::shared_ptr<const KnownProject> Records::project(std::string_view id, Revision revision) const {
  const std::lock_guard lock(mutex_);
  return at(projects_, id, revision);
}

std::shared_ptr<const KnownScenario> Records::scenario(std::string_view id, Revision revision) const {
  const std::lock_guard lock(mutex_);
  return at(scenarios_, id, revision);
}

std::vector<std::shared_ptr<const KnownProject>> Records::projects(Revision revision) const {
  const std::lock_guard lock(mutex_);
  return all(projects_, revision);
}

std::vector<std::shared_ptr<const KnownScenario>> Records::scenarios(Revision revision) const {
  const std::lock_guard lock(mutex_);
  return all(scenarios_, revision);
}

}  // namespace obnova::server
