#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace obnova::geo {

// Our own ordinal of harm, in which all scales can be counted together: the least
// harm that a statement asserts, ascending. kPossible asserts that something was
// seen that may be damage or not, which is more than kNone and less than
// kSlight, however much damage it may turn out to be.
//
// Code compares grades and intervals, never the numbers of a scale: UNOSAT's 1
// is its worst and its 6 is none.
enum class Grade : std::uint8_t { kNone, kPossible, kSlight, kModerate, kSevere, kDestroyed };
inline constexpr std::size_t kGradeCount = 6;

// `none`, `possible`, `slight`, `moderate`, `severe`, `destroyed`.
std::string_view grade_name(Grade grade);
std::optional<Grade> grade_by_name(std::string_view name);

// A share from 0 to 1 that is not known exactly: least ≤ expected ≤ most.
struct Interval {
  double least = 0;
  double expected = 0.5;
  double most = 1;

  double width() const { return most - least; }
  bool contains(const Interval& other) const { return least <= other.least && other.most <= most; }
  bool operator==(const Interval&) const = default;
};

// Whether least ≤ expected ≤ most, all from 0 to 1.
bool is_valid(const Interval& interval);

// The narrowest interval that contains both; expected as in `a`.
Interval widened(const Interval& a, const Interval& b);

// Whether one share may lie in both. Intervals of some width that only touch at
// their ends do not count: a share is not both slight and moderate.
bool may_agree(const Interval& a, const Interval& b);

}  // namespace obnova::geo
