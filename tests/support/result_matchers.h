#pragma once

#include <gmock/gmock.h>

#include "geo/base/result.h"

namespace obnova {

// EXPECT_THAT(Ring::make({}), FailsWith(ErrorCode::kInvalidArgument));
MATCHER_P(FailsWith, code, "fails with the code") {
  if (arg.has_value()) {
    *result_listener << "succeeded";
    return false;
  }
  *result_listener << "says: " << arg.error().message;
  return arg.error().code == code;
}

// EXPECT_THAT(parse("x >"), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("expected")));
MATCHER_P2(FailsSaying, code, message, "fails with the code and message") {
  if (arg.has_value()) {
    *result_listener << "succeeded";
    return false;
  }
  *result_listener << "says: " << arg.error().message;
  return arg.error().code == code && testing::Matches(message)(arg.error().message);
}

MATCHER(Succeeds, "succeeds") {
  if (!arg.has_value()) *result_listener << "says: " << arg.error().message;
  return arg.has_value();
}

}  // namespace obnova
