#include "server/twin/instant.h"

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

google::protobuf::Timestamp to_timestamp(Instant instant) {
  const std::int64_t rest = (instant % kMicroseconds + kMicroseconds) % kMicroseconds;
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds((instant - rest) / kMicroseconds);
  timestamp.set_nanos(static_cast<std::int32_t>(rest * 1000));
  return timestamp;
}

}  // namespace obnova::server
