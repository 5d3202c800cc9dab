#pragma once

#include <optional>
#include <string>
#include <vector>

#include "geo/layer/theme.h"

namespace obnova::geo {

enum class Severity { kFail, kWarn };

// One limit of a rule under a condition on an attribute of the other feature:
// the first case that holds decides. An attribute that is missing makes the
// rule UNKNOWN, never passed.
struct LimitCase {
  // Empty: holds always.
  std::string attribute;
  // Inclusive bounds for numbers; equality for text. All stated must hold.
  std::optional<double> at_least;
  std::optional<double> at_most;
  std::optional<std::string> equals;
  double limit = 0;
};

enum class RuleKind {
  kMinDistance,    // The footprint keeps at least `limit` m from features of a layer.
  kOutside,        // The footprint shares no area with features of a layer.
  kInsideSetback,  // The footprint lies in one feature of a layer (its parcel), `limit` m from its boundary.
  kMaxCoverage,    // Footprint ÷ area of the parcel it lies in is at most `limit`.
  kMaxHeight,      // The proposal's height is at most `limit` m.
  kRoadAccess,     // A road usable by `profile` runs within `limit` m.
};

// A rule as data: see data/rules/README.md for the file format.
struct Rule {
  std::string id;
  std::string title;
  RuleKind kind = RuleKind::kMinDistance;
  Severity severity = Severity::kFail;
  std::string citation;
  // Whether the value was checked against the official text.
  bool verified = false;
  // Which features are looked at: all layers of the theme, filtered by CQL2.
  std::optional<Theme> theme;
  std::string filter;
  // Uses the rule speaks of; empty: all.
  std::vector<std::string> uses;
  // The limit, first case that holds.
  std::vector<LimitCase> limits;
  std::string unit = "m";
  std::string profile;  // kRoadAccess.
};

struct RulePack {
  std::string id;
  std::string title;
  std::string version;  // YYYY-MM-DD.
  std::vector<Rule> rules;
};

}  // namespace obnova::geo
