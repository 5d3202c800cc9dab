#include "geo/raster/raster.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace obnova::geo {
namespace {

constexpr auto kThemeNames = std::to_array<std::pair<RasterTheme, std::string_view>>({
    {RasterTheme::kTerrain, "terrain"},
    {RasterTheme::kSurface, "surface"},
    {RasterTheme::kPopulation, "population"},
    {RasterTheme::kOther, "other"},
});

std::size_t size_of(const CellValues& values) {
  return std::visit([](const auto& array) { return array.size(); }, values);
}

// One spelling for "unknown" and for zero, so that equal rasters have equal digests.
template <typename Number>
void normalize(std::vector<Number>& values) {
  for (Number& value : values) {
    if (!std::isfinite(value)) value = std::numeric_limits<Number>::quiet_NaN();
    if (value == 0) value = 0;
  }
}

// What the known values of one raster come to.
struct Survey {
  std::int64_t known_count = 0;
  double total = 0;
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
  int left = std::numeric_limits<int>::max();
  int right = -1;
  int top = -1;
  int bottom = -1;
};

template <typename Number>
Survey surveyed(const std::vector<Number>& values, int columns, int rows) {
  Survey all;
  for (int row = 0; row < rows; ++row) {
    const Number* first = values.data() + static_cast<std::size_t>(row) * static_cast<std::size_t>(columns);
    double row_total = 0;
    for (int column = 0; column < columns; ++column) {
      const double value = first[column];
      if (std::isnan(value)) continue;
      ++all.known_count;
      row_total += value;
      all.min = std::min(all.min, value);
      all.max = std::max(all.max, value);
      all.left = std::min(all.left, column);
      all.right = std::max(all.right, column);
      if (all.top < 0) all.top = row;
      all.bottom = row;
    }
    all.total += row_total;
  }
  return all;
}

// The column or row of a coordinate; the outer edge belongs to the last one.
std::optional<int> index_at(double coordinate, int count) {
  if (!(coordinate >= 0 && coordinate <= count)) return std::nullopt;
  return std::min(static_cast<int>(coordinate), count - 1);
}

}  // namespace

std::string_view raster_theme_name(RasterTheme theme) {
  for (const auto& [candidate, name] : kThemeNames) {
    if (candidate == theme) return name;
  }
  return "other";
}

std::optional<RasterTheme> raster_theme_by_name(std::string_view name) {
  for (const auto& [theme, candidate] : kThemeNames) {
    if (candidate == name) return theme;
  }
  return std::nullopt;
}

Raster::Raster(RasterDescription description, CellGrid grid, CellValues values)
    : description_(std::move(description)), grid_(std::move(grid)), values_(std::move(values)) {}

Result<std::shared_ptr<const Raster>> Raster::make(RasterDescription description, CellGrid grid, CellValues values) {
  const auto expected = static_cast<std::size_t>(grid.columns()) * static_cast<std::size_t>(grid.rows());
  if (size_of(values) != expected) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("The raster {} has {} values for {} × {} cells.", description.id,
                                                            size_of(values), grid.columns(), grid.rows()));
  }
  if (expected > kMaxCellCount) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("The raster {} has {} cells, at most {} are kept.", description.id, expected, kMaxCellCount));
  }
  std::visit([](auto& array) { normalize(array); }, values);
  const std::shared_ptr<Raster> raster(new Raster(std::move(description), std::move(grid), std::move(values)));
  const CellWindow known = raster->survey();
  if (!known.empty()) {
    Result<Geometry> outline = raster->grid_.outline(known);
    if (!outline) {
      return failure(outline.error().code,
                     fmt::format("The raster {} does not fit on the city's plane: {}", raster->id(), outline.error().message));
    }
    raster->covered_area_ = std::move(*outline);
  }
  raster->compute_digest();
  return std::shared_ptr<const Raster>(raster);
}

// Fills in what is derived from the values; the rectangle of the known ones.
CellWindow Raster::survey() {
  const Survey all = std::visit([&](const auto& array) { return surveyed(array, grid_.columns(), grid_.rows()); }, values_);
  known_count_ = all.known_count;
  total_ = all.total;
  if (all.known_count == 0) return {};
  min_ = all.min;
  max_ = all.max;
  return {all.left, all.top, all.right - all.left + 1, all.bottom - all.top + 1};
}

void Raster::compute_digest() {
  Digester digester;
  digester.add(description_.id).add(description_.title).add(raster_theme_name(description_.theme));
  digester.add(description_.source).add(description_.licence).add(description_.attribution).add(description_.dated).add(description_.unit);
  digester.add(static_cast<std::uint64_t>(grid_.columns())).add(static_cast<std::uint64_t>(grid_.rows())).add(grid_.crs());
  const Affine& affine = grid_.affine();
  digester.add(affine.x0).add(affine.x_per_column).add(affine.x_per_row).add(affine.y0).add(affine.y_per_column).add(affine.y_per_row);
  for (const Point& p : covered_area_.points) digester.add(p.x_m).add(p.y_m);  // Tells planes apart.
  std::visit(
      [&](const auto& array) {
        digester.add(static_cast<std::uint64_t>(sizeof(array[0])));
        digester.add(std::string_view(reinterpret_cast<const char*>(array.data()), array.size() * sizeof(array[0])));
      },
      values_);
  digest_ = digester.finish();
}

double Raster::at(Cell cell) const {
  return std::visit([&](const auto& array) { return static_cast<double>(array[index_of(cell)]); }, values_);
}

std::optional<double> Raster::value(Cell cell) const {
  const double value = at(cell);
  return std::isnan(value) ? std::nullopt : std::optional(value);
}

std::vector<double> Raster::values_in(const CellWindow& window) const {
  std::vector<double> result;
  if (window.empty()) return result;
  result.reserve(static_cast<std::size_t>(window.column_count) * static_cast<std::size_t>(window.row_count));
  std::visit(
      [&](const auto& array) {
        for (int row = 0; row < window.row_count; ++row) {
          const auto first = array.begin() + static_cast<std::ptrdiff_t>(index_of({window.first_column, window.first_row + row}));
          result.insert(result.end(), first, first + window.column_count);
        }
      },
      values_);
  return result;
}

Result<std::optional<double>> Raster::sample(Point place, Sampling sampling) const {
  const Result<void> moved = grid_.to_cells({&place, 1});
  if (!moved) return std::unexpected(moved.error());
  return sample_cells(place, sampling);
}

Result<std::vector<std::optional<double>>> Raster::sample(std::span<const Point> places, Sampling sampling) const {
  std::vector<Point> in_cells(places.begin(), places.end());
  const Result<void> moved = grid_.to_cells(in_cells);
  if (!moved) return std::unexpected(moved.error());
  std::vector<std::optional<double>> result;
  result.reserve(in_cells.size());
  for (const Point& p : in_cells) result.push_back(sample_cells(p, sampling));
  return result;
}

std::optional<double> Raster::sample_cells(Point in_cells, Sampling sampling) const {
  const std::optional<int> column = index_at(in_cells.x_m, grid_.columns());
  const std::optional<int> row = index_at(in_cells.y_m, grid_.rows());
  if (!column || !row) return std::nullopt;
  const std::optional<double> own = value({*column, *row});
  if (!own || sampling == Sampling::kNearest) return own;
  return bilinear(in_cells);
}

// Precondition: the cell of the place is known, so one weight at least is not zero.
std::optional<double> Raster::bilinear(Point in_cells) const {
  const double left = std::floor(in_cells.x_m - 0.5);
  const double top = std::floor(in_cells.y_m - 0.5);
  const double right_share = in_cells.x_m - 0.5 - left;
  const double bottom_share = in_cells.y_m - 0.5 - top;
  double weighted = 0;
  double weights = 0;
  for (const int down : {0, 1}) {
    for (const int along : {0, 1}) {
      const Cell cell = {static_cast<int>(left) + along, static_cast<int>(top) + down};
      if (cell.column < 0 || cell.row < 0 || cell.column >= grid_.columns() || cell.row >= grid_.rows()) continue;
      const double weight = (along == 1 ? right_share : 1 - right_share) * (down == 1 ? bottom_share : 1 - bottom_share);
      const double value = at(cell);
      if (weight == 0 || std::isnan(value)) continue;
      weighted += weight * value;
      weights += weight;
    }
  }
  return weighted / weights;
}

}  // namespace obnova::geo
