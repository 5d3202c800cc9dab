#include "server/rpc/catalog_import.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "geo/raster/raster.h"
#include "server/convert/geometry.h"
#include "server/ingest/raster_name.h"
#include "server/rpc/catalog_messages.h"

namespace obnova::server {
namespace {

constexpr std::size_t kMaxPieceBytes = std::size_t{1} << 20;

bool openstreetmap_file(const std::string& file_name) {
  return std::ranges::any_of(std::array{".pbf", ".osm", ".osm.gz", ".osm.bz2"},
                             [name = lower_ascii(file_name)](std::string_view ending) { return name.ends_with(ending); });
}

Result<void> check_said(const v1::ImportSpec& spec) {
  auto checked = check_words(spec.title(), "spec.title");
  if (checked) checked = check_words(spec.licence(), "spec.licence");
  if (checked) checked = check_words(spec.attribution(), "spec.attribution");
  if (checked) checked = check_date(spec.dated(), "spec.dated");
  return checked;
}

// Rasters and layers of features have themes of their own, and a raster has no columns.
Result<void> check_kind(const v1::ImportSpec& spec, geo::Theme theme) {
  const auto raster_theme = geo::raster_theme_by_name(geo::theme_name(theme));
  const auto refused = [](const std::string& why, const char* field) { return failure(ErrorCode::kInvalidArgument, why, field); };
  if (!is_raster_name(spec.file_name())) {
    if (raster_theme != geo::RasterTheme::kTerrain && raster_theme != geo::RasterTheme::kSurface) return {};
    return refused(
        fmt::format("A layer of {} is a raster; {} is none: .tif, .hgt, .hgt.zip and .asc are.", geo::theme_name(theme), spec.file_name()),
        "spec.theme");
  }
  if (!raster_theme) {
    return refused(fmt::format("{} is a raster; its theme is terrain, surface, population or other, not {}.", spec.file_name(),
                               geo::theme_name(theme)),
                   "spec.theme");
  }
  if (spec.has_covered_area()) return refused("A raster speaks of its cells: leave its covered area out.", "spec.covered_area");
  if (!spec.field_map().empty()) return refused("A raster has no columns to map.", "spec.field_map");
  if (!spec.id_column().empty()) return refused("A raster has no column of ids.", "spec.id_column");
  return {};
}

// Which layer of which theme the file becomes; neither for OpenStreetMap.
Result<void> set_target(const v1::ImportSpec& spec, worker::IngestJob& job) {
  if (openstreetmap_file(spec.file_name())) {
    if (!spec.layer().empty()) {
      return failure(ErrorCode::kInvalidArgument, "The layers of an OpenStreetMap file have fixed names: leave `layer` out.", "spec.layer");
    }
    if (spec.theme() != v1::THEME_UNSPECIFIED) {
      return failure(ErrorCode::kInvalidArgument, "An OpenStreetMap file becomes layers of many themes: leave `theme` out.", "spec.theme");
    }
    return {};
  }
  const auto theme = geo::theme_by_number(spec.theme());
  if (!theme && spec.theme() != v1::THEME_UNSPECIFIED) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("There is no theme {}.", static_cast<int>(spec.theme())), "spec.theme");
  }
  if (!theme && is_raster_name(spec.file_name())) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("A theme is required to import {}.", spec.file_name()), "spec.theme");
  }
  const auto fits = theme ? check_kind(spec, *theme) : Result<void>();
  if (!fits) return fits;
  // A file that was exported says its theme and what its layer is called; the worker refuses others without.
  job.set_theme(spec.theme());
  job.set_layer_from_file(spec.layer().empty());
  if (!spec.layer().empty() && !geo::valid_layer_id(spec.layer())) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("\"{}\" is no id of a layer: 1 to 63 of a-z0-9_, starting with a letter.", spec.layer().substr(0, 100)),
                   "spec.layer");
  }
  const std::string stem = spec.file_name().substr(0, spec.file_name().find('.'));
  const std::string& name = spec.source_layer().empty() ? stem : spec.source_layer();
  job.set_layer(!spec.layer().empty() ? spec.layer() : layer_id_from(name, geo::theme_name(theme.value_or(geo::Theme::kOther))));
  return {};
}

Result<worker::IngestJob> to_job(const v1::ImportSpec& spec) {
  worker::IngestJob job;
  const auto target = set_target(spec, job);
  if (!target) return std::unexpected(target.error());
  job.set_file_name(spec.file_name());
  job.set_source_layer(spec.source_layer());
  *job.mutable_field_map() = spec.field_map();
  job.set_crs(spec.crs());
  job.set_encoding(spec.encoding());
  job.set_id_column(spec.id_column());
  job.set_unit(spec.unit());
  if (spec.has_nodata()) job.set_nodata(spec.nodata());
  return job;
}

Result<geo::LayerDescription> to_description(const v1::ImportSpec& spec, const geo::Projection& projection) {
  const auto checked = check_said(spec);
  if (!checked) return std::unexpected(checked.error());
  geo::LayerDescription description;
  description.title = spec.title();
  description.source = spec.file_name();
  description.licence = spec.licence();
  description.attribution = spec.attribution();
  description.dated = spec.dated();
  if (!spec.has_covered_area()) return description;
  auto area = to_plane(spec.covered_area(), projection, ShapeKind::kArea, "spec.covered_area");
  if (!area) return std::unexpected(area.error());
  description.covered_area = std::move(*area);
  return description;
}

}  // namespace

ImportWork import_as_layers() {
  return [](Twin& twin, const std::string& city, const worker::IngestJob& job, const geo::LayerDescription& description,
            const Operations::Progress& progress, const Limits& limits) {
    return is_raster_name(job.file_name()) ? twin.import_raster(city, job, description, progress, limits)
                                           : twin.import_file(city, job, description, progress, limits);
  };
}

Result<void> LayerUpload::take(const Call&, v1::ImportLayerRequest message) {
  switch (message.piece_case()) {
    case v1::ImportLayerRequest::kSpec:
      return take_spec(std::move(*message.mutable_spec()));
    case v1::ImportLayerRequest::kData:
      return take_data(message.data());
    case v1::ImportLayerRequest::PIECE_NOT_SET:
      break;
  }
  return failure(ErrorCode::kInvalidArgument, "A message of an import carries `spec` or `data`; this one has neither.", "piece");
}

Result<void> LayerUpload::take_spec(v1::ImportSpec spec) {
  if (spec_) return failure(ErrorCode::kInvalidArgument, "An import has one `spec`, in its first message.", "spec");
  const auto snapshot = twin_.newest(spec.context());
  if (!snapshot) return failure(snapshot.error().code, snapshot.error().message, "spec." + snapshot.error().field);
  const auto named = check_file_name(spec.file_name());
  if (!named) return named;
  auto job = to_job(spec);
  if (!job) return std::unexpected(job.error());
  auto description = to_description(spec, *(*snapshot)->projection);
  if (!description) return std::unexpected(description.error());
  if (spec.server_path().empty()) {
    auto upload = UploadedFile::make(settings_.upload_folder, spec.file_name());
    if (!upload) return std::unexpected(upload.error());
    upload_ = std::move(*upload);
    job->set_path(upload_->path().string());
  } else {
    const auto file = file_below(settings_.import_root, spec.server_path());
    if (!file) return std::unexpected(file.error());
    job->set_path(file->string());
  }
  city_ = (*snapshot)->record.id;
  job_ = std::move(*job);
  description_ = std::move(*description);
  spec_ = std::move(spec);
  return {};
}

Result<void> LayerUpload::take_data(const std::string& bytes) {
  if (!spec_) return failure(ErrorCode::kInvalidArgument, "The first message of an import carries `spec`.", "data");
  if (upload_ == nullptr) return failure(ErrorCode::kInvalidArgument, "An import from a server path has no `data`.", "data");
  if (bytes.size() > kMaxPieceBytes) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("A piece of {} bytes is too long: at most {}.", bytes.size(), kMaxPieceBytes),
                   "data");
  }
  if (upload_->size_bytes() + static_cast<std::int64_t>(bytes.size()) > settings_.max_file_bytes) {
    return failure(ErrorCode::kLimitExceeded,
                   fmt::format("The file {} is longer than the {} bytes that are taken.", spec_->file_name(), settings_.max_file_bytes),
                   "data");
  }
  return upload_->append(bytes);
}

Result<v1::ImportLayerResponse> LayerUpload::finish(const Call&) {
  if (!spec_) return failure(ErrorCode::kInvalidArgument, "An import needs a `spec`.", "spec");
  if (upload_ != nullptr && upload_->size_bytes() == 0) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("The file {} is empty.", spec_->file_name()), "data");
  }
  if (upload_ != nullptr && upload_->size_bytes() != spec_->size_bytes()) {
    return failure(
        ErrorCode::kInvalidArgument,
        fmt::format("The file {} is said to have {} bytes, {} came.", spec_->file_name(), spec_->size_bytes(), upload_->size_bytes()),
        "spec.size_bytes");
  }
  const auto name = operations_.start(
      fmt::format("import {} into cities/{}", spec_->file_name(), city_),
      [&twin = twin_, city = city_, job = job_, description = description_, upload = upload_, work = work_](
          const Operations::Progress& progress, const Limits& limits) { return work(twin, city, job, description, progress, limits); });
  if (!name) return std::unexpected(name.error());
  v1::ImportLayerResponse response;
  response.set_operation(*name);
  return response;
}

}  // namespace obnova::server
