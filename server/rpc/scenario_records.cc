#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <google/protobuf/field_mask.pb.h>

#include "server/convert/number.h"
#include "server/rpc/record_check.h"
#include "server/rpc/scenario_handlers.h"

namespace obnova::server {
namespace {

constexpr std::size_t kMaxPageBytes = std::size_t{2} << 20;

// What differs between projects and scenarios.
struct ProjectKind {
  using Message = v1::Project;
  static constexpr const char* kWord = "project";
  static std::string name(std::string_view city, std::string_view id) { return project_name(city, id); }
  static auto find(const Records& records, std::string_view id, Revision revision) { return records.project(id, revision); }
  static RecordChange removal(const std::string& id) { return remove_project(id); }
  static Result<void> check(const v1::Project& project, const std::string&, const Snapshot& snapshot, const Records&) {
    return check_project(project, snapshot, kWord);
  }
  // Whether anything needs it.
  static Result<void> check_unused(const std::string& name, const Records& records, Revision revision) {
    for (const auto& scenario : records.scenarios(revision)) {
      const auto& steps = scenario->message.steps();
      if (!std::ranges::any_of(steps, [&](const v1::ScenarioStep& step) { return step.project() == name; })) continue;
      return failure(ErrorCode::kFailedPrecondition, fmt::format("The scenario `{}` lists the project.", scenario->id), "name");
    }
    return {};
  }
};

struct ScenarioKind {
  using Message = v1::Scenario;
  static constexpr const char* kWord = "scenario";
  static std::string name(std::string_view city, std::string_view id) { return scenario_name(city, id); }
  static auto find(const Records& records, std::string_view id, Revision revision) { return records.scenario(id, revision); }
  static RecordChange removal(const std::string& id) { return remove_scenario(id); }
  static Result<void> check(const v1::Scenario& scenario, const std::string& id, const Snapshot& snapshot, const Records& records) {
    return check_scenario(scenario, id, snapshot, records, kWord);
  }
  static Result<void> check_unused(const std::string& name, const Records& records, Revision revision) {
    for (const auto& scenario : records.scenarios(revision)) {
      if (scenario->message.parent().scenario() != name) continue;
      return failure(ErrorCode::kFailedPrecondition, fmt::format("The scenario `{}` goes on from it.", scenario->id), "name");
    }
    return {};
  }
};

template <typename Kind>
std::unexpected<Error> none(const std::string& id, const std::string& field) {
  return failure(ErrorCode::kNotFound, fmt::format("There is no {} `{}`.", Kind::kWord, id), field);
}

// `cities/{city}/projects/{project}`.
struct RecordName {
  std::string city;
  std::string id;
};

template <typename Kind>
Result<RecordName> to_name(const std::string& name, const std::string& field) {
  const auto slash = name.find('/', std::string_view("cities/").size());
  const auto city = city_id_of(name.substr(0, slash), field);
  if (!city) return std::unexpected(city.error());
  const std::string prefix = Kind::name(*city, "");
  if (!name.starts_with(prefix) || !valid_record_id(std::string_view(name).substr(prefix.size()))) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("\"{}\" is no name of a {}: `{}` and its id.", name.substr(0, 100), Kind::kWord, prefix), field);
  }
  return RecordName{.city = *city, .id = name.substr(prefix.size())};
}

template <typename Kind>
struct Made {
  typename Kind::Message message;
  bool was_made_before = false;
};

// What a request made, or one like it before.
template <typename Kind>
Result<Made<Kind>> made(const Twin& twin, const ChangesMade& changes, const std::string& id) {
  v1::Context context;
  context.set_city("cities/" + changes.snapshot->record.id);
  const auto known = twin.records(context);
  if (!known) return std::unexpected(known.error());
  const auto record = Kind::find(*known->records, id, changes.revision);
  if (record == nullptr) {
    return failure(ErrorCode::kFailedPrecondition, "A request of this id made another change before.", "request_id");
  }
  return Made<Kind>{.message = record->message, .was_made_before = changes.were_made_before};
}

template <typename Request>
Authorship authorship_of(const Request& request) {
  return {.author = request.author(), .reason = request.reason(), .request_id = request.request_id()};
}

// The city of a request that creates something; a request sent again names a
// revision that is not the newest any more.
Result<std::string> city_to_change(const Twin& twin, v1::Context context) {
  context.set_revision(0);
  const auto snapshot = twin.newest(context);
  if (!snapshot) return std::unexpected(snapshot.error());
  return (*snapshot)->record.id;
}

template <typename Kind, typename Request>
Result<Made<Kind>> create(Twin& twin, const Request& request, const std::string& id, const typename Kind::Message& given) {
  const auto signed_well = check_authorship(request.request_id(), request.author(), request.reason());
  if (!signed_well) return std::unexpected(signed_well.error());
  const std::string id_field = std::string(Kind::kWord) + "_id";
  if (!valid_record_id(id)) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("\"{}\" is no id: 1 to 128 of a-zA-Z0-9._-, starting with a letter or digit.", id.substr(0, 100)), id_field);
  }
  const auto city = city_to_change(twin, request.context());
  if (!city) return std::unexpected(city.error());
  const auto changes_for = [&](const Snapshot& newest, const Records& records) -> Result<std::vector<RecordChange>> {
    if (Kind::find(records, id, newest.record.revision) != nullptr) {
      return failure(ErrorCode::kAlreadyExists, fmt::format("There is a {} `{}` already.", Kind::kWord, id), id_field);
    }
    const auto checked = Kind::check(given, id, newest, records);
    if (!checked) return std::unexpected(checked.error());
    auto message = given;
    message.set_name(Kind::name(*city, id));
    return std::vector{put_record(id, std::move(message))};
  };
  const auto changes = twin.change_records(*city, fmt::format("create {} {}", Kind::kWord, id), changes_for, authorship_of(request),
                                           request.context().revision());
  if (!changes) return std::unexpected(changes.error());
  return made<Kind>(twin, *changes, id);
}

Result<void> check_etag(const std::string& given, const std::string& newest, const std::string& field) {
  if (given.empty() || given == newest) return {};
  return failure(ErrorCode::kFailedPrecondition, "It was changed meanwhile: look at what it is now and try again.", field);
}

// Brings the fields of the mask from one message to another.
template <typename Message>
Result<void> merge(Message given, const google::protobuf::FieldMask& mask, Message& into) {
  const auto* description = Message::descriptor();
  std::vector<const google::protobuf::FieldDescriptor*> kept;
  for (int i = 0; i < mask.paths_size(); ++i) {
    const std::string& path = mask.paths(i);
    for (int k = 0; path == "*" && k < description->field_count(); ++k) kept.push_back(description->field(k));
    if (path == "*") continue;
    const auto* field = description->FindFieldByName(path);
    if (field == nullptr || path == "name" || path == "etag" || path == "revision") {
      return failure(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is no field that can be changed.", path.substr(0, 100)),
                     fmt::format("update_mask.paths[{}]", i));
    }
    kept.push_back(field);
  }
  if (kept.empty()) return failure(ErrorCode::kInvalidArgument, "The mask names no field to change.", "update_mask");
  const auto* reflection = Message::GetReflection();
  const std::string name = into.name();
  for (int k = 0; k < description->field_count(); ++k) {
    const auto* field = description->field(k);
    const bool is_kept = std::ranges::find(kept, field) != kept.end();
    reflection->ClearField(is_kept ? &into : &given, field);
  }
  into.MergeFrom(given);
  into.set_name(name);
  return {};
}

template <typename Kind, typename Request>
Result<Made<Kind>> update(Twin& twin, const Request& request, const typename Kind::Message& given) {
  const auto signed_well = check_authorship(request.request_id(), request.author(), request.reason());
  if (!signed_well) return std::unexpected(signed_well.error());
  const auto name = to_name<Kind>(given.name(), std::string(Kind::kWord) + ".name");
  if (!name) return std::unexpected(name.error());
  const auto changes_for = [&](const Snapshot& newest, const Records& records) -> Result<std::vector<RecordChange>> {
    const auto known = Kind::find(records, name->id, newest.record.revision);
    if (known == nullptr) return none<Kind>(name->id, std::string(Kind::kWord) + ".name");
    auto checked = check_etag(given.etag(), known->message.etag(), std::string(Kind::kWord) + ".etag");
    auto message = known->message;
    if (checked) checked = merge(given, request.update_mask(), message);
    if (checked) checked = Kind::check(message, name->id, newest, records);
    if (!checked) return std::unexpected(checked.error());
    return std::vector{put_record(name->id, std::move(message))};
  };
  const auto changes =
      twin.change_records(name->city, fmt::format("update {} {}", Kind::kWord, name->id), changes_for, authorship_of(request), 0);
  if (!changes) return std::unexpected(changes.error());
  return made<Kind>(twin, *changes, name->id);
}

template <typename Kind, typename Response, typename Request>
Result<Response> remove(Twin& twin, const Request& request) {
  const auto signed_well = check_authorship(request.request_id(), request.author(), request.reason());
  if (!signed_well) return std::unexpected(signed_well.error());
  const auto name = to_name<Kind>(request.name(), "name");
  if (!name) return std::unexpected(name.error());
  const auto changes_for = [&](const Snapshot& newest, const Records& records) -> Result<std::vector<RecordChange>> {
    const auto known = Kind::find(records, name->id, newest.record.revision);
    if (known == nullptr) return none<Kind>(name->id, "name");
    auto checked = check_etag(request.etag(), known->message.etag(), "etag");
    if (checked) checked = Kind::check_unused(request.name(), records, newest.record.revision);
    if (!checked) return std::unexpected(checked.error());
    return std::vector{Kind::removal(name->id)};
  };
  const auto changes =
      twin.change_records(name->city, fmt::format("delete {} {}", Kind::kWord, name->id), changes_for, authorship_of(request), 0);
  if (!changes) return std::unexpected(changes.error());
  Response response;
  response.set_revision(changes->revision);
  return response;
}

template <typename Kind>
Result<typename Kind::Message> get(const Twin& twin, const v1::Context& context, const std::string& id) {
  const auto known = twin.records(context);
  if (!known) return std::unexpected(known.error());
  const auto record = Kind::find(*known->records, id, known->revision);
  if (record == nullptr) return none<Kind>(id, Kind::kWord);
  return record->message;
}

// A page begins at a place of the listing in one revision: `12.100`.
struct PageStart {
  Revision revision = 0;
  std::size_t place = 0;
};

Result<PageStart> page_start(const std::string& token, Revision newest) {
  if (token.empty()) return PageStart{.revision = newest};
  PageStart start;
  const char* const end = token.data() + token.size();
  const auto revision = std::from_chars(token.data(), end, start.revision);
  const bool has_place = revision.ec == std::errc() && revision.ptr != end && *revision.ptr == '.';
  const auto place =
      has_place ? std::from_chars(revision.ptr + 1, end, start.place) : std::from_chars_result{end, std::errc::invalid_argument};
  if (place.ec == std::errc() && place.ptr == end && start.revision > 0 && start.revision <= newest) return start;
  return failure(ErrorCode::kInvalidArgument, "The page token is not one of this listing.", "page_token");
}

// Adds records to a page until it is full; returns the token of the next one.
template <typename Known, typename Add>
std::string fill_page(const std::vector<Known>& all, const PageStart& start, std::size_t size, const Add& add) {
  std::size_t bytes = 0;
  for (std::size_t i = start.place; i < all.size(); ++i) {
    if (i - start.place == size || bytes > kMaxPageBytes) return fmt::format("{}.{}", start.revision, i);
    add(all[i]->message);
    bytes += all[i]->message.ByteSizeLong();
  }
  return {};
}

}  // namespace

Result<std::vector<std::shared_ptr<const KnownProject>>> projects_of(const KnownRecords& known, const v1::Context& context,
                                                                     Revision revision) {
  if (context.scenario().empty()) return known.records->projects(revision);
  const auto scenario = scenario_id_of(context.scenario(), known.city, "context.scenario");
  if (!scenario) return std::unexpected(scenario.error());
  const auto plan = plan_of(*known.records, known.city, *scenario, revision);
  if (!plan) return failure(plan.error().code, plan.error().message, "context.scenario");
  std::vector<std::shared_ptr<const KnownProject>> projects;
  for (const PlanPart& part : plan->parts) {
    if (part.project != nullptr) projects.push_back(part.project);
  }
  return projects;
}

Result<v1::CreateProjectResponse> create_project(Twin& twin, const Call&, const v1::CreateProjectRequest& request) {
  auto project = create<ProjectKind>(twin, request, request.project_id(), request.project());
  if (!project) return std::unexpected(project.error());
  v1::CreateProjectResponse response;
  *response.mutable_project() = std::move(project->message);
  response.set_was_made_before(project->was_made_before);
  return response;
}

Result<v1::Project> get_project(const Twin& twin, const Call&, const v1::GetProjectRequest& request) {
  return get<ProjectKind>(twin, request.context(), request.project());
}

Result<v1::ListProjectsResponse> list_projects(const Twin& twin, const Call&, const v1::ListProjectsRequest& request) {
  const auto size = count_or(request.page_size(), 100, 1000, "page_size");
  if (!size) return std::unexpected(size.error());
  const auto known = twin.records(request.context());
  if (!known) return std::unexpected(known.error());
  const auto start = page_start(request.page_token(), known->revision);
  if (!start) return std::unexpected(start.error());
  const auto projects = projects_of(*known, request.context(), start->revision);
  if (!projects) return std::unexpected(projects.error());
  v1::ListProjectsResponse response;
  response.set_next_page_token(
      fill_page(*projects, *start, *size, [&](const v1::Project& project) { *response.add_projects() = project; }));
  return response;
}

Result<v1::UpdateProjectResponse> update_project(Twin& twin, const Call&, const v1::UpdateProjectRequest& request) {
  auto project = update<ProjectKind>(twin, request, request.project());
  if (!project) return std::unexpected(project.error());
  v1::UpdateProjectResponse response;
  *response.mutable_project() = std::move(project->message);
  response.set_was_made_before(project->was_made_before);
  return response;
}

Result<v1::DeleteProjectResponse> delete_project(Twin& twin, const Call&, const v1::DeleteProjectRequest& request) {
  return remove<ProjectKind, v1::DeleteProjectResponse>(twin, request);
}

Result<v1::CreateScenarioResponse> create_scenario(Twin& twin, const Call&, const v1::CreateScenarioRequest& request) {
  auto scenario = create<ScenarioKind>(twin, request, request.scenario_id(), request.scenario());
  if (!scenario) return std::unexpected(scenario.error());
  v1::CreateScenarioResponse response;
  *response.mutable_scenario() = std::move(scenario->message);
  response.set_was_made_before(scenario->was_made_before);
  return response;
}

Result<v1::Scenario> get_scenario(const Twin& twin, const Call&, const v1::GetScenarioRequest& request) {
  return get<ScenarioKind>(twin, request.context(), request.scenario());
}

Result<v1::ListScenariosResponse> list_scenarios(const Twin& twin, const Call&, const v1::ListScenariosRequest& request) {
  const auto size = count_or(request.page_size(), 100, 1000, "page_size");
  if (!size) return std::unexpected(size.error());
  const auto known = twin.records(request.context());
  if (!known) return std::unexpected(known.error());
  const auto start = page_start(request.page_token(), known->revision);
  if (!start) return std::unexpected(start.error());
  v1::ListScenariosResponse response;
  response.set_next_page_token(fill_page(known->records->scenarios(start->revision), *start, *size,
                                         [&](const v1::Scenario& scenario) { *response.add_scenarios() = scenario; }));
  return response;
}

Result<v1::UpdateScenarioResponse> update_scenario(Twin& twin, const Call&, const v1::UpdateScenarioRequest& request) {
  auto scenario = update<ScenarioKind>(twin, request, request.scenario());
  if (!scenario) return std::unexpected(scenario.error());
  v1::UpdateScenarioResponse response;
  *response.mutable_scenario() = std::move(scenario->message);
  response.set_was_made_before(scenario->was_made_before);
  return response;
}

Result<v1::DeleteScenarioResponse> delete_scenario(Twin& twin, const Call&, const v1::DeleteScenarioRequest& request) {
  return remove<ScenarioKind, v1::DeleteScenarioResponse>(twin, request);
}

}  // namespace obnova::server
