#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <random>
#include <string>

#include "tests/server/ingest/imported.h"
#include "tests/support/result_matchers.h"
#include "tests/support/shared_data.h"

// The cases F01 to F17 of the catalogue of bad input.
namespace obnova::server {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kRoad = R"(<node id="1" version="1" lat="50.10" lon="30.10"/><node id="2" version="1" lat="50.11" lon="30.10"/>
  <way id="3" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/></way>)";

std::string xml(const std::string& body) { return "<?xml version='1.0' encoding='UTF-8'?><osm version=\"0.6\">" + body + "</osm>"; }

Result<Imported> import_text(const std::string& name, const std::string& content, const char* plane = "EPSG:6384") {
  const ScratchFolder folder;
  return import_file(job_for(folder.write(name, content), plane));
}

TEST(OsmBrokenTest, F01EmptyAndOneByteFiles) {
  EXPECT_THAT(import_text("city.osm.pbf", ""), FailsSaying(ErrorCode::kBadData, "city.osm.pbf is empty."));
  EXPECT_THAT(import_text("city.osm.pbf", "x"),
              FailsSaying(ErrorCode::kBadData, HasSubstr("city.osm.pbf is named like OpenStreetMap PBF")));
}

TEST(OsmBrokenTest, F02NameAndContentMustAgree) {
  EXPECT_THAT(import_text("city.osm.pbf", "\x89PNG\r\n\x1a\n"),
              FailsSaying(ErrorCode::kBadData, "city.osm.pbf is named like OpenStreetMap PBF but its content looks like a PNG picture."));
  EXPECT_THAT(import_text("city.osm.gz", xml(kRoad)), FailsSaying(ErrorCode::kBadData, HasSubstr("looks like OpenStreetMap XML")));
  EXPECT_THAT(import_text("city.dwg", "AC1032"), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("save the drawing as .dxf")));
}

TEST(OsmBrokenTest, F03F06TruncatedAndFlippedPbfFilesGiveNothing) {
  const auto file = shared_data("osm/finland-village-2019.osm.pbf");
  if (!file) GTEST_SKIP() << "skipped: no data";
  const std::string whole = content_of(*file);
  std::mt19937 random(20240601);
  for (int i = 0; i < 24; ++i) {
    std::string broken = whole;
    const std::size_t at = 200 + random() % (whole.size() - 400);
    if (i % 2 == 0) {
      broken.resize(at);
    } else {
      broken[at] = static_cast<char>(broken[at] ^ (1 << (random() % 8)));
    }
    const auto imported = import_text("village.osm.pbf", broken, "EPSG:3067");
    ASSERT_FALSE(imported) << "seed 20240601, case " << i << " at " << at;
    EXPECT_THAT(imported.error().message, HasSubstr("village.osm.pbf")) << at;
    EXPECT_THAT(imported, FailsWith(ErrorCode::kBadData)) << at;
  }
}

TEST(OsmBrokenTest, F03TruncatedGzipFilesGiveNothing) {
  const auto file = shared_data("osm/monaco-2012.osm.gz");
  if (!file) GTEST_SKIP() << "skipped: no data";
  const std::string whole = content_of(*file);
  for (const std::size_t size : {whole.size() / 3, whole.size() - 4, whole.size() - 1}) {
    EXPECT_THAT(import_text("monaco.osm.gz", whole.substr(0, size), "EPSG:32632"),
                FailsSaying(ErrorCode::kBadData, HasSubstr("monaco.osm.gz is damaged or cut short")));
  }
}

TEST(OsmBrokenTest, F04TooLargeBlobHeadersAreRefused) {
  EXPECT_THAT(import_text("city.osm.pbf", std::string("\x7f\xff\xff\xff\x0a\x09OSMHeader", 15) + std::string(100, 'x')),
              FailsSaying(ErrorCode::kBadData, HasSubstr("city.osm.pbf is damaged")));
}

TEST(OsmBrokenTest, F10UnsortedAndRepeatedObjectsAreCounted) {
  const auto imported = import_text("city.osm", xml(R"(
    <way id="3" version="1"><nd ref="-1"/><nd ref="2"/><tag k="highway" v="primary"/></way>
    <node id="2" version="1" lat="50.11" lon="30.10"/><node id="-1" version="1" lat="50.10" lon="30.10"/>
      <node id="2" version="1" lat="50.19" lon="30.10"/>)"));
  ASSERT_THAT(imported, Succeeds());
  EXPECT_EQ(imported->count("roads"), 1) << "Nodes after their way, and a negative id.";
  EXPECT_THAT(imported->summary.warnings(0), HasSubstr("1 objects are repeated"));
}

TEST(OsmBrokenTest, F11WaysWithoutTheirNodesAreNamed) {
  const auto imported = import_text("city.osm", xml(std::string(kRoad) + R"(
    <way id="4"><nd ref="1"/><nd ref="2"/><nd ref="98"/><tag k="highway" v="primary"/></way>
    <way id="5"><nd ref="1"/><nd ref="98"/><nd ref="99"/><tag k="highway" v="primary"/></way>)"));
  ASSERT_THAT(imported, Succeeds());
  EXPECT_THAT(imported->reason("roads", "way/4"), HasSubstr("1 of its 3 nodes are missing from the file; the longest stretch"));
  EXPECT_EQ(imported->reason("roads", "way/5"), "2 of its 3 nodes are missing from the file.");
  EXPECT_EQ(imported->tally("roads").repaired_count(), 1);
  EXPECT_EQ(imported->tally("roads").rejected_count(), 1);
  EXPECT_THAT(imported->summary.warnings(0), HasSubstr("2 of 3 ways miss some of their nodes"));
  EXPECT_THAT(import_text("city.osm", xml("<way id='4'><nd ref='1'/><nd ref='2'/><tag k='highway' v='primary'/></way>")),
              FailsSaying(ErrorCode::kBadData, "city.osm holds 1 ways but none of their nodes."));
}

TEST(OsmBrokenTest, F12HistoryAndChangesAreRefused) {
  EXPECT_THAT(import_text("city.osh.pbf", "x"), FailsSaying(ErrorCode::kBadData, HasSubstr("city.osh.pbf holds the history")));
  EXPECT_THAT(import_text("city.osm", xml(R"(<node id="1" version="2" visible="false"/>)")),
              FailsSaying(ErrorCode::kBadData, HasSubstr("city.osm holds the history")));
  const std::string changes = "<osmChange version=\"0.6\"><create><node id='1' version='1' lat='1' lon='1'/></create></osmChange>";
  EXPECT_THAT(import_text("city.osm", changes), FailsSaying(ErrorCode::kBadData, HasSubstr("city.osm holds the history")));
}

TEST(OsmBrokenTest, F13HugeIdsAreIdsLikeOthers) {
  const auto imported = import_text("city.osm", xml(R"(
    <node id="9223372036854775806" version="1" lat="50.10" lon="30.10"/><node id="2" version="1" lat="50.11" lon="30.10"/>
    <way id="3"><nd ref="9223372036854775806"/><nd ref="2"/><tag k="highway" v="primary"/></way>)"));
  ASSERT_THAT(imported, Succeeds());
  EXPECT_EQ(imported->count("roads"), 1);
}

TEST(OsmBrokenTest, F14ARelationThatContainsItselfIsRejected) {
  const auto imported = import_text("city.osm", xml(std::string(kRoad) + R"(
    <relation id="6"><member type="relation" ref="6" role="outer"/><tag k="type" v="multipolygon"/><tag k="building" v="yes"/>
      </relation>)"));
  ASSERT_THAT(imported, Succeeds());
  EXPECT_EQ(imported->reason("buildings", "relation/6"), "It has no member ways.");
}

TEST(OsmBrokenTest, F15EndlessTagValuesAreRefused) {
  const std::string road =
      R"(<node id="1" lat="50.10" lon="30.10"/><way id="3"><nd ref="1"/><tag k="highway" v=")" + std::string(1 << 20, 'x') + "\"/></way>";
  EXPECT_THAT(import_text("city.osm", xml(road)),
              FailsSaying(ErrorCode::kBadData, AllOf(HasSubstr("city.osm is damaged"), HasSubstr("too long"))));
}

TEST(OsmBrokenTest, F16WaysOfOneNodeAndClosedWaysOfTwoAreCounted) {
  const auto imported = import_text("city.osm", xml(std::string(kRoad) + R"(
    <way id="4"><nd ref="1"/><tag k="highway" v="primary"/></way>
    <way id="5"><nd ref="1"/><nd ref="1"/><tag k="highway" v="primary"/></way>
    <way id="6"><nd ref="1"/><nd ref="2"/><nd ref="1"/><tag k="building" v="yes"/></way>)"));
  ASSERT_THAT(imported, Succeeds());
  EXPECT_EQ(imported->reason("roads", "way/4"), "The way has 1 nodes, a line needs 2.");
  EXPECT_NE(imported->reason("roads", "way/5"), "(no problem)");
  EXPECT_EQ(imported->reason("buildings", "way/6"), "The way has 3 nodes, an area needs 4.");
}

TEST(OsmBrokenTest, F17EntitiesAndCutXmlAreRefused) {
  EXPECT_THAT(import_text("city.osm", "<?xml version='1.0'?><!DOCTYPE osm [<!ENTITY a \"aaaa\">]><osm version='0.6'></osm>"),
              FailsSaying(ErrorCode::kBadData, HasSubstr("city.osm is damaged")));
  const std::string whole = xml(kRoad);
  EXPECT_THAT(import_text("city.osm", whole.substr(0, whole.size() - 10)),
              FailsSaying(ErrorCode::kBadData, HasSubstr("city.osm is damaged")));
  EXPECT_THAT(import_text("city.osm", xml("")), FailsSaying(ErrorCode::kBadData, "city.osm holds no objects."));
}

}  // namespace
}  // namespace obnova::server
