#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "geo/base/ids.h"
#include "geo/base/limits.h"
#include "geo/base/result.h"
#include "geo/damage/assessment.h"
#include "geo/index/layer_index.h"
#include "geo/layer/layer.h"

namespace obnova::geo {

// How a feature was found for a statement.
enum class MatchMethod : std::uint8_t {
  kContains,  // The area holds the point, whichever of the two is the area.
  kOverlap,   // They share area, or a line lies in an area.
  kAlong,     // Lines run beside each other.
  kNear,      // They only lie near each other.
};

struct MatchCandidate {
  FeatureId feature;
  MatchMethod method = MatchMethod::kNear;
  double score = 0;       // 0 to 1.
  double distance_m = 0;  // From the place (its interior point) to the feature.
  bool operator==(const MatchCandidate&) const = default;
};

enum class MatchOutcome : std::uint8_t { kMatched, kReview, kUnmatched };

// Why a person has to look, or why nothing was found.
enum class MatchReason : std::uint8_t {
  kNone,          // Matched.
  kAmbiguous,     // Another feature is as good, or nearly.
  kWeak,          // Something is there, but no score reaches `accept_score`.
  kTooMany,       // More than `max_candidates` features lie there.
  kNothingNear,   // Unmatched.
  kOtherSubject,  // Unmatched: the code says nothing about such features.
  kNoPlace,       // Unmatched: the assessment has no place.
};

struct Match {
  MatchOutcome outcome = MatchOutcome::kUnmatched;
  MatchReason reason = MatchReason::kNothingNear;
  // Best first. The first `matched_count` are what the statement is about; the
  // others stay for a person to choose from.
  std::vector<MatchCandidate> candidates;
  std::size_t matched_count = 0;
  bool operator==(const Match&) const = default;
};

// The thresholds of matching.
struct MatchRule {
  // A feature this near scores one half; the score falls evenly with distance to 0 at twice this.
  double tolerance_m = 15;
  double accept_score = 0.5;  // From here on a candidate is taken without asking.
  double review_score = 0.1;  // Below, a candidate is dropped.
  // The nearest is ambiguous when the second is at most this many times as far.
  double ambiguity_ratio = 1.5;
  // Lines run beside each other where they are this near and turned by no more than this.
  double line_buffer_m = 10;
  double line_turn_deg = 30;
  std::size_t nearest_count = 8;      // Candidates kept for one point.
  std::size_t max_candidates = 1000;  // Features whose boxes may lie at one line or area.
};

// What features of the layer a place is about.
//
//   point onto areas       the one area that holds it, else the nearest thing
//   area onto areas        all whose shared area is enough of either: a graded
//                          block is about all its houses, a graded wing about its house
//   line onto lines        all that run beside it for enough of either's length
//   area and point, line   all points and lines that lie in the area for the most part
//
// Where nothing of that kind reaches `accept_score`, the nearest feature is taken
// when it is near enough and stands out; lines are never matched to lines by
// nearness alone. A lack of overlap alone is thus no reason for a review.
//
// Deterministic; ties are broken by feature. `index` is that of the layer. Fails
// with kInvalidArgument for a rule that makes no sense, with kCancelled, and as
// the overlay does for areas that are not valid.
Result<Match> match_place(const Layer& layer, const LayerIndex& index, const GeometryView& place, const MatchRule& rule,
                          const Limits& limits);

// The same for all places, each alone: two statements about one feature are both
// kept. Statements whose code cannot be said of the layer's theme stay
// unmatched. Fails also as `find_code` does.
Result<std::vector<Match>> match_assessments(const Layer& layer, const LayerIndex& index, std::span<const Assessment> assessments,
                                             std::span<const DamageScale> scales, const MatchRule& rule, const Limits& limits);

// What came of a set of matches.
struct MatchCounts {
  std::size_t matched = 0;
  std::size_t review = 0;
  std::size_t unmatched = 0;
  std::size_t features = 0;               // That got at least one statement.
  std::size_t features_with_several = 0;  // Of these, with two or more.
  std::size_t matched_to_several = 0;     // Statements about two or more features.
};
MatchCounts count_matches(std::span<const Match> matches);

}  // namespace obnova::geo
