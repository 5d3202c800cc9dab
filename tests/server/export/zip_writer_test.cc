#include "server/export/zip_writer.h"

#include <string>

#include <gtest/gtest.h>

#include "server/ingest/zip_archive.h"
#include "tests/support/random_layers.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_folder.h"

namespace obnova::server {
namespace {

std::string noise(std::size_t size_bytes) {
  geo::RandomNumbers random(3);
  std::string bytes;
  while (bytes.size() < size_bytes) bytes += static_cast<char>(random.below(256));
  return bytes;
}

Result<std::string> zipped(const std::vector<std::pair<std::string, std::string>>& files, std::size_t piece_bytes) {
  std::string archive;
  ZipWriter zip([&archive](std::string_view bytes) -> Result<void> {
    archive += bytes;
    return {};
  });
  for (const auto& [name, content] : files) {
    auto done = zip.begin(name);
    for (std::size_t at = 0; done && at < content.size(); at += piece_bytes)
      done = zip.add(std::string_view(content).substr(at, piece_bytes));
    if (!done) return std::unexpected(done.error());
  }
  const auto done = zip.finish();
  if (!done) return std::unexpected(done.error());
  return archive;
}

TEST(ZipWriterTest, WhatIsWrittenIsRead) {
  const std::vector<std::pair<std::string, std::string>> files = {
      {"README.txt", "Київ\n"}, {"nothing.csv", ""}, {"long.bin", noise(300'000)}, {"same.txt", std::string(1'000'000, 'a')}};
  const TemporaryFolder folder;
  for (const std::size_t piece_bytes : {std::size_t{1} << 20, std::size_t{65536}, std::size_t{7001}}) {
    const auto archive = zipped(files, piece_bytes);
    ASSERT_THAT(archive, Succeeds());
    const std::string path = folder.write("a.zip", *archive).string();
    const auto entries = list_zip(path, "a.zip");
    ASSERT_THAT(entries, Succeeds());
    ASSERT_EQ(entries->size(), files.size());
    for (std::size_t i = 0; i < files.size(); ++i) {
      EXPECT_EQ((*entries)[i].name, files[i].first);
      const auto content = read_zip_entry(path, "a.zip", (*entries)[i]);
      ASSERT_THAT(content, Succeeds());
      EXPECT_EQ(*content, files[i].second) << files[i].first;
    }
  }
}

TEST(ZipWriterTest, AnArchiveOfNothingIsAnArchive) {
  const auto archive = zipped({}, 1);
  ASSERT_THAT(archive, Succeeds());
  EXPECT_EQ(archive->size(), 22U);
}

TEST(ZipWriterTest, EqualContentGivesEqualArchives) {
  EXPECT_EQ(*zipped({{"a", "b"}, {"c", "d"}}, 1), *zipped({{"a", "b"}, {"c", "d"}}, 1));
}

TEST(ZipWriterTest, EndsWhenNobodyTakesItsBytes) {
  ZipWriter zip([](std::string_view) { return Result<void>(failure(ErrorCode::kCancelled, "gone")); });
  EXPECT_THAT(zip.begin("a"), FailsWith(ErrorCode::kCancelled));
}

}  // namespace
}  // namespace obnova::server
