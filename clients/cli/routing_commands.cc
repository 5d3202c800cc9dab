#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "clients/cli/commands.h"
#include "clients/cli/spelling.h"
#include "clients/cli/wkb_json.h"
#include "obnova/v1/routing.grpc.pb.h"

namespace obnova::cli {
namespace {

using nlohmann::json;
using v1::RoutingService;

void append(v1::LngLats& list, const v1::LngLats& more) { list.mutable_coordinates_deg()->MergeFrom(more.coordinates_deg()); }

struct RouteFlags {
  std::string from, to;
  std::vector<std::string> via;
  TravelFlags travel;
};

// People follow names: pieces of one named street are one row.
void add_steps(Table& table, int leg, const v1::RouteLeg& steps) {
  std::string name;
  double duration_s = 0;
  double distance_m = 0;
  std::string road;
  const auto finish = [&] {
    if (!road.empty()) table.rows.push_back({std::to_string(leg + 1), road, name, spell_duration(duration_s), spell_distance(distance_m)});
    duration_s = distance_m = 0;
  };
  for (const v1::RouteStep& step : steps.steps()) {
    if (road.empty() || step.road_name() != name || name.empty()) {
      finish();
      road = step.road();
      name = step.road_name();
    }
    duration_s += step.duration_s();
    distance_m += step.distance_m();
  }
  finish();
}

void route(const Session& session, const RouteFlags& flags) {
  v1::ComputeRouteRequest request;
  *request.mutable_context() = session.context();
  append(*request.mutable_places(), parse_places(flags.from));
  for (const std::string& place : flags.via) append(*request.mutable_places(), parse_places(place));
  append(*request.mutable_places(), parse_places(flags.to));
  *request.mutable_options() = flags.travel.options();
  const auto response = call<RoutingService>(session, &RoutingService::Stub::ComputeRoute, request);
  Answer answer{.messages = {&response}, .headlines = {}, .table = {{"leg", "road", "name", "time", "length"}, {}}, .warnings = {}};
  answer.has_places = true;
  if (response.has_route()) {
    const v1::Route& found = response.route();
    answer.headlines = {fmt::format("{}, {}", spell_duration(found.duration_s()), spell_distance(found.distance_m()))};
    for (int leg = 0; leg < found.legs_size(); ++leg) add_steps(answer.table, leg, found.legs(leg));
    answer.add_feature(wkb_to_json(found.wkb()), {{"duration_s", found.duration_s()}, {"distance_m", found.distance_m()}});
  } else {
    answer.headlines = {"No route: " + response.no_route_message()};
  }
  answer.add_warnings(response.provenance());
  print(answer, session.output);
}

void matrix(const Session& session, const std::string& from, const std::string& to, const TravelFlags& travel) {
  v1::ComputeMatrixRequest request;
  *request.mutable_context() = session.context();
  *request.mutable_origins() = parse_places(from);
  *request.mutable_destinations() = parse_places(to);
  *request.mutable_options() = travel.options();
  const auto stub = RoutingService::NewStub(session.channel());
  grpc::ClientContext context;
  session.prepare(context);
  const auto reader = stub->ComputeMatrix(&context, request);
  std::vector<v1::ComputeMatrixResponse> rows;
  for (v1::ComputeMatrixResponse row; reader->Read(&row);) rows.push_back(std::move(row));
  check(reader->Finish(), session);
  Answer answer{.messages = {}, .headlines = {}, .table = {{"origin", "destination", "time_s", "length_m"}, {}}, .warnings = {}};
  for (const auto& row : rows) {
    answer.messages.push_back(&row);
    for (int i = 0; i < row.durations_ms_size(); ++i) {
      const bool reached = row.durations_ms(i) >= 0;
      answer.table.rows.push_back({std::to_string(row.origin_index()), std::to_string(i),
                                   reached ? fmt::format("{:.3f}", static_cast<double>(row.durations_ms(i)) / 1000) : "",
                                   reached ? fmt::format("{:.1f}", row.distances_m(i)) : ""});
    }
    answer.add_warnings(row.provenance());
  }
  print(answer, session.output);
}

struct NearestFlags {
  std::string from, facilities, filter, direction;
  int k = 3;
  double max_minutes = 0;
  TravelFlags travel;
};

void nearest(const Session& session, const NearestFlags& flags) {
  v1::FindNearestFacilitiesRequest request;
  *request.mutable_context() = session.context();
  *request.mutable_places() = parse_places(flags.from);
  request.set_facilities_layer(flags.facilities);
  request.set_filter(flags.filter);
  request.set_k(flags.k);
  request.set_max_duration_s(flags.max_minutes * 60);
  request.set_direction(parse_direction(flags.direction));
  *request.mutable_options() = flags.travel.options();
  const auto response = call<RoutingService>(session, &RoutingService::Stub::FindNearestFacilities, request);
  Answer answer{
      .messages = {&response}, .headlines = {}, .table = {{"place", "rank", "facility", "name", "time", "length"}, {}}, .warnings = {}};
  for (int place = 0; place < response.results_size(); ++place) {
    int rank = 0;
    for (const v1::FacilityReach& reach : response.results(place).facilities()) {
      answer.table.rows.push_back({std::to_string(place), std::to_string(++rank), reach.facility(), reach.title(),
                                   spell_duration(reach.duration_s()), spell_distance(reach.distance_m())});
    }
  }
  if (answer.table.rows.empty()) answer.headlines = {"No facility within reach."};
  answer.add_warnings(response.provenance());
  print(answer, session.output);
}

}  // namespace

void TravelFlags::add_to(CLI::App& command) {
  command.add_option("--profile", profile, "foot, bicycle, car, truck or emergency [car]");
  command.add_option("--avoid", avoid_file, "GeoJSON file with closed areas");
}

v1::TravelOptions TravelFlags::options() const {
  v1::TravelOptions options;
  options.set_profile(profile);
  if (!avoid_file.empty()) {
    for (v1::Geometry& area : read_geometries(avoid_file)) *options.add_avoid() = std::move(area);
  }
  return options;
}

v1::TravelDirection parse_direction(const std::string& text) {
  if (text.empty()) return v1::TRAVEL_DIRECTION_UNSPECIFIED;
  if (text == "to") return v1::TRAVEL_DIRECTION_TO_FACILITY;
  if (text == "from") return v1::TRAVEL_DIRECTION_FROM_FACILITY;
  throw UsageError{fmt::format("--direction is `to` or `from` the facility, not \"{}\".", text)};
}

void add_routing_commands(CLI::App& app, Session& session) {
  const auto flags = std::make_shared<RouteFlags>();
  CLI::App* command = add_city_query(app, session, "route", "The fastest way from place to place over what still stands");
  command->add_option("--from", flags->from, "LON,LAT")->required();
  command->add_option("--to", flags->to, "LON,LAT")->required();
  command->add_option("--via", flags->via, "LON,LAT, several times, in order");
  flags->travel.add_to(*command);
  command->callback([&session, flags] { session.run = [&session, flags] { route(session, *flags); }; });

  struct MatrixFlags {
    std::string from, to;
    TravelFlags travel;
  };
  const auto table = std::make_shared<MatrixFlags>();
  command = add_city_query(app, session, "matrix", "Times and lengths from every origin to every destination");
  command->add_option("--from", table->from, "GeoJSON or CSV file, or LON,LAT;LON,LAT")->required();
  command->add_option("--to", table->to, "GeoJSON or CSV file, or LON,LAT;LON,LAT")->required();
  table->travel.add_to(*command);
  command->callback([&session, table] { session.run = [&session, table] { matrix(session, table->from, table->to, table->travel); }; });

  const auto near = std::make_shared<NearestFlags>();
  command = add_city_query(app, session, "nearest", "The facilities nearest by travel time");
  command->add_option("--from", near->from, "LON,LAT, or a file of places")->required();
  command->add_option("--facilities", near->facilities, "The layer of facilities")->required();
  command->add_option("--filter", near->filter, "CQL2 text, such as \"kind = 'hospital'\"");
  command->add_option("--k", near->k, "How many")->capture_default_str();
  command->add_option("--max-minutes", near->max_minutes, "None farther than this");
  command->add_option("--direction", near->direction, "Travel `to` or `from` the facility [to]");
  near->travel.add_to(*command);
  command->callback([&session, near] { session.run = [&session, near] { nearest(session, *near); }; });
}

}  // namespace obnova::cli
