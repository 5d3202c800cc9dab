#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "geo/base/limits.h"
#include "geo/base/result.h"

namespace obnova::server {

// A child process that talks over its standard input and output in frames: a
// little-endian uint32 length, then that many bytes. Its standard error is
// captured (the last 4 KiB) for the log. Dies with its parent and with its owner.
class Child {
 public:
  // Starts `program`. The child has no inherited descriptors but the three, an
  // address-space limit of `memory_bytes` (0: none), and no core dumps.
  static Result<Child> start(const std::filesystem::path& program, const std::vector<std::string>& arguments, std::size_t memory_bytes);
  // Kills the child (SIGKILL) when it still runs, and reaps it.
  ~Child();
  Child(Child&&) noexcept;
  Child& operator=(Child&&) noexcept;

  // Writes one frame. Fails with kUnavailable when the child has gone.
  Result<void> send(std::string_view frame);
  // No more frames will be sent.
  void close_input();

  // The next frame; nullopt at the end of the output or when the deadline has
  // passed (`alive` tells which). Fails with kBadData for a frame above
  // `max_frame_bytes` or cut short, and with kCancelled, polled every 50 ms.
  Result<std::optional<std::string>> receive(std::size_t max_frame_bytes, std::optional<std::chrono::steady_clock::time_point> deadline,
                                             const Limits& limits);
  bool alive();
  void kill();
  // Waits for the end; how it ended in words for the log: "exit status 1", "signal 9".
  std::string wait();
  std::string standard_error() const;

 private:
  struct State;
  explicit Child(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The folder of the running program, where its workers are too.
std::filesystem::path program_folder();

// One frame on a file descriptor, for the programs at the other end.
// `read_frame` gives nullopt at the end of input.
std::optional<std::string> read_frame(int descriptor, std::size_t max_frame_bytes);
bool write_frame(int descriptor, std::string_view frame);

}  // namespace obnova::server
