#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/ingest/imported.h"
#include "tests/support/result_matchers.h"
#include "tests/support/shared_data.h"

namespace obnova::server {
namespace {

// Numbers of osmium-tool 1.15 (`osmium tags-count`, data/README.md) against ours.
TEST(OsmRealTest, LiechtensteinHasWhatAnIndependentCountFinds) {
  const auto file = shared_data("osm/liechtenstein-2024-03.osm.pbf");
  if (!file) GTEST_SKIP() << "skipped: no data";
  const auto city = import_file(job_for(*file, "EPSG:2056"));
  ASSERT_THAT(city, Succeeds());
  EXPECT_EQ(city->summary.read_count(), 318592 + 34073 + 921);
  EXPECT_EQ(city->tally("roads").read_count(), 8271) << "Ways with `highway`.";
  EXPECT_EQ(city->count("roads"), 8271);
  // 17718 objects with `building` and 3 with `construction:building` or the like.
  EXPECT_EQ(city->count("buildings"), 17721);
  EXPECT_EQ(city->tally("turn_restrictions").read_count(), 79);
  EXPECT_EQ(city->tally("turn_restrictions").rejected_count(), 2) << "One has no `to`, one names a way that is no road.";
  EXPECT_EQ(city->count("barriers"), 176);
  EXPECT_THAT(city->summary.operation(), testing::HasSubstr("CH1903+"));
  EXPECT_EQ(city->summary.source_crs(), "EPSG:4326");
}

TEST(OsmRealTest, PortoHasWhatAnIndependentCountFinds) {
  const auto file = shared_data("osm/porto-portugal-roads.osm.pbf");
  if (!file) GTEST_SKIP() << "skipped: no data";
  const auto city = import_file(job_for(*file, "EPSG:3763"));
  ASSERT_THAT(city, Succeeds());
  EXPECT_EQ(city->tally("roads").read_count(), 51349) << "Ways with `highway`.";
  EXPECT_EQ(city->tally("roads").rejected_count(), 39) << "Ways of one node.";
  EXPECT_EQ(city->count("roads"), 51349 - 39);
  // 357 relations, one of which has two `from` and so makes two rows.
  EXPECT_EQ(city->tally("turn_restrictions").read_count(), 358);
  EXPECT_EQ(city->count("buildings"), 11);
}

TEST(OsmRealTest, UnorderedFilesAreReadLikeOthers) {
  const auto file = shared_data("osm/harrisburg-2015.osm.pbf");
  if (!file) GTEST_SKIP() << "skipped: no data";
  const auto city = import_file(job_for(*file, "EPSG:32618"));
  ASSERT_THAT(city, Succeeds());
  EXPECT_EQ(city->tally("roads").read_count(), 2514);
  EXPECT_EQ(city->count("buildings"), 583);
  EXPECT_EQ(city->tally("turn_restrictions").read_count(), 11);
}

TEST(OsmRealTest, CutExtractsTellWhatTheyMiss) {
  const auto file = shared_data("osm/helsinki-center-2019.osm.pbf");
  if (!file) GTEST_SKIP() << "skipped: no data";
  const auto city = import_file(job_for(*file, "EPSG:3067"));
  ASSERT_THAT(city, Succeeds());
  const auto& roads = city->tally("roads");
  EXPECT_EQ(roads.read_count(), 2651) << "2650 ways with `highway` and one with a lifecycle prefix.";
  EXPECT_EQ(roads.kept_count() + roads.rejected_count(), roads.read_count());
  EXPECT_GT(roads.repaired_count(), 0);
}

}  // namespace
}  // namespace obnova::server
