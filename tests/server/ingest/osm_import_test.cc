#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/server/ingest/imported.h"
#include "tests/support/result_matchers.h"

namespace obnova::server {
namespace {

using testing::HasSubstr;

// A crossing at node 2, a dead end at 4, and whatever a test adds.
std::string osm(const std::string& more) {
  return R"(<?xml version="1.0" encoding="UTF-8"?><osm version="0.6">
    <node id="1" version="1" lat="50.1000" lon="30.1000"/> <node id="2" version="1" lat="50.1010" lon="30.1000"/>
    <node id="3" version="1" lat="50.1020" lon="30.1000"/> <node id="4" version="1" lat="50.1010" lon="30.1020"/>
    <node id="5" version="1" lat="50.1030" lon="30.1000"/> <node id="6" version="1" lat="50.1030" lon="30.1010"/>
    <node id="7" version="1" lat="50.1040" lon="30.1010"/> <node id="8" version="1" lat="50.1040" lon="30.1000"/>
    <way id="10" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/><tag k="name" v="Лісова"/></way>
    <way id="11" version="1"><nd ref="2"/><nd ref="4"/><tag k="highway" v="service"/><tag k="oneway" v="yes"/></way>)" +
         more + "</osm>";
}

constexpr const char* kPlane = "EPSG:6384";  // Ukraine TM zone 7, 28.5 to 31.5 degrees east.

Result<Imported> import_osm(const std::string& more) {
  const ScratchFolder folder;
  return import_file(job_for(folder.write("city.osm", osm(more)), kPlane));
}

TEST(OsmImportTest, RoadsKeepTheirTagsAndMeetAtSharedVertices) {
  const auto city = import_osm("");
  ASSERT_THAT(city, Succeeds());
  EXPECT_EQ(city->count("roads"), 2);
  EXPECT_EQ(city->text("roads", "way/10", "highway"), "residential");
  EXPECT_EQ(city->text("roads", "way/10", "name"), "Лісова");
  EXPECT_EQ(city->text("roads", "way/11", "oneway"), "yes");
  EXPECT_EQ(city->feature("roads", "way/10").geometry.points[1], city->feature("roads", "way/11").geometry.points[0]);
  EXPECT_FALSE(city->layers.contains("buildings")) << "Empty layers are not sent.";
  EXPECT_EQ(city->summary.encoding(), "UTF-8");
}

TEST(OsmImportTest, LifecycleAndFerriesAreRoadsToo) {
  const auto city = import_osm(R"(
    <way id="12"><nd ref="1"/><nd ref="4"/><tag k="highway" v="construction"/><tag k="construction" v="primary"/></way>
    <way id="13"><nd ref="1"/><nd ref="5"/><tag k="proposed:highway" v="secondary"/></way>
    <way id="14"><nd ref="3"/><nd ref="5"/><tag k="route" v="ferry"/></way>
    <way id="15"><nd ref="5"/><nd ref="6"/><nd ref="7"/><nd ref="8"/><nd ref="5"/><tag k="highway" v="pedestrian"/>
      <tag k="area" v="yes"/></way>
    <way id="16"><nd ref="3"/><nd ref="5"/><tag k="highway" v="no"/></way>)");
  ASSERT_THAT(city, Succeeds());
  EXPECT_EQ(city->text("roads", "way/12", "highway"), "primary");
  EXPECT_EQ(city->text("roads", "way/12", "lifecycle"), "under_construction");
  EXPECT_EQ(city->text("roads", "way/13", "highway"), "secondary");
  EXPECT_EQ(city->text("roads", "way/13", "lifecycle"), "planned");
  EXPECT_EQ(city->text("roads", "way/14", "highway"), "ferry");
  EXPECT_EQ(city->text("roads", "way/14", "route"), "ferry");
  EXPECT_EQ(city->feature("roads", "way/15").geometry.kind, GeometryKind::kLineString) << "The outline can be walked along.";
  EXPECT_FALSE(city->layers.at("roads").contains("way/16"));
}

TEST(OsmImportTest, TwoNodesInOnePlaceMakeNoJunction) {
  const auto city = import_osm(R"(
    <node id="20" lat="50.1020" lon="30.1000"/>
    <way id="12"><nd ref="20"/><nd ref="4"/><tag k="highway" v="footway"/></way>)");
  ASSERT_THAT(city, Succeeds());
  const Point here = city->feature("roads", "way/10").geometry.points[2];
  const Point there = city->feature("roads", "way/12").geometry.points[0];
  EXPECT_NE(here, there);
  EXPECT_NEAR(there.x_m - here.x_m, 0.00007, 0.00005);
  ASSERT_EQ(city->summary.warnings_size(), 1);
  EXPECT_THAT(city->summary.warnings(0), HasSubstr("1 nodes of roads lie exactly on another one"));
}

TEST(OsmImportTest, BarriersLieExactlyOnTheirRoad) {
  const auto city = import_osm(R"(
    <node id="30" lat="50.1015" lon="30.1005"><tag k="barrier" v="gate"/><tag k="access" v="private"/></node>
    <node id="31" lat="50.1016" lon="30.1006"><tag k="barrier" v="bollard"/></node>
    <way id="12"><nd ref="2"/><nd ref="30"/><nd ref="4"/><tag k="highway" v="track"/></way>)");
  ASSERT_THAT(city, Succeeds());
  EXPECT_EQ(city->count("barriers"), 1) << "Node 31 is on no road.";
  EXPECT_EQ(city->text("barriers", "node/30", "barrier"), "gate");
  EXPECT_EQ(city->text("barriers", "node/30", "access"), "private");
  EXPECT_EQ(city->feature("barriers", "node/30").geometry.points[0], city->feature("roads", "way/12").geometry.points[1]);
}

TEST(OsmImportTest, TurnRestrictionsNameTheirRoadsAndTheirPlace) {
  const auto city = import_osm(R"(
    <relation id="40"><member type="way" ref="10" role="from"/><member type="node" ref="2" role="via"/>
      <member type="way" ref="11" role="to"/>
      <tag k="type" v="restriction"/><tag k="restriction" v="no_right_turn"/><tag k="except" v="bicycle"/></relation>
    <relation id="41"><member type="way" ref="10" role="from"/><member type="way" ref="11" role="via"/>
      <member type="way" ref="10" role="to"/>
      <tag k="type" v="restriction"/><tag k="restriction" v="no_u_turn"/></relation>
    <relation id="42"><member type="way" ref="10" role="from"/><member type="node" ref="2" role="via"/>
      <member type="way" ref="11" role="to"/>
      <tag k="type" v="restriction"/><tag k="restriction:hgv" v="no_left_turn"/></relation>)");
  ASSERT_THAT(city, Succeeds());
  EXPECT_EQ(city->text("turn_restrictions", "relation/40", "restriction"), "no_right_turn");
  EXPECT_EQ(city->text("turn_restrictions", "relation/40", "from_way"), "way/10");
  EXPECT_EQ(city->text("turn_restrictions", "relation/40", "to_way"), "way/11");
  EXPECT_EQ(city->text("turn_restrictions", "relation/40", "via"), "node");
  EXPECT_EQ(city->text("turn_restrictions", "relation/40", "except"), "bicycle");
  EXPECT_EQ(city->text("turn_restrictions", "relation/41", "via_ways"), "way/11");
  EXPECT_EQ(city->text("turn_restrictions", "relation/41", "via"), "way");
  EXPECT_THAT(city->text("turn_restrictions", "relation/42", "except"), HasSubstr("motorcar"));
  EXPECT_THAT(city->text("turn_restrictions", "relation/42", "except"), testing::Not(HasSubstr("hgv")));
  const Point junction = city->feature("roads", "way/11").geometry.points[0];
  for (const char* id : {"relation/40", "relation/41"}) EXPECT_EQ(city->feature("turn_restrictions", id).geometry.points[0], junction);
}

TEST(OsmImportTest, UnusableRestrictionsAreRejectedWithTheirReason) {
  const auto city = import_osm(R"(
    <relation id="43"><member type="way" ref="99" role="from"/><member type="node" ref="2" role="via"/>
      <member type="way" ref="11" role="to"/>
      <tag k="type" v="restriction"/><tag k="restriction" v="no_right_turn"/></relation>
    <relation id="44"><member type="way" ref="10" role="from"/><member type="node" ref="4" role="via"/>
      <member type="way" ref="11" role="to"/>
      <tag k="type" v="restriction"/><tag k="restriction" v="no_right_turn"/></relation>
    <relation id="45"><member type="way" ref="10" role="from"/><member type="way" ref="11" role="to"/>
      <tag k="type" v="restriction"/><tag k="restriction" v="no_right_turn"/></relation>)");
  ASSERT_THAT(city, Succeeds());
  EXPECT_EQ(city->tally("turn_restrictions").read_count(), 3);
  EXPECT_EQ(city->tally("turn_restrictions").rejected_count(), 3);
  EXPECT_EQ(city->reason("turn_restrictions", "relation/43"), "Its member way 99 is not among the roads of the file.");
  EXPECT_EQ(city->reason("turn_restrictions", "relation/44"), "Way 10 does not pass the via node 4.");
  EXPECT_EQ(city->reason("turn_restrictions", "relation/45"), "It has no via member.");
}

TEST(OsmImportTest, BuildingsHaveHeightsLevelsAndHoles) {
  const auto city = import_osm(R"(
    <node id="51" lat="50.1032" lon="30.1002"/> <node id="52" lat="50.1032" lon="30.1004"/> <node id="53" lat="50.1034" lon="30.1004"/>
    <way id="50"><nd ref="5"/><nd ref="6"/><nd ref="7"/><nd ref="8"/><nd ref="5"/><tag k="building" v="house"/>
      <tag k="building:levels" v="2"/><tag k="height" v="30 ft"/><tag k="addr:housenumber" v="7"/></way>
    <way id="54"><nd ref="5"/><nd ref="6"/><nd ref="7"/></way> <way id="55"><nd ref="7"/><nd ref="8"/><nd ref="5"/></way>
    <way id="56"><nd ref="51"/><nd ref="52"/><nd ref="53"/><nd ref="51"/></way>
    <relation id="57"><member type="way" ref="54" role="outer"/><member type="way" ref="55" role="outer"/>
      <member type="way" ref="56" role="inner"/>
      <tag k="type" v="multipolygon"/><tag k="building" v="school"/><tag k="amenity" v="school"/><tag k="capacity" v="ca. 320"/>
      </relation>)");
  ASSERT_THAT(city, Succeeds());
  EXPECT_EQ(std::get<std::int64_t>(city->feature("buildings", "way/50").values.at("levels")), 2);
  EXPECT_NEAR(std::get<double>(city->feature("buildings", "way/50").values.at("height_m")), 9.144, 1e-9);
  EXPECT_EQ(city->text("buildings", "way/50", "addr:housenumber"), "7");
  EXPECT_EQ(city->text("buildings", "way/50", "residents"), "(null)");
  EXPECT_EQ(city->feature("buildings", "relation/57").geometry.path_ends.size(), 2) << "A shell and a hole.";
  EXPECT_EQ(city->text("facilities", "relation/57", "kind"), "school");
  EXPECT_EQ(std::get<std::int64_t>(city->feature("facilities", "relation/57").values.at("capacity")), 320);
}

TEST(OsmImportTest, WhatCannotBeAnAreaIsRepairedOrRejectedWithItsReason) {
  const auto city = import_osm(R"(
    <way id="60"><nd ref="5"/><nd ref="7"/><nd ref="6"/><nd ref="8"/><nd ref="5"/><tag k="building" v="yes"/></way>
    <way id="61"><nd ref="5"/><nd ref="6"/><nd ref="7"/><tag k="building" v="yes"/></way>
    <way id="62"><nd ref="5"/><nd ref="6"/><nd ref="7"/><nd ref="8"/><tag k="building" v="yes"/></way>
    <relation id="63"><member type="way" ref="61" role="outer"/><tag k="type" v="multipolygon"/><tag k="natural" v="water"/></relation>
    <relation id="64"><member type="way" ref="999" role="outer"/><tag k="type" v="multipolygon"/><tag k="natural" v="water"/>
      </relation>)");
  ASSERT_THAT(city, Succeeds());
  EXPECT_EQ(city->tally("buildings").repaired_count(), 1);
  EXPECT_THAT(city->reason("buildings", "way/60"), testing::Not("(no problem)"));
  EXPECT_EQ(city->feature("buildings", "way/60").geometry.kind, GeometryKind::kMultiPolygon) << "A bow tie becomes two triangles.";
  EXPECT_EQ(city->reason("buildings", "way/61"), "The way has 3 nodes, an area needs 4.");
  EXPECT_EQ(city->reason("buildings", "way/62"), "The way is not closed, so it is no area.");
  EXPECT_THAT(city->reason("water", "relation/63"), HasSubstr("not closed"));
  EXPECT_EQ(city->reason("water", "relation/64"), "Its member way 999 is missing from the file.");
}

TEST(OsmImportTest, FacilitiesPlacesUtilitiesAndWaterHaveKinds) {
  const auto city = import_osm(R"(
    <node id="70" lat="50.1" lon="30.2"><tag k="amenity" v="fire_station"/><tag k="name" v="№ 3"/></node>
    <node id="71" lat="50.1" lon="30.2001"><tag k="healthcare" v="doctor"/></node>
    <node id="72" lat="50.1" lon="30.2002"><tag k="highway" v="bus_stop"/></node>
    <node id="73" lat="50.1" lon="30.2003"><tag k="shop" v="supermarket"/></node>
    <node id="74" lat="50.1" lon="30.2004"><tag k="amenity" v="bench"/></node>
    <node id="75" lat="50.1" lon="30.2005"><tag k="place" v="village"/><tag k="name" v="Буча"/><tag k="population" v="35000"/></node>
    <way id="76"><nd ref="1"/><nd ref="4"/><tag k="power" v="line"/><tag k="voltage" v="110000;330000"/></way>
    <way id="77"><nd ref="1"/><nd ref="5"/><tag k="waterway" v="river"/></way>
    <way id="78"><nd ref="5"/><nd ref="6"/><nd ref="7"/><nd ref="8"/><nd ref="5"/><tag k="amenity" v="hospital"/>
      <tag k="beds" v="120"/></way>)");
  ASSERT_THAT(city, Succeeds());
  EXPECT_EQ(city->text("facilities", "node/70", "kind"), "fire_station");
  EXPECT_EQ(city->text("facilities", "node/71", "kind"), "doctors");
  EXPECT_EQ(city->text("facilities", "node/72", "kind"), "bus_stop");
  EXPECT_EQ(city->text("facilities", "node/73", "kind"), "supermarket");
  EXPECT_FALSE(city->layers.at("facilities").contains("node/74"));
  EXPECT_EQ(city->feature("facilities", "way/78").geometry.kind, GeometryKind::kPolygon);
  EXPECT_EQ(std::get<std::int64_t>(city->feature("facilities", "way/78").values.at("capacity")), 120);
  EXPECT_EQ(std::get<std::int64_t>(city->feature("places", "node/75").values.at("population")), 35000);
  EXPECT_EQ(city->text("utilities", "way/76", "kind"), "power_line");
  EXPECT_EQ(std::get<std::int64_t>(city->feature("utilities", "way/76").values.at("voltage_v")), 330000);
  EXPECT_EQ(city->text("water", "way/77", "kind"), "river");
  EXPECT_EQ(city->feature("water", "way/77").geometry.kind, GeometryKind::kLineString);
}

TEST(OsmImportTest, TheNumberOfFeaturesIsBounded) {
  const ScratchFolder folder;
  auto job = job_for(folder.write("city.osm", osm("")), kPlane);
  job.set_max_feature_count(2);
  EXPECT_THAT(import_file(job), Succeeds());
  job.set_max_feature_count(1);
  EXPECT_THAT(import_file(job), FailsSaying(ErrorCode::kLimitExceeded, "city.osm holds more than 1 features."));
}

TEST(OsmImportTest, AFileFromElsewhereNamesThePlane) {
  const ScratchFolder folder;
  const auto job = job_for(folder.write("city.osm", osm("")), "EPSG:5514");
  EXPECT_THAT(import_file(job),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("city.osm does not lie in the area of EPSG:5514; way/10")));
}

TEST(OsmImportTest, ACancelledImportEnds) {
  const ScratchFolder folder;
  const auto job = job_for(folder.write("city.osm", osm("")), kPlane);
  EXPECT_THAT(import_file(job, {.should_stop = [] { return true; }}), FailsWith(ErrorCode::kCancelled));
}

}  // namespace
}  // namespace obnova::server
