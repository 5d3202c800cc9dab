#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "geo/base/result.h"
#include "server/rpc/app_options.h"

namespace obnova::server {

// The whole server: the only place that connects objects, by hand, in order.
//
//   auto app = App::start(options);
//   wait_for_signal();
//   app->stop(std::chrono::seconds(5));
class App {
 public:
  // Opens the store and answers calls when it returns. Fails with a sentence for
  // the person who started the program.
  static Result<std::unique_ptr<App>> start(const AppOptions& options);
  // As `stop` without patience.
  ~App();

  // Where it really listens: `127.0.0.1:50051`.
  const std::string& address() const;
  // Takes no more calls, gives those that run the time to end, cancels imports.
  void stop(std::chrono::milliseconds patience);

 private:
  struct Parts;
  explicit App(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace obnova::server
