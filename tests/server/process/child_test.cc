#include "server/process/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"

namespace obnova::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::size_t kMaxFrame = std::size_t{16} << 20;

steady_clock::time_point in(milliseconds time) { return steady_clock::now() + time; }

Child shell(const std::string& script) {
  auto child = Child::start("/bin/sh", {"-c", script}, 0);
  EXPECT_THAT(child, Succeeds());
  return std::move(*child);
}

std::string frame_of(Child& child) {
  const auto frame = child.receive(kMaxFrame, in(seconds(20)), {});
  EXPECT_THAT(frame, Succeeds());
  return frame && *frame ? **frame : "nothing";
}

TEST(ChildTest, FramesComeBackAsTheyWereSent) {
  auto cat = Child::start("/bin/cat", {}, 0);
  ASSERT_THAT(cat, Succeeds());
  std::string binary = "zero";
  binary += '\0';
  binary += "\n\xff";
  for (const std::string& sent : {std::string("one"), std::string(), binary}) {
    ASSERT_THAT(cat->send(sent), Succeeds());
    EXPECT_EQ(frame_of(*cat), sent);
  }
  cat->close_input();
  const auto end = cat->receive(kMaxFrame, in(seconds(20)), {});
  ASSERT_THAT(end, Succeeds());
  EXPECT_FALSE(end->has_value());
  EXPECT_FALSE(cat->alive());
  EXPECT_EQ(cat->wait(), "exit status 0");
}

TEST(ChildTest, AFrameLongerThanEveryPipeDoesNotBlockBothSides) {
  auto cat = Child::start("/bin/cat", {}, 0);
  ASSERT_THAT(cat, Succeeds());
  std::string sent(std::size_t{5} << 20, 'x');
  for (std::size_t i = 0; i < sent.size(); i += 997) sent[i] = static_cast<char>(i);
  ASSERT_THAT(cat->send(sent), Succeeds());
  EXPECT_EQ(frame_of(*cat), sent);
}

TEST(ChildTest, AFloodOnStandardErrorBlocksNothingAndItsEndIsKept) {
  Child child = shell("i=0; while [ $i -lt 20000 ]; do echo line $i >&2; i=$((i+1)); done; printf '\\002\\000\\000\\000ok'; exit 3");
  EXPECT_EQ(frame_of(child), "ok");
  EXPECT_EQ(child.wait(), "exit status 3");
  const std::string tail = child.standard_error();
  EXPECT_LE(tail.size(), 4096u);
  EXPECT_THAT(tail, HasSubstr("line 19999\n"));
}

TEST(ChildTest, ADeadlineEndsTheWaitAndTheChildStillLives) {
  auto child = Child::start("/bin/sleep", {"60"}, 0);
  ASSERT_THAT(child, Succeeds());
  const auto frame = child->receive(kMaxFrame, in(milliseconds(20)), {});
  ASSERT_THAT(frame, Succeeds());
  EXPECT_FALSE(frame->has_value());
  EXPECT_TRUE(child->alive());
  child->kill();
  EXPECT_EQ(child->wait(), "signal 9");
  EXPECT_FALSE(child->alive());
}

TEST(ChildTest, CancellingEndsTheWait) {
  auto child = Child::start("/bin/sleep", {"60"}, 0);
  ASSERT_THAT(child, Succeeds());
  int asked = 0;
  EXPECT_THAT(child->receive(kMaxFrame, std::nullopt, {[&] { return ++asked > 2; }}), FailsWith(ErrorCode::kCancelled));
  EXPECT_THAT(child->send(std::string(std::size_t{8} << 20, 'x'), std::nullopt, {[&] { return true; }}), FailsWith(ErrorCode::kCancelled));
}

TEST(ChildTest, AChildThatDoesNotListenIsGivenUpAtTheDeadline) {
  auto child = Child::start("/bin/sleep", {"60"}, 0);
  ASSERT_THAT(child, Succeeds());
  EXPECT_THAT(child->send(std::string(std::size_t{8} << 20, 'x'), in(milliseconds(20))), FailsWith(ErrorCode::kUnavailable));
}

TEST(ChildTest, SendingToADeadChildIsAnErrorAndNoSignal) {
  Child child = shell("exit 0");
  EXPECT_EQ(child.wait(), "exit status 0");
  EXPECT_THAT(child.send("late"), FailsWith(ErrorCode::kUnavailable));
  auto other = Child::start("/bin/true", {}, 0);
  ASSERT_THAT(other, Succeeds());
  EXPECT_THAT(other->send(std::string(std::size_t{8} << 20, 'x')), FailsWith(ErrorCode::kUnavailable));
}

TEST(ChildTest, AFrameAboveTheLimitOrCutShortIsBadData) {
  Child big = shell("printf '\\021\\000\\000\\000'; sleep 60");
  EXPECT_THAT(big.receive(16, in(seconds(20)), {}), FailsSaying(ErrorCode::kBadData, HasSubstr("17 bytes")));
  Child exact = shell("printf '\\003\\000\\000\\000abc'");
  EXPECT_EQ(exact.receive(3, in(seconds(20)), {}).value(), "abc");
  Child cut = shell("printf '\\005\\000\\000\\000abc'");
  EXPECT_THAT(cut.receive(16, in(seconds(20)), {}), FailsSaying(ErrorCode::kBadData, HasSubstr("middle")));
  Child header = shell("printf '\\005\\000'");
  EXPECT_THAT(header.receive(16, in(seconds(20)), {}), FailsWith(ErrorCode::kBadData));
}

TEST(ChildTest, AProgramThatIsNotThereIsNamed) {
  EXPECT_THAT(Child::start("/nowhere/solver", {}, 0), FailsSaying(ErrorCode::kUnavailable, HasSubstr("/nowhere/solver")));
}

TEST(ChildTest, InheritsNothingButTheThreeDescriptors) {
  const int open = ::open("/dev/null", O_RDONLY);  // Without close-on-exec, on purpose.
  ASSERT_GT(open, 2);
  // The shell's own `ls` needs one descriptor to read the folder.
  Child child = shell("n=$(ls /proc/self/fd | wc -l); printf '\\001\\000\\000\\000%d' $n");
  EXPECT_EQ(frame_of(child), "4");
  ::close(open);
}

TEST(ChildTest, HasNoCoreDumpsAndItsMemoryLimit) {
  auto child = Child::start("/bin/sh", {"-c", "printf '\\001\\000\\000\\000'; ulimit -c; ulimit -v >&2"}, std::size_t{512} << 20);
  ASSERT_THAT(child, Succeeds());
  EXPECT_EQ(frame_of(*child), "0");
  child->wait();
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_THAT(child->standard_error(), StartsWith("524288"));
#endif
}

TEST(ChildTest, DiesWithItsOwner) {
  pid_t process = 0;
  {
    Child child = shell("echo $$ >&2; printf '\\002\\000\\000\\000up'; exec sleep 60");
    EXPECT_EQ(frame_of(child), "up");
    process = static_cast<pid_t>(std::stoi(child.standard_error()));
    EXPECT_EQ(::kill(process, 0), 0);
  }
  EXPECT_EQ(::kill(process, 0), -1);
}

TEST(ChildTest, ReplacingAChildEndsTheOldOne) {
  Child child = shell("exec sleep 60");
  child = shell("printf '\\003\\000\\000\\000new'");
  EXPECT_EQ(frame_of(child), "new");
}

TEST(FrameTest, ProgramsAtTheOtherEndReadAndWriteTheSameFrames) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  EXPECT_TRUE(write_frame(ends[1], "first"));
  EXPECT_TRUE(write_frame(ends[1], ""));
  EXPECT_TRUE(write_frame(ends[1], "too long"));
  ::close(ends[1]);
  EXPECT_EQ(read_frame(ends[0], 5), "first");
  EXPECT_EQ(read_frame(ends[0], 5), "");
  EXPECT_EQ(read_frame(ends[0], 5), std::nullopt);
  ::close(ends[0]);
}

TEST(FrameTest, AProgramKnowsItsFolder) { EXPECT_EQ(program_folder(), std::filesystem::weakly_canonical(OBNOVA_BIN_DIR)); }

}  // namespace
}  // namespace obnova::server
