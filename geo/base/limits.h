#pragma once

#include <functional>

namespace obnova {

// What one piece of work may use. Loops that grow with input poll `stopped`
// every few thousand steps and return kCancelled.
struct Limits {
  // True once the caller went away or its deadline passed. Called from the
  // thread that works; must be cheap.
  std::function<bool()> should_stop;

  bool stopped() const { return should_stop && should_stop(); }
};

}  // namespace obnova
