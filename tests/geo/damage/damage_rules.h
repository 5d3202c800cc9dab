#pragma once

#include <filesystem>
#include <vector>

#include "geo/base/check.h"
#include "geo/damage/scale.h"
#include "geo/io/condition_file.h"
#include "geo/io/scale_file.h"

namespace obnova::geo {

// The scales that are shipped.
inline const std::vector<DamageScale>& shipped_scales() {
  static const std::vector<DamageScale> scales = [] {
    auto read = read_damage_scales(std::filesystem::path(OBNOVA_SOURCE_DIR) / "data" / "scales");
    OBNOVA_CHECK(read.has_value());
    return *std::move(read);
  }();
  return scales;
}

// A code of a shipped scale.
inline const DamageCode& shipped_code(std::string_view scale, std::string_view word) {
  const auto code = find_code(shipped_scales(), scale, word);
  OBNOVA_CHECK(code.has_value());
  return **code;
}

// The shipped rule of conditions.
inline const ConditionRule& shipped_rule() {
  static const ConditionRule rule = [] {
    auto read = read_condition_rule(std::filesystem::path(OBNOVA_SOURCE_DIR) / "data" / "rules" / "condition.toml");
    OBNOVA_CHECK(read.has_value());
    return *std::move(read);
  }();
  return rule;
}

}  // namespace obnova::geo
