#pragma once

#include <memory>
#include <string>
#include <vector>

#include "geo/base/result.h"
#include "obnova/worker/ingest.pb.h"
#include "server/ingest/file_format.h"

class GDALDataset;

namespace obnova::server {

// GDAL as the worker meets it: one driver, the one of the format of the file;
// only names that were made here; and no network, every fetch is refused.

// Opens `name` for reading, a path or what `put_in_memory` returned. Fails with
// kBadData that holds GDAL's reason and the name the user knows.
Result<std::unique_ptr<GDALDataset>> open_with_gdal(const std::string& name, const worker::IngestJob& job, FileFormat format);

// An empty dataset in memory, for what has no driver.
Result<std::unique_ptr<GDALDataset>> empty_dataset();

// Gives GDAL a file that never lies on a disk; returns the name to open. The
// ending, such as `.kml`, is part of what drivers go by.
std::string put_in_memory(const std::string& ending, const std::string& bytes);

// True once GDAL tried to reach the network on behalf of the file.
bool gdal_tried_network();
// The first failure GDAL reported since the last call, without paths; empty when none.
std::string take_gdal_failure();
// What GDAL warned of, each once, the first ten.
const std::vector<std::string>& gdal_warnings();

// Paths of the server are nobody's business; a message of GDAL may hold one.
std::string without_path(std::string text, const worker::IngestJob& job);

}  // namespace obnova::server
