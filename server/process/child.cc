#include "server/process/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "server/process/frame.h"

namespace obnova::server {

namespace {

using Clock = std::chrono::steady_clock;
using Deadline = std::optional<Clock::time_point>;

constexpr std::size_t kErrorTailBytes = 4096;
// What a child may say before it has taken all of a frame.
constexpr std::size_t kMaxUnaskedBytes = std::size_t{64} << 20;
constexpr int kPollMs = 50;

// Closes itself. -1 when it holds nothing.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { close(); }

  int number() const { return number_; }
  bool open() const { return number_ >= 0; }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_ = -1;
};

struct Pair {
  Descriptor ours;
  Descriptor theirs;
};

// The three standard numbers are free in a program that closed them: move up,
// so that dup2 in the child never overwrites a descriptor it still needs.
Descriptor above_standard(int number) {
  if (number > STDERR_FILENO) return Descriptor(number);
  Descriptor low(number);
  return Descriptor(::fcntl(number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

std::optional<Pair> read_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  return Pair{.ours = above_standard(ends[0]), .theirs = above_standard(ends[1])};
}

// A socket, because writing to one can leave SIGPIPE out.
std::optional<Pair> write_socket() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return std::nullopt;
  return Pair{.ours = above_standard(ends[0]), .theirs = above_standard(ends[1])};
}

bool set_nonblocking(const Descriptor& descriptor) {
  const int flags = ::fcntl(descriptor.number(), F_GETFL);
  return flags >= 0 && ::fcntl(descriptor.number(), F_SETFL, flags | O_NONBLOCK) == 0;
}

struct Launch {
  const char* program = nullptr;
  char* const* arguments = nullptr;
  int input = -1;
  int output = -1;
  int error = -1;
  int failure = -1;  // Takes errno when the program cannot be run.
  std::size_t memory_bytes = 0;
  pid_t parent = 0;
};

void limit_resource(int resource, rlim_t most) {
  const rlimit limit{.rlim_cur = most, .rlim_max = most};
  ::setrlimit(static_cast<__rlimit_resource>(resource), &limit);
}

void close_the_rest_at_exec() {
  if (::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
  // Kernels before 5.11 do not know the flag.
  rlimit open_files{};
  ::getrlimit(RLIMIT_NOFILE, &open_files);
  const int end = static_cast<int>(std::min<rlim_t>(open_files.rlim_cur, 65536));
  for (int number = STDERR_FILENO + 1; number < end; ++number) ::fcntl(number, F_SETFD, FD_CLOEXEC);
}

// Runs between fork and exec in a copy of a program with many threads: only
// async-signal-safe calls, no memory from the heap.
[[noreturn]] void become(const Launch& launch) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != launch.parent) ::_exit(127);  // The parent died before the line above.
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::dup2(launch.input, STDIN_FILENO);
  ::dup2(launch.output, STDOUT_FILENO);
  ::dup2(launch.error, STDERR_FILENO);
  close_the_rest_at_exec();
  limit_resource(RLIMIT_CORE, 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  if (launch.memory_bytes != 0) limit_resource(RLIMIT_AS, launch.memory_bytes);
#endif
  ::execv(launch.program, launch.arguments);
  const int error = errno;
  [[maybe_unused]] const auto written = ::write(launch.failure, &error, sizeof(error));
  ::_exit(127);
}

// errno of the exec that failed; 0 when the program runs.
int exec_error(const Descriptor& failure) {
  int error = 0;
  ssize_t count = 0;
  do {
    count = ::read(failure.number(), &error, sizeof(error));
  } while (count < 0 && errno == EINTR);
  return count == sizeof(error) ? error : 0;
}

int milliseconds_until(const Deadline& deadline) {
  if (!deadline) return kPollMs;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, kPollMs));
}

bool passed(const Deadline& deadline) { return deadline && Clock::now() >= *deadline; }

std::unexpected<Error> cannot_start(const std::string& program, int error) {
  return failure(ErrorCode::kUnavailable, fmt::format("Cannot start {}: {}.", program, std::strerror(error)));
}

}  // namespace

struct Child::State {
  std::string program;
  pid_t process = -1;
  std::optional<int> status;  // Set once reaped.
  Descriptor input;
  Descriptor output;
  Descriptor error;
  std::string received;  // Not yet given out.
  std::string error_tail;

  ~State() {
    kill();
    reap(0);
  }

  void reap(int options) {
    if (status) return;
    int ended = 0;
    pid_t found = 0;
    do {
      found = ::waitpid(process, &ended, options);
    } while (found < 0 && errno == EINTR);
    if (found == process) status = ended;
    if (found < 0) status = 0;  // Somebody else has reaped it.
  }

  void kill() {
    reap(WNOHANG);  // A number that is free again must not be killed.
    if (!status) ::kill(process, SIGKILL);
  }

  // Takes what is there; closes `from` at its end. False when nothing more came.
  static bool take(Descriptor& from, std::string& into) {
    std::array<char, 65536> chunk;
    const ssize_t count = ::read(from.number(), chunk.data(), chunk.size());
    if (count > 0) into.append(chunk.data(), static_cast<std::size_t>(count));
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) from.close();
    return count > 0;
  }

  bool take_error() {
    const bool more = take(error, error_tail);
    if (error_tail.size() > kErrorTailBytes) error_tail.erase(0, error_tail.size() - kErrorTailBytes);
    return more;
  }

  // What a pipe holds at once is less than this many pieces.
  void take_all_errors() {
    for (int i = 0; i < 32 && error.open() && take_error(); ++i) continue;
  }

  // Waits until something can be read (or written, when asked for) and reads it.
  // Closed descriptors are -1, which poll passes over.
  bool pump(int timeout_ms, bool want_write) {
    std::array<pollfd, 3> polled{{{.fd = want_write ? input.number() : -1, .events = POLLOUT, .revents = 0},
                                  {.fd = output.number(), .events = POLLIN, .revents = 0},
                                  {.fd = error.number(), .events = POLLIN, .revents = 0}}};
    if (::poll(polled.data(), polled.size(), timeout_ms) <= 0) return false;
    if (polled[1].revents != 0) take(output, received);
    if (polled[2].revents != 0) take_error();
    return polled[0].revents != 0;
  }
};

Child::Child(std::unique_ptr<State> state) : state_(std::move(state)) {}
Child::~Child() = default;
Child::Child(Child&&) noexcept = default;
Child& Child::operator=(Child&&) noexcept = default;

Result<Child> Child::start(const std::filesystem::path& program, const std::vector<std::string>& arguments, std::size_t memory_bytes) {
  auto input = write_socket();
  auto output = read_pipe();
  auto error = read_pipe();
  auto failed = read_pipe();
  if (!input || !output || !error || !failed) return cannot_start(program.string(), errno);
  for (const Descriptor* ours : {&input->ours, &output->ours, &error->ours}) {
    if (!set_nonblocking(*ours)) return cannot_start(program.string(), errno);
  }

  auto state = std::make_unique<State>();
  state->program = program.string();
  std::vector<std::string> words = {state->program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);

  const Launch launch{.program = state->program.c_str(),
                      .arguments = pointers.data(),
                      .input = input->theirs.number(),
                      .output = output->theirs.number(),
                      .error = error->theirs.number(),
                      .failure = failed->theirs.number(),
                      .memory_bytes = memory_bytes,
                      .parent = ::getpid()};
  state->process = ::fork();
  if (state->process == 0) become(launch);
  if (state->process < 0) {
    state->status = 0;
    return cannot_start(state->program, errno);
  }
  failed->theirs.close();
  if (const int why = exec_error(failed->ours); why != 0) return cannot_start(state->program, why);
  state->input = std::move(input->ours);
  state->output = std::move(output->ours);
  state->error = std::move(error->ours);
  return Child(std::move(state));
}

Result<void> Child::send(std::string_view frame, Deadline deadline, const Limits& limits) {
  State& state = *state_;
  const auto gone = [&] { return failure(ErrorCode::kUnavailable, fmt::format("{} has ended before it took its work.", state.program)); };
  if (frame.size() > UINT32_MAX) return failure(ErrorCode::kLimitExceeded, fmt::format("A frame of {} bytes is too long.", frame.size()));
  const auto header = frame_header(frame.size());
  const std::array<std::string_view, 2> parts = {std::string_view(header.data(), header.size()), frame};
  for (std::string_view left : parts) {
    while (!left.empty()) {
      if (!state.input.open()) return gone();
      const ssize_t count = ::send(state.input.number(), left.data(), left.size(), MSG_NOSIGNAL);
      if (count > 0) left.remove_prefix(static_cast<std::size_t>(count));
      if (count >= 0 || errno == EINTR) continue;
      if (errno != EAGAIN) return gone();
      state.pump(milliseconds_until(deadline), true);
      if (limits.stopped()) return failure(ErrorCode::kCancelled, "The work was cancelled.");
      if (passed(deadline)) return failure(ErrorCode::kUnavailable, fmt::format("{} has not taken its work in time.", state.program));
      if (state.received.size() > kMaxUnaskedBytes) {
        return failure(ErrorCode::kBadData, fmt::format("{} says too much before it has taken its work.", state.program));
      }
    }
  }
  return {};
}

void Child::close_input() { state_->input.close(); }

Result<std::optional<std::string>> Child::receive(std::size_t max_frame_bytes, Deadline deadline, const Limits& limits) {
  State& state = *state_;
  std::string& received = state.received;
  bool last_look = false;  // What came before the deadline is still handed out.
  while (true) {
    if (limits.stopped()) return failure(ErrorCode::kCancelled, "The work was cancelled.");
    if (received.size() >= kFrameHeaderBytes) {
      const std::size_t length = frame_length(received);
      if (length > max_frame_bytes) {
        return failure(ErrorCode::kBadData,
                       fmt::format("{} sent a frame of {} bytes, more than {}.", state.program, length, max_frame_bytes));
      }
      if (received.size() - kFrameHeaderBytes >= length) {
        std::string frame = received.substr(kFrameHeaderBytes, length);
        received.erase(0, kFrameHeaderBytes + length);
        return frame;
      }
    }
    if (!state.output.open()) {
      if (received.empty()) return std::nullopt;
      return failure(ErrorCode::kBadData, fmt::format("{} ended in the middle of a frame.", state.program));
    }
    if (last_look) return std::nullopt;
    last_look = passed(deadline);
    state.pump(milliseconds_until(deadline), false);
  }
}

bool Child::alive() {
  state_->reap(WNOHANG);
  return !state_->status && state_->output.open();
}

void Child::kill() { state_->kill(); }

std::string Child::wait() {
  State& state = *state_;
  state.input.close();
  while (true) {
    state.reap(state.output.open() || state.error.open() ? WNOHANG : 0);
    if (state.status) break;
    state.pump(kPollMs, false);
    state.received.clear();
  }
  state.take_all_errors();
  if (WIFSIGNALED(*state.status)) return fmt::format("signal {}", WTERMSIG(*state.status));
  return fmt::format("exit status {}", WEXITSTATUS(*state.status));
}

std::string Child::standard_error() const {
  state_->take_all_errors();
  return state_->error_tail;
}

std::filesystem::path program_folder() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
}

}  // namespace obnova::server
