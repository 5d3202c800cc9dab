#pragma once

#include <cmath>
#include <cstdint>
#include <string>

#include <fmt/format.h>

#include "geo/base/result.h"

namespace obnova::server {

// Numbers of requests. All fail with kInvalidArgument and name the field.

struct NumberRange {
  double at_least = 0;
  double at_most = 0;
};

// A finite number of the range, ends included.
inline Result<double> number_in(double value, NumberRange range, const std::string& field) {
  if (std::isfinite(value) && range.at_least <= value && value <= range.at_most) return value;
  return failure(ErrorCode::kInvalidArgument,
                 fmt::format("The value {} of `{}` is not between {} and {}.", value, field, range.at_least, range.at_most), field);
}

// The same where 0 means a default.
inline Result<double> number_or(double value, double when_zero, NumberRange range, const std::string& field) {
  if (value == 0) return when_zero;
  return number_in(value, range, field);
}

// A count of 1 to `at_most`, where 0 means a default.
inline Result<std::size_t> count_or(std::int64_t value, std::size_t when_zero, std::size_t at_most, const std::string& field) {
  if (value == 0) return when_zero;
  if (value > 0 && static_cast<std::uint64_t>(value) <= at_most) return static_cast<std::size_t>(value);
  return failure(ErrorCode::kInvalidArgument, fmt::format("The value {} of `{}` is not between 1 and {}.", value, field, at_most), field);
}

}  // namespace obnova::server
