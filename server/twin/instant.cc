#include "server/twin/instant.h"

#include <chrono>
#include <cstdio>

namespace obnova::server {
namespace {

constexpr std::int64_t kMicroseconds = 1'000'000;

}  // namespace

Result<Instant> to_instant(const google::protobuf::Timestamp& timestamp, const std::string& field) {
  constexpr std::int64_t kFirst = -62'135'596'800;  // 0001-01-01
  constexpr std::int64_t kLast = 253'402'300'799;   // 9999-12-31, 23:59:59
  const std::int64_t seconds = timestamp.seconds();
  const bool ok = seconds >= kFirst && seconds <= kLast && timestamp.nanos() >= 0 && timestamp.nanos() < 1'000'000'000;
  if (!ok) return failure(ErrorCode::kInvalidArgument, "The time is no time of the years 1 to 9999.", field);
  return seconds * kMicroseconds + timestamp.nanos() / 1000;
}

std::optional<Instant> start_of_day(std::string_view day) {
  int year = 0, month = 0, date = 0, read = 0;
  const std::string text(day);
  const bool whole = std::sscanf(text.c_str(), "%4d-%2d-%2d%n", &year, &month, &date, &read) == 3 && read == 10 && text.size() == 10;
  const std::chrono::year_month_day civil{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                          std::chrono::day(static_cast<unsigned>(date))};
  if (!whole || !civil.ok()) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::sys_days(civil).time_since_epoch()).count();
}

google::protobuf::Timestamp to_timestamp(Instant instant) {
  const std::int64_t rest = (instant % kMicroseconds + kMicroseconds) % kMicroseconds;
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds((instant - rest) / kMicroseconds);
  timestamp.set_nanos(static_cast<std::int32_t>(rest * 1000));
  return timestamp;
}

}  // namespace obnova::server
