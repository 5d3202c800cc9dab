#pragma once

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "clients/cli/connection.h"
#include "obnova/v1/operation.pb.h"
#include "obnova/v1/routing.pb.h"

namespace obnova::cli {

// Each adds its words to the command line; the chosen one sets `session.run`.
void add_catalog_commands(CLI::App& app, Session& session);
void add_feature_commands(CLI::App& app, Session& session);
void add_raster_commands(CLI::App& app, Session& session);
void add_edit_commands(CLI::App& app, Session& session);
void add_watch_command(CLI::App& app, Session& session);
void add_routing_commands(CLI::App& app, Session& session);
void add_coverage_commands(CLI::App& app, Session& session);
void add_siting_commands(CLI::App& app, Session& session);
void add_assess_commands(CLI::App& app, Session& session);

// Waits for an import to end and shows its progress meanwhile.
v1::Operation follow(const Session& session, const std::string& operation);
void print_report(const Session& session, const v1::ImportReport& report);
void add_project_commands(CLI::App& app, Session& session);
void add_scenario_commands(CLI::App& app, Session& session);
// `compare`, below `scenario`.
void add_compare_command(CLI::App& scenario, Session& session);

// Those of `city` and `layer` that write and read whole files, and change what is said of a layer.
void add_city_file_commands(CLI::App& city, Session& session);
void add_layer_file_commands(CLI::App& layer, Session& session);

// A command about one city: takes CITY and the options of the context.
CLI::App* add_city_query(CLI::App& parent, Session& session, const std::string& name, const std::string& help);

// --profile and --avoid, as routing, coverage and siting share them.
struct TravelFlags {
  std::string profile;
  std::string avoid_file;

  void add_to(CLI::App& command);
  v1::TravelOptions options() const;
};
// `to`, `from` or nothing.
v1::TravelDirection parse_direction(const std::string& text);

}  // namespace obnova::cli
