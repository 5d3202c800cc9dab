#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "clients/cli/commands.h"
#include "clients/cli/raster_commands.h"
#include "clients/cli/spelling.h"
#include "clients/cli/wkb_json.h"
#include "obnova/v1/feature.grpc.pb.h"

namespace obnova::cli {
namespace {

using nlohmann::json;
using v1::FeatureService;

struct FeatureFlags {
  std::string layer;
  std::string bbox;
  std::string within_file;
  std::string filter;
  std::string near;
  double distance_m = 0;
  int k = 1;
  bool count = false;
  int limit = 100;
};

v1::FeatureSelection selection_of(const FeatureFlags& flags) {
  v1::FeatureSelection selection;
  selection.set_layer(flags.layer);
  if (!flags.bbox.empty()) *selection.mutable_bbox() = parse_box(flags.bbox);
  if (!flags.within_file.empty()) *selection.mutable_intersects() = read_geometry(flags.within_file);
  selection.set_filter(flags.filter);
  return selection;
}

v1::AttributeValue value_at(const v1::AttributeColumn& column, int row) {
  v1::AttributeValue value;
  const auto byte = static_cast<std::size_t>(row / 8);
  if (byte < column.nulls().size() && ((static_cast<unsigned char>(column.nulls()[byte]) >> (row % 8)) & 1) != 0) return value;
  if (row < column.bools_size()) value.set_bool_value(column.bools(row));
  if (row < column.ints_size()) value.set_int_value(column.ints(row));
  if (row < column.doubles_size()) value.set_double_value(column.doubles(row));
  if (row < column.strings_size()) value.set_string_value(column.strings(row));
  return value;
}

void add_batch(Answer& answer, const v1::FeatureBatch& batch) {
  if (answer.table.header.empty()) {
    answer.table.header = {"id"};
    for (const auto& column : batch.columns()) answer.table.header.push_back(column.name());
  }
  for (int row = 0; row < batch.ids_size(); ++row) {
    std::vector<std::string> cells = {batch.ids(row)};
    json properties = {{"id", batch.ids(row)}};
    for (const auto& column : batch.columns()) {
      const v1::AttributeValue value = value_at(column, row);
      cells.push_back(spell_value(value));
      properties[column.name()] = value_json(value);
    }
    answer.table.rows.push_back(std::move(cells));
    answer.add_feature(row < batch.wkb_size() ? wkb_to_json(batch.wkb(row)) : json(nullptr), std::move(properties));
  }
}

// Columns that are empty in every row say nothing to a person.
void drop_empty_columns(Table& table) {
  for (std::size_t column = table.header.size(); column-- > 1;) {
    const bool empty = std::all_of(table.rows.begin(), table.rows.end(), [&](const auto& row) { return row[column].empty(); });
    if (!empty) continue;
    table.header.erase(table.header.begin() + static_cast<std::ptrdiff_t>(column));
    for (auto& row : table.rows) row.erase(row.begin() + static_cast<std::ptrdiff_t>(column));
  }
}

void count_features(const Session& session, const FeatureFlags& flags, const v1::FeatureSelection& selection) {
  v1::CountFeaturesRequest request;
  *request.mutable_context() = session.context();
  *request.mutable_selection() = selection;
  const auto response = call<FeatureService>(session, &FeatureService::Stub::CountFeatures, request);
  Answer answer{.messages = {&response},
                .headlines = {},
                .table = {{"layer", "count"}, {{flags.layer, std::to_string(response.count())}}},
                .warnings = {}};
  answer.add_warnings(response.provenance());
  print(answer, session.output);
}

void list_features(const Session& session, const FeatureFlags& flags, const v1::FeatureSelection& selection) {
  v1::ListFeaturesRequest request;
  *request.mutable_context() = session.context();
  *request.mutable_selection() = selection;
  std::vector<v1::ListFeaturesResponse> pages;
  int rest = flags.limit;
  do {
    request.set_page_size(std::min(rest, 10000));
    pages.push_back(call<FeatureService>(session, &FeatureService::Stub::ListFeatures, request));
    rest -= pages.back().batch().ids_size();
    request.set_page_token(pages.back().next_page_token());
  } while (rest > 0 && !request.page_token().empty());
  Answer answer;
  answer.has_places = true;
  for (const auto& page : pages) {
    answer.messages.push_back(&page);
    add_batch(answer, page.batch());
  }
  answer.add_warnings(pages.back().provenance());
  if (!request.page_token().empty()) answer.warnings.push_back(fmt::format("There are more than {}; use --limit.", flags.limit));
  if (session.output == Output::kTable) drop_empty_columns(answer.table);
  if (answer.table.rows.empty()) answer.headlines = {"No feature matches."};
  print(answer, session.output);
}

void nearest_features(const Session& session, const FeatureFlags& flags, const v1::FeatureSelection& selection) {
  v1::FindNearestFeaturesRequest request;
  *request.mutable_context() = session.context();
  *request.mutable_selection() = selection;
  *request.mutable_places() = parse_places(flags.near);
  request.set_k(flags.k);
  request.set_max_distance_m(flags.distance_m);
  const auto response = call<FeatureService>(session, &FeatureService::Stub::FindNearestFeatures, request);
  Answer answer{.messages = {&response}, .headlines = {}, .table = {{"place", "rank", "id", "distance"}, {}}, .warnings = {}};
  answer.has_places = true;
  for (int place = 0; place < response.results_size(); ++place) {
    int rank = 0;
    for (const auto& neighbor : response.results(place).neighbors()) {
      answer.table.rows.push_back(
          {std::to_string(place), std::to_string(++rank), neighbor.feature(), spell_distance(neighbor.distance_m())});
      answer.add_feature(point_json(neighbor.nearest_place()),
                         {{"place", place}, {"rank", rank}, {"id", neighbor.feature()}, {"distance_m", neighbor.distance_m()}});
    }
  }
  answer.add_warnings(response.provenance());
  print(answer, session.output);
}

void features(const Session& session, const FeatureFlags& flags) {
  v1::FeatureSelection selection = selection_of(flags);
  if (flags.count) return count_features(session, flags, selection);
  if (!flags.near.empty()) return nearest_features(session, flags, selection);
  list_features(session, flags, selection);
}

void aggregate(const Session& session, const std::string& layer, const std::string& areas, const std::string& filter,
               const std::vector<std::string>& sums) {
  if (is_raster(session, layer)) {
    if (!filter.empty() || !sums.empty())
      throw UsageError{fmt::format("{} is a raster: it has neither fields to filter nor to sum.", layer)};
    return aggregate_raster(session, layer, areas);
  }
  v1::AggregateFeaturesRequest request;
  *request.mutable_context() = session.context();
  request.mutable_selection()->set_layer(layer);
  request.mutable_selection()->set_filter(filter);
  request.set_areas_layer(areas);
  for (const std::string& field : sums) request.add_sum_fields(field);
  const auto response = call<FeatureService>(session, &FeatureService::Stub::AggregateFeatures, request);
  Answer answer{.messages = {&response}, .headlines = {}, .table = {{"area", "title", "count"}, {}}, .warnings = {}};
  for (const std::string& field : sums) answer.table.header.push_back("sum of " + field);
  const auto add = [&](const std::string& name, const v1::AreaAggregate& area) {
    std::vector<std::string> row = {name, area.title(), std::to_string(area.count())};
    for (const double sum : area.sums()) row.push_back(fmt::format("{}", sum));
    answer.table.rows.push_back(std::move(row));
  };
  for (const auto& area : response.areas()) add(area.area(), area);
  add("outside", response.outside());
  add("total", response.total());
  answer.add_warnings(response.provenance());
  print(answer, session.output);
}

}  // namespace

void add_feature_commands(CLI::App& app, Session& session) {
  const auto flags = std::make_shared<FeatureFlags>();
  CLI::App* list = add_city_query(app, session, "features", "List, count or find the nearest features of a layer");
  list->add_option("LAYER", flags->layer)->required();
  list->add_option("--bbox", flags->bbox, "W,S,E,N in degrees");
  list->add_option("--within", flags->within_file, "GeoJSON file with a polygon to meet");
  list->add_option("--filter", flags->filter, "CQL2 text, such as \"kind = 'school' AND capacity > 200\"");
  list->add_option("--near", flags->near, "LON,LAT: the nearest features, with --k and --distance");
  list->add_option("--k", flags->k, "How many nearest")->capture_default_str();
  list->add_option("--distance", flags->distance_m, "Meters: none farther than this");
  list->add_flag("--count", flags->count, "Only count");
  list->add_option("--limit", flags->limit, "At most this many")->capture_default_str()->check(CLI::PositiveNumber);
  list->callback([&session, flags] { session.run = [&session, flags] { features(session, *flags); }; });

  struct AggregateFlags {
    std::string layer, areas, filter;
    std::vector<std::string> sums;
  };
  const auto sums = std::make_shared<AggregateFlags>();
  CLI::App* by_area =
      add_city_query(app, session, "aggregate", "Count and sum features, or the cells of a raster, by the areas of another layer");
  by_area->add_option("LAYER", sums->layer)->required();
  by_area->add_option("--by", sums->areas, "The layer of areas")->required();
  by_area->add_option("--sum", sums->sums, "A numeric field to sum up; several times");
  by_area->add_option("--filter", sums->filter, "CQL2 text");
  by_area->callback(
      [&session, sums] { session.run = [&session, sums] { aggregate(session, sums->layer, sums->areas, sums->filter, sums->sums); }; });
}

}  // namespace obnova::cli
