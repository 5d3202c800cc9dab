#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "geo/base/result.h"
#include "obnova/worker/ingest.pb.h"
#include "server/ingest/file_format.h"
#include "server/ingest/zip_archive.h"

namespace obnova::server {

// What an archive is the envelope of, by the endings in it: kShapefile,
// kMapInfo, kCsv for one table, kPowerTables for several. Fails with kBadData
// for anything else.
Result<FileFormat> format_in_zip(const std::vector<ZipEntry>& entries, const std::string& file_name);

// The names of the files that end so (in small letters), without the ending.
std::vector<std::string> stems_of(const std::vector<ZipEntry>& entries, std::string_view ending);

// The stem the job names with its source layer (its whole name or how it ends),
// or the only one. Fails with kInvalidArgument that lists them otherwise.
Result<std::string> chosen_stem(const std::vector<std::string>& stems, const worker::IngestJob& job);

// The content of a file of the archive, big and small letters alike; empty when
// there is none of the name.
Result<std::string> member_of(const std::vector<ZipEntry>& entries, const std::string& name, const worker::IngestJob& job);

// The MapInfo table of the archive, in the memory of GDAL; returns the name to
// open. Tables that only refer to other files are refused with kBadData.
Result<std::string> map_info_in_memory(const std::vector<ZipEntry>& entries, const worker::IngestJob& job);

// The document of a KMZ that has places: the only one, or the one the job names.
// Fails with kBadData when there is none, with kInvalidArgument that lists them.
Result<std::string> kml_of_kmz(const worker::IngestJob& job);

// Whether the XML in an office document may be given to a reader: see `check_xml`.
Result<void> check_office_document(const worker::IngestJob& job);

}  // namespace obnova::server
