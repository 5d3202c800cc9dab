#include "server/rpc/raster_messages.h"

#include <cmath>
#include <utility>
#include <variant>

#include "server/convert/geometry.h"
#include "server/convert/provenance.h"
#include "server/convert/raster.h"

namespace obnova::server {
namespace {

const geo::Raster& raster_of(const Snapshot& snapshot, std::string_view raster) { return *snapshot.city->rasters().find(raster)->second; }

std::int64_t cell_count(const geo::CellGrid& grid) { return std::int64_t{grid.columns()} * grid.rows(); }

v1::RasterInfo info_of(const geo::Raster& raster) {
  const geo::CellGrid& grid = raster.grid();
  v1::RasterInfo info;
  info.set_column_count(grid.columns());
  info.set_row_count(grid.rows());
  info.set_crs(grid.crs());
  info.set_cell_width(grid.affine().x_per_column);
  info.set_cell_height(-grid.affine().y_per_row);
  info.set_cell_side_m(grid.cell_side_m().value_or(0));
  info.set_unknown_share(1 - static_cast<double>(raster.known_count()) / static_cast<double>(cell_count(grid)));
  info.set_unit(raster.description().unit);
  if (raster.min()) info.set_min(*raster.min());
  if (raster.max()) info.set_max(*raster.max());
  return info;
}

// The sum of squares of what the known values differ from their mean.
Result<double> squares_about(const geo::Raster& raster, double mean, const Limits& limits) {
  constexpr std::size_t kCellsBetweenPolls = std::size_t{1} << 20;
  return std::visit(
      [&](const auto& values) -> Result<double> {
        double squares = 0;
        for (std::size_t i = 0; i < values.size(); ++i) {
          if (i % kCellsBetweenPolls == 0 && limits.stopped()) {
            return failure(ErrorCode::kCancelled, "The call ended before the raster was described.");
          }
          const double difference = values[i] - mean;
          if (!std::isnan(difference)) squares += difference * difference;
        }
        return squares;
      },
      raster.values());
}

}  // namespace

Result<v1::Layer> to_raster_message(const Snapshot& snapshot, std::string_view raster) {
  const geo::Raster& content = raster_of(snapshot, raster);
  const geo::RasterDescription& description = content.description();
  Degrees degrees(*snapshot.projection);
  v1::Layer message;
  message.set_name(layer_name(snapshot, raster));
  message.set_title(description.title);
  message.set_theme(to_proto(description.theme));
  message.set_source(description.source);
  message.set_licence(description.licence);
  message.set_attribution(description.attribution);
  message.set_dated(description.dated);
  if (content.known_count() > 0) {
    message.mutable_covered_area()->set_wkb(degrees.wkb(content.covered_area().view()));
    *message.mutable_extent() = degrees.window(content.covered_area().view().box());
  }
  message.set_revision(snapshot.raster_records.find(raster)->second.revision);
  *message.mutable_raster() = info_of(content);
  return degrees.checked(std::move(message));
}

Result<v1::DescribeLayerResponse> describe_raster(const Snapshot& snapshot, std::string_view raster, const Limits& limits) {
  auto message = to_raster_message(snapshot, raster);
  if (!message) return std::unexpected(message.error());
  const geo::Raster& content = raster_of(snapshot, raster);
  v1::DescribeLayerResponse response;
  *response.mutable_layer() = std::move(*message);
  v1::RasterStatistics& statistics = *response.mutable_raster_statistics();
  statistics.set_known_count(content.known_count());
  statistics.set_unknown_count(cell_count(content.grid()) - content.known_count());
  statistics.set_sum(content.total());
  if (content.known_count() > 0) {
    const auto count = static_cast<double>(content.known_count());
    const auto squares = squares_about(content, content.total() / count, limits);
    if (!squares) return std::unexpected(squares.error());
    statistics.set_mean(content.total() / count);
    statistics.set_standard_deviation(std::sqrt(*squares / count));
  }
  const std::string& report = snapshot.raster_records.find(raster)->second.import_report;
  if (!report.empty()) response.mutable_import_report()->ParseFromString(report);
  Sources sources(snapshot);
  sources.use(raster);
  *response.mutable_provenance() = sources.provenance();
  return response;
}

}  // namespace obnova::server
