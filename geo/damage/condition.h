#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "geo/damage/assessment.h"

namespace obnova::geo {

enum class ConditionState : std::uint8_t {
  kUnassessed,        // Nobody looked, or who looked could not tell. Never "undamaged".
  kAssessedNoDamage,  // A full observation found none, and nothing speaks against it.
  kPossiblyDamaged,   // Hints only, or a full observation of none that is contradicted.
  kDamaged,
};

// `unassessed`, `assessed_no_damage`, `possibly_damaged`, `damaged`.
std::string_view state_name(ConditionState state);

// Three readings of one condition.
enum class ConditionCase : std::uint8_t { kOptimistic, kExpected, kPessimistic };

// What is known of the damage of one feature.
struct Condition {
  ConditionState state = ConditionState::kUnassessed;
  // By case; meaningless while unassessed.
  Grade optimistic_grade = Grade::kNone;
  Grade expected_grade = Grade::kNone;
  Grade pessimistic_grade = Grade::kNone;
  // 0 to 1 while unassessed.
  Interval damage_ratio;
  Interval functionality;
  // The observation that leads: a place in those given. Nullopt while unassessed
  // or where the leader was implied by an assessed area.
  std::optional<std::size_t> leader = {};
  std::optional<std::int64_t> observed_at_us = {};
  bool is_conflicting = false;        // Full observations contradict each other.
  bool is_widened = false;            // The interval is wider than the leader's.
  std::size_t observation_count = 0;  // Of those that say anything.

  bool operator==(const Condition&) const = default;
};

// One step from functionality to a share: from this functionality on.
struct ShareStep {
  double from = 0;
  double share = 0;
};

// How conditions are derived and what they do, as data (data/rules/condition.toml).
struct ConditionRule {
  std::string id = {};
  std::string title = {};
  std::string version = {};  // The date of the text, YYYY-MM-DD.
  std::string citation = {};
  // Observations this close in time looked at the same state.
  double same_look_days = 0;
  // Nothing repairs itself: an older full observation of certainly greater damage
  // contradicts the leader when it is no older than this before it.
  double repair_days = 0;
  // What a survey that lists all damage implies of what it does not list.
  DamageCode unlisted = {};
  // What is left of a use, by functionality: descending, the first step that is
  // reached counts, below the last nothing is left. Both `from` and `share` fall.
  std::vector<ShareStep> roads = {};       // Share of the weight limit; 0 is closed.
  std::vector<ShareStep> bridges = {};     // The same.
  std::vector<ShareStep> facilities = {};  // Share of capacity; 0 is not usable.
  std::vector<ShareStep> buildings = {};   // Share of residents who stay.
  std::vector<ShareStep> utilities = {};   // 0 is not live.
  // The limit that a damaged road's share is of where no sign states one.
  double unstated_weight_t = 0;
};

// Days in which observations are compared.
inline constexpr double kDay_us = 24.0 * 3600 * 1e6;

// The condition of one feature from all that was observed of it, in any order.
//
// The latest full observation leads; without a date it counts as older than any
// with one, and among equals the more confident leads, then the worse, then the
// lesser id. Its interval is then widened, never narrowed, by
//   - hints no older than `same_look_days` before it,
//   - other full observations within `same_look_days`, which contradict it unless
//     they say the same grade,
//   - full observations up to `repair_days` older that say certainly more damage.
// What is older is superseded. Without any full observation all hints count,
// none of them excludes that nothing is damaged, and the latest gives what is
// expected. An observation that says nothing counts for nothing.
//
// Age alone weakens nothing: after a look anything may have happened, so an honest
// weaker interval would be 0 to 1 for everything that is old. Whoever asks gets
// the date instead.
Condition condition_of(std::span<const Observation> observations, const ConditionRule& rule);

// The condition that `implied` gives a feature of which nobody said anything.
Condition condition_implied_by(const Observation& implied);

// The value of a share in one case: `is_good` tells whether more is better.
double value_in(const Interval& interval, ConditionCase condition_case, bool is_good);
Grade grade_in(const Condition& condition, ConditionCase condition_case);

}  // namespace obnova::geo
