#include "geo/damage/condition.h"

#include <algorithm>
#include <array>
#include <limits>

#include "geo/base/check.h"

namespace obnova::geo {
namespace {

constexpr std::array<std::string_view, 4> kStateNames = {"unassessed", "assessed_no_damage", "possibly_damaged", "damaged"};

bool says_anything(const Observation& observation) { return observation.code->grade.has_value(); }

std::int64_t instant_of(const Observation& observation) {
  return observation.observed_at_us.value_or(std::numeric_limits<std::int64_t>::min());
}

// How many days a was before b; infinite when only one of them has a date.
double days_before(const Observation& a, const Observation& b) {
  if (instant_of(a) == instant_of(b)) return 0;
  const double infinite = std::numeric_limits<double>::infinity();
  if (!a.observed_at_us) return infinite;
  if (!b.observed_at_us) return -infinite;
  return (static_cast<double>(*b.observed_at_us) - static_cast<double>(*a.observed_at_us)) / kDay_us;
}

// Whether a leads before b.
bool leads(const Observation& a, const Observation& b) {
  if (a.code->complete != b.code->complete) return a.code->complete;
  if (instant_of(a) != instant_of(b)) return instant_of(a) > instant_of(b);
  if (a.confidence != b.confidence) return a.confidence > b.confidence;
  if (a.code->damage_ratio.expected != b.code->damage_ratio.expected) {
    return a.code->damage_ratio.expected > b.code->damage_ratio.expected;
  }
  return a.id < b.id;
}

std::optional<std::size_t> leader_of(std::span<const Observation> observations) {
  std::optional<std::size_t> leader;
  for (std::size_t i = 0; i < observations.size(); ++i) {
    if (!says_anything(observations[i])) continue;
    if (!leader || leads(observations[i], observations[*leader])) leader = i;
  }
  return leader;
}

void widen(Condition& condition, const DamageCode& code) {
  const Interval damage_ratio = widened(condition.damage_ratio, code.damage_ratio);
  const Interval functionality = widened(condition.functionality, code.functionality);
  condition.is_widened = condition.is_widened || damage_ratio != condition.damage_ratio || functionality != condition.functionality;
  condition.damage_ratio = damage_ratio;
  condition.functionality = functionality;
  condition.optimistic_grade = std::min(condition.optimistic_grade, *code.grade);
  condition.pessimistic_grade = std::max(condition.pessimistic_grade, *code.grade);
}

Condition led_by(const Observation& leader) {
  const Grade grade = *leader.code->grade;
  Condition condition;
  condition.state = grade == Grade::kNone       ? ConditionState::kAssessedNoDamage
                    : grade == Grade::kPossible ? ConditionState::kPossiblyDamaged
                                                : ConditionState::kDamaged;
  condition.optimistic_grade = condition.expected_grade = condition.pessimistic_grade = grade;
  condition.damage_ratio = leader.code->damage_ratio;
  condition.functionality = leader.code->functionality;
  condition.observed_at_us = leader.observed_at_us;
  return condition;
}

enum class Bearing { kNone, kWidens, kContradicts };

// What another observation means for one that a full observation leads.
Bearing bearing_of(const Observation& other, const Observation& leader, const ConditionRule& rule) {
  const double age_days = days_before(other, leader);
  if (age_days <= rule.same_look_days) {
    return other.code->complete && other.code->grade != leader.code->grade ? Bearing::kContradicts : Bearing::kWidens;
  }
  const bool is_worse = other.code->damage_ratio.least > leader.code->damage_ratio.most;
  return other.code->complete && is_worse && age_days <= rule.repair_days ? Bearing::kContradicts : Bearing::kNone;
}

// Only hints were seen: that there is no damage stays possible.
void keep_no_damage_possible(Condition& condition) {
  condition.state = ConditionState::kPossiblyDamaged;
  condition.optimistic_grade = Grade::kNone;
  condition.damage_ratio.least = 0;
  condition.functionality.most = 1;
}

}  // namespace

std::string_view state_name(ConditionState state) { return kStateNames[static_cast<std::size_t>(state)]; }

Condition condition_of(std::span<const Observation> observations, const ConditionRule& rule) {
  const std::optional<std::size_t> leader = leader_of(observations);
  if (!leader) return {};
  const Observation& first = observations[*leader];
  Condition condition = led_by(first);
  condition.leader = leader;
  for (std::size_t i = 0; i < observations.size(); ++i) {
    const Observation& other = observations[i];
    if (!says_anything(other)) continue;
    ++condition.observation_count;
    if (i == *leader) continue;
    const Bearing bearing = first.code->complete ? bearing_of(other, first, rule) : Bearing::kWidens;
    if (bearing != Bearing::kNone) widen(condition, *other.code);
    condition.is_conflicting = condition.is_conflicting || bearing == Bearing::kContradicts;
  }
  if (!first.code->complete) keep_no_damage_possible(condition);
  if (condition.state == ConditionState::kAssessedNoDamage && condition.pessimistic_grade > Grade::kNone) {
    condition.state = ConditionState::kPossiblyDamaged;
  }
  return condition;
}

Condition condition_implied_by(const Observation& implied) {
  OBNOVA_CHECK(says_anything(implied));
  return led_by(implied);
}

double value_in(const Interval& interval, ConditionCase condition_case, bool is_good) {
  if (condition_case == ConditionCase::kExpected) return interval.expected;
  return (condition_case == ConditionCase::kOptimistic) == is_good ? interval.most : interval.least;
}

Grade grade_in(const Condition& condition, ConditionCase condition_case) {
  switch (condition_case) {
    case ConditionCase::kOptimistic:
      return condition.optimistic_grade;
    case ConditionCase::kPessimistic:
      return condition.pessimistic_grade;
    default:
      return condition.expected_grade;
  }
}

}  // namespace obnova::geo
