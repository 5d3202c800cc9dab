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
  kZip,  // An archive: a shapefile, a MapInfo table or the tables of a power network.
  kMapInfo,
  kPowerTables,
  kFlatGeobuf,
  kCsv,
  kXlsx,
  kOds,
  kKml,
  kKmz,
  kGml,
  kGpx,
  kDxf,
  kCityJson,
  kEpanet,
};

bool is_osm(FileFormat format);
// Rows and columns without shapes: places are in columns.
bool is_table(FileFormat format);
// Texts are Unicode whatever anybody says.
bool is_always_unicode(FileFormat format);
// The reader adds columns of its own that stand in no file.
bool invents_columns(FileFormat format);

// What libosmium calls the format; only for OpenStreetMap files.
const char* osmium_format(FileFormat format);

// The format by the extension of `file_name` and by the first bytes of the file
// at `path`; both must agree. Fails with kInvalidArgument for an extension that
// is not read, and with kBadData for an empty file or one that is not what its
// name says.
Result<FileFormat> file_format(const std::string& path, const std::string& file_name);

}  // namespace obnova::server
