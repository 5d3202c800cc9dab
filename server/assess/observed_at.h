#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/facts/timeline.h"

namespace obnova::server {

// When somebody looked.
struct ObservedAt {
  Instant instant = 0;  // The begin of the day, in UTC, where only the day is known.
  std::string text;     // `2022-03-14` or `2022-03-14T09:30:00Z`.
  bool operator==(const ObservedAt&) const = default;
};

// How three numbers with slashes are read.
enum class DateOrder { kMonthFirst, kDayFirst };

// What a date with slashes itself shows of its order.
enum class DateEvidence { kNone, kMonthFirst, kDayFirst };

// Reads `2022-03-14`, `2022/3/14`, `20220314`, `14.3.2022`, and `3/14/2022` by
// the order, each perhaps with a time of day (`T09:30:00.5+02:00`, ` 9:30:00 AM`).
// A time without a zone is UTC. Nullopt for anything else, for days that do not
// exist, and for 1899-12-30, the zero of spreadsheets, which says nothing.
std::optional<ObservedAt> parse_observed_at(std::string_view text, DateOrder order = DateOrder::kMonthFirst);

// Which of the first two numbers of a date with slashes cannot be a month.
DateEvidence evidence_of_order(std::string_view text);

}  // namespace obnova::server
