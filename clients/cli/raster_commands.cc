#include "clients/cli/raster_commands.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "clients/cli/commands.h"
#include "clients/cli/output.h"
#include "clients/cli/spelling.h"
#include "obnova/v1/catalog.grpc.pb.h"
#include "obnova/v1/feature.grpc.pb.h"

namespace obnova::cli {
namespace {

using v1::CatalogService;
using v1::FeatureService;

struct SampleFlags {
  std::string layer, at, sampling;
};

std::string spell_number(double number) { return fmt::format("{:.10g}", number); }
std::string spell_share(double share) { return fmt::format("{:.1f} %", 100 * share); }

std::string with_unit(const std::string& name, const std::string& unit) { return unit.empty() ? name : fmt::format("{} {}", name, unit); }

v1::RasterSampling parse_sampling(const std::string& text) {
  if (text.empty()) return v1::RASTER_SAMPLING_UNSPECIFIED;
  if (text == "nearest") return v1::RASTER_SAMPLING_NEAREST;
  if (text == "bilinear") return v1::RASTER_SAMPLING_BILINEAR;
  throw UsageError{fmt::format("--sampling is nearest or bilinear, not \"{}\".", text)};
}

void sample(const Session& session, const SampleFlags& flags) {
  v1::SampleRasterRequest request;
  *request.mutable_context() = session.context();
  request.set_layer(flags.layer);
  *request.mutable_places() = parse_places(flags.at);
  request.set_sampling(parse_sampling(flags.sampling));
  const auto response = call<FeatureService>(session, &FeatureService::Stub::SampleRaster, request);
  Answer answer{
      .messages = {&response}, .headlines = {}, .table = {{"lon", "lat", with_unit("value", response.unit())}, {}}, .warnings = {}};
  answer.has_places = true;
  for (const v1::RasterSample& sample : response.samples()) {
    answer.table.rows.push_back({fmt::format("{}", sample.place().lng_deg()), fmt::format("{}", sample.place().lat_deg()),
                                 sample.has_value() ? spell_number(sample.value()) : "unknown"});
    answer.add_feature(point_json(sample.place()),
                       {{"value", sample.has_value() ? nlohmann::json(sample.value()) : nlohmann::json(nullptr)}});
  }
  answer.add_warnings(response.provenance());
  print(answer, session.output);
}

}  // namespace

bool is_raster(const Session& session, const std::string& layer) {
  v1::GetLayerRequest request;
  *request.mutable_context() = session.context();
  request.set_layer(layer);
  return call<CatalogService>(session, &CatalogService::Stub::GetLayer, request).has_raster();
}

void aggregate_raster(const Session& session, const std::string& raster, const std::string& areas) {
  v1::AggregateRasterRequest request;
  *request.mutable_context() = session.context();
  request.set_layer(raster);
  request.set_areas_layer(areas);
  const auto response = call<FeatureService>(session, &FeatureService::Stub::AggregateRaster, request);
  const std::string& unit = response.unit();
  Answer answer{
      .messages = {&response},
      .headlines = {},
      .table = {{"area", "title", "cells", "sum", with_unit("mean", unit), with_unit("min", unit), with_unit("max", unit), "known"}, {}},
      .warnings = {}};
  const auto add = [&](const std::string& name, const v1::RasterAggregate& area) {
    const auto or_nothing = [](bool known, double number) { return known ? spell_number(number) : std::string(); };
    answer.table.rows.push_back({name, area.title(), spell_number(area.cell_count()), spell_number(area.sum()),
                                 or_nothing(area.has_mean(), area.mean()), or_nothing(area.has_min(), area.min()),
                                 or_nothing(area.has_max(), area.max()),
                                 area.has_covered_share() ? spell_share(area.covered_share()) : ""});
  };
  for (const v1::RasterAggregate& area : response.areas()) add(area.area(), area);
  add("outside", response.outside());
  add("total", response.total());
  answer.add_warnings(response.provenance());
  print(answer, session.output);
}

std::string spell_cells(const v1::RasterInfo& raster) {
  return fmt::format("{} × {} cells of {:.3g} m", raster.column_count(), raster.row_count(), raster.cell_side_m());
}

void print_raster(const Session& session, const v1::DescribeLayerResponse& response) {
  const v1::Layer& layer = response.layer();
  const v1::RasterInfo& raster = layer.raster();
  const v1::RasterStatistics& statistics = response.raster_statistics();
  Answer answer{.messages = {&response}, .headlines = {}, .table = {{"statistic", with_unit("value", raster.unit())}, {}}, .warnings = {}};
  answer.headlines = {fmt::format("{}: raster of {}, theme {}", last_id(layer.name()), spell_cells(raster), theme_name(layer.theme())),
                      fmt::format("{} in {}, {} of them unknown", raster.unit().empty() ? "values" : raster.unit(), raster.crs(),
                                  spell_share(raster.unknown_share())),
                      fmt::format("source {}, dated {}, licence {}", layer.source(), layer.dated().empty() ? "unknown" : layer.dated(),
                                  layer.licence().empty() ? "unknown" : layer.licence())};
  answer.table.rows = {{"cells", std::to_string(statistics.known_count())}, {"sum", spell_number(statistics.sum())}};
  const auto add = [&](const char* name, bool known, double number) {
    if (known) answer.table.rows.push_back({name, spell_number(number)});
  };
  add("mean", statistics.has_mean(), statistics.mean());
  add("standard deviation", statistics.has_standard_deviation(), statistics.standard_deviation());
  add("min", raster.has_min(), raster.min());
  add("max", raster.has_max(), raster.max());
  answer.add_warnings(response.provenance());
  print(answer, session.output);
}

void add_raster_commands(CLI::App& app, Session& session) {
  const auto flags = std::make_shared<SampleFlags>();
  CLI::App* command = add_city_query(app, session, "sample", "The values of a raster at places, such as the height of the ground");
  command->add_option("RASTER", flags->layer)->required();
  command->add_option("--at", flags->at, "LON,LAT, or several joined by ;, or a file of places")->required();
  command->add_option("--sampling", flags->sampling, "nearest or bilinear [bilinear for terrain and surface, else nearest]");
  command->callback([&session, flags] { session.run = [&session, flags] { sample(session, *flags); }; });
}

}  // namespace obnova::cli
