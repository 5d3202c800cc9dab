#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "clients/cli/change_flags.h"
#include "clients/cli/commands.h"
#include "clients/cli/spelling.h"
#include "obnova/v1/scenario.grpc.pb.h"

namespace obnova::cli {
namespace {

using v1::ScenarioService;

struct ScenarioFlags {
  std::string id;
  std::string title, description, parent;  // SCENARIO or SCENARIO@REVISION
  std::vector<std::string> projects;
  std::vector<int> steps;
  ChangeFlags changes;
  std::string etag, author, reason, request_id;

  void add_id(CLI::App& command) { command.add_option("SCENARIO", id, "Its id: a-zA-Z0-9._-")->required(); }
  void add_signature(CLI::App& command) {
    command.add_option("--author", author, "Who says so");
    command.add_option("--reason", reason, "Why");
    command.add_option("--request-id", request_id, "Sent again, it changes nothing again");
  }
};

template <typename Request>
void sign(Request& request, const ScenarioFlags& flags) {
  request.set_author(flags.author);
  request.set_reason(flags.reason);
  request.set_request_id(flags.request_id);
}

std::string project_name(const Session& session, const std::string& id) { return fmt::format("cities/{}/projects/{}", session.city, id); }
std::string scenario_name(const Session& session, const std::string& id) { return fmt::format("cities/{}/scenarios/{}", session.city, id); }

void add_steps(const Session& session, const ScenarioFlags& flags, v1::Scenario& scenario) {
  for (const std::string& project : flags.projects) scenario.add_steps()->set_project(project_name(session, project));
  for (v1::Change& change : flags.changes.changes(session)) *scenario.add_steps()->mutable_change() = std::move(change);
}

std::string spell_step(const v1::ScenarioStep& step) {
  return step.has_project() ? "project " + last_id(step.project()) : spell_change(step.change());
}

std::string spell_parent(const v1::Scenario& scenario) {
  if (!scenario.has_parent()) return {};
  const std::string id = last_id(scenario.parent().scenario());
  return scenario.parent().revision() == 0 ? id : fmt::format("{}@{}", id, scenario.parent().revision());
}

void print_scenario(const v1::Scenario& scenario, const google::protobuf::Message& message, const Session& session) {
  Answer answer{.messages = {&message}, .headlines = {}, .table = {{"step", "what"}, {}}, .warnings = {}};
  answer.headlines.push_back(fmt::format("{}{}{}", last_id(scenario.name()), scenario.title().empty() ? "" : ": ", scenario.title()));
  if (scenario.has_parent()) answer.headlines.push_back(fmt::format("Goes on from {}.", spell_parent(scenario)));
  for (int i = 0; i < scenario.steps_size(); ++i) answer.table.rows.push_back({std::to_string(i), spell_step(scenario.steps(i))});
  print(answer, session.output);
}

v1::Scenario get(const Session& session, const std::string& id) {
  v1::GetScenarioRequest request;
  *request.mutable_context() = session.context();
  request.set_scenario(id);
  return call<ScenarioService>(session, &ScenarioService::Stub::GetScenario, request);
}

void create(const Session& session, const ScenarioFlags& flags) {
  v1::CreateScenarioRequest request;
  *request.mutable_context() = session.context();
  request.set_scenario_id(flags.id);
  v1::Scenario& scenario = *request.mutable_scenario();
  scenario.set_title(flags.title);
  scenario.set_description(flags.description);
  if (!flags.parent.empty()) {
    const auto at = flags.parent.find('@');
    scenario.mutable_parent()->set_scenario(scenario_name(session, flags.parent.substr(0, at)));
    if (at != std::string::npos) {
      const std::vector<double> revision = parse_numbers(flags.parent.substr(at + 1));
      scenario.mutable_parent()->set_revision(static_cast<std::int64_t>(revision.front()));
    }
  }
  add_steps(session, flags, scenario);
  sign(request, flags);
  const auto response = call<ScenarioService>(session, &ScenarioService::Stub::CreateScenario, request);
  print_scenario(response.scenario(), response, session);
}

// Sends the steps back, unless somebody changed them meanwhile.
void update_steps(const Session& session, const ScenarioFlags& flags, v1::Scenario scenario) {
  v1::UpdateScenarioRequest request;
  if (!flags.etag.empty()) scenario.set_etag(flags.etag);
  *request.mutable_scenario() = std::move(scenario);
  request.mutable_update_mask()->add_paths("steps");
  sign(request, flags);
  const auto response = call<ScenarioService>(session, &ScenarioService::Stub::UpdateScenario, request);
  print_scenario(response.scenario(), response, session);
}

void add(const Session& session, const ScenarioFlags& flags) {
  if (flags.projects.empty() && flags.changes.empty()) throw UsageError{"Say what to add: --project, --repair, --close, …"};
  v1::Scenario scenario = get(session, flags.id);
  add_steps(session, flags, scenario);
  update_steps(session, flags, std::move(scenario));
}

void remove_steps(const Session& session, const ScenarioFlags& flags) {
  if (flags.projects.empty() && flags.steps.empty()) throw UsageError{"Say what to remove: --project or --step."};
  const v1::Scenario scenario = get(session, flags.id);
  v1::Scenario kept = scenario;
  kept.clear_steps();
  std::size_t removed = 0;
  for (int i = 0; i < scenario.steps_size(); ++i) {
    const v1::ScenarioStep& step = scenario.steps(i);
    const bool is_named = step.has_project() && std::ranges::find(flags.projects, last_id(step.project())) != flags.projects.end();
    if (is_named || std::ranges::find(flags.steps, i) != flags.steps.end()) {
      ++removed;
    } else {
      *kept.add_steps() = step;
    }
  }
  if (removed < flags.projects.size() + flags.steps.size()) throw UsageError{fmt::format("The scenario {} has no such step.", flags.id)};
  update_steps(session, flags, std::move(kept));
}

void list(const Session& session) {
  v1::ListScenariosRequest request;
  *request.mutable_context() = session.context();
  v1::ListScenariosResponse all;
  do {
    const auto page = call<ScenarioService>(session, &ScenarioService::Stub::ListScenarios, request);
    all.mutable_scenarios()->MergeFrom(page.scenarios());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  Answer answer{.messages = {&all}, .headlines = {}, .table = {{"scenario", "title", "goes on from", "steps"}, {}}, .warnings = {}};
  for (const v1::Scenario& scenario : all.scenarios()) {
    answer.table.rows.push_back(
        {last_id(scenario.name()), scenario.title(), spell_parent(scenario), std::to_string(scenario.steps_size())});
  }
  print(answer, session.output);
}

void remove(const Session& session, const ScenarioFlags& flags) {
  v1::DeleteScenarioRequest request;
  request.set_name(scenario_name(session, flags.id));
  request.set_etag(flags.etag);
  sign(request, flags);
  const auto response = call<ScenarioService>(session, &ScenarioService::Stub::DeleteScenario, request);
  print({.messages = {&response}, .headlines = {fmt::format("Deleted in revision {}.", response.revision())}, .table = {}, .warnings = {}},
        session.output);
}

std::string spell_place(const v1::ChangePlace& place) {
  if (!place.project().empty()) return fmt::format("project {}, change {}", last_id(place.project()), place.index());
  return fmt::format("scenario {}, step {}", last_id(place.scenario()), place.index());
}

std::string spell_difference(const v1::FeatureDifference& difference) {
  if (difference.kind() == v1::DIFFERENCE_KIND_ADDED) return "new";
  if (difference.kind() == v1::DIFFERENCE_KIND_REMOVED) return "gone";
  std::string text = difference.is_moved() ? "elsewhere" : "";
  for (const v1::AttributeDifference& attribute : difference.attributes()) {
    const auto spell = [](const v1::AttributeValue& value) { return value.kind_case() == 0 ? std::string("nothing") : spell_value(value); };
    text +=
        fmt::format("{}{}: {} → {}", text.empty() ? "" : ", ", attribute.attribute(), spell(attribute.before()), spell(attribute.after()));
  }
  return text;
}

void preview(const Session& session, const std::string& id) {
  v1::PreviewScenarioRequest request;
  *request.mutable_context() = session.context();
  request.mutable_context()->set_scenario(scenario_name(session, id));
  const auto response = call<ScenarioService>(session, &ScenarioService::Stub::PreviewScenario, request);
  Answer answer{.messages = {&response}, .headlines = {}, .table = {{"layer", "feature", "what"}, {}}, .warnings = {}};
  for (const v1::LayerDifference& layer : response.layers()) {
    answer.headlines.push_back(fmt::format("{}: {} new, {} gone, {} different.", last_id(layer.layer()), layer.added_count(),
                                           layer.removed_count(), layer.changed_count()));
    for (const v1::FeatureDifference& feature : layer.features()) {
      answer.table.rows.push_back({last_id(layer.layer()), feature.feature(), spell_difference(feature)});
    }
  }
  if (response.layers().empty()) answer.headlines.push_back("Nothing differs.");
  for (const v1::ChangeConflict& conflict : response.conflicts()) {
    answer.warnings.push_back(fmt::format("{} ({}:{}, {}) has its way over {}.", spell_place(conflict.later()), conflict.layer(),
                                          conflict.feature(), conflict.aspect(), spell_place(conflict.earlier())));
  }
  for (const v1::IdleChange& idle : response.idle_changes()) {
    answer.warnings.push_back(fmt::format("{} has no effect: {}", spell_place(idle.place()), idle.message()));
  }
  print(answer, session.output);
}

}  // namespace

void add_scenario_commands(CLI::App& app, Session& session) {
  CLI::App* scenario = app.add_subcommand("scenario", "Cities that could be: create, add, remove, list, show, delete, preview, compare");
  scenario->require_subcommand(1);
  const auto flags = std::make_shared<ScenarioFlags>();
  const auto on = [&session, flags](CLI::App* command, void (*run)(const Session&, const ScenarioFlags&)) {
    command->callback([&session, flags, run] { session.run = [&session, flags, run] { run(session, *flags); }; });
  };
  const auto begin = [&](const char* name, const char* help) {
    CLI::App* command = add_city_query(*scenario, session, name, help);
    flags->add_id(*command);
    return command;
  };
  CLI::App* made = begin("create", "Create a scenario");
  made->add_option("--title", flags->title);
  made->add_option("--description", flags->description);
  made->add_option("--parent", flags->parent, "SCENARIO it goes on from, or SCENARIO@REVISION as it was then");
  CLI::App* more = begin("add", "Add projects and changes behind the last step");
  for (CLI::App* command : {made, more}) {
    command->add_option("--project", flags->projects, "Its id; several times, carried out in this order");
    flags->changes.add_to(*command);
    flags->add_signature(*command);
  }
  on(made, create);
  on(more, add);
  CLI::App* less = begin("remove", "Remove steps");
  less->add_option("--project", flags->projects, "Its id; several times");
  less->add_option("--step", flags->steps, "Its number, as `show` counts; several times");
  flags->add_signature(*less);
  on(less, remove_steps);
  CLI::App* gone = begin("delete", "Delete a scenario; earlier revisions keep it");
  gone->add_option("--etag", flags->etag, "Only when that is still its etag");
  flags->add_signature(*gone);
  on(gone, remove);
  on(begin("show", "Show the steps of a scenario"), [](const Session& asked, const ScenarioFlags& given) {
    const v1::Scenario found = get(asked, given.id);
    print_scenario(found, found, asked);
  });
  on(begin("preview", "Everything a scenario changes, its contradictions, and what has no effect"),
     [](const Session& asked, const ScenarioFlags& given) { preview(asked, given.id); });
  add_city_query(*scenario, session, "list", "List scenarios")->callback([&session] { session.run = [&session] { list(session); }; });
  add_compare_command(*scenario, session);
}

}  // namespace obnova::cli
