#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "geo/base/limits.h"
#include "geo/base/result.h"
#include "geo/city/city.h"
#include "geo/damage/match.h"
#include "server/assess/city_conditions.h"
#include "server/assess/statements.h"
#include "server/twin/fact_change.h"

namespace obnova::server {

// What to match. Statements somebody decided on are always left alone.
struct MatchWish {
  std::string layer = {};  // Empty for all layers of statements.
  std::string onto = {};   // Empty: where each statement fits, see `match_statements`.
  geo::MatchRule rule = {};
  bool again = false;  // Also what was matched before.
};

// What came of it, and the changes that write it down: only what differs.
struct MatchRun {
  std::vector<FactChange> changes;
  std::int64_t matched = 0;
  std::int64_t review = 0;
  std::int64_t unmatched = 0;
  std::int64_t kept = 0;  // Left alone.
  std::int64_t matched_to_several = 0;
  std::map<std::pair<std::string, std::string>, std::int64_t> statements_of;  // By layer and id of the subject.
  std::map<std::string, std::int64_t> matched_of_layer;
  std::map<std::pair<MatchState, std::string>, std::int64_t> reasons;
};

// Finds what statements are about. Where no layer is named, lines that can be
// said of roads go to roads, then to utilities; what speaks of no building goes
// to roads; everything else to buildings, then facilities, then utilities: the
// first that holds or overlaps the place, else the first that lies near.
//
// Fails with kNotFound for layers that are not there, with kFailedPrecondition
// where there is nothing to match or nothing to match onto, with
// kInvalidArgument for layers that are no statements, and as `match_assessments`.
Result<MatchRun> match_statements(const geo::City& facts, const MatchWish& wish, const DamageRules& rules, const Limits& limits);

// The changes that give a statement these match values; null for what is not said.
struct MatchValues {
  std::string subject_layer = {};
  std::vector<std::string> subjects = {};
  MatchState state = MatchState::kNone;
  std::string method = {};
  std::optional<double> score = {};
  std::string reason = {};
  std::string candidates = {};  // JSON, or empty.
};
// Fails with kFailedPrecondition when the layer lacks one of the fields.
Result<FactChange> match_change(const geo::Layer& layer, FeatureId statement, const MatchValues& values);

// The layers of statements: the one that is named, or all. Fails as above.
Result<std::vector<const geo::Layer*>> statement_layers(const geo::City& city, const std::string& layer);

}  // namespace obnova::server
