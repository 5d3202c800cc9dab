#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/server/ingest/samples.h"
#include "tests/support/result_matchers.h"

// Files that end too early, or hold other bytes than they did: whatever is done
// to a file, its import ends with a report or with an error that names the file.
namespace obnova::server {
namespace {

using testing::HasSubstr;

constexpr unsigned kSeed = 20241122;
constexpr int kCutCount = 64;

// The file with one thing done to it.
std::string cut(const std::string& bytes, std::mt19937& random) { return bytes.substr(0, random() % bytes.size()); }

std::string changed(std::string bytes, std::mt19937& random) {
  for (int i = 0; i < 4; ++i) bytes[random() % bytes.size()] = static_cast<char>(random() % 256);
  return bytes;
}

// Runs `check` for 0 to `count`, some at a time: most of an import is the start of its process.
void for_each_in_parallel(int count, const std::function<void(int)>& check) {
  std::atomic<int> next = 0;
  const auto work = [&] {
    for (int i = next++; i < count; i = next++) check(i);
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
}

void expect_clean_end(const Sample& sample, const std::string& bytes, const std::string& what) {
  const ScratchFolder folder;
  const auto got = import_file(sample_job(sample, folder.write(sample.name, bytes)));
  if (got) {
    const worker::LayerTally& tally = got->tally("things");
    EXPECT_EQ(tally.read_count(), tally.kept_count() + tally.rejected_count()) << what;
    EXPECT_GT(tally.kept_count(), 0) << what;
    return;
  }
  EXPECT_NE(got.error().code, ErrorCode::kUnavailable) << what << ": " << got.error().message;
  EXPECT_THAT(got.error().message, HasSubstr(sample.name)) << what;
  EXPECT_THAT(got.error().message, testing::Not(HasSubstr("protocol"))) << what;
  EXPECT_THAT(got.error().message, testing::Not(HasSubstr(folder.file("").string()))) << "Paths are nobody's business.";
}

class CutFilesTest : public testing::TestWithParam<Sample> {};

TEST_P(CutFilesTest, TheWholeFileIsRead) {
  const ScratchFolder folder;
  EXPECT_THAT(import_file(sample_job(GetParam(), folder.write(GetParam().name, GetParam().bytes))), Succeeds());
}

TEST_P(CutFilesTest, AFileThatIsCutAnywhereEndsCleanly) {
  for_each_in_parallel(kCutCount, [](int i) {
    std::mt19937 random(kSeed + static_cast<unsigned>(i));
    const std::string bytes = cut(GetParam().bytes, random);
    expect_clean_end(GetParam(), bytes, GetParam().name + " cut at " + std::to_string(bytes.size()));
  });
}

TEST_P(CutFilesTest, AFileWithChangedBytesEndsCleanly) {
  for_each_in_parallel(kCutCount / 8, [](int i) {
    std::mt19937 random(kSeed - 1 - static_cast<unsigned>(i));
    expect_clean_end(GetParam(), changed(GetParam().bytes, random), GetParam().name + " changed, number " + std::to_string(i));
  });
}

INSTANTIATE_TEST_SUITE_P(Formats, CutFilesTest, testing::ValuesIn(samples()), [](const testing::TestParamInfo<Sample>& sample) {
  std::string name = sample.param.name;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
});

}  // namespace
}  // namespace obnova::server
