#pragma once

#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace obnova::server {

// Work goes from thread to thread through gRPC, whose own locks the thread
// sanitizer does not see: Debian's libraries are not instrumented. The
// adapter says the order itself, one object at a time, so that whatever else two
// threads do with one another is still found. Nothing at all in other builds.

// All this thread did so far comes before what a thread does that takes `object` over.
inline void hand_over([[maybe_unused]] void* object) {
#if defined(__SANITIZE_THREAD__)
  __tsan_release(object);
#endif
}

inline void take_over([[maybe_unused]] void* object) {
#if defined(__SANITIZE_THREAD__)
  __tsan_acquire(object);
#endif
}

}  // namespace obnova::server
