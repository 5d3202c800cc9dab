#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "clients/cli/commands.h"
#include "clients/cli/spelling.h"

namespace {

constexpr int kUsage = 2;

void add_shared_options(CLI::App& app, obnova::cli::Session& session) {
  using obnova::cli::Output;
  app.add_option("--server", session.server, "Where the server listens")->envname("OBNOVA_SERVER")->capture_default_str();
  app.add_option("-o,--output", session.output, "How to print the answer")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Output>{
              {"table", Output::kTable}, {"json", Output::kJson}, {"geojson", Output::kGeoJson}, {"csv", Output::kCsv}},
          CLI::ignore_case))
      ->option_text("table|json|geojson|csv [table]");
  app.add_option("--timeout", session.timeout_s, "Seconds to wait for an answer")->capture_default_str()->check(CLI::PositiveNumber);
}

int run(int argc, char** argv) {
  CLI::App app{
      "Asks a city twin: who is out of reach of what, how to get there, where to build, may it stand here.\n"
      "Places are LON,LAT in degrees. Answers go to standard output, remarks to standard error.\n"
      "Exit status: 0 answered, 2 usage, 3 refused by the server, 4 server unreachable."};
  app.name("obnova");
  app.require_subcommand(1);
  app.fallthrough();
  obnova::cli::Session session;
  add_shared_options(app, session);
  obnova::cli::add_catalog_commands(app, session);
  obnova::cli::add_feature_commands(app, session);
  obnova::cli::add_raster_commands(app, session);
  obnova::cli::add_edit_commands(app, session);
  obnova::cli::add_watch_command(app, session);
  obnova::cli::add_routing_commands(app, session);
  obnova::cli::add_coverage_commands(app, session);
  obnova::cli::add_siting_commands(app, session);
  obnova::cli::add_assess_commands(app, session);
  obnova::cli::add_project_commands(app, session);
  obnova::cli::add_scenario_commands(app, session);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  try {
    session.run();
    return 0;
  } catch (const obnova::cli::UsageError& error) {
    fmt::print(stderr, "obnova: {}\n", error.message);
    return kUsage;
  } catch (const obnova::cli::CallError& error) {
    fmt::print(stderr, "obnova: {}\n", error.message);
    return error.exit_status;
  }
}

}  // namespace

int main(int argc, char** argv) { return run(argc, argv); }
