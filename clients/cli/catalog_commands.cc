#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

#include "clients/cli/commands.h"
#include "clients/cli/raster_commands.h"
#include "clients/cli/spelling.h"
#include "obnova/v1/catalog.grpc.pb.h"
#include "obnova/v1/operation.grpc.pb.h"

namespace obnova::cli {
namespace {

using v1::CatalogService;

std::vector<std::string> city_row(const v1::City& city) {
  return {last_id(city.name()), city.title(), city.crs(), std::to_string(city.layer_count()), std::to_string(city.revision())};
}

const std::vector<std::string> kCityHeader = {"city", "title", "plane", "layers", "revision"};
const std::vector<std::string> kLayerHeader = {"layer", "theme", "features", "dated", "licence", "source"};

std::vector<std::string> layer_row(const v1::Layer& layer) {
  return {last_id(layer.name()),
          theme_name(layer.theme()),
          layer.has_raster() ? spell_cells(layer.raster()) : std::to_string(layer.feature_count()),
          layer.dated(),
          layer.licence(),
          layer.source()};
}

void print_city(const Session& session, const google::protobuf::Message& message, const v1::City& city) {
  print({.messages = {&message}, .headlines = {}, .table = {kCityHeader, {city_row(city)}}, .warnings = {}}, session.output);
}

void create_city(const Session& session, const std::string& id, const std::string& crs, const std::string& title) {
  v1::CreateCityRequest request;
  request.set_city_id(id);
  request.mutable_city()->set_crs(crs);
  request.mutable_city()->set_title(title);
  const auto response = call<CatalogService>(session, &CatalogService::Stub::CreateCity, request);
  print_city(session, response, response.city());
}

void list_cities(const Session& session) {
  v1::ListCitiesRequest request;
  request.set_page_size(1000);
  const auto response = call<CatalogService>(session, &CatalogService::Stub::ListCities, request);
  Answer answer{.messages = {&response}, .headlines = {}, .table = {kCityHeader, {}}, .warnings = {}};
  for (const v1::City& city : response.cities()) answer.table.rows.push_back(city_row(city));
  if (response.cities().empty()) answer.headlines = {"No city yet: `obnova city create ID --crs EPSG:NNNN`."};
  print(answer, session.output);
}

void show_city(const Session& session) {
  v1::GetCityRequest request;
  request.set_name("cities/" + session.city);
  const auto city = call<CatalogService>(session, &CatalogService::Stub::GetCity, request);
  print_city(session, city, city);
}

void delete_city(const Session& session) {
  v1::DeleteCityRequest request;
  request.set_name("cities/" + session.city);
  const auto response = call<CatalogService>(session, &CatalogService::Stub::DeleteCity, request);
  print({.messages = {&response}, .headlines = {"Deleted " + session.city + "."}, .table = {}, .warnings = {}}, session.output);
}

void list_layers(const Session& session) {
  v1::ListLayersRequest request;
  *request.mutable_context() = session.context();
  request.set_page_size(1000);
  const auto response = call<CatalogService>(session, &CatalogService::Stub::ListLayers, request);
  Answer answer{.messages = {&response}, .headlines = {}, .table = {kLayerHeader, {}}, .warnings = {}};
  for (const v1::Layer& layer : response.layers()) answer.table.rows.push_back(layer_row(layer));
  if (response.layers().empty()) answer.headlines = {"No layer yet: `obnova import " + session.city + " FILE`."};
  print(answer, session.output);
}

void show_layer(const Session& session, const std::string& id) {
  v1::DescribeLayerRequest request;
  *request.mutable_context() = session.context();
  request.set_layer(id);
  const auto response = call<CatalogService>(session, &CatalogService::Stub::DescribeLayer, request);
  const v1::Layer& layer = response.layer();
  if (layer.has_raster()) return print_raster(session, response);
  Answer answer{.messages = {&response},
                .headlines = {},
                .table = {{"field", "type", "nulls", "distinct", "min", "max", "most frequent"}, {}},
                .warnings = {}};
  answer.headlines = {fmt::format("{}: {} features, theme {}", last_id(layer.name()), layer.feature_count(), theme_name(layer.theme())),
                      fmt::format("source {}, dated {}, licence {}", layer.source(), layer.dated().empty() ? "unknown" : layer.dated(),
                                  layer.licence().empty() ? "unknown" : layer.licence())};
  for (const v1::FieldSummary& field : response.fields()) {
    std::string type = v1::AttributeType_Name(field.field().type()).substr(std::string("ATTRIBUTE_TYPE_").size());
    for (char& c : type) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    std::string top;
    for (int i = 0; i < std::min(3, field.top_size()); ++i) {
      top += fmt::format("{}{} ({})", i > 0 ? ", " : "", spell_value(field.top(i).value()), field.top(i).count());
    }
    answer.table.rows.push_back({field.field().name(), type, std::to_string(field.null_count()), std::to_string(field.distinct_count()),
                                 spell_value(field.min()), spell_value(field.max()), top});
  }
  answer.add_warnings(response.provenance());
  print(answer, session.output);
}

void delete_layer(const Session& session, const std::string& id) {
  v1::DeleteLayerRequest request;
  *request.mutable_context() = session.context();
  request.set_layer(id);
  const auto response = call<CatalogService>(session, &CatalogService::Stub::DeleteLayer, request);
  print({.messages = {&response},
         .headlines = {fmt::format("Deleted {}; {} is at revision {}.", id, session.city, response.revision())},
         .table = {},
         .warnings = {}},
        session.output);
}

struct ImportFlags {
  std::string file, layer, theme, source_layer, crs, encoding, licence, attribution, dated, title, id_column, covered_area_file, unit;
  std::optional<double> nodata;
  std::vector<std::string> map;
};

v1::ImportSpec spec_of(const Session& session, const ImportFlags& flags) {
  v1::ImportSpec spec;
  *spec.mutable_context() = session.context();
  spec.set_file_name(std::filesystem::path(flags.file).filename().string());
  spec.set_size_bytes(static_cast<std::int64_t>(std::filesystem::file_size(flags.file)));
  spec.set_layer(flags.layer);
  if (!flags.theme.empty()) spec.set_theme(parse_theme(flags.theme));
  spec.set_source_layer(flags.source_layer);
  spec.set_crs(flags.crs);
  spec.set_encoding(flags.encoding);
  spec.set_licence(flags.licence);
  spec.set_attribution(flags.attribution);
  spec.set_dated(flags.dated);
  spec.set_title(flags.title);
  spec.set_id_column(flags.id_column);
  spec.set_unit(flags.unit);
  if (flags.nodata) spec.set_nodata(*flags.nodata);
  for (const std::string& pair : flags.map) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) throw UsageError{fmt::format("--map wants field=column, got \"{}\".", pair)};
    (*spec.mutable_field_map())[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  if (!flags.covered_area_file.empty()) *spec.mutable_covered_area() = read_geometry(flags.covered_area_file);
  return spec;
}

// Sends the file; the name of the operation.
std::string upload(const Session& session, const ImportFlags& flags) {
  std::ifstream stream(flags.file, std::ios::binary);
  if (!stream || !std::filesystem::is_regular_file(flags.file)) throw UsageError{fmt::format("Cannot read {}.", flags.file)};
  const auto stub = CatalogService::NewStub(session.channel());
  grpc::ClientContext context;
  session.prepare(context);
  v1::ImportLayerResponse response;
  const auto writer = stub->ImportLayer(&context, &response);
  v1::ImportLayerRequest piece;
  *piece.mutable_spec() = spec_of(session, flags);
  bool open = writer->Write(piece);
  std::string buffer(512 * 1024, '\0');
  while (open && stream) {
    stream.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    if (stream.gcount() == 0) break;
    piece.set_data(buffer.data(), static_cast<std::size_t>(stream.gcount()));
    open = writer->Write(piece);
  }
  writer->WritesDone();
  check(writer->Finish(), session);
  return response.operation();
}

}  // namespace

v1::Operation follow(const Session& session, const std::string& operation) {
  v1::WaitOperationRequest request;
  request.set_name(operation);
  *request.mutable_timeout() = google::protobuf::util::TimeUtil::MillisecondsToDuration(200);
  ProgressBar bar;
  while (true) {
    const auto response = call<v1::OperationService>(session, &v1::OperationService::Stub::WaitOperation, request);
    if (response.operation().done()) return response.operation();
    bar.show(response.operation().progress());
  }
}

void print_report(const Session& session, const v1::ImportReport& report) {
  Answer answer{
      .messages = {&report}, .headlines = {}, .table = {{"layer", "theme", "read", "kept", "repaired", "rejected"}, {}}, .warnings = {}};
  for (const v1::LayerReport& layer : report.layers()) {
    answer.table.rows.push_back({last_id(layer.layer()), theme_name(layer.theme()), std::to_string(layer.read_count()),
                                 std::to_string(layer.kept_count()), std::to_string(layer.repaired_count()),
                                 std::to_string(layer.rejected_count())});
    for (int i = 0; i < std::min(5, layer.notes_size()); ++i) {
      const v1::RowNote& note = layer.notes(i);
      answer.warnings.push_back(
          fmt::format("{} {} {}: {}", last_id(layer.layer()), note.row(), note.rejected() ? "left out" : "repaired", note.reason()));
    }
  }
  const v1::CrsOperation& operation = report.crs_operation();
  const std::string accuracy = operation.has_accuracy_m() ? fmt::format("{} m", operation.accuracy_m()) : "unknown";
  answer.headlines = {fmt::format("Imported {} objects; revision {}.", report.read_count(), report.revision()),
                      fmt::format("Coordinates: {} to {} by {}, accuracy {}.", operation.source_crs(), operation.target_crs(),
                                  operation.description(), accuracy)};
  for (const v1::LayerReport& layer : report.layers()) {
    if (!layer.was_there_before()) continue;
    answer.headlines.push_back(fmt::format("Layer {} was there: {} features added, {} changed, {} removed; the rest is as before.",
                                           last_id(layer.layer()), layer.added_count(), layer.changed_count(), layer.removed_count()));
  }
  for (const std::string& warning : report.warnings()) answer.warnings.push_back(warning);
  print(answer, session.output);
}

namespace {

void import_file(const Session& session, const ImportFlags& flags) {
  const v1::Operation operation = follow(session, upload(session, flags));
  if (operation.has_error()) throw CallError{3, operation.error().message()};
  print_report(session, operation.import_report());
}

void add_city_commands(CLI::App& app, Session& session) {
  CLI::App* city = app.add_subcommand("city", "Create, list, show, export, restore and delete cities");
  city->require_subcommand(1);

  struct Flags {
    std::string id, crs, title;
  };
  const auto flags = std::make_shared<Flags>();
  CLI::App* create = city->add_subcommand("create", "Create an empty city");
  create->add_option("ID", flags->id, "1 to 63 of a-z0-9-, starting with a letter")->required();
  create->add_option("--crs", flags->crs, "The metric plane, such as EPSG:6384 (Ukraine TM) or EPSG:5514 (S-JTSK)")->required();
  create->add_option("--title", flags->title, "What people call it");
  create->callback([&session, flags] { session.run = [&session, flags] { create_city(session, flags->id, flags->crs, flags->title); }; });

  city->add_subcommand("list", "List cities")->callback([&session] { session.run = [&session] { list_cities(session); }; });
  CLI::App* show = city->add_subcommand("show", "Show a city");
  show->add_option("CITY", session.city)->required();
  show->callback([&session] { session.run = [&session] { show_city(session); }; });
  CLI::App* remove = city->add_subcommand("delete", "Delete a city with all its data; there is no way back");
  remove->add_option("CITY", session.city)->required();
  remove->callback([&session] { session.run = [&session] { delete_city(session); }; });
  add_city_file_commands(*city, session);
}

void add_layer_commands(CLI::App& app, Session& session) {
  CLI::App* layer = app.add_subcommand("layer", "List, show, export, update and delete layers");
  layer->require_subcommand(1);
  struct Flags {
    std::string id;
  };
  const auto flags = std::make_shared<Flags>();

  add_city_query(*layer, session, "list", "List the layers of a city")->callback([&session] {
    session.run = [&session] { list_layers(session); };
  });
  CLI::App* show = add_city_query(*layer, session, "show", "Show what is in a layer");
  show->add_option("LAYER", flags->id)->required();
  show->callback([&session, flags] { session.run = [&session, flags] { show_layer(session, flags->id); }; });
  add_layer_file_commands(*layer, session);
  CLI::App* remove = add_city_query(*layer, session, "delete", "Delete a layer");
  remove->add_option("LAYER", flags->id)->required();
  remove->callback([&session, flags] { session.run = [&session, flags] { delete_layer(session, flags->id); }; });
}

void add_import_command(CLI::App& app, Session& session) {
  const auto flags = std::make_shared<ImportFlags>();
  CLI::App* command = add_city_query(
      app, session, "import", "Import a file: OpenStreetMap, a GIS format, a drawing, a table, a 3D city, a network model or a raster");
  command
      ->add_option("FILE", flags->file,
                   ".osm.pbf .osm.gz .osm.bz2 | .gpkg .geojson .geojsonl .fgb .kml .kmz .gml .gpx | .zip with a shapefile, a MapInfo table "
                   "or the .csv tables of one power network | .csv .xlsx .ods | .dxf | .city.json | .inp (EPANET) | .tif .hgt.zip .asc")
      ->required();
  command->add_option("--layer", flags->layer, "Id of the layer; derived from the file when left out");
  command->add_option("--theme", flags->theme, "What it is about: roads, buildings, facilities, population, …; not for OpenStreetMap");
  command->add_option("--source-layer", flags->source_layer,
                      "Which layer of a file that has several; of a .dxf one of its layers, of a .city.json a type such as Building; "
                      "which band of a raster");
  command->add_option("--map", flags->map,
                      "field=column, several times: which column holds a field of the theme, or lon, lat or wkt of a table");
  command->add_option("--crs", flags->crs, "EPSG:N where the file states none (always for .dxf and .inp) or a wrong one");
  command->add_option("--encoding", flags->encoding, "Encoding of texts, such as CP1251");
  command->add_option("--licence", flags->licence, "Licence, preferably an SPDX identifier");
  command->add_option("--attribution", flags->attribution, "What must be shown with the data");
  command->add_option("--dated", flags->dated, "YYYY-MM-DD the data describes");
  command->add_option("--title", flags->title, "What people call the layer");
  command->add_option("--id-column", flags->id_column, "Column that identifies features");
  command->add_option("--unit", flags->unit, "Unit of the heights of a raster: m, ft or us-ft, where the file states none or a wrong one");
  command->add_option("--nodata", flags->nodata, "A value of a raster that means unknown, besides what the file says");
  command->add_option("--covers", flags->covered_area_file, "GeoJSON file with the area the data speaks about");
  command->callback([&session, flags] { session.run = [&session, flags] { import_file(session, *flags); }; });
}

}  // namespace

CLI::App* add_city_query(CLI::App& parent, Session& session, const std::string& name, const std::string& help) {
  CLI::App* command = parent.add_subcommand(name, help);
  command->fallthrough();
  command->add_option("CITY", session.city, "Which city")->required();
  CLI::Option_group* context = command->add_option_group("context", "Which state of the city");
  context->add_option("--scenario", session.scenario, "A scenario of the city");
  context->add_option("--valid-at", session.valid_at, "The real-world time asked about");
  context->add_option("--known-at", session.known_at, "What was known at that time");
  context->add_option("--revision", session.revision, "A revision of the store")->check(CLI::NonNegativeNumber);
  context->add_option("--condition", session.condition, "How damage is read: optimistic, expected, pessimistic or ignored [expected]")
      ->check(CLI::IsMember({"optimistic", "expected", "pessimistic", "ignored"}));
  return command;
}

void add_catalog_commands(CLI::App& app, Session& session) {
  add_city_commands(app, session);
  add_layer_commands(app, session);
  add_import_command(app, session);
}

}  // namespace obnova::cli
