#pragma once

#include <functional>

#include "geo/base/result.h"

namespace obnova::server {

// Hands a message to the caller of a stream. Waits while two messages are unsent.
// Fails with kCancelled when the caller has gone, the deadline has passed, or the
// caller took nothing for too long; the handler then returns that error.
template <typename Message>
using Writer = std::function<Result<void>(Message)>;

}  // namespace obnova::server
