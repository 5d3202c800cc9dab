#pragma once

#include <filesystem>
#include <string_view>

#include "geo/base/result.h"
#include "geo/damage/condition.h"

namespace obnova::geo {

// Reads the rule of conditions from TOML (see data/rules/README.md). Fails with
// kInvalidArgument naming the file, the line and the key; unknown keys and steps
// that do not fall are errors.
Result<ConditionRule> parse_condition_rule(std::string_view toml, std::string_view file_name);

// Fails also when the file cannot be read.
Result<ConditionRule> read_condition_rule(const std::filesystem::path& file);

}  // namespace obnova::geo
