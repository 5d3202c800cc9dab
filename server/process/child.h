#pragma once

#include <chrono>
#include <cstddef>
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
// captured (the last 4 KiB) for the log. Dies with its owner, with the program
// and with the thread that started it (the kernel ties a child to its thread),
// so the thread that starts a child should be the one that waits for it.
//
// One thread at a time may use a child. Neither side can block the other for
// good: while one call waits for the child, it also takes in what the child writes.
class Child {
 public:
  // Starts `program`. The child has no inherited descriptors but the three, an
  // address-space limit of `memory_bytes` (0: none; sanitizer builds have none),
  // and no core dumps. Fails with kUnavailable that names the program.
  static Result<Child> start(const std::filesystem::path& program, const std::vector<std::string>& arguments, std::size_t memory_bytes);
  // Kills the child (SIGKILL) when it still runs, and reaps it.
  ~Child();
  Child(Child&&) noexcept;
  Child& operator=(Child&&) noexcept;

  // Writes one frame. Fails with kUnavailable when the child has gone or has not
  // taken the frame at the deadline, and with kCancelled, polled every 50 ms.
  Result<void> send(std::string_view frame, std::optional<std::chrono::steady_clock::time_point> deadline = std::nullopt,
                    const Limits& limits = {});
  // No more frames will be sent.
  void close_input();

  // The next frame; nullopt at the end of the output or when the deadline has
  // passed (`alive` tells which). Fails with kBadData for a frame above
  // `max_frame_bytes` or cut short, and with kCancelled, polled every 50 ms.
  Result<std::optional<std::string>> receive(std::size_t max_frame_bytes, std::optional<std::chrono::steady_clock::time_point> deadline,
                                             const Limits& limits);
  // Whether it still runs; a child that has closed its output counts as ended.
  bool alive();
  // SIGKILL; nothing when it has ended.
  void kill();
  // Closes the input and waits for the end without a limit, dropping further output; how it ended in words for the log: "exit status 1",
  // "signal 9".
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
// `read_frame` gives nullopt at the end of input and for a frame cut short or
// above the limit; `write_frame` is false when the other end has gone.
std::optional<std::string> read_frame(int descriptor, std::size_t max_frame_bytes);
bool write_frame(int descriptor, std::string_view frame);

}  // namespace obnova::server
