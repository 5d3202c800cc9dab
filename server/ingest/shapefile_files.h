#pragma once

#include "geo/base/result.h"
#include "obnova/worker/ingest.pb.h"
#include "server/ingest/shapefile_parts.h"

namespace obnova::server {

struct ShapefileFiles {
  std::string name;  // Of the .shp file, without the ending.
  ShapefileParts parts;
};

// The .shp of the job with the files of the same name beside it.
Result<ShapefileFiles> shapefile_beside(const worker::IngestJob& job);

// The shapefile of a zip archive: the only one, or the one the job names (its
// whole name or how it ends). Fails with kInvalidArgument that lists them otherwise.
Result<ShapefileFiles> shapefile_in_zip(const worker::IngestJob& job);

}  // namespace obnova::server
