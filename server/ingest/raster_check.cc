#include "server/ingest/raster_check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

#include "geo/raster/cell_grid.h"

namespace obnova::server {
namespace {

constexpr std::size_t kMaxMessageBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxCrsBytes = 65'536;
constexpr std::size_t kMaxUnitBytes = 100;
constexpr double kGreatestValue = 1e37;

std::unexpected<Error> broken(const std::string& what) {
  return failure(ErrorCode::kBadData, "The import worker broke its protocol: " + what + ".");
}

bool is_text(std::string_view text, std::size_t max_bytes) {
  return text.size() <= max_bytes && std::ranges::none_of(text, [](unsigned char letter) { return letter < 0x20 || letter == 0x7f; });
}

// Why a grid cannot be; empty when it can.
std::string grid_problem(const worker::RasterStart& start) {
  const auto is_side = [](std::int32_t side) { return side >= 1 && side <= geo::kMaxGridSide; };
  if (!is_side(start.column_count()) || !is_side(start.row_count())) return "a raster without cells";
  const std::array<double, 4> numbers = {start.west(), start.north(), start.cell_width(), start.cell_height()};
  if (!std::ranges::all_of(numbers, [](double number) { return std::isfinite(number); })) return "a raster that lies nowhere";
  if (start.cell_width() <= 0 || start.cell_height() <= 0) return "a raster of cells without area";
  return {};
}

// The first value that no raster of a city has; nullptr when there is none.
template <typename Number>
bool all_good(std::string_view bytes, bool people) {
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(Number)) {
    Number value = 0;
    std::memcpy(&value, bytes.data() + at, sizeof(value));
    if (std::isnan(value)) continue;
    if (std::abs(value) > static_cast<Number>(kGreatestValue) || (people && value < 0)) return false;
  }
  return true;
}

}  // namespace

Result<void> RasterCheck::begin(const worker::RasterStart& start) {
  if (!sink_.begin_raster || begun_) return broken("a raster nobody asked for");
  if (start.layer() != job_.layer() || start.theme() != job_.theme()) return broken("a layer nobody asked for");
  if (const std::string problem = grid_problem(start); !problem.empty()) return broken(problem);
  // A WKT of a file may have lines.
  if (start.crs().empty() || start.crs().size() > kMaxCrsBytes || !is_text(start.unit(), kMaxUnitBytes))
    return broken("a raster without a system");
  const std::int64_t cells = std::int64_t{start.column_count()} * start.row_count();
  if (cells > job_.max_cell_count()) {
    return failure(ErrorCode::kLimitExceeded,
                   fmt::format("{} has {} cells, at most {} are taken.", job_.file_name(), cells, job_.max_cell_count()));
  }
  begun_ = true;
  doubles_ = start.doubles();
  people_ = start.theme() == static_cast<int>(geo::Theme::kPopulation);
  cells_left_ = cells;
  return sink_.begin_raster(start);
}

Result<void> RasterCheck::take(const worker::RasterCells& cells) {
  const std::size_t size = doubles_ ? sizeof(double) : sizeof(float);
  const std::string& bytes = cells.values();
  if (!begun_) return broken("cells before a raster");
  if (bytes.empty() || bytes.size() > kMaxMessageBytes || bytes.size() % size != 0) return broken("cells of a wrong length");
  const auto count = static_cast<std::int64_t>(bytes.size() / size);
  if (count > cells_left_) return broken("more cells than the raster has");
  const bool good = doubles_ ? all_good<double>(bytes, people_) : all_good<float>(bytes, people_);
  if (!good) return broken("a value that no raster has");
  cells_left_ -= count;
  return sink_.add_cells(bytes);
}

}  // namespace obnova::server
