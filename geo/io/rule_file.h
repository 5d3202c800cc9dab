#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "geo/base/result.h"
#include "geo/query/siting/rules.h"

namespace obnova::geo {

// Reads one rule pack from TOML (see data/rules/README.md). Fails with
// kInvalidArgument naming the file, the line and the key; unknown keys are errors.
Result<RulePack> parse_rule_pack(std::string_view toml, std::string_view file_name);

// Reads every *.toml of a folder, by id; `condition.toml` is no rule pack and left
// out (see condition_file.h). Fails when two share an id.
Result<std::vector<RulePack>> read_rule_packs(const std::filesystem::path& folder);

}  // namespace obnova::geo
