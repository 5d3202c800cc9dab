#include <chrono>
#include <cstring>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "geo/io/grid_placement.h"
#include "server/twin/checksum.h"
#include "server/twin/open_city.h"
#include "server/twin/twin.h"

namespace obnova::server {
namespace {

constexpr std::chrono::hours kPatience(2);
// 64 M floats are 256 MB; a city of 8 km a side at 1 m.
constexpr std::int64_t kMaxCellCount = 64'000'000;
// The part of the progress that belongs to the worker; the rest is ours.
constexpr double kReadingShare = 0.8;

// A raster on its way from the worker.
struct RasterGathering {
  geo::RasterDescription description;
  const std::string& plane;
  CellSystem system;
  std::optional<geo::CellGrid> grid;
  geo::CellValues values;
};

geo::RasterDescription description_of(const geo::LayerDescription& said, const worker::IngestJob& job) {
  return {.id = job.layer(),
          .title = said.title.empty() ? job.layer() : said.title,
          .theme = geo::raster_theme_by_name(geo::theme_name(static_cast<geo::Theme>(job.theme()))).value_or(geo::RasterTheme::kOther),
          .source = said.source.empty() ? job.file_name() : said.source,
          .licence = said.licence,
          .attribution = said.attribution,
          .dated = said.dated};
}

Result<void> begin_raster(RasterGathering& gathering, const worker::RasterStart& start) {
  auto placed = geo::place_cells(start.crs(), gathering.plane);
  if (!placed) return std::unexpected(placed.error());
  auto grid = geo::CellGrid::make(start.column_count(), start.row_count(),
                                  {start.west(), start.cell_width(), 0, start.north(), 0, -start.cell_height()}, geo::Registration::kArea,
                                  std::move(placed->placement));
  if (!grid) return std::unexpected(grid.error());
  gathering.grid = std::move(*grid);
  gathering.system = {.crs = start.crs(), .crs_wkt = std::move(placed->crs_wkt)};
  gathering.description.unit = start.unit();
  if (start.doubles()) gathering.values = std::vector<double>();
  const auto cells = static_cast<std::size_t>(start.column_count()) * static_cast<std::size_t>(start.row_count());
  std::visit([cells](auto& values) { values.reserve(cells); }, gathering.values);
  return {};
}

void add_cells(RasterGathering& gathering, const std::string& bytes) {
  std::visit(
      [&](auto& values) {
        const std::size_t before = values.size();
        values.resize(before + bytes.size() / sizeof(values[0]));
        std::memcpy(values.data() + before, bytes.data(), bytes.size());
      },
      gathering.values);
}

// The raster a worker read, and its summary.
Result<worker::IngestSummary> gather(RasterGathering& gathering, const worker::IngestJob& job, const IngestSettings& settings,
                                     const std::function<void(double, const std::string&)>& progress, const Limits& limits) {
  const IngestSink sink = {.begin_layer = [](const std::string& layer, geo::Theme, const std::vector<geo::Field>&) -> Result<void> {
                             return failure(ErrorCode::kBadData, fmt::format("The worker sent the layer {} in place of a raster.", layer));
                           },
                           .add_feature = {},
                           .progress = [&](double fraction, const std::string& stage) { progress(fraction * kReadingShare, stage); },
                           .begin_raster = [&](const worker::RasterStart& start) { return begin_raster(gathering, start); },
                           .add_cells = [&](const std::string& bytes) -> Result<void> {
                             add_cells(gathering, bytes);
                             return {};
                           }};
  auto summary = run_ingest(job, sink, settings, limits);
  if (summary && !gathering.grid) return failure(ErrorCode::kBadData, fmt::format("The worker sent nothing of {}.", job.file_name()));
  return summary;
}

v1::ImportReport report_of(const worker::IngestSummary& summary, const CityRecord& city, const FileChecksum& file,
                           const geo::Raster& raster, const worker::IngestJob& job) {
  v1::ImportReport report;
  v1::LayerReport& layer = *report.add_layers();
  layer.set_layer(fmt::format("cities/{}/layers/{}", city.id, raster.id()));
  layer.set_theme(static_cast<v1::Theme>(job.theme()));
  const std::int64_t cells = std::int64_t{raster.grid().columns()} * raster.grid().rows();
  layer.set_read_count(cells);
  layer.set_kept_count(cells);
  v1::CrsOperation& operation = *report.mutable_crs_operation();
  operation.set_source_crs(summary.source_crs());
  operation.set_target_crs(city.crs);
  operation.set_description(summary.operation());
  if (summary.accuracy_m() >= 0) operation.set_accuracy_m(summary.accuracy_m());
  report.set_sha256(file.sha256);
  report.set_size_bytes(file.size_bytes);
  report.set_read_count(cells);
  *report.mutable_warnings() = summary.warnings();
  report.set_revision(city.revision + 1);
  return report;
}

}  // namespace

Result<v1::ImportReport> Twin::import_raster(const std::string& id, const worker::IngestJob& job, const geo::LayerDescription& description,
                                             const std::function<void(double, const std::string&)>& progress, const Limits& limits) {
  const auto city = find(id);
  if (!city) return std::unexpected(city.error());
  progress(0, "checking the file");
  const auto checksum = checksum_of(job.path(), limits);
  if (!checksum) return std::unexpected(checksum.error());
  const std::string plane = (*city)->snapshot()->record.crs;  // For ever.
  worker::IngestJob full_job = job;
  full_job.set_city_crs(plane);
  full_job.set_max_cell_count(kMaxCellCount);
  RasterGathering gathering{.description = description_of(description, full_job), .plane = plane, .system = {}, .grid = {}, .values = {}};
  const auto summary = gather(gathering, full_job, settings_.ingest, progress, limits);
  if (!summary) return std::unexpected(summary.error());
  const auto raster = geo::Raster::make(gathering.description, *gathering.grid, std::move(gathering.values));
  if (!raster) return std::unexpected(raster.error());

  progress(kReadingShare, "waiting for the city");
  const auto turn = Turn::take(*city, kPatience, limits);
  if (!turn) return std::unexpected(turn.error());
  progress(kReadingShare, "writing");
  const std::shared_ptr<const Snapshot> before = (*city)->snapshot();
  v1::ImportReport report = report_of(*summary, before->record, *checksum, **raster, full_job);
  const auto revision = (*city)->store->put_raster(**raster, gathering.system, report.SerializeAsString(), limits);
  if (!revision) return std::unexpected(revision.error());
  progress(0.95, "indexing");
  auto snapshot = make_snapshot(**city, before.get(), {});
  if (!snapshot) return std::unexpected(snapshot.error());
  (*city)->publish(std::move(*snapshot));
  return report;
}

}  // namespace obnova::server
