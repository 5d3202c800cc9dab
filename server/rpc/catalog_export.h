#pragma once

#include <filesystem>

#include "geo/base/result.h"
#include "obnova/v1/catalog.pb.h"
#include "server/rpc/call.h"
#include "server/rpc/writer.h"
#include "server/twin/twin.h"

namespace obnova::server {

struct ExportSettings {
  // For files on their way to a caller; emptied when the server starts.
  std::filesystem::path folder;
};

// The exports of CatalogService; the contract is in proto/obnova/v1/catalog.proto.
// What can be made piece by piece never touches a disk; a GeoPackage is written to
// the folder first and is gone when the call ends, however it ends.

Result<void> export_layer(const Twin& twin, const ExportSettings& settings, const Call& call, const v1::ExportLayerRequest& request,
                          const Writer<v1::ExportLayerResponse>& write);
Result<void> export_city(const Twin& twin, const ExportSettings& settings, const Call& call, const v1::ExportCityRequest& request,
                         const Writer<v1::ExportCityResponse>& write);

}  // namespace obnova::server
