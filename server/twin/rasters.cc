#include "server/twin/rasters.h"

#include <utility>

#include <fmt/format.h>

#include "geo/io/grid_placement.h"

namespace obnova::server {

Result<SnapshotRasters> read_rasters(const CityStore& store, const std::string& crs, const Snapshot* before) {
  SnapshotRasters found;
  auto records = store.raster_records();
  if (!records) return std::unexpected(records.error());
  for (RasterRecord& record : *records) {
    const std::string id = record.description.id;
    const auto known = before == nullptr ? std::map<std::string, RasterRecord>::const_iterator() : before->raster_records.find(id);
    if (before != nullptr && known != before->raster_records.end() && known->second.revision == record.revision) {
      found.rasters.push_back(before->city->rasters().find(id)->second);
    } else {
      auto placed = geo::place_cells(record.crs, crs);
      if (!placed) return failure(ErrorCode::kBadData, fmt::format("Raster {} cannot be placed: {}", id, placed.error().message));
      auto raster = store.read_raster(record, std::move(placed->placement));
      if (!raster) return std::unexpected(raster.error());
      found.rasters.push_back(std::move(*raster));
    }
    found.records.emplace(id, std::move(record));
  }
  return found;
}

Result<SnapshotRasters> rasters_at(const Snapshot& newest, Revision revision) {
  SnapshotRasters found;
  for (const auto& [id, record] : newest.raster_records) {
    if (revision < record.first_revision) continue;
    if (revision < record.kept_revision) {
      return failure(
          ErrorCode::kFailedPrecondition,
          fmt::format("The raster `{}` was replaced in revision {}, and what it was before was not kept.", id, record.kept_revision),
          "context.revision");
    }
    found.rasters.push_back(newest.city->rasters().find(id)->second);
    found.records.emplace(id, record);
  }
  return found;
}

}  // namespace obnova::server
