#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "geo/base/result.h"
#include "geo/damage/scale.h"

namespace obnova::geo {

// Reads one damage scale from TOML (see data/scales/README.md). Fails with
// kInvalidArgument naming the file, the line and the key; unknown keys, intervals
// out of order and words that two codes share are errors.
Result<DamageScale> parse_damage_scale(std::string_view toml, std::string_view file_name);

// Reads every *.toml of a folder, by id. Fails when two share an id.
Result<std::vector<DamageScale>> read_damage_scales(const std::filesystem::path& folder);

}  // namespace obnova::geo
