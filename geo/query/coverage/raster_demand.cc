#include "geo/query/coverage/raster_demand.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "geo/base/measure.h"
#include "geo/base/overlay.h"
#include "geo/raster/cell_fraction.h"

namespace obnova::geo {
namespace {

constexpr std::size_t kStepsBetweenPolls = 1024;

// Collects the pieces of one request; their places stay in cell coordinates of
// the finer grid until all are known.
class DemandCollector {
 public:
  DemandCollector(const Raster& population, const RasterDemandRule& rule, const Limits& limits, CellGrid pieces, int pieces_a_side)
      : population_(population), rule_(rule), limits_(limits), pieces_(std::move(pieces)), pieces_a_side_(pieces_a_side) {}

  Result<void> add_everybody();
  Result<void> add_area(const GeometryView& on_plane);
  Result<std::vector<DemandPlace>> finish();

 private:
  Result<void> add_run(const CellRun& run, const Geometry* strip);
  Result<void> add_piece(Cell piece, double fraction, const Geometry* strip);
  Result<void> check_stopped() {
    if (++steps_ % kStepsBetweenPolls == 0 && limits_.stopped()) {
      return failure(ErrorCode::kCancelled, "The work was cancelled while the people of a raster were placed.");
    }
    return {};
  }

  // Set at construction.
  const Raster& population_;
  const RasterDemandRule& rule_;
  const Limits& limits_;
  CellGrid pieces_;
  int pieces_a_side_;
  // Grow.
  std::vector<DemandPlace> places_;
  std::size_t steps_ = 0;
};

// A point of what the area covers of one piece, all in cell coordinates.
Point place_in_piece(Cell piece, const GeometryView& area) {
  const Point corner = {static_cast<double>(piece.column), static_cast<double>(piece.row)};
  const Point center = {corner.x_m + 0.5, corner.y_m + 0.5};
  if (covers(area, center)) return center;
  const Result<Geometry> common = intersection(area, Geometry::rectangle({corner, {corner.x_m + 1, corner.y_m + 1}}).view());
  if (!common || dimension(common->kind) != 2) return center;  // A sliver that overlay drops: its people stay with the cell.
  return interior_point(common->view());
}

// What the area covers of one row, so that its cells need not look at all of it.
std::optional<Geometry> row_strip(const GeometryView& area, int row, int columns) {
  const Geometry strip = Geometry::rectangle({{-1, static_cast<double>(row)}, {columns + 1.0, row + 1.0}});
  Result<Geometry> common = intersection(area, strip.view());
  if (!common || dimension(common->kind) != 2) return std::nullopt;
  return std::move(*common);
}

Result<void> DemandCollector::add_everybody() {
  for (int row = 0; row < pieces_.rows(); ++row) {
    const Result<void> added = add_run({row, 0, pieces_.columns(), 1}, nullptr);
    if (!added) return added;
  }
  return {};
}

Result<void> DemandCollector::add_area(const GeometryView& on_plane) {
  if (dimension(on_plane.kind) != 2) return failure(ErrorCode::kInvalidArgument, "People are counted in areas, not in points or lines.");
  // Bent at whole cells, as zonal statistics are, so that both count the same.
  Result<Geometry> in_cells = population_.grid().bent_to_cells(on_plane, limits_);
  if (!in_cells) return std::unexpected(in_cells.error());
  for (Point& p : in_cells->points) p = {p.x_m * pieces_a_side_, p.y_m * pieces_a_side_};
  const Result<std::vector<CellRun>> runs = cell_fractions(in_cells->view(), pieces_.window(), limits_);
  if (!runs) return std::unexpected(runs.error());
  int strip_row = -1;
  std::optional<Geometry> strip;
  for (const CellRun& run : *runs) {
    if (run.fraction < 1 && run.row != strip_row) {
      strip = row_strip(in_cells->view(), run.row, pieces_.columns());
      strip_row = run.row;
    }
    const Result<void> added = add_run(run, run.fraction < 1 && strip ? &*strip : nullptr);
    if (!added) return added;
  }
  return {};
}

// `strip` is null where the center of every piece will do.
Result<void> DemandCollector::add_run(const CellRun& run, const Geometry* strip) {
  for (int column = run.first_column; column < run.end_column; ++column) {
    const Result<void> going = check_stopped();
    if (!going) return going;
    const Result<void> added = add_piece({column, run.row}, run.fraction, strip);
    if (!added) return added;
  }
  return {};
}

Result<void> DemandCollector::add_piece(Cell piece, double fraction, const Geometry* strip) {
  const Cell cell = {piece.column / pieces_a_side_, piece.row / pieces_a_side_};
  const double people = population_.value(cell).value_or(0);
  if (people == 0) return {};
  if (people < 0) {
    return failure(ErrorCode::kBadData, fmt::format("The cell in column {} of row {} of the raster {} has {} people.", cell.column,
                                                    cell.row, population_.id(), people));
  }
  if (places_.size() == rule_.max_place_count) {
    return failure(ErrorCode::kLimitExceeded,
                   fmt::format("The raster {} gives more than {} places with people; take a smaller area or larger pieces.",
                               population_.id(), rule_.max_place_count));
  }
  const Point place = strip != nullptr ? place_in_piece(piece, strip->view()) : Point{piece.column + 0.5, piece.row + 0.5};
  const auto number = static_cast<std::uint32_t>(static_cast<std::int64_t>(cell.row) * population_.grid().columns() + cell.column);
  places_.push_back({FeatureId{number}, place, people * fraction / (static_cast<double>(pieces_a_side_) * pieces_a_side_)});
  return {};
}

// Carries all places to the plane at once.
Result<std::vector<DemandPlace>> DemandCollector::finish() {
  std::vector<Point> places;
  places.reserve(places_.size());
  for (const DemandPlace& place : places_) places.push_back(place.place);
  const Result<void> moved = pieces_.to_plane(places);
  if (!moved) return std::unexpected(moved.error());
  for (std::size_t i = 0; i < places.size(); ++i) places_[i].place = places[i];
  return std::move(places_);
}

}  // namespace

Result<std::vector<DemandPlace>> demand_places(const Raster& population, std::span<const Geometry> areas, const RasterDemandRule& rule,
                                               const Limits& limits) {
  if (!(rule.max_piece_side_m > 0)) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("The longest side of a piece must be greater than 0 m, got {}.", rule.max_piece_side_m));
  }
  const Result<double> cell_side_m = population.grid().cell_side_m();
  if (!cell_side_m) return std::unexpected(cell_side_m.error());
  const double wanted = std::ceil(*cell_side_m / rule.max_piece_side_m - 1e-6);  // A cell of 250 m that measures a hair more stays whole.
  const int pieces_a_side = static_cast<int>(std::clamp(wanted, 1.0, static_cast<double>(kMaxGridSide)));
  Result<CellGrid> pieces = population.grid().refined(pieces_a_side);
  if (!pieces) return std::unexpected(pieces.error());

  DemandCollector collector(population, rule, limits, std::move(*pieces), pieces_a_side);
  if (areas.empty()) {
    const Result<void> added = collector.add_everybody();
    if (!added) return std::unexpected(added.error());
  }
  for (const Geometry& area : areas) {
    const Result<void> added = collector.add_area(area.view());
    if (!added) return std::unexpected(added.error());
  }
  return collector.finish();
}

}  // namespace obnova::geo
