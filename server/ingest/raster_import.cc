#include "server/ingest/raster_import.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "geo/io/raster_file.h"
#include "geo/layer/theme.h"

namespace obnova::server {
namespace {

constexpr std::size_t kMaxMessageBytes = std::size_t{1} << 20;
// Whoever means unknown by a number takes one beyond.
constexpr double kGreatestValue = 1e37;

std::optional<geo::RasterTheme> raster_theme(int theme) {
  const auto known = geo::theme_by_number(theme);
  return known ? geo::raster_theme_by_name(geo::theme_name(*known)) : std::nullopt;
}

// An SRTM tile says where it lies by its name, which the copy of an upload has
// lost: gives it back in a folder of its own.
class NamedFile {
 public:
  static Result<NamedFile> make(const worker::IngestJob& job) {
    std::string folder = (std::filesystem::temp_directory_path() / "obnova-raster-XXXXXX").string();
    std::error_code error;
    if (::mkdtemp(folder.data()) == nullptr) return failure(ErrorCode::kUnavailable, "The import has no temporary folder.");
    NamedFile named(folder, (std::filesystem::path(folder) / std::filesystem::path(job.file_name()).filename()).string());
    std::filesystem::create_symlink(job.path(), named.path_, error);
    if (error) return failure(ErrorCode::kUnavailable, fmt::format("{} cannot be given its name: {}.", job.file_name(), error.message()));
    return named;
  }
  ~NamedFile() {
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }
  NamedFile(NamedFile&& other) noexcept : folder_(std::exchange(other.folder_, {})), path_(std::move(other.path_)) {}
  NamedFile& operator=(NamedFile&&) = delete;

  const std::string& path() const { return path_; }

 private:
  NamedFile(std::string folder, std::string path) : folder_(std::move(folder)), path_(std::move(path)) {}
  std::string folder_;
  std::string path_;
};

// What is no TIFF by its first bytes is not shown to GDAL: text that is named like
// one may be a virtual file that points elsewhere.
Result<void> check_content(const worker::IngestJob& job) {
  const std::string ending = std::filesystem::path(job.file_name()).extension().string();
  const bool named_tiff = ending.size() >= 4 && (ending[1] == 't' || ending[1] == 'T');
  if (!named_tiff) return {};
  std::ifstream stream(job.path(), std::ios::binary);
  std::array<char, 4> head = {};
  stream.read(head.data(), head.size());
  using namespace std::string_view_literals;
  for (const std::string_view magic : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv}) {
    if (std::string_view(head.data(), head.size()) == magic) return {};
  }
  return failure(ErrorCode::kBadData, fmt::format("{} is named like a TIFF but does not begin like one.", job.file_name()));
}

Result<void> refuse_turned(const geo::Affine& affine, const std::string& file_name) {
  if (affine.x_per_row == 0 && affine.y_per_column == 0) return {};
  return failure(ErrorCode::kBadData,
                 fmt::format("The cells of {} are turned against their coordinate system; straighten them with `gdalwarp {} straight.tif`.",
                             file_name, file_name));
}

Result<void> refuse_strange(const geo::Raster& raster, const std::string& file_name) {
  for (const auto& value : {raster.min(), raster.max()}) {
    if (!value || std::abs(*value) <= kGreatestValue) continue;
    return failure(ErrorCode::kBadData,
                   fmt::format("{} has a value of {}; if that means unknown, say so as its nodata value.", file_name, *value));
  }
  return {};
}

bool floats_hold(const geo::CellValues& values) {
  const auto* doubles = std::get_if<std::vector<double>>(&values);
  const auto held = [](double value) { return std::isnan(value) || static_cast<double>(static_cast<float>(value)) == value; };
  return doubles == nullptr || std::ranges::all_of(*doubles, held);
}

worker::RasterStart start_of(const geo::RasterFile& file, const worker::IngestJob& job) {
  const geo::CellGrid& grid = file.raster->grid();
  const geo::Affine& affine = grid.affine();
  worker::RasterStart start;
  start.set_layer(job.layer());
  start.set_theme(job.theme());
  start.set_column_count(grid.columns());
  start.set_row_count(grid.rows());
  start.set_crs(file.crs);
  start.set_west(affine.x_per_column > 0 ? affine.x0 : affine.x0 + grid.columns() * affine.x_per_column);
  start.set_north(affine.y_per_row < 0 ? affine.y0 : affine.y0 + grid.rows() * affine.y_per_row);
  start.set_cell_width(std::abs(affine.x_per_column));
  start.set_cell_height(std::abs(affine.y_per_row));
  start.set_unit(file.raster->description().unit);
  start.set_doubles(!floats_hold(file.raster->values()));
  return start;
}

// Sends the values as `Number`, the north-western one first.
template <typename Number>
Result<void> send_cells(const geo::Raster& raster, const TellProgress& tell, const SendRecord& send) {
  const geo::CellGrid& grid = raster.grid();
  worker::IngestRecord record;
  std::string& bytes = *record.mutable_raster_cells()->mutable_values();
  const auto flush = [&]() -> Result<void> {
    if (!bytes.empty() && !send(record)) return failure(ErrorCode::kUnavailable, "The server stopped reading the import.");
    bytes.clear();
    return {};
  };
  for (int row = 0; row < grid.rows(); ++row) {
    const int from = grid.affine().y_per_row < 0 ? row : grid.rows() - 1 - row;
    std::vector<double> values = raster.values_in({0, from, grid.columns(), 1});
    if (grid.affine().x_per_column < 0) std::ranges::reverse(values);
    for (const double value : values) {
      const auto number = static_cast<Number>(value);
      bytes.append(reinterpret_cast<const char*>(&number), sizeof(number));
      if (bytes.size() < kMaxMessageBytes) continue;
      const auto sent = flush();
      if (!sent) return sent;
      tell(0.5 + 0.5 * row / grid.rows(), "sending cells");
    }
  }
  return flush();
}

Result<geo::RasterFile> read_file(const worker::IngestJob& job, geo::RasterTheme theme) {
  const auto content = check_content(job);
  if (!content) return std::unexpected(content.error());
  const auto named = NamedFile::make(job);
  if (!named) return std::unexpected(named.error());
  geo::RasterFileRequest request{.path = named->path(),
                                 .file_name = job.file_name(),
                                 .plane_crs = job.city_crs(),
                                 .description = {.id = job.layer(), .theme = theme},
                                 .crs = job.crs(),
                                 .band = job.source_layer(),
                                 .unit = job.unit()};
  if (job.has_nodata()) request.nodata = job.nodata();
  if (job.max_cell_count() > 0) request.max_cells = std::min(job.max_cell_count(), geo::kMaxRasterCells);
  auto file = geo::read_raster_file(request, {});
  // The server knows the band by another name.
  if (!file && file.error().field == "band") file.error().field = "source_layer";
  return file;
}

}  // namespace

Result<void> import_raster(const worker::IngestJob& job, const TellProgress& tell, const SendRecord& send) {
  const auto theme = raster_theme(job.theme());
  if (!theme) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("{} is a raster; its theme is terrain, surface, population or other.", job.file_name()), "theme");
  }
  tell(0, "reading cells");
  const auto file = read_file(job, *theme);
  if (!file) return std::unexpected(file.error());
  auto good = refuse_turned(file->raster->grid().affine(), job.file_name());
  if (good) good = refuse_strange(*file->raster, job.file_name());
  if (!good) return good;

  tell(0.5, "sending cells");
  worker::IngestRecord record;
  *record.mutable_raster_start() = start_of(*file, job);
  const bool doubles = record.raster_start().doubles();
  if (!send(record)) return failure(ErrorCode::kUnavailable, "The server stopped reading the import.");
  const auto sent = doubles ? send_cells<double>(*file->raster, tell, send) : send_cells<float>(*file->raster, tell, send);
  if (!sent) return sent;

  worker::IngestRecord last;
  worker::IngestSummary& summary = *last.mutable_summary();
  note_operation(file->operation, summary);
  summary.set_read_count(std::int64_t{file->raster->grid().columns()} * file->raster->grid().rows());
  for (const std::string& warning : file->warnings) summary.add_warnings(warning);
  if (!send(last)) return failure(ErrorCode::kUnavailable, "The server stopped reading the import.");
  return {};
}

}  // namespace obnova::server
