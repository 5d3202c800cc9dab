#include "geo/damage/summary.h"

#include <algorithm>
#include <numeric>

namespace obnova::geo {

namespace {

std::size_t place_of(std::optional<Grade> grade) { return grade.has_value() ? static_cast<std::size_t>(*grade) : kGradeCount; }

template <typename Holds>
std::int64_t sum_where(const std::map<std::pair<std::optional<Grade>, std::optional<Grade>>, std::int64_t>& counts, const Holds& holds) {
  std::int64_t sum = 0;
  for (const auto& [grades, count] : counts) sum += holds(grades.first, grades.second) ? count : 0;
  return sum;
}

}  // namespace

void GradeCounts::add(std::optional<Grade> grade, std::int64_t count) { counts_[place_of(grade)] += count; }

std::int64_t GradeCounts::of(std::optional<Grade> grade) const { return counts_[place_of(grade)]; }

std::int64_t GradeCounts::all() const { return std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0}); }

std::optional<Grade> counted_grade(const Condition& condition, ConditionCase condition_case) {
  if (condition.state == ConditionState::kUnassessed) return std::nullopt;
  return grade_in(condition, condition_case);
}

DamageSummary summarize(std::span<const DamageEntry> entries) {
  DamageSummary summary;
  for (const DamageEntry& entry : entries) {
    summary.total.add(entry.grade);
    summary.by_theme[entry.theme].add(entry.grade);
    summary.by_day[entry.observed_at_us ? day_of(*entry.observed_at_us) : std::string()].add(entry.grade);
    for (const FeatureId area : entry.areas) summary.by_area[area].add(entry.grade);
    if (entry.areas.empty()) summary.outside_areas.add(entry.grade);
    if (entry.areas.size() > 1) summary.counted_again.add(entry.grade, static_cast<std::int64_t>(entry.areas.size()) - 1);
  }
  return summary;
}

CodeCounts count_codes(std::span<const Assessment> assessments, std::span<const DamageScale> scales) {
  CodeCounts counts;
  for (const Assessment& assessment : assessments) {
    const DamageScale* const scale = find_scale(scales, assessment.scale);
    const DamageCode* const code = scale == nullptr ? nullptr : scale->find(assessment.code);
    if (code == nullptr) {
      ++counts.unknown[{assessment.scale, assessment.code}];
    } else {
      ++counts.by_code[{assessment.scale, code->id}];
    }
  }
  return counts;
}

void DamageChange::add(std::optional<Grade> before, std::optional<Grade> after) { ++counts_[{before, after}]; }

std::int64_t DamageChange::of(std::optional<Grade> before, std::optional<Grade> after) const {
  const auto found = counts_.find({before, after});
  return found == counts_.end() ? 0 : found->second;
}

std::int64_t DamageChange::all() const {
  return sum_where(counts_, [](auto, auto) { return true; });
}
std::int64_t DamageChange::newly_assessed() const {
  return sum_where(counts_, [](auto before, auto after) { return !before && after; });
}
std::int64_t DamageChange::no_longer_assessed() const {
  return sum_where(counts_, [](auto before, auto after) { return before && !after; });
}
std::int64_t DamageChange::worse() const {
  return sum_where(counts_, [](auto before, auto after) { return before && after && *before < *after; });
}
std::int64_t DamageChange::better() const {
  return sum_where(counts_, [](auto before, auto after) { return before && after && *before > *after; });
}
std::int64_t DamageChange::unchanged() const {
  return sum_where(counts_, [](auto before, auto after) { return before && after && *before == *after; });
}

DamageChange change_between(std::span<const std::optional<Grade>> before, std::span<const std::optional<Grade>> after) {
  DamageChange change;
  for (std::size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
    change.add(i < before.size() ? before[i] : std::nullopt, i < after.size() ? after[i] : std::nullopt);
  }
  return change;
}

}  // namespace obnova::geo
