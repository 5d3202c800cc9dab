#pragma once

#include <string>

#include "geo/base/result.h"

namespace obnova::server {

// The files an import reads. Everything else is refused before any library sees it.
enum class FileFormat {
  kOsmPbf,
  kOsmXml,
  kOsmXmlGzip,
  kOsmXmlBzip2,
  kGeoPackage,
  kGeoJson,
  kGeoJsonLines,
  kShapefile,
  kShapefileZip,
  kFlatGeobuf,
  kCsv,
  kKml,
  kGml,
};

bool is_osm(FileFormat format);

// What libosmium calls the format; only for OpenStreetMap files.
const char* osmium_format(FileFormat format);

// The format by the extension of `file_name` and by the first bytes of the file
// at `path`; both must agree. Fails with kInvalidArgument for an extension that
// is not read, and with kBadData for an empty file or one that is not what its
// name says.
Result<FileFormat> file_format(const std::string& path, const std::string& file_name);

}  // namespace obnova::server
