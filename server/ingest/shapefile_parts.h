#pragma once

#include <cstdint>
#include <string>

#include "geo/base/result.h"

namespace obnova::server {

// The files that make one shapefile, as bytes; empty when a part is missing.
struct ShapefileParts {
  std::string shp;
  std::string shx;
  std::string dbf;
  std::string prj;
  std::string cpg;
};

// What GDAL does not say about a shapefile.
struct ShapefileFacts {
  std::int64_t row_count = 0;
  std::int64_t null_shape_count = 0;  // Rows that have no shape on purpose.
  std::string encoding;               // As .cpg or the .dbf say; empty when nobody does.
};

// Checks that the parts are all there, whole, and agree with each other: GDAL
// reads a shapefile that is cut short as rows without shapes. Fails with kBadData.
Result<ShapefileFacts> check_shapefile(const ShapefileParts& parts, const std::string& file_name);

}  // namespace obnova::server
