#include "server/rpc/operations.h"

#include <future>

#include <gtest/gtest.h>

#include "server/rpc/operation_handlers.h"
#include "tests/support/result_matchers.h"

namespace obnova::server {
namespace {

constexpr std::chrono::seconds kLong(60);

Operations::Work answers(std::int64_t revision) {
  return [revision](const Operations::Progress& progress, const Limits&) -> Result<v1::ImportReport> {
    progress(0.5, "half");
    progress(0.2, "back");
    v1::ImportReport report;
    report.set_revision(revision);
    return report;
  };
}

// Runs until it is cancelled, and says when it has begun.
Operations::Work waits(std::promise<void>& begun) {
  return [&begun](const Operations::Progress&, const Limits& limits) -> Result<v1::ImportReport> {
    begun.set_value();
    while (!limits.stopped()) std::this_thread::yield();
    return failure(ErrorCode::kCancelled, "The import was cancelled.");
  };
}

TEST(OperationsTest, TellHowWorkEnded) {
  Operations operations;
  const auto good = operations.start("good", answers(7));
  const auto bad = operations.start("bad", [](const Operations::Progress&, const Limits&) -> Result<v1::ImportReport> {
    return failure(ErrorCode::kNotFound, "There is no city.", "context.city");
  });
  const auto ended = operations.wait(*good, kLong, {});
  ASSERT_THAT(ended, Succeeds());
  EXPECT_TRUE(ended->done());
  EXPECT_EQ(ended->title(), "good");
  EXPECT_EQ(ended->import_report().revision(), 7);
  const auto failed = operations.wait(*bad, kLong, {});
  EXPECT_EQ(failed->error().code(), 5);
  EXPECT_EQ(failed->error().field(), "context.city");
  EXPECT_THAT(operations.get("operations/x"), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(operations.get("x"), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(OperationsTest, StopWorkThatIsCancelledWhetherItRunsOrWaits) {
  Operations operations({.thread_count = 1});
  std::promise<void> begun;
  const auto running = operations.start("running", waits(begun));
  begun.get_future().wait();
  const auto waiting = operations.start("waiting", answers(1));
  EXPECT_FALSE(operations.wait(*running, std::chrono::milliseconds(0), {})->done());
  EXPECT_THAT(operations.cancel(*waiting), Succeeds());
  EXPECT_EQ(operations.get(*waiting)->error().code(), 1);
  EXPECT_THAT(operations.cancel(*running), Succeeds());
  EXPECT_EQ(operations.wait(*running, kLong, {})->error().code(), 1);
}

TEST(OperationsTest, RefuseMoreThanMayWait) {
  Operations operations({.thread_count = 1, .max_waiting = 2});
  std::promise<void> begun;
  ASSERT_THAT(operations.start("running", waits(begun)), Succeeds());
  begun.get_future().wait();
  EXPECT_THAT(operations.start("first", answers(1)), Succeeds());
  EXPECT_THAT(operations.start("second", answers(1)), Succeeds());
  EXPECT_THAT(operations.start("third", answers(1)), FailsWith(ErrorCode::kLimitExceeded));
}

TEST(OperationsTest, AreForgottenAnHourAfterTheirEnd) {
  auto now = std::make_shared<std::atomic<std::int64_t>>(1'700'000'000);
  OperationSettings settings;
  settings.now = [now] { return std::chrono::system_clock::time_point(std::chrono::seconds(now->load())); };
  Operations operations(settings);
  const auto name = operations.start("a", answers(1));
  ASSERT_TRUE(operations.wait(*name, kLong, {})->done());
  *now += 3600;
  EXPECT_THAT(operations.get(*name), Succeeds());
  *now += 1;
  EXPECT_THAT(operations.get(*name), FailsWith(ErrorCode::kNotFound));
}

TEST(OperationsTest, AreListedNewestFirstByPages) {
  Operations operations;
  for (const char* title : {"a", "b", "c"}) operations.wait(*operations.start(title, answers(1)), kLong, {});
  const Call call(std::chrono::steady_clock::time_point::max());
  v1::ListOperationsRequest list;
  list.set_page_size(2);
  auto page = list_operations(operations, call, list);
  ASSERT_THAT(page, Succeeds());
  ASSERT_EQ(page->operations_size(), 2);
  EXPECT_EQ(page->operations(0).title(), "c");
  EXPECT_EQ(page->operations(1).title(), "b");
  list.set_page_token(page->next_page_token());
  page = list_operations(operations, call, list);
  ASSERT_EQ(page->operations_size(), 1);
  EXPECT_EQ(page->operations(0).title(), "a");
  EXPECT_EQ(page->next_page_token(), "");
  list.set_page_token("-1");
  EXPECT_THAT(list_operations(operations, call, list), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(OperationsTest, EndWithTheServer) {
  std::promise<void> begun;
  {
    Operations operations({.thread_count = 1});
    ASSERT_THAT(operations.start("running", waits(begun)), Succeeds());
    ASSERT_THAT(operations.start("waiting", answers(1)), Succeeds());
    begun.get_future().wait();
  }
  SUCCEED() << "the destructor came back";
}

}  // namespace
}  // namespace obnova::server
