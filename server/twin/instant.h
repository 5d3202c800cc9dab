#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <google/protobuf/timestamp.pb.h>

#include "geo/base/result.h"
#include "server/facts/timeline.h"

namespace obnova::server {

// Whole microseconds; what is finer is cut off. Fails with kInvalidArgument at
// `field` unless the time is of the years 1 to 9999, as Timestamp has it.
Result<Instant> to_instant(const google::protobuf::Timestamp& timestamp, const std::string& field);

// Midnight in UTC; nullopt unless the day is `YYYY-MM-DD`.
std::optional<Instant> start_of_day(std::string_view day);

// Precondition: neither kEver nor kForever.
google::protobuf::Timestamp to_timestamp(Instant instant);

}  // namespace obnova::server
