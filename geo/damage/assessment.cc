#include "geo/damage/assessment.h"

#include <chrono>

#include <fmt/format.h>

namespace obnova::geo {

Result<Observation> observation_of(const Assessment& assessment, std::span<const DamageScale> scales) {
  const Result<const DamageCode*> code = find_code(scales, assessment.scale, assessment.code);
  if (!code) return std::unexpected(code.error());
  const double confidence = assessment.confidence.value_or(1);
  if (!(0 <= confidence && confidence <= 1)) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("The confidence of the assessment {} must be from 0 to 1, got {}.", assessment.id, confidence));
  }
  return Observation{.code = *code, .observed_at_us = assessment.observed_at_us, .confidence = confidence, .id = assessment.id};
}

std::string day_of(std::int64_t observed_at_us) {
  const auto instant = std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(observed_at_us));
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(instant));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()));
}

}  // namespace obnova::geo
