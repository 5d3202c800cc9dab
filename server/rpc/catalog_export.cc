#include "server/rpc/catalog_export.h"

#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include "server/convert/provenance.h"
#include "server/convert/selection.h"
#include "server/export/city_archive.h"
#include "server/export/export_folder.h"
#include "server/store/city_copy.h"

namespace obnova::server {
namespace {

using google::protobuf::util::TimeUtil;

constexpr std::size_t kPieceBytes = 256 * 1024;

// Cuts a file into messages of equal size.
template <typename Message>
class Pieces {
 public:
  explicit Pieces(const Writer<Message>& write) : write_(write) {}
  ByteSink sink() {
    return [this](std::string_view bytes) { return add(bytes); };
  }
  // Sends what is left, and the summary.
  Result<void> end(v1::ExportSummary summary) {
    const auto sent = send();
    if (!sent) return sent;
    summary.set_size_bytes(size_bytes_);
    Message message;
    *message.mutable_summary() = std::move(summary);
    return write_(std::move(message));
  }

 private:
  Result<void> add(std::string_view bytes) {
    size_bytes_ += static_cast<std::int64_t>(bytes.size());
    while (!bytes.empty()) {
      const std::string_view part = bytes.substr(0, kPieceBytes - piece_.size());
      piece_ += part;
      bytes.remove_prefix(part.size());
      if (piece_.size() < kPieceBytes) continue;
      const auto sent = send();
      if (!sent) return sent;
    }
    return {};
  }
  Result<void> send() {
    if (piece_.empty()) return {};
    Message message;
    message.set_data(std::exchange(piece_, {}));
    return write_(std::move(message));
  }

  const Writer<Message>& write_;
  std::string piece_;
  std::int64_t size_bytes_ = 0;
};

Result<FileKind> kind_of(v1::ExportFormat format) {
  switch (format) {
    case v1::EXPORT_FORMAT_GEOJSON:
      return FileKind::kGeoJson;
    case v1::EXPORT_FORMAT_CSV:
      return FileKind::kCsv;
    case v1::EXPORT_FORMAT_GEOPACKAGE:
      return FileKind::kGeoPackage;
    case v1::EXPORT_FORMAT_FLATGEOBUF:
      return FileKind::kFlatGeobuf;
    default:
      return failure(ErrorCode::kInvalidArgument, "A format is required: GeoPackage, FlatGeobuf, GeoJSON or CSV.", "format");
  }
}

// Which state of the city was asked for, where it is not the newest.
std::string words_of(const v1::Context& context) {
  std::string words;
  const auto add = [&words](const std::string& word) { words += (words.empty() ? "" : ", ") + word; };
  if (!context.scenario().empty()) add("with " + context.scenario());
  if (context.has_valid_at()) add("valid at " + TimeUtil::ToString(context.valid_at()));
  if (context.has_known_at()) add("known at " + TimeUtil::ToString(context.known_at()));
  if (context.revision() != 0) add(fmt::format("known in revision {}", context.revision()));
  if (context.condition_case() != v1::CONDITION_CASE_UNSPECIFIED) add(v1::ConditionCase_Name(context.condition_case()));
  return words;
}

// Layers of a snapshot on their way into one file.
class Shipment {
 public:
  explicit Shipment(const Snapshot& snapshot) : snapshot_(snapshot), sources_(snapshot) {}

  void add(const geo::Layer& layer) {
    const auto record = snapshot_.layer_records.find(layer.id());
    layers_.push_back({.layer = layer,
                       .record = record == snapshot_.layer_records.end() ? unrecorded_ : record->second,
                       .city = snapshot_.record,
                       .projection = *snapshot_.projection});
    sources_.use(layer.id());
  }
  const std::vector<ExportedLayer>& layers() const { return layers_; }
  const std::vector<std::string>& warnings() const { return warnings_; }
  void warn(std::string warning) { warnings_.push_back(std::move(warning)); }

  Result<void> collect_warnings(FileKind kind, const Limits& limits) {
    for (const ExportedLayer& exported : layers_) {
      auto warnings = export_warnings(exported, kind, limits);
      if (!warnings) return std::unexpected(warnings.error());
      for (std::string& warning : *warnings) warnings_.push_back(std::move(warning));
    }
    return {};
  }

  // A city file of these layers.
  Result<void> write_geopackage(const std::filesystem::path& file, const Limits& limits) const {
    std::vector<LayerToCopy> copies;
    for (const ExportedLayer& exported : layers_) copies.push_back({exported.layer, exported.record});
    return write_city_file(file, snapshot_.record, copies, limits);
  }

  v1::ExportSummary summary() const {
    v1::ExportSummary summary;
    for (const ExportedLayer& exported : layers_) {
      v1::ExportedLayer& told = *summary.add_layers();
      told.set_name(layer_name(snapshot_, exported.layer.id()));
      told.set_feature_count(static_cast<std::int64_t>(exported.layer.feature_count()));
    }
    for (const std::string& warning : warnings_) summary.add_warnings(warning);
    *summary.mutable_provenance() = sources_.provenance();
    return summary;
  }

 private:
  const Snapshot& snapshot_;
  const LayerRecord unrecorded_;
  std::vector<ExportedLayer> layers_;
  std::vector<std::string> warnings_;
  Sources sources_;
};

// Lets `make` write a file and sends it.
template <typename Make>
Result<void> send_made(const ExportSettings& settings, const ByteSink& sink, const Limits& limits, const Make& make) {
  const auto folder = ExportFolder::make(settings.folder);
  if (!folder) return std::unexpected(folder.error());
  const std::filesystem::path file = (*folder)->path() / "export.gpkg";
  const Result<void> made = make(file);
  if (!made) return made;
  return send_file(file, sink, limits);
}

Result<void> send_geopackage(const Shipment& shipment, const ExportSettings& settings, const ByteSink& sink, const Limits& limits) {
  return send_made(settings, sink, limits, [&](const std::filesystem::path& file) { return shipment.write_geopackage(file, limits); });
}

Result<void> send_with_history(const Twin& twin, const ExportSettings& settings, const Call& call, const v1::ExportCityRequest& request,
                               const Writer<v1::ExportCityResponse>& write) {
  if (request.format() != v1::EXPORT_FORMAT_GEOPACKAGE) {
    return failure(ErrorCode::kInvalidArgument, "Only a GeoPackage holds the history of a city.", "with_history");
  }
  const auto snapshot = twin.newest(request.context());
  if (!snapshot) return std::unexpected(snapshot.error());
  Shipment shipment(**snapshot);
  for (const auto& [id, indexed] : (*snapshot)->city->layers()) shipment.add(*indexed.layer);
  Pieces<v1::ExportCityResponse> pieces(write);
  const auto sent = send_made(settings, pieces.sink(), call.limits(), [&](const std::filesystem::path& file) {
    return twin.copy_city((*snapshot)->record.id, file, call.limits());
  });
  if (!sent) return sent;
  return pieces.end(shipment.summary());
}

}  // namespace

Result<void> export_layer(const Twin& twin, const ExportSettings& settings, const Call& call, const v1::ExportLayerRequest& request,
                          const Writer<v1::ExportLayerResponse>& write) {
  const auto snapshot = twin.resolve(request.context());
  if (!snapshot) return std::unexpected(snapshot.error());
  const auto layer = find_layer(**snapshot, request.layer(), "layer");
  if (!layer) return std::unexpected(layer.error());
  const auto kind = kind_of(request.format());
  if (!kind) return std::unexpected(kind.error());
  Shipment shipment(**snapshot);
  shipment.add(*(*layer)->layer);
  if (*kind == FileKind::kCsv) shipment.warn("A CSV file says nothing of types, licence, attribution, date or covered area.");
  auto done = shipment.collect_warnings(*kind, call.limits());
  if (!done) return done;
  Pieces<v1::ExportLayerResponse> pieces(write);
  done = *kind == FileKind::kGeoPackage ? send_geopackage(shipment, settings, pieces.sink(), call.limits())
                                        : write_layer(shipment.layers().front(), *kind, pieces.sink(), call.limits());
  if (!done) return done;
  return pieces.end(shipment.summary());
}

Result<void> export_city(const Twin& twin, const ExportSettings& settings, const Call& call, const v1::ExportCityRequest& request,
                         const Writer<v1::ExportCityResponse>& write) {
  if (request.with_history()) return send_with_history(twin, settings, call, request, write);
  const auto snapshot = twin.resolve(request.context());
  if (!snapshot) return std::unexpected(snapshot.error());
  const auto kind = kind_of(request.format());
  if (!kind) return std::unexpected(kind.error());
  Shipment shipment(**snapshot);
  for (const auto& [id, indexed] : (*snapshot)->city->layers()) shipment.add(*indexed.layer);
  auto done = shipment.collect_warnings(*kind, call.limits());
  if (!done) return done;
  const std::string context = words_of(request.context());
  if (!context.empty()) shipment.warn(fmt::format("This is the city {}, not its newest state.", context));
  for (const auto& [id, record] : (*snapshot)->raster_records) {
    shipment.warn(fmt::format("The raster `{}` is not in the file; a GeoPackage with history has it.", id));
  }
  shipment.warn("The file holds one state of the city; its history is only in a GeoPackage that was asked for with it.");
  Pieces<v1::ExportCityResponse> pieces(write);
  if (*kind == FileKind::kGeoPackage) {
    done = send_geopackage(shipment, settings, pieces.sink(), call.limits());
  } else {
    const ArchiveNote note{.context = context,
                           .snapshot_digest = (*snapshot)->city->digest().hex(),
                           .server_version = shipment.summary().provenance().server_version(),
                           .warnings = shipment.warnings()};
    done = write_city_archive((*snapshot)->record, shipment.layers(), *kind, note, pieces.sink(), call.limits());
  }
  if (!done) return done;
  return pieces.end(shipment.summary());
}

}  // namespace obnova::server
