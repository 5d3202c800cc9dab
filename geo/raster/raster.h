#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "geo/base/digest.h"
#include "geo/base/geometry.h"
#include "geo/base/result.h"
#include "geo/raster/cell_grid.h"

namespace obnova::geo {

// What the values of a raster are.
enum class RasterTheme {
  kTerrain,     // Heights of the bare ground, meters.
  kSurface,     // Heights with buildings and trees, meters.
  kPopulation,  // People per cell: counts, never densities.
  kOther,
};

// `terrain`, `surface`, …: the word of the CLI and of the store.
std::string_view raster_theme_name(RasterTheme theme);
std::optional<RasterTheme> raster_theme_by_name(std::string_view name);

// Says what a raster is, apart from its cells.
struct RasterDescription {
  std::string id = {};
  std::string title = {};
  RasterTheme theme = RasterTheme::kOther;
  std::string source = {};
  std::string licence = {};
  std::string attribution = {};
  std::string dated = {};  // YYYY-MM-DD or empty.
  std::string unit = {};   // Of the values: `m`, `people`; empty when nobody stated it.
};

// Row after row, the first row first. Not finite means unknown.
using CellValues = std::variant<std::vector<float>, std::vector<double>>;

// Cells of a raster can be numbered by FeatureId.
inline constexpr std::size_t kMaxCellCount = 4'000'000'000;

struct Cell {
  int column = 0;
  int row = 0;
  bool operator==(const Cell&) const = default;
};

enum class Sampling {
  kNearest,   // The value of the cell the place lies in: for classes and counts.
  kBilinear,  // Between the four nearest centers: for heights.
};

// Values on a grid of cells: immutable once made, shared by all snapshots that
// hold it, readable by any number of threads.
//
// Keeps the cells of its file; nothing was resampled, so counts add up to what
// the file holds. A cell without a value is unknown: it is not zero.
//
//   const auto raster = Raster::make({.id = "dem", .theme = RasterTheme::kTerrain}, *grid, std::move(heights));
//   const auto height_m = (*raster)->sample(place, Sampling::kBilinear);
class Raster {
 public:
  // Fails with kInvalidArgument when there is not one value a cell, beyond
  // kMaxCellCount, or when the corners of the cells have no place on the plane.
  static Result<std::shared_ptr<const Raster>> make(RasterDescription description, CellGrid grid, CellValues values);

  const RasterDescription& description() const { return description_; }
  const std::string& id() const { return description_.id; }
  const CellGrid& grid() const { return grid_; }
  const CellValues& values() const { return values_; }

  // nullopt when the value is unknown. Precondition: the cell is in the grid.
  std::optional<double> value(Cell cell) const;
  // The values of a window within the grid, row after row; NaN where unknown.
  std::vector<double> values_in(const CellWindow& window) const;

  // The value at a place of the plane, outer edges included; nullopt where the
  // cell of the place is unknown or no cell is. Bilinear weights leave out
  // unknown neighbors and those beyond the edge, so a value never fades towards
  // a gap. Fails where the coordinate operation does.
  Result<std::optional<double>> sample(Point place, Sampling sampling) const;
  // Many at once, in order: far cheaper than one by one.
  Result<std::vector<std::optional<double>>> sample(std::span<const Point> places, Sampling sampling) const;

  // Of the cells whose value is known.
  std::int64_t known_count() const { return known_count_; }
  double total() const { return total_; }
  std::optional<double> min() const { return min_; }
  std::optional<double> max() const { return max_; }

  // The smallest rectangle of cells that holds every known value, on the plane:
  // outside it the raster says nothing. kNone without any value. Gaps inside
  // are known by `value` and `sample` only.
  const Geometry& covered_area() const { return covered_area_; }

  // Of everything above. Equal digests mean equal rasters.
  const Digest& digest() const { return digest_; }

 private:
  Raster(RasterDescription description, CellGrid grid, CellValues values);

  std::size_t index_of(Cell cell) const {
    return static_cast<std::size_t>(cell.row) * static_cast<std::size_t>(grid_.columns()) + static_cast<std::size_t>(cell.column);
  }
  double at(Cell cell) const;  // NaN when unknown.
  std::optional<double> sample_cells(Point in_cells, Sampling sampling) const;
  std::optional<double> bilinear(Point in_cells) const;
  CellWindow survey();
  void compute_digest();

  // Set at construction.
  RasterDescription description_;
  CellGrid grid_;
  CellValues values_;
  std::int64_t known_count_ = 0;
  double total_ = 0;
  std::optional<double> min_;
  std::optional<double> max_;
  Geometry covered_area_;
  Digest digest_;
};

}  // namespace obnova::geo
