#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "geo/base/limits.h"
#include "geo/base/point.h"
#include "geo/base/result.h"
#include "geo/io/projection.h"
#include "geo/raster/raster.h"

namespace obnova::geo {

// Reads rasters from files: GeoTIFF (cloud-optimized ones too), SRTM tiles
// (`N43E007.hgt`, `.hgt.zip`; the name says where they lie, so it must be kept)
// and Arc/Info ASCII grids with their `.prj`. No other driver of GDAL is asked,
// no network, no side files of statistics or overviews.
//
// Who may call: a process that reads files of users and may die of it, which is
// the import worker, and tools that a person runs on files of their own. Never
// the server: GDAL reads hostile bytes in native code. For the same reason this
// is a library of its own, `obnova_raster_file`, which the server does not link.
//
// A pure function of the file and the request; may be called from any thread.

// 64 M cells are 256 MB of float values; a city at 1 m is about that.
inline constexpr std::int64_t kMaxRasterCells = 64'000'000;

struct RasterFileRequest {
  std::string path;       // Of a file on disk.
  std::string file_name;  // How messages name it; empty means the last part of the path.
  std::string plane_crs;  // Of the city: `EPSG:32722`.
  RasterDescription description;
  std::string crs = {};                      // Replaces the system that the file states; needed when it states none.
  std::string band = {};                     // A number from 1, or the description of a band; empty means the only one.
  std::optional<double> nodata = {};         // A value that means unknown, besides what the file says.
  std::string unit = {};                     // Of heights: `m`, `ft`, `us-ft`; replaces what the file states.
  std::optional<Box> window_on_plane = {};   // Reads only the cells that touch it.
  std::int64_t max_cells = kMaxRasterCells;  // What is read, not what the file has.
};

struct RasterFile {
  std::shared_ptr<const Raster> raster;
  OperationNote operation;            // From the plane to the cells and back.
  std::string crs;                    // Of the cells, as it was given to PROJ: for `place_cells`.
  std::vector<std::string> warnings;  // One sentence each.
};

// Cells stay as they are in the file: turned grids and south-up ones are kept,
// nothing is resampled. Scale and offset are applied; nodata, masks, alpha and
// values that are not finite become unknown. Bytes, 16-bit and float values are kept as float,
// others as double. Heights in feet become meters; heights without a unit are
// taken as meters, with a warning: the unit of the plane says nothing of them.
//
// Fails with kNotFound when no file is there; with kInvalidArgument when the
// request does not fit the file (no such band, several and none chosen, no coordinate system, a window
// elsewhere, unknown units); with kLimitExceeded beyond `max_cells`, naming the
// command that cuts the file; with kBadData, carrying GDAL's words, when the
// file is damaged, of another format, without a place on Earth, paletted, or counts fewer
// than 0 people in a cell; with kCancelled when stopped.
Result<RasterFile> read_raster_file(const RasterFileRequest& request, const Limits& limits);

}  // namespace obnova::geo
