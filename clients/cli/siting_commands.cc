#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "clients/cli/commands.h"
#include "clients/cli/spelling.h"
#include "clients/cli/wkb_json.h"
#include "obnova/v1/siting.grpc.pb.h"

namespace obnova::cli {
namespace {

using nlohmann::json;
using v1::SitingService;

struct LocateFlags {
  std::string model, matrix_file, candidates, candidates_filter, demand, demand_filter, field, existing, existing_filter, direction;
  int p = 1;
  double minutes = 0;
  double limit = 0;
  double max_solve_s = 0;
  TravelFlags travel;
};

v1::LocationModel parse_model(const std::string& text) {
  if (text == "mclp") return v1::LOCATION_MODEL_MCLP;
  if (text == "p-median") return v1::LOCATION_MODEL_P_MEDIAN;
  throw UsageError{fmt::format("--model is mclp or p-median, not \"{}\".", text)};
}

void fill_network(const LocateFlags& flags, v1::NetworkLocation& network) {
  if (flags.candidates.empty() || flags.demand.empty()) throw UsageError{"Give --candidates and --demand, or --matrix."};
  network.mutable_demand()->set_layer(flags.demand);
  network.mutable_demand()->set_filter(flags.demand_filter);
  network.mutable_demand()->set_field(flags.field);
  network.set_candidates_layer(flags.candidates);
  network.set_candidates_filter(flags.candidates_filter);
  network.set_existing_layer(flags.existing);
  network.set_existing_filter(flags.existing_filter);
  network.set_direction(parse_direction(flags.direction));
  *network.mutable_options() = flags.travel.options();
}

std::string spell_status(v1::SolutionStatus status) {
  switch (status) {
    case v1::SOLUTION_STATUS_OPTIMAL:
      return "Proved optimal";
    case v1::SOLUTION_STATUS_FEASIBLE:
      return "Valid, not proved optimal";
    case v1::SOLUTION_STATUS_INFEASIBLE:
      return "Impossible";
    default:
      return "Unknown";
  }
}

void locate(const Session& session, const LocateFlags& flags) {
  v1::LocateFacilitiesRequest request;
  *request.mutable_context() = session.context();
  request.set_model(parse_model(flags.model));
  request.set_p(flags.p);
  request.set_max_solve_s(flags.max_solve_s);
  if (flags.matrix_file.empty()) {
    fill_network(flags, *request.mutable_network());
    request.set_service_limit(flags.minutes * 60);
  } else {
    *request.mutable_matrix() = read_cost_matrix(flags.matrix_file);
    request.set_service_limit(flags.limit);
  }
  const auto response = call<SitingService>(session, &SitingService::Stub::LocateFacilities, request);
  Answer answer{.messages = {&response}, .headlines = {}, .table = {{"site", "name", "weight served"}, {}}, .warnings = {}};
  answer.has_places = true;
  if (response.status() == v1::SOLUTION_STATUS_INFEASIBLE) {
    answer.headlines = {"Impossible: " + response.infeasible_reason()};
  } else {
    answer.headlines = {fmt::format("{}: objective {:.10g}, bound {:.10g}, gap {:.4f} %.", spell_status(response.status()),
                                    response.objective(), response.bound(), response.gap() * 100)};
    if (request.model() == v1::LOCATION_MODEL_MCLP && response.total_weight() > 0) {
      answer.headlines.push_back(
          fmt::format("{} of {} covered ({:.1f} %){}.", spell_people(response.objective()), spell_people(response.total_weight()),
                      100 * response.objective() / response.total_weight(),
                      response.has_objective_before() ? ", before " + spell_people(response.objective_before()) : ""));
    }
  }
  for (const v1::ChosenSite& site : response.sites()) {
    answer.table.rows.push_back({site.candidate(), site.title(), fmt::format("{:.10g}", site.weight())});
    answer.add_feature(site.has_location() ? point_json(site.location()) : json(nullptr),
                       {{"id", site.candidate()}, {"title", site.title()}, {"weight", site.weight()}});
  }
  if (response.unreachable_candidates_size() > 0) {
    answer.warnings.push_back(
        fmt::format("{} candidates do not meet the network and were left out.", response.unreachable_candidates_size()));
  }
  answer.add_warnings(response.provenance());
  print(answer, session.output);
}

struct CheckFlags {
  std::string footprint_file, rules, use;
  double height_m = -1;
  int storeys = -1;
};

std::string spell_number(bool present, double value, const std::string& unit) {
  return present ? fmt::format("{:.2f} {}", value, unit) : "";
}

void check_site(const Session& session, const CheckFlags& flags) {
  v1::CheckSiteRequest request;
  *request.mutable_context() = session.context();
  *request.mutable_proposal()->mutable_footprint() = read_geometry(flags.footprint_file);
  if (flags.height_m >= 0) request.mutable_proposal()->set_height_m(flags.height_m);
  if (flags.storeys >= 0) request.mutable_proposal()->set_storeys(flags.storeys);
  request.mutable_proposal()->set_use(flags.use);
  request.set_rule_pack(flags.rules);
  const auto response = call<SitingService>(session, &SitingService::Stub::CheckSite, request);
  Answer answer{.messages = {&response},
                .headlines = {},
                .table = {{"verdict", "rule", "value", "limit", "margin", "why", "citation"}, {}},
                .warnings = {}};
  answer.headlines = {"Overall: " + v1::Verdict_Name(response.overall()).substr(8)};
  for (const v1::RuleVerdict& verdict : response.verdicts()) {
    const std::string word = v1::Verdict_Name(verdict.verdict()).substr(8);
    answer.table.rows.push_back({word, verdict.rule(), spell_number(verdict.has_value(), verdict.value(), verdict.unit()),
                                 spell_number(verdict.has_limit(), verdict.limit(), verdict.unit()),
                                 spell_number(verdict.has_margin(), verdict.margin(), verdict.unit()), verdict.reason(),
                                 verdict.citation()});
    answer.add_feature(wkb_to_json(verdict.witness_wkb()),
                       {{"rule", verdict.rule()}, {"verdict", word}, {"reason", verdict.reason()}, {"witness", verdict.witness_feature()}});
  }
  answer.add_warnings(response.provenance());
  print(answer, session.output);
}

}  // namespace

void add_siting_commands(CLI::App& app, Session& session) {
  const auto flags = std::make_shared<LocateFlags>();
  CLI::App* command = add_city_query(app, session, "locate", "Where to build: the best sites among candidates, with proof");
  command->add_option("--model", flags->model, "mclp (most people covered) or p-median (least travel)")->required();
  command->add_option("--p", flags->p, "How many new sites")->required();
  command->add_option("--minutes", flags->minutes, "Covered within this travel time (mclp)");
  command->add_option("--candidates", flags->candidates, "The layer of candidate sites");
  command->add_option("--candidates-filter", flags->candidates_filter, "CQL2 text of that layer");
  command->add_option("--demand", flags->demand, "The layer of people");
  command->add_option("--demand-filter", flags->demand_filter, "CQL2 text of that layer");
  command->add_option("--field", flags->field, "The attribute with the number of people");
  command->add_option("--existing", flags->existing, "The layer of facilities that are there already");
  command->add_option("--existing-filter", flags->existing_filter, "CQL2 text of that layer");
  command->add_option("--direction", flags->direction, "Travel `to` or `from` the facility [to]");
  command->add_option("--matrix", flags->matrix_file, "CSV of costs instead of the network: demand,weight,<candidate ids>");
  command->add_option("--limit", flags->limit, "With --matrix: covered within this cost (mclp)");
  command->add_option("--max-seconds", flags->max_solve_s, "The longest search [20]");
  flags->travel.add_to(*command);
  command->callback([&session, flags] { session.run = [&session, flags] { locate(session, *flags); }; });

  const auto site = std::make_shared<CheckFlags>();
  command = add_city_query(app, session, "check", "May this building stand here: one verdict a rule");
  command->add_option("--footprint", site->footprint_file, "GeoJSON file with the footprint")->required();
  command->add_option("--rules", site->rules, "The rule pack [demo]");
  command->add_option("--height", site->height_m, "Height above ground in meters");
  command->add_option("--storeys", site->storeys, "Storeys above ground");
  command->add_option("--use", site->use, "Intended use, such as residential or school");
  command->callback([&session, site] { session.run = [&session, site] { check_site(session, *site); }; });
}

}  // namespace obnova::cli
