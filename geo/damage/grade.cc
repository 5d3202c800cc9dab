#include "geo/damage/grade.h"

#include <algorithm>
#include <array>

namespace obnova::geo {
namespace {

constexpr std::array<std::string_view, kGradeCount> kNames = {"none", "possible", "slight", "moderate", "severe", "destroyed"};

}  // namespace

std::string_view grade_name(Grade grade) { return kNames[static_cast<std::size_t>(grade)]; }

std::optional<Grade> grade_by_name(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Grade>(found - kNames.begin());
}

bool is_valid(const Interval& interval) {
  return 0 <= interval.least && interval.least <= interval.expected && interval.expected <= interval.most && interval.most <= 1;
}

Interval widened(const Interval& a, const Interval& b) {
  return {.least = std::min(a.least, b.least), .expected = a.expected, .most = std::max(a.most, b.most)};
}

bool may_agree(const Interval& a, const Interval& b) {
  const double overlap = std::min(a.most, b.most) - std::max(a.least, b.least);
  if (overlap > 0) return true;
  return overlap == 0 && (a.width() == 0 || b.width() == 0);
}

}  // namespace obnova::geo
