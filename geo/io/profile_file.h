#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "geo/base/result.h"
#include "geo/network/profile.h"

namespace obnova::geo {

// Reads one profile from TOML (see data/profiles/README.md). Fails with
// kInvalidArgument naming the file, the line and the key; unknown keys are errors.
Result<Profile> parse_profile(std::string_view toml, std::string_view file_name);

// Reads every *.toml of a folder, by id. Fails when there is none or two share an id.
Result<std::vector<Profile>> read_profiles(const std::filesystem::path& folder);

}  // namespace obnova::geo
