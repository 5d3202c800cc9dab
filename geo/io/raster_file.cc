#include "geo/io/raster_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <string_view>
#include <system_error>
#include <utility>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <fmt/format.h>
#include <gdal.h>
#include <gdal_frmts.h>

#include "geo/io/grid_placement.h"

namespace obnova::geo {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

struct DatasetCloser {
  void operator()(void* dataset) const { GDALClose(dataset); }
};
using Dataset = std::unique_ptr<void, DatasetCloser>;

// While it lives, GDAL's failures on this thread are remembered instead of
// printed, and files beside the raster that could point elsewhere are not read.
class QuietGdal {
 public:
  QuietGdal() {
    CPLPushErrorHandlerEx(remember, &failure_);
    CPLSetThreadLocalConfigOption("GDAL_PAM_ENABLED", "NO");
    GDALRegister_GTiff();  // Registering twice does nothing.
    GDALRegister_SRTMHGT();
    GDALRegister_AAIGrid();
  }
  ~QuietGdal() {
    CPLSetThreadLocalConfigOption("GDAL_PAM_ENABLED", nullptr);
    CPLPopErrorHandler();
  }
  QuietGdal(const QuietGdal&) = delete;
  QuietGdal& operator=(const QuietGdal&) = delete;

  // The first failure, or a plain sentence; without paths of the machine, which are nobody's business.
  std::string reason(const std::string& path, const std::string& name) const {
    std::string text = failure_.empty() ? "GDAL gives no reason" : failure_;
    for (std::size_t at = text.find(path); at != std::string::npos; at = text.find(path, at + name.size())) {
      text.replace(at, path.size(), name);
    }
    text = text.substr(0, 200);
    while (text.ends_with('.') || text.ends_with('\n')) text.pop_back();
    return text;
  }

 private:
  static void CPL_STDCALL remember(CPLErr severity, CPLErrorNum, const char* message) {
    auto* failure = static_cast<std::string*>(CPLGetErrorHandlerUserData());
    if (severity >= CE_Failure && failure->empty()) *failure = message;
  }

  std::string failure_;
};

// Meters in one unit of height; nullopt for a unit nobody here knows.
std::optional<double> meters_in(std::string_view unit) {
  constexpr double kFoot_m = 0.3048;
  constexpr double kSurveyFoot_m = 1200.0 / 3937.0;
  constexpr auto kUnits = std::to_array<std::pair<std::string_view, double>>({
      {"m", 1},
      {"metre", 1},
      {"meter", 1},
      {"metres", 1},
      {"meters", 1},
      {"ft", kFoot_m},
      {"foot", kFoot_m},
      {"feet", kFoot_m},
      {"international foot", kFoot_m},
      {"us-ft", kSurveyFoot_m},
      {"ftUS", kSurveyFoot_m},
      {"US survey foot", kSurveyFoot_m},
      {"Foot_US", kSurveyFoot_m},
      {"cm", 0.01},
      {"dm", 0.1},
  });
  for (const auto& [name, length_m] : kUnits) {
    if (name == unit) return length_m;
  }
  return std::nullopt;
}

// Values that small types hold exactly stay small.
bool fits_float(GDALDataType type) { return type == GDT_Byte || type == GDT_UInt16 || type == GDT_Int16 || type == GDT_Float32; }

class Reader {
 public:
  Reader(const RasterFileRequest& request, const Limits& limits) : request_(request), limits_(limits) {
    name_ = request.file_name.empty() ? std::filesystem::path(request.path).filename().string() : request.file_name;
  }

  Result<RasterFile> read();

 private:
  Result<void> open();
  Result<void> choose_band();
  std::string band_names() const;
  Result<void> read_meaning();
  Result<void> read_unit();
  Result<void> place();
  Result<CellGrid> whole_grid();
  Result<void> choose_window(const CellGrid& whole);
  Result<CellGrid> window_grid(const CellGrid& whole) const;
  template <typename Number>
  Result<CellValues> read_values();
  Result<void> read_rows(int first, int count, std::vector<double>& values, std::vector<std::uint8_t>& mask);
  double meaning_of(double raw) const;

  std::unexpected<Error> bad(std::string_view what) const { return failure(ErrorCode::kBadData, fmt::format("{} {}.", name_, what)); }
  // What a person can do about a file that is too much.
  std::string way_out() const {
    return fmt::format("cut it to the city with `gdal_translate -projwin WEST NORTH EAST SOUTH -co TILED=YES {} city.tif`", name_);
  }
  std::unexpected<Error> damaged() const { return bad(fmt::format("cannot be read: {}", gdal_.reason(request_.path, name_))); }

  // Set at construction.
  const RasterFileRequest& request_;
  const Limits& limits_;
  std::string name_;
  QuietGdal gdal_;  // Outlives the dataset.
  // Found out step by step.
  Dataset dataset_;
  GDALRasterBandH band_ = nullptr;
  GDALDataType type_ = GDT_Unknown;
  bool masked_ = false;
  std::optional<double> nodata_;
  double scale_ = 1;
  double offset_ = 0;
  CellWindow window_;
  GridPlacement placement_;
  RasterFile result_;
  RasterDescription description_;
};

Result<RasterFile> Reader::read() {
  description_ = request_.description;
  for (const auto step : {&Reader::open, &Reader::choose_band, &Reader::read_meaning, &Reader::read_unit, &Reader::place}) {
    const Result<void> done = (this->*step)();
    if (!done) return std::unexpected(done.error());
  }
  const Result<CellGrid> whole = whole_grid();
  if (!whole) return std::unexpected(whole.error());
  const Result<void> chosen = choose_window(*whole);
  if (!chosen) return std::unexpected(chosen.error());
  Result<CellGrid> grid = window_grid(*whole);
  if (!grid) return std::unexpected(grid.error());
  Result<CellValues> values = fits_float(type_) ? read_values<float>() : read_values<double>();
  if (!values) return std::unexpected(values.error());

  auto raster = Raster::make(description_, std::move(*grid), std::move(*values));
  if (!raster) return failure(raster.error().code, fmt::format("{} cannot be used, {}: {}", name_, way_out(), raster.error().message));
  if (description_.theme == RasterTheme::kPopulation && (*raster)->min().value_or(0) < 0) {
    return bad(fmt::format("has a cell with {} people; if that means unknown, say so as its nodata value", *(*raster)->min()));
  }
  if ((*raster)->known_count() == 0) result_.warnings.push_back(fmt::format("No cell of {} has a value.", name_));
  result_.raster = std::move(*raster);
  return std::move(result_);
}

Result<void> Reader::open() {
  std::error_code error;
  if (!std::filesystem::is_regular_file(request_.path, error)) {
    return failure(ErrorCode::kNotFound, fmt::format("There is no file {}.", name_));
  }
  constexpr std::array<const char*, 4> kDrivers = {"GTiff", "SRTMHGT", "AAIGrid", nullptr};
  dataset_.reset(
      GDALOpenEx(request_.path.c_str(), GDAL_OF_RASTER | GDAL_OF_READONLY | GDAL_OF_VERBOSE_ERROR, kDrivers.data(), nullptr, nullptr));
  if (dataset_ == nullptr) {
    return bad(fmt::format("is damaged or neither GeoTIFF, SRTM tile nor ASCII grid: {}", gdal_.reason(request_.path, name_)));
  }
  return {};
}

Result<void> Reader::choose_band() {
  const int count = GDALGetRasterCount(dataset_.get());
  if (count < 1) return bad("holds no band of values");
  int number = 1;
  if (!request_.band.empty()) {
    const std::string& band = request_.band;
    const auto [end, problem] = std::from_chars(band.data(), band.data() + band.size(), number);
    if (problem != std::errc() || end != band.data() + band.size()) {
      number = 1;
      while (number <= count && band != GDALGetDescription(GDALGetRasterBand(dataset_.get(), number))) ++number;
    }
    if (number < 1 || number > count) {
      return failure(ErrorCode::kInvalidArgument, fmt::format("{} has no band `{}`; it has {} ({}).", name_, band, count, band_names()),
                     "band");
    }
  } else if (count > 1) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("{} has {} bands ({}); choose one.", name_, count, band_names()), "band");
  }
  band_ = GDALGetRasterBand(dataset_.get(), number);
  type_ = GDALGetRasterDataType(band_);
  if (GDALDataTypeIsComplex(type_) != 0 || type_ == GDT_Unknown) return bad("holds values that are not plain numbers");
  if (GDALGetRasterColorTable(band_) != nullptr) return bad("holds numbers of colors in a palette, which say nothing of the city");
  return {};
}

// Numbers and descriptions of the first bands: `1 (red), 2 (green)`.
std::string Reader::band_names() const {
  constexpr int kMaxNamed = 20;
  const int count = GDALGetRasterCount(dataset_.get());
  std::string names;
  for (int number = 1; number <= std::min(count, kMaxNamed); ++number) {
    const GDALRasterBandH band = GDALGetRasterBand(dataset_.get(), number);
    std::string name = GDALGetDescription(band);
    const GDALColorInterp color = GDALGetRasterColorInterpretation(band);
    if (name.empty() && color > GCI_GrayIndex) name = GDALGetColorInterpretationName(color);
    names += fmt::format("{}{}{}", number > 1 ? ", " : "", number, name.empty() ? "" : fmt::format(" ({})", name.substr(0, 60)));
  }
  return count > kMaxNamed ? names + ", …" : names;
}

// What numbers stand for: scale, offset, and which of them mean unknown.
Result<void> Reader::read_meaning() {
  int known = 0;
  const double scale = GDALGetRasterScale(band_, &known);
  if (known != 0) scale_ = scale;
  const double offset = GDALGetRasterOffset(band_, &known);
  if (known != 0) offset_ = offset;
  if (!std::isfinite(scale_) || !std::isfinite(offset_) || scale_ == 0) {
    return bad(fmt::format("has a scale of {} and an offset of {}", scale_, offset_));
  }
  int has_nodata = 0;
  if (type_ == GDT_Int64) {
    nodata_ = static_cast<double>(GDALGetRasterNoDataValueAsInt64(band_, &has_nodata));
  } else if (type_ == GDT_UInt64) {
    nodata_ = static_cast<double>(GDALGetRasterNoDataValueAsUInt64(band_, &has_nodata));
  } else {
    nodata_ = GDALGetRasterNoDataValue(band_, &has_nodata);
  }
  if (has_nodata == 0) nodata_ = std::nullopt;
  masked_ = (GDALGetMaskFlags(band_) & GMF_PER_DATASET) != 0;
  return {};
}

Result<void> Reader::read_unit() {
  const char* stated = GDALGetRasterUnitType(band_);
  std::string unit = !request_.unit.empty() ? request_.unit : stated == nullptr ? "" : stated;
  if (description_.theme != RasterTheme::kTerrain && description_.theme != RasterTheme::kSurface) {
    if (description_.unit.empty()) description_.unit = unit;
    return {};
  }
  if (unit.empty()) {
    result_.warnings.push_back(fmt::format("{} does not say the unit of its heights; they were taken as meters.", name_));
    unit = "m";
  }
  const std::optional<double> length_m = meters_in(unit);
  if (!length_m) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("The heights of {} are in `{}`, which is not known; say m, ft or us-ft.", name_, unit), "unit");
  }
  scale_ *= *length_m;
  offset_ *= *length_m;
  description_.unit = "m";
  return {};
}

// The way from the file's system to the plane.
Result<void> Reader::place() {
  const char* stated = GDALGetProjectionRef(dataset_.get());
  const std::string crs = !request_.crs.empty() ? request_.crs : stated == nullptr ? "" : stated;
  if (crs.empty()) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("{} does not say its coordinate system; name it with --crs.", name_), "crs");
  }
  auto placed = place_cells(crs, request_.plane_crs);
  if (!placed) return failure(placed.error().code, fmt::format("{} cannot be placed: {}", name_, placed.error().message), "crs");
  placement_ = std::move(placed->placement);
  result_.operation = std::move(placed->operation);
  result_.crs = crs;
  return {};
}

Result<CellGrid> Reader::whole_grid() {
  std::array<double, 6> numbers = {};
  if (GDALGetGeoTransform(dataset_.get(), numbers.data()) != CE_None) return bad("does not say where its cells lie (no geotransform)");
  // GDAL has moved the corner of point rasters already: here it is always that of the area.
  const Affine affine = {numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]};
  auto grid =
      CellGrid::make(GDALGetRasterXSize(dataset_.get()), GDALGetRasterYSize(dataset_.get()), affine, Registration::kArea, placement_);
  if (!grid) return bad(fmt::format("has no usable cells: {}", grid.error().message.substr(0, grid.error().message.size() - 1)));
  return grid;
}

Result<void> Reader::choose_window(const CellGrid& whole) {
  window_ = whole.window();
  if (request_.window_on_plane) {
    const Result<CellWindow> touched = whole.cells_in(*request_.window_on_plane);
    if (!touched) return std::unexpected(touched.error());
    if (touched->empty()) {
      return failure(ErrorCode::kInvalidArgument, fmt::format("{} has no cell within the window that was asked for.", name_), "window");
    }
    window_ = *touched;
  }
  int block_columns = 0;
  int block_rows = 0;
  GDALGetBlockSize(band_, &block_columns, &block_rows);
  const std::int64_t block_cells = static_cast<std::int64_t>(block_columns) * block_rows;  // Decoded at once, whatever is wanted of it.
  const std::int64_t cells = static_cast<std::int64_t>(window_.column_count) * window_.row_count;
  if (cells <= request_.max_cells && block_cells <= request_.max_cells) return {};
  return failure(ErrorCode::kLimitExceeded,
                 fmt::format("{} has {} × {} cells (blocks of {} × {}), at most {} are read; {}.", name_, window_.column_count,
                             window_.row_count, block_columns, block_rows, request_.max_cells, way_out()));
}

Result<CellGrid> Reader::window_grid(const CellGrid& whole) const {
  Affine affine = whole.affine();
  affine.x0 += window_.first_column * affine.x_per_column + window_.first_row * affine.x_per_row;
  affine.y0 += window_.first_column * affine.y_per_column + window_.first_row * affine.y_per_row;
  return CellGrid::make(window_.column_count, window_.row_count, affine, Registration::kArea, placement_);
}

template <typename Number>
Result<CellValues> Reader::read_values() {
  constexpr int kRowsAtOnce = 64;
  const auto columns = static_cast<std::size_t>(window_.column_count);
  std::vector<Number> values;
  values.reserve(columns * static_cast<std::size_t>(window_.row_count));
  std::vector<double> raw(columns * kRowsAtOnce);
  std::vector<std::uint8_t> mask(masked_ ? raw.size() : 0);
  for (int row = 0; row < window_.row_count; row += kRowsAtOnce) {
    if (limits_.stopped()) return failure(ErrorCode::kCancelled, fmt::format("The reading of {} was cancelled.", name_));
    const int count = std::min(kRowsAtOnce, window_.row_count - row);
    const Result<void> done = read_rows(window_.first_row + row, count, raw, mask);
    if (!done) return std::unexpected(done.error());
    for (std::size_t i = 0; i < columns * static_cast<std::size_t>(count); ++i) {
      const bool hidden = masked_ && mask[i] == 0;
      values.push_back(static_cast<Number>(hidden ? kNone : meaning_of(raw[i])));
    }
  }
  return values;
}

Result<void> Reader::read_rows(int first, int count, std::vector<double>& values, std::vector<std::uint8_t>& mask) {
  const auto read = [&](GDALRasterBandH band, void* into, GDALDataType type) {
    return GDALRasterIO(band, GF_Read, window_.first_column, first, window_.column_count, count, into, window_.column_count, count, type, 0,
                        0) == CE_None;
  };
  if (!read(band_, values.data(), GDT_Float64)) return damaged();
  if (masked_ && !read(GDALGetMaskBand(band_), mask.data(), GDT_Byte)) return damaged();
  return {};
}

double Reader::meaning_of(double raw) const {
  const auto means_unknown = [&](const std::optional<double>& nodata) {
    if (!nodata) return false;
    // A file of floats may state its nodata with other digits than its cells have.
    return raw == *nodata || (type_ == GDT_Float32 && static_cast<float>(raw) == static_cast<float>(*nodata));
  };
  if (means_unknown(nodata_) || means_unknown(request_.nodata)) return kNone;
  return raw * scale_ + offset_;
}

}  // namespace

Result<RasterFile> read_raster_file(const RasterFileRequest& request, const Limits& limits) { return Reader(request, limits).read(); }

}  // namespace obnova::geo
