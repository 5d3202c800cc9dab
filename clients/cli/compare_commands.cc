#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>

#include "clients/cli/commands.h"
#include "clients/cli/spelling.h"
#include "obnova/v1/scenario.grpc.pb.h"

namespace obnova::cli {
namespace {

using v1::ScenarioService;

struct CompareFlags {
  std::string scenario, with;
  std::vector<std::string> counts, capacities, themes;  // LAYER; theme
  std::vector<std::string> routes;                      // LON,LAT;LON,LAT
  std::string filter, facilities, demand = "population", residents;
  double minutes = 0;
  bool roads = false;
  TravelFlags travel;
};

v1::Indicator coverage_of(const CompareFlags& flags) {
  v1::Indicator indicator;
  indicator.set_title(fmt::format("within {} of {}", spell_duration(flags.minutes * 60), flags.facilities));
  v1::CoverageIndicator& coverage = *indicator.mutable_coverage();
  coverage.set_facilities_layer(flags.facilities);
  coverage.set_facilities_filter(flags.filter);
  coverage.mutable_standard()->set_max_duration_s(flags.minutes * 60);
  coverage.mutable_demand()->set_layer(flags.demand);
  *coverage.mutable_options() = flags.travel.options();
  return indicator;
}

// In the order in which the help names them.
std::vector<v1::Indicator> indicators_of(const CompareFlags& flags) {
  std::vector<v1::Indicator> indicators;
  const auto begin = [&](std::string title) -> v1::Indicator& {
    v1::Indicator& indicator = indicators.emplace_back();
    indicator.set_title(std::move(title));
    return indicator;
  };
  for (const std::string& route : flags.routes) {
    v1::RouteIndicator& asked = *begin("route " + route).mutable_route();
    *asked.mutable_places() = parse_places(route);
    *asked.mutable_options() = flags.travel.options();
  }
  if (!flags.facilities.empty()) {
    if (flags.minutes <= 0) throw UsageError{"Coverage wants --minutes."};
    indicators.push_back(coverage_of(flags));
  }
  if (flags.roads) *begin("roads").mutable_road_length() = flags.travel.options();
  for (const std::string& layer : flags.counts) begin(layer).mutable_feature_count()->set_layer(layer);
  for (const std::string& theme : flags.themes) begin(theme).set_theme_count(parse_theme(theme));
  for (const std::string& layer : flags.capacities) {
    v1::FeatureSelection& selection = *begin(layer).mutable_facility_capacity();
    selection.set_layer(layer);
    selection.set_filter(flags.filter);
  }
  if (!flags.residents.empty()) begin(flags.residents).mutable_residents()->set_layer(flags.residents);
  if (indicators.empty()) throw UsageError{"Say what to compare: --route, --coverage, --roads, --count, --theme, --capacity, --residents."};
  return indicators;
}

std::string spell_quantity(const v1::QuantityComparison& quantity, bool is_there, double value) {
  if (!is_there) return quantity.unit() == "s" || quantity.unit() == "m" ? "no way" : "";
  const std::string sign = value < 0 ? "-" : "";
  if (quantity.unit() == "s") return sign + spell_duration(std::abs(value));
  if (quantity.unit() == "m") return sign + spell_distance(std::abs(value));
  return spell_people(value);
}

void compare(const Session& session, const CompareFlags& flags) {
  v1::CompareContextsRequest request;
  const auto named = [&](const std::string& scenario) {
    v1::Context context = session.context();
    context.clear_scenario();
    if (!scenario.empty()) context.set_scenario(fmt::format("cities/{}/scenarios/{}", session.city, scenario));
    return context;
  };
  *request.mutable_context_a() = named(flags.with);
  *request.mutable_context_b() = named(flags.scenario);
  for (v1::Indicator& indicator : indicators_of(flags)) *request.add_indicators() = std::move(indicator);
  const auto response = call<ScenarioService>(session, &ScenarioService::Stub::CompareContexts, request);
  Answer answer{.messages = {&response},
                .headlines = {},
                .table = {{"indicator", "quantity", flags.with.empty() ? "facts" : flags.with, flags.scenario, "difference"}, {}},
                .warnings = {}};
  for (const v1::IndicatorComparison& comparison : response.comparisons()) {
    for (const v1::QuantityComparison& quantity : comparison.quantities()) {
      const std::string difference = quantity.has_difference() ? spell_quantity(quantity, true, quantity.difference()) : std::string();
      answer.table.rows.push_back({comparison.title(), quantity.quantity(),
                                   spell_quantity(quantity, quantity.has_value_a(), quantity.value_a()),
                                   spell_quantity(quantity, quantity.has_value_b(), quantity.value_b()), difference});
    }
    answer.add_warnings(comparison.provenance_b());
  }
  print(answer, session.output);
}

}  // namespace

void add_compare_command(CLI::App& scenario, Session& session) {
  const auto flags = std::make_shared<CompareFlags>();
  CLI::App* command = add_city_query(scenario, session, "compare", "The same numbers without and with a scenario, or of two scenarios");
  command->add_option("SCENARIO", flags->scenario)->required();
  command->add_option("--with", flags->with, "Another scenario instead of the facts");
  command->add_option("--route", flags->routes, "LON,LAT;LON,LAT: how long the way is; several times");
  command->add_option("--coverage", flags->facilities, "Layer of facilities: who is within --minutes of them");
  command->add_option("--filter", flags->filter, "CQL2 text: which facilities");
  command->add_option("--minutes", flags->minutes, "Travel time of --coverage");
  command->add_option("--demand", flags->demand, "Layer of people for --coverage")->capture_default_str();
  command->add_flag("--roads", flags->roads, "Length of the roads that can be passed");
  command->add_option("--count", flags->counts, "Layer: how many features it has; several times");
  command->add_option("--theme", flags->themes, "Theme: how many features its layers have; several times");
  command->add_option("--capacity", flags->capacities, "Layer: the sum of its capacity; several times");
  command->add_option("--residents", flags->residents, "Layer: all its people");
  flags->travel.add_to(*command);
  command->callback([&session, flags] { session.run = [&session, flags] { compare(session, *flags); }; });
}

}  // namespace obnova::cli
