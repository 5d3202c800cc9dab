#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <sstream>

#include "clients/cli/change_flags.h"
#include "clients/cli/commands.h"
#include "clients/cli/spelling.h"
#include "obnova/v1/scenario.grpc.pb.h"

namespace obnova::cli {
namespace {

using google::protobuf::util::TimeUtil;
using v1::ScenarioService;

struct ProjectFlags {
  std::string id;
  std::string title, description, status, type, sectors, currency = "UAH", price_date, start, end;
  double cost = -1;
  std::vector<std::string> features;  // LAYER:ID
  ChangeFlags changes;
  std::string etag, author, reason, request_id;
  std::string file, uri, publisher = "Obnova";

  void add_to(CLI::App& command) {
    command.add_option("PROJECT", id, "Its id: a-zA-Z0-9._-")->required();
    command.add_option("--title", title);
    command.add_option("--description", description);
    command.add_option("--status", status, "identification, preparation, implementation, completion, completed or cancelled");
    command.add_option("--type", type, "construction, maintenance, rehabilitation, replacement, expansion or decommissioning");
    command.add_option("--sector", sectors, "OC4IDS codes with commas between, such as transport,transport.road");
    command.add_option("--cost", cost, "Amount of money")->check(CLI::NonNegativeNumber);
    command.add_option("--currency", currency, "ISO 4217")->capture_default_str();
    command.add_option("--price-date", price_date, "YYYY-MM-DD whose prices these are");
    command.add_option("--start", start, "When work begins");
    command.add_option("--end", end, "When it is done and its changes begin");
    command.add_option("--feature", features, "LAYER:ID it is about; several times");
    changes.add_to(command);
    add_signature(command);
  }
  void add_signature(CLI::App& command) {
    command.add_option("--author", author, "Who says so");
    command.add_option("--reason", reason, "Why");
    command.add_option("--request-id", request_id, "Sent again, it changes nothing again");
  }
};

template <typename Request>
void sign(Request& request, const ProjectFlags& flags) {
  request.set_author(flags.author);
  request.set_reason(flags.reason);
  request.set_request_id(flags.request_id);
}

std::string name_of(const Session& session, const std::string& id) { return fmt::format("cities/{}/projects/{}", session.city, id); }

// What the flags say, and the fields they speak of.
v1::Project project_of(const Session& session, const ProjectFlags& flags, google::protobuf::FieldMask& mask) {
  v1::Project project;
  const auto text = [&](const char* field, const std::string& value, std::string& target) {
    if (value.empty()) return;
    target = value;
    mask.add_paths(field);
  };
  text("title", flags.title, *project.mutable_title());
  text("description", flags.description, *project.mutable_description());
  text("status", flags.status, *project.mutable_status());
  text("type", flags.type, *project.mutable_type());
  std::stringstream sectors(flags.sectors);
  for (std::string sector; std::getline(sectors, sector, ',');) project.add_sectors(sector);
  if (!flags.sectors.empty()) mask.add_paths("sectors");
  if (flags.cost >= 0) {
    project.mutable_cost()->set_amount(flags.cost);
    project.mutable_cost()->set_currency(flags.currency);
    project.mutable_cost()->set_price_date(flags.price_date);
    mask.add_paths("cost");
  }
  if (!flags.start.empty()) *project.mutable_schedule()->mutable_start_time() = parse_time(flags.start);
  if (!flags.end.empty()) *project.mutable_schedule()->mutable_end_time() = parse_time(flags.end);
  if (project.has_schedule()) mask.add_paths("schedule");
  for (const std::string& feature : flags.features) {
    const auto sign = feature.find(':');
    if (sign == std::string::npos) throw UsageError{fmt::format("\"{}\" is not LAYER:ID.", feature)};
    project.add_features(fmt::format("cities/{}/layers/{}/features/{}", session.city, feature.substr(0, sign), feature.substr(sign + 1)));
  }
  if (!flags.features.empty()) mask.add_paths("features");
  for (v1::Change& change : flags.changes.changes(session)) *project.add_changes() = std::move(change);
  if (!flags.changes.empty()) mask.add_paths("changes");
  return project;
}

std::string spell_cost(const v1::Cost& cost) {
  if (cost.currency().empty()) return {};
  return fmt::format("{} {}", spell_people(cost.amount()), cost.currency());
}

std::string spell_day(bool is_there, const google::protobuf::Timestamp& time) {
  return is_there ? TimeUtil::ToString(time).substr(0, 10) : "";
}

void print_projects(const std::vector<v1::Project>& projects, const google::protobuf::Message& message, const Session& session) {
  Answer answer{.messages = {&message},
                .headlines = {},
                .table = {{"project", "title", "status", "type", "cost", "done", "changes"}, {}},
                .warnings = {}};
  for (const v1::Project& project : projects) {
    answer.table.rows.push_back({last_id(project.name()), project.title(), project.status(), project.type(), spell_cost(project.cost()),
                                 spell_day(project.schedule().has_end_time(), project.schedule().end_time()),
                                 std::to_string(project.changes_size())});
  }
  print(answer, session.output);
}

void create(const Session& session, const ProjectFlags& flags) {
  v1::CreateProjectRequest request;
  *request.mutable_context() = session.context();
  request.set_project_id(flags.id);
  google::protobuf::FieldMask mask;
  *request.mutable_project() = project_of(session, flags, mask);
  sign(request, flags);
  const auto response = call<ScenarioService>(session, &ScenarioService::Stub::CreateProject, request);
  print_projects({response.project()}, response, session);
}

void update(const Session& session, const ProjectFlags& flags) {
  v1::UpdateProjectRequest request;
  *request.mutable_project() = project_of(session, flags, *request.mutable_update_mask());
  if (request.update_mask().paths().empty()) throw UsageError{"Say what is different."};
  request.mutable_project()->set_name(name_of(session, flags.id));
  request.mutable_project()->set_etag(flags.etag);
  sign(request, flags);
  const auto response = call<ScenarioService>(session, &ScenarioService::Stub::UpdateProject, request);
  print_projects({response.project()}, response, session);
}

void show(const Session& session, const std::string& id) {
  v1::GetProjectRequest request;
  *request.mutable_context() = session.context();
  request.set_project(id);
  const v1::Project project = call<ScenarioService>(session, &ScenarioService::Stub::GetProject, request);
  Answer answer{.messages = {&project}, .headlines = {}, .table = {{"field", "value"}, {}}, .warnings = {}};
  const auto row = [&](const char* name, const std::string& value) {
    if (!value.empty()) answer.table.rows.push_back({name, value});
  };
  row("title", project.title());
  row("description", project.description());
  row("status", project.status());
  row("type", project.type());
  for (const std::string& sector : project.sectors()) row("sector", sector);
  row("cost", spell_cost(project.cost()));
  row("prices of", project.cost().price_date());
  row("begins", spell_day(project.schedule().has_start_time(), project.schedule().start_time()));
  row("done", spell_day(project.schedule().has_end_time(), project.schedule().end_time()));
  for (const v1::Change& change : project.changes()) row("change", spell_change(change));
  for (const std::string& feature : project.features()) row("about", feature);
  row("revision", std::to_string(project.revision()));
  row("etag", project.etag());
  print(answer, session.output);
}

void list(const Session& session) {
  v1::ListProjectsRequest request;
  *request.mutable_context() = session.context();
  v1::ListProjectsResponse all;
  do {
    const auto page = call<ScenarioService>(session, &ScenarioService::Stub::ListProjects, request);
    all.mutable_projects()->MergeFrom(page.projects());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  print_projects({all.projects().begin(), all.projects().end()}, all, session);
}

void remove(const Session& session, const ProjectFlags& flags) {
  v1::DeleteProjectRequest request;
  request.set_name(name_of(session, flags.id));
  request.set_etag(flags.etag);
  sign(request, flags);
  const auto response = call<ScenarioService>(session, &ScenarioService::Stub::DeleteProject, request);
  print({.messages = {&response}, .headlines = {fmt::format("Deleted in revision {}.", response.revision())}, .table = {}, .warnings = {}},
        session.output);
}

void read_package(const Session& session, const ProjectFlags& flags) {
  std::ifstream input(flags.file, std::ios::binary);
  if (!input) throw UsageError{fmt::format("The file {} cannot be read.", flags.file)};
  std::stringstream text;
  text << input.rdbuf();
  v1::ImportProjectsRequest request;
  *request.mutable_context() = session.context();
  request.set_package_json(text.str());
  sign(request, flags);
  const auto response = call<ScenarioService>(session, &ScenarioService::Stub::ImportProjects, request);
  Answer answer{.messages = {&response},
                .headlines = {fmt::format("{} projects created, {} updated, in revision {}.", response.created_count(),
                                          response.updated_count(), response.revision())},
                .table = {{"project"}, {}},
                .warnings = {}};
  for (const std::string& name : response.projects()) answer.table.rows.push_back({last_id(name)});
  print(answer, session.output);
}

void write_package(const Session& session, const ProjectFlags& flags) {
  v1::ExportProjectsRequest request;
  *request.mutable_context() = session.context();
  request.set_uri(flags.uri);
  request.set_publisher(flags.publisher);
  const auto response = call<ScenarioService>(session, &ScenarioService::Stub::ExportProjects, request);
  std::ofstream output(flags.file, std::ios::binary);
  output << response.package_json() << "\n";
  if (!output.flush()) throw UsageError{fmt::format("The file {} cannot be written.", flags.file)};
  print({.messages = {&response},
         .headlines = {fmt::format("{} bytes written to {}.", response.package_json().size() + 1, flags.file)},
         .table = {},
         .warnings = {}},
        session.output);
}

}  // namespace

void add_project_commands(CLI::App& app, Session& session) {
  CLI::App* project = app.add_subcommand("project", "Planned work: create, list, show, update, delete, import, export");
  project->require_subcommand(1);
  const auto flags = std::make_shared<ProjectFlags>();
  const auto on = [&session, flags](CLI::App* command, void (*run)(const Session&, const ProjectFlags&)) {
    command->callback([&session, flags, run] { session.run = [&session, flags, run] { run(session, *flags); }; });
  };
  CLI::App* made = add_city_query(*project, session, "create", "Create a project");
  flags->add_to(*made);
  on(made, create);
  CLI::App* changed =
      add_city_query(*project, session, "update", "Change what is said of a project; --repair and the like replace all its changes");
  flags->add_to(*changed);
  changed->add_option("--etag", flags->etag, "Only when that is still its etag");
  on(changed, update);
  add_city_query(*project, session, "list", "List projects, with --scenario those of a scenario")->callback([&session] {
    session.run = [&session] { list(session); };
  });
  CLI::App* shown = add_city_query(*project, session, "show", "Show a project");
  shown->add_option("PROJECT", flags->id)->required();
  on(shown, [](const Session& asked, const ProjectFlags& given) { show(asked, given.id); });
  CLI::App* gone = add_city_query(*project, session, "delete", "Delete a project; earlier revisions keep it");
  gone->add_option("PROJECT", flags->id)->required();
  gone->add_option("--etag", flags->etag, "Only when that is still its etag");
  flags->add_signature(*gone);
  on(gone, remove);
  CLI::App* read = add_city_query(*project, session, "import", "Read an OC4IDS 0.9 project package");
  read->add_option("FILE", flags->file, "JSON")->required();
  flags->add_signature(*read);
  on(read, read_package);
  CLI::App* written = add_city_query(*project, session, "export", "Write an OC4IDS 0.9 project package");
  written->add_option("FILE", flags->file, "JSON")->required();
  written->add_option("--uri", flags->uri, "The URI that names the package")->required();
  written->add_option("--publisher", flags->publisher, "Who publishes it")->capture_default_str();
  on(written, write_package);
}

}  // namespace obnova::cli
