#pragma once

#include <string>

#include <google/protobuf/timestamp.pb.h>

#include "geo/base/result.h"
#include "server/facts/timeline.h"

namespace obnova::server {

// Whole microseconds; what is finer is cut off. Fails with kInvalidArgument at
// `field` unless the time is of the years 1 to 9999, as Timestamp has it.
Result<Instant> to_instant(const google::protobuf::Timestamp& timestamp, const std::string& field);

// Precondition: neither kEver nor kForever.
google::protobuf::Timestamp to_timestamp(Instant instant);

}  // namespace obnova::server
