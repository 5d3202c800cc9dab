#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "geo/base/ids.h"
#include "geo/damage/assessment.h"
#include "geo/damage/condition.h"
#include "geo/layer/theme.h"

namespace obnova::geo {

// Counts by grade, with a place of its own for the unassessed.
class GradeCounts {
 public:
  // Nullopt: unassessed.
  void add(std::optional<Grade> grade, std::int64_t count = 1);
  std::int64_t of(std::optional<Grade> grade) const;
  std::int64_t all() const;
  bool operator==(const GradeCounts&) const = default;

 private:
  std::array<std::int64_t, kGradeCount + 1> counts_ = {};  // The unassessed last.
};

// The grade to count a feature under; nullopt while unassessed.
std::optional<Grade> counted_grade(const Condition& condition, ConditionCase condition_case);

// One feature (or statement) to count.
struct DamageEntry {
  Theme theme = Theme::kOther;
  std::optional<Grade> grade = {};
  std::optional<std::int64_t> observed_at_us = {};
  std::vector<FeatureId> areas = {};  // Those it lies in, each once; see `AreaFinder`.
};

struct DamageSummary {
  GradeCounts total;  // Every entry once.
  std::map<Theme, GradeCounts> by_theme;
  std::map<std::string, GradeCounts> by_day;  // `2022-03-14`; empty without a date.
  std::map<FeatureId, GradeCounts> by_area;   // An entry in two areas counts in both.
  GradeCounts outside_areas;
  // How often entries were counted in a second, third, … area:
  // the sum of `by_area` + outside_areas − counted_again = total, grade by grade.
  GradeCounts counted_again;
};

DamageSummary summarize(std::span<const DamageEntry> entries);

// Statements by scale and code id, and those whose word the scale does not have.
struct CodeCounts {
  std::map<std::pair<std::string, std::string>, std::int64_t> by_code;
  std::map<std::pair<std::string, std::string>, std::int64_t> unknown;  // By scale and word.
};
CodeCounts count_codes(std::span<const Assessment> assessments, std::span<const DamageScale> scales);

// What became of features between two moments: one count for each pair of grades.
class DamageChange {
 public:
  void add(std::optional<Grade> before, std::optional<Grade> after);
  // Nullopt: unassessed. of(nullopt, grade) is newly assessed, of(grade, nullopt) no longer.
  std::int64_t of(std::optional<Grade> before, std::optional<Grade> after) const;

  std::int64_t all() const;
  std::int64_t newly_assessed() const;
  std::int64_t no_longer_assessed() const;
  // Of those assessed at both moments.
  std::int64_t worse() const;
  std::int64_t better() const;
  std::int64_t unchanged() const;
  bool operator==(const DamageChange&) const = default;

 private:
  std::map<std::pair<std::optional<Grade>, std::optional<Grade>>, std::int64_t> counts_;
};

// `before[i]` and `after[i]` are of one feature; where one list is shorter the
// feature did not exist then, which counts as unassessed.
DamageChange change_between(std::span<const std::optional<Grade>> before, std::span<const std::optional<Grade>> after);

}  // namespace obnova::geo
