#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>

#include "clients/cli/commands.h"
#include "clients/cli/spelling.h"
#include "obnova/v1/catalog.grpc.pb.h"

namespace obnova::cli {
namespace {

using v1::CatalogService;

struct Format {
  const char* name;
  const char* ending;
  v1::ExportFormat format;
};
constexpr std::array<Format, 4> kFormats = {{{"geopackage", ".gpkg", v1::EXPORT_FORMAT_GEOPACKAGE},
                                             {"flatgeobuf", ".fgb", v1::EXPORT_FORMAT_FLATGEOBUF},
                                             {"geojson", ".geojson", v1::EXPORT_FORMAT_GEOJSON},
                                             {"csv", ".csv", v1::EXPORT_FORMAT_CSV}}};

// By --format, else by the ending of the file.
v1::ExportFormat format_of(const std::string& file, const std::string& wanted) {
  for (const Format& format : kFormats) {
    if (wanted == format.name || (!wanted.empty() && "." + wanted == format.ending)) return format.format;
    if (wanted.empty() && (file.ends_with(format.ending) || (file.ends_with(".json") && format.format == v1::EXPORT_FORMAT_GEOJSON)))
      return format.format;
  }
  if (!wanted.empty()) throw UsageError{fmt::format("--format is geopackage, flatgeobuf, geojson or csv, not \"{}\".", wanted)};
  throw UsageError{fmt::format("{}: the name must end in .gpkg, .fgb, .geojson or .csv, or say --format.", file)};
}

// The formats of a city that come as one zip.
v1::ExportFormat city_format_of(const std::string& file, const std::string& wanted) {
  if (wanted.empty() && file.ends_with(".zip")) {
    throw UsageError{fmt::format("{}: say what the files in it shall be: --format geojson, csv or flatgeobuf.", file)};
  }
  return format_of(file, wanted);
}

// A file that appears whole or not at all.
class NewFile {
 public:
  explicit NewFile(std::string name) : name_(std::move(name)), part_(name_ + ".part"), stream_(part_, std::ios::binary) {
    if (!stream_) throw UsageError{fmt::format("Cannot write {}.", part_)};
  }
  ~NewFile() {
    if (finished_) return;
    stream_.close();
    std::error_code ignored;
    std::filesystem::remove(part_, ignored);
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  void add(const std::string& bytes) {
    stream_ << bytes;
    size_bytes_ += static_cast<std::int64_t>(bytes.size());
    if (terminal_) fmt::print(stderr, "\r{:.1f} MB", static_cast<double>(size_bytes_) / 1e6);
  }
  void finish(std::int64_t size_bytes) {
    if (terminal_) fmt::print(stderr, "\r{:20}\r", "");
    stream_.close();
    if (!stream_) throw UsageError{fmt::format("Cannot write {}: is the disk full?", name_)};
    if (size_bytes != size_bytes_) {
      throw CallError{4, fmt::format("Only {} of {} bytes of {} came: try again.", size_bytes_, size_bytes, name_)};
    }
    std::filesystem::rename(part_, name_);
    finished_ = true;
  }
  std::int64_t size_bytes() const { return size_bytes_; }

 private:
  const std::string name_;
  const std::string part_;
  const bool terminal_ = ::isatty(STDERR_FILENO) != 0;
  std::ofstream stream_;
  std::int64_t size_bytes_ = 0;
  bool finished_ = false;
};

// Reads a stream of `data` with a `summary` at its end into a file.
template <typename Piece, typename Open>
void receive(const Session& session, const std::string& file, const Open& open) {
  const auto stub = CatalogService::NewStub(session.channel());
  grpc::ClientContext context;
  session.prepare(context);
  NewFile written(file);
  v1::ExportSummary summary;
  const auto reader = open(*stub, context);
  for (Piece piece; reader->Read(&piece);) {
    written.add(piece.data());
    if (piece.has_summary()) summary = piece.summary();
  }
  check(reader->Finish(), session);
  written.finish(summary.size_bytes());
  Answer answer{.messages = {&summary},
                .headlines = {fmt::format("Wrote {} ({} bytes).", file, written.size_bytes())},
                .table = {{"layer", "features", "dated", "licence", "attribution"}, {}},
                .warnings = {summary.warnings().begin(), summary.warnings().end()}};
  for (int i = 0; i < summary.layers_size(); ++i) {
    const v1::ExportedLayer& layer = summary.layers(i);
    const v1::LayerUse none;
    const v1::LayerUse& use = i < summary.provenance().layers_size() ? summary.provenance().layers(i) : none;
    answer.table.rows.push_back(
        {last_id(layer.name()), std::to_string(layer.feature_count()), use.dated(), use.licence(), use.attribution()});
  }
  print(answer, session.output);
}

struct ExportFlags {
  std::string layer;
  std::string file;
  std::string format;
  bool with_history = false;
};

void export_layer(const Session& session, const ExportFlags& flags) {
  v1::ExportLayerRequest request;
  *request.mutable_context() = session.context();
  request.set_layer(flags.layer);
  request.set_format(format_of(flags.file, flags.format));
  receive<v1::ExportLayerResponse>(
      session, flags.file, [&](CatalogService::Stub& stub, grpc::ClientContext& context) { return stub.ExportLayer(&context, request); });
}

void export_city(const Session& session, const ExportFlags& flags) {
  v1::ExportCityRequest request;
  *request.mutable_context() = session.context();
  request.set_format(city_format_of(flags.file, flags.format));
  request.set_with_history(flags.with_history);
  receive<v1::ExportCityResponse>(
      session, flags.file, [&](CatalogService::Stub& stub, grpc::ClientContext& context) { return stub.ExportCity(&context, request); });
}

void restore_city(const Session& session, const std::string& id, const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream || !std::filesystem::is_regular_file(file)) throw UsageError{fmt::format("Cannot read {}.", file)};
  const auto stub = CatalogService::NewStub(session.channel());
  grpc::ClientContext context;
  session.prepare(context);
  v1::RestoreCityResponse response;
  const auto writer = stub->RestoreCity(&context, &response);
  v1::RestoreCityRequest piece;
  piece.mutable_spec()->set_city_id(id);
  piece.mutable_spec()->set_file_name(std::filesystem::path(file).filename().string());
  piece.mutable_spec()->set_size_bytes(static_cast<std::int64_t>(std::filesystem::file_size(file)));
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
  const v1::City& city = response.city();
  print(
      {.messages = {&response},
       .headlines = {fmt::format("Restored {} at revision {} with {} layers.", last_id(city.name()), city.revision(), city.layer_count())},
       .table = {},
       .warnings = {}},
      session.output);
}

struct UpdateFlags {
  std::string layer;
  std::optional<std::string> title, licence, attribution, dated;
  std::string covered_area_file;
  bool forget_covered_area = false;
};

void update_layer(const Session& session, const UpdateFlags& flags) {
  v1::UpdateLayerRequest request;
  *request.mutable_context() = session.context();
  v1::Layer& layer = *request.mutable_layer();
  layer.set_name(fmt::format("cities/{}/layers/{}", session.city, flags.layer));
  const auto change = [&request](const char* path) { request.mutable_update_mask()->add_paths(path); };
  if (flags.title) change("title"), layer.set_title(*flags.title);
  if (flags.licence) change("licence"), layer.set_licence(*flags.licence);
  if (flags.attribution) change("attribution"), layer.set_attribution(*flags.attribution);
  if (flags.dated) change("dated"), layer.set_dated(*flags.dated);
  if (!flags.covered_area_file.empty() || flags.forget_covered_area) change("covered_area");
  if (!flags.covered_area_file.empty()) *layer.mutable_covered_area() = read_geometry(flags.covered_area_file);
  if (request.update_mask().paths().empty()) {
    throw UsageError{"Say what to change: --title, --licence, --attribution, --dated, --covers or --forget-covered-area."};
  }
  const auto response = call<CatalogService>(session, &CatalogService::Stub::UpdateLayer, request);
  const v1::Layer& now = response.layer();
  print({.messages = {&response},
         .headlines = {fmt::format("Updated {} in revision {}.", last_id(now.name()), now.revision())},
         .table = {{"layer", "title", "dated", "licence", "attribution", "covered area"},
                   {{last_id(now.name()), now.title(), now.dated(), now.licence(), now.attribution(),
                     now.has_covered_area() ? "stated" : "not stated"}}},
         .warnings = {}},
        session.output);
}

void add_format(CLI::App& command, ExportFlags& flags) {
  command.add_option("FILE", flags.file, "Written as FILE.part first, so that it is whole when it is there")->required();
  command.add_option("--format", flags.format, "geopackage, flatgeobuf, geojson or csv, whatever the name of the file");
}

}  // namespace

void add_city_file_commands(CLI::App& city, Session& session) {
  const auto flags = std::make_shared<ExportFlags>();
  CLI::App* write =
      add_city_query(city, session, "export", "Write a whole city: a .gpkg that can be restored, or a .zip with a file for every layer");
  add_format(*write, *flags);
  write->add_flag("--with-history", flags->with_history, "All that was ever known, not only this state; .gpkg only");
  write->callback([&session, flags] { session.run = [&session, flags] { export_city(session, *flags); }; });

  const auto restored = std::make_shared<ExportFlags>();
  CLI::App* restore = city.add_subcommand("restore", "Make a city of a .gpkg that `city export` wrote, or of a copy of a city file");
  restore->add_option("ID", session.city, "What to call it: 1 to 63 of a-z0-9-, starting with a letter")->required();
  restore->add_option("FILE", restored->file)->required();
  restore->callback([&session, restored] { session.run = [&session, restored] { restore_city(session, session.city, restored->file); }; });
}

void add_layer_file_commands(CLI::App& layer, Session& session) {
  const auto flags = std::make_shared<ExportFlags>();
  CLI::App* write = add_city_query(layer, session, "export", "Write a layer to a .gpkg, .fgb, .geojson or .csv file");
  write->add_option("LAYER", flags->layer)->required();
  add_format(*write, *flags);
  write->callback([&session, flags] { session.run = [&session, flags] { export_layer(session, *flags); }; });

  const auto changed = std::make_shared<UpdateFlags>();
  CLI::App* update =
      add_city_query(layer, session, "update", "Say something else of a layer: title, licence, attribution, date, covered area");
  update->add_option("LAYER", changed->layer)->required();
  update->add_option("--title", changed->title, "What people call it");
  update->add_option("--licence", changed->licence, "Preferably an SPDX identifier");
  update->add_option("--attribution", changed->attribution, "What must be shown with the data");
  update->add_option("--dated", changed->dated, "YYYY-MM-DD the data describes");
  update->add_option("--covers", changed->covered_area_file, "GeoJSON file with the area the layer speaks about");
  update->add_flag("--forget-covered-area", changed->forget_covered_area, "Nobody states it any more");
  update->callback([&session, changed] { session.run = [&session, changed] { update_layer(session, *changed); }; });
}

}  // namespace obnova::cli
