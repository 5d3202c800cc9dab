#pragma once

#include <filesystem>
#include <string>

#include "geo/base/result.h"

namespace obnova::server {

// Makes what happened to the names in a folder survive a power cut.
void sync_folder(const std::filesystem::path& folder);

// The file and what SQLite keeps beside it.
void remove_city_file(const std::filesystem::path& file);

// Fails with kInvalidArgument at `city_id` unless it can be the id of a city.
Result<void> check_city_id(const std::string& id);

}  // namespace obnova::server
