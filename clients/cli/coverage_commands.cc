#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "clients/cli/commands.h"
#include "clients/cli/spelling.h"
#include "clients/cli/wkb_json.h"
#include "obnova/v1/coverage.grpc.pb.h"

namespace obnova::cli {
namespace {

using nlohmann::json;
using v1::CoverageService;

// --minutes or --meters: the standard of service.
struct LimitFlags {
  std::string minutes;
  std::string meters;

  void add_to(CLI::App& command, const char* example) {
    auto* by_time = command.add_option("--minutes", minutes, fmt::format("Travel time, such as {}", example));
    command.add_option("--meters", meters, "Length of the way instead")->excludes(by_time);
  }
  std::vector<v1::ServiceStandard> standards() const {
    if (minutes.empty() == meters.empty()) throw UsageError{"Give --minutes or --meters."};
    std::vector<v1::ServiceStandard> list;
    for (const double value : parse_numbers(minutes.empty() ? meters : minutes)) {
      if (minutes.empty()) {
        list.emplace_back().set_max_distance_m(value);
      } else {
        list.emplace_back().set_max_duration_s(value * 60);
      }
    }
    return list;
  }
};

std::string spell_limit(const v1::ServiceStandard& limit) {
  return limit.has_max_distance_m() ? spell_distance(limit.max_distance_m()) : spell_duration(limit.max_duration_s());
}

struct AreaFlags {
  std::string from, direction;
  bool edges = false;
  LimitFlags limit;
  TravelFlags travel;
};

void area(const Session& session, const AreaFlags& flags) {
  v1::ComputeServiceAreaRequest request;
  *request.mutable_context() = session.context();
  *request.mutable_places() = parse_places(flags.from);
  for (v1::ServiceStandard& limit : flags.limit.standards()) *request.add_limits() = std::move(limit);
  request.set_direction(parse_direction(flags.direction));
  *request.mutable_options() = flags.travel.options();
  request.set_include_edges(flags.edges);
  const auto response = call<CoverageService>(session, &CoverageService::Stub::ComputeServiceArea, request);
  Answer answer{.messages = {&response}, .headlines = {}, .table = {{"within", "area km²", "streets km"}, {}}, .warnings = {}};
  answer.has_places = true;
  for (const v1::ServiceArea& found : response.areas()) {
    answer.table.rows.push_back(
        {spell_limit(found.limit()), fmt::format("{:.3f}", found.area_m2() / 1e6), fmt::format("{:.2f}", found.reached_length_m() / 1000)});
  }
  // Largest first, so that a map draws the small ones on top.
  for (int i = response.areas_size(); i-- > 0;) {
    const v1::ServiceArea& found = response.areas(i);
    const json properties = {
        {"within", spell_limit(found.limit())}, {"area_m2", found.area_m2()}, {"reached_length_m", found.reached_length_m()}};
    answer.add_feature(wkb_to_json(found.wkb()), properties);
    if (flags.edges) answer.add_feature(wkb_to_json(found.edges_wkb()), properties);
  }
  answer.add_warnings(response.provenance());
  print(answer, session.output);
}

struct CoverageFlags {
  std::string facilities, filter, demand = "population", demand_filter, demand_within_file, field, districts, direction;
  bool places = false;
  int clusters = 20;
  LimitFlags limit;
  TravelFlags travel;
};

v1::ComputeCoverageRequest coverage_request(const Session& session, const CoverageFlags& flags) {
  v1::ComputeCoverageRequest request;
  *request.mutable_context() = session.context();
  request.set_facilities_layer(flags.facilities);
  request.set_facilities_filter(flags.filter);
  const std::vector<v1::ServiceStandard> standards = flags.limit.standards();
  if (standards.size() != 1) throw UsageError{"Coverage takes one limit."};
  *request.mutable_standard() = standards.front();
  request.mutable_demand()->set_layer(flags.demand);
  request.mutable_demand()->set_filter(flags.demand_filter);
  request.mutable_demand()->set_field(flags.field);
  if (!flags.demand_within_file.empty()) *request.mutable_demand()->mutable_within() = read_geometry(flags.demand_within_file);
  request.set_direction(parse_direction(flags.direction));
  *request.mutable_options() = flags.travel.options();
  request.set_districts_layer(flags.districts);
  request.set_max_cluster_count(flags.clusters);
  request.set_include_places(flags.places);
  return request;
}

std::vector<std::string> people_row(const std::string& name, const v1::PeopleCount& people) {
  const double known = people.total() - people.unassessed();
  return {name,
          spell_people(people.total()),
          spell_people(people.covered()),
          spell_people(people.uncovered()),
          spell_people(people.unreachable()),
          spell_people(people.unassessed()),
          known > 0 ? fmt::format("{:.1f} %", 100 * people.covered() / known) : "unknown"};
}

void add_coverage_places(Answer& answer, const v1::ComputeCoverageResponse& response) {
  answer.has_places = true;
  for (const v1::UncoveredCluster& cluster : response.clusters()) {
    answer.add_feature(wkb_to_json(cluster.wkb()), {{"people", cluster.people()},
                                                    {"unreachable_people", cluster.unreachable_people()},
                                                    {"nearest_facility", cluster.nearest_facility()},
                                                    {"mean_excess", cluster.mean_excess()}});
  }
  for (const v1::PlaceCoverage& place : response.places()) {
    answer.add_feature(point_json(place.location()), {{"id", place.place()},
                                                      {"people", place.people()},
                                                      {"status", v1::PlaceStatus_Name(place.status()).substr(13)},
                                                      {"facility", place.facility()},
                                                      {"duration_s", place.duration_s()},
                                                      {"distance_m", place.distance_m()}});
  }
}

void coverage(const Session& session, const CoverageFlags& flags) {
  const v1::ComputeCoverageRequest request = coverage_request(session, flags);
  const auto response = call<CoverageService>(session, &CoverageService::Stub::ComputeCoverage, request);
  Answer answer{.messages = {&response},
                .headlines = {},
                .table = {{"people", "total", "covered", "uncovered", "unreachable", "unassessed", "covered of assessed"}, {}},
                .warnings = {}};
  for (const v1::DistrictCoverage& district : response.districts()) {
    answer.table.rows.push_back(people_row(district.title().empty() ? district.district() : district.title(), district.people()));
  }
  if (response.has_outside_districts()) answer.table.rows.push_back(people_row("outside districts", response.outside_districts()));
  answer.table.rows.push_back(people_row("everybody", response.total()));
  answer.headlines = {
      fmt::format("Within {} of the nearest of {} {}:", spell_limit(request.standard()), response.facilities_size(), flags.facilities)};
  if (response.clusters_size() > 0) {
    const v1::UncoveredCluster& worst = response.clusters(0);
    const double excess = worst.mean_excess();
    answer.warnings.push_back(fmt::format(
        "{} groups of people are out of reach; the largest has {} people{}", response.clusters_size(), spell_people(worst.people()),
        worst.unreachable_people() >= worst.people()
            ? ", with no way at all."
            : ", on average " + (request.standard().has_max_distance_m() ? spell_distance(excess) : spell_duration(excess)) + " too far."));
  }
  add_coverage_places(answer, response);
  answer.add_warnings(response.provenance());
  print(answer, session.output);
}

}  // namespace

void add_coverage_commands(CLI::App& app, Session& session) {
  const auto flags = std::make_shared<AreaFlags>();
  CLI::App* command = add_city_query(app, session, "area", "What is within given times of a place");
  command->add_option("--from", flags->from, "LON,LAT, or several joined by ;, or a file of places")->required();
  flags->limit.add_to(*command, "5,10,15");
  command->add_option("--direction", flags->direction, "Travel `from` the places or `to` them [from]");
  command->add_flag("--edges", flags->edges, "Also the reached pieces of streets");
  flags->travel.add_to(*command);
  command->callback([&session, flags] { session.run = [&session, flags] { area(session, *flags); }; });

  const auto people = std::make_shared<CoverageFlags>();
  command = add_city_query(app, session, "coverage", "Who is within a standard of the nearest facility, and who is not");
  command->add_option("--facilities", people->facilities, "The layer of facilities")->required();
  command->add_option("--filter", people->filter, "CQL2 text, such as \"kind = 'school'\"");
  people->limit.add_to(*command, "15");
  command->add_option("--demand", people->demand, "The layer of people, or a raster of them")->capture_default_str();
  command->add_option("--demand-filter", people->demand_filter, "CQL2 text of that layer");
  command->add_option("--demand-within", people->demand_within_file, "GeoJSON file with an area: only the people of a raster within count");
  command->add_option("--field", people->field, "The attribute with the number of people");
  command->add_option("--by", people->districts, "A layer of districts to break the answer down by");
  command->add_option("--direction", people->direction, "Travel `to` or `from` the facility [to]");
  command->add_option("--clusters", people->clusters, "At most this many groups of uncovered people")->capture_default_str();
  command->add_flag("--places", people->places, "Also the answer for every place");
  people->travel.add_to(*command);
  command->callback([&session, people] { session.run = [&session, people] { coverage(session, *people); }; });
}

}  // namespace obnova::cli
