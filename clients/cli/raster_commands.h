#pragma once

#include <string>

#include "clients/cli/connection.h"
#include "obnova/v1/catalog.pb.h"

namespace obnova::cli {

// True when the layer is a raster; unknown layers are left to the question itself.
bool is_raster(const Session& session, const std::string& layer);

// Sums over a raster by the areas of another layer.
void aggregate_raster(const Session& session, const std::string& raster, const std::string& areas);

// `413 × 403 cells of 31 m`.
std::string spell_cells(const v1::RasterInfo& raster);
// What a person wants to know of a raster, as one answer.
void print_raster(const Session& session, const v1::DescribeLayerResponse& response);

}  // namespace obnova::cli
