#include "server/ingest/city_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "geo/base/overlay.h"
#include "tests/server/ingest/imported.h"
#include "tests/server/ingest/made_city.h"
#include "tests/support/result_matchers.h"

namespace obnova::server {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

Result<MadeTable> read(const json& city, const CityJsonWish& wish = {}) { return read_city_json(city.dump(), "x.city.json", wish); }

const MadeRow& row(const MadeTable& table, const std::string& id) {
  for (const MadeRow& one : table.rows) {
    if (one.id == id) return one;
  }
  throw std::out_of_range(id);
}

MadeValue value(const MadeRow& one, const std::string& name) {
  for (const auto& [field, value] : one.values) {
    if (field == name) return value;
  }
  return std::string("(none)");
}

TEST(CityJsonTest, ABuildingStandsOnItsGroundSurface) {
  MadeCity city;
  city.add("b", "Building", {city.box({.x = 10, .y = 20, .width = 30, .depth = 40, .height = 9}, "2.2", true)},
           {{"function", "school"}, {"storeysAboveGround", 3}, {"usage", {"1", "2"}}, {"yearOfConstruction", 1970}, {"nothing", nullptr}});
  const auto table = read(city.json());
  ASSERT_THAT(table, Succeeds());
  const MadeRow& b = row(*table, "b");
  EXPECT_EQ(b.shape, Geometry::rectangle({{10, 20}, {40, 60}}));
  EXPECT_EQ(value(b, "height_m"), MadeValue(9.0));
  EXPECT_EQ(value(b, "levels"), MadeValue(std::int64_t{3}));
  EXPECT_EQ(value(b, "function"), MadeValue(std::string("school")));
  EXPECT_EQ(value(b, "usage"), MadeValue(std::string(R"(["1","2"])")));
  EXPECT_EQ(value(b, "lod"), MadeValue(2.2));
  EXPECT_EQ(value(b, "nothing"), MadeValue(std::string("(none)")));
  EXPECT_EQ(table->crs, "EPSG:6384");
  EXPECT_TRUE(table->warnings.empty());
}

TEST(CityJsonTest, WithoutGroundTheLowestLevelOfDetailIsSeenFromAbove) {
  MadeCity city;
  city.add("b", "Building",
           {city.box({.x = 0, .y = 0, .width = 50, .depth = 50, .height = 9}, "2", false),
            city.box({.x = 0, .y = 0, .width = 10, .depth = 10, .height = 4}, "1", false)});
  const auto table = read(city.json());
  ASSERT_THAT(table, Succeeds());
  EXPECT_TRUE(*equals(row(*table, "b").shape.view(), Geometry::rectangle({{0, 0}, {10, 10}}).view()));
  EXPECT_EQ(value(row(*table, "b"), "height_m"), MadeValue(9.0)) << "Of all that is known.";
}

TEST(CityJsonTest, GroundOfAHigherLevelGoesBeforeALowLevelWithoutGround) {
  MadeCity city;
  city.add("b", "Building",
           {city.box({.x = 0, .y = 0, .width = 50, .depth = 50, .height = 9}, "1", false),
            city.box({.x = 0, .y = 0, .width = 10, .depth = 10, .height = 4}, "2", true),
            city.box({.x = 0, .y = 0, .width = 11, .depth = 10, .height = 4}, "3", true)});
  EXPECT_EQ(row(*read(city.json()), "b").shape, Geometry::rectangle({{0, 0}, {11, 10}}));
}

TEST(CityJsonTest, PartsAreJoinedWithTheirBuildingAndInnerThingsAreCounted) {
  MadeCity city;
  city.add("b", "Building", {}, {{"measuredHeight", 7.5}});
  city.add("p", "BuildingPart", {city.box({.x = 0, .y = 0, .width = 10, .depth = 10, .height = 4}, "1", true)}, {{"a", 1}});
  city.add("q", "BuildingPart", {city.box({.x = 10, .y = 0, .width = 10, .depth = 10, .height = 8}, "1", true)});
  city.add("r", "BuildingRoom", {city.box({.x = 90, .y = 90, .width = 10, .depth = 10, .height = 8}, "1", true)});
  for (const char* child : {"p", "q", "r"}) city.join("b", child);
  const auto table = read(city.json());
  ASSERT_THAT(table, Succeeds());
  ASSERT_EQ(table->rows.size(), 1u);
  EXPECT_TRUE(*equals(row(*table, "b").shape.view(), Geometry::rectangle({{0, 0}, {20, 10}}).view()));
  EXPECT_EQ(value(row(*table, "b"), "height_m"), MadeValue(8.0));
  EXPECT_EQ(value(row(*table, "b"), "measuredHeight"), MadeValue(7.5));
  EXPECT_EQ(value(row(*table, "b"), "part_count"), MadeValue(std::int64_t{2}));
  EXPECT_THAT(table->warnings, ElementsAre(HasSubstr("1 rooms, installations and the like"), HasSubstr("1 parts were joined")));
}

TEST(CityJsonTest, AFlatBuildingHasTheHeightThatWasMeasured) {
  MadeCity city;
  city.add("b", "Building", {city.box({.x = 0, .y = 0, .width = 10, .depth = 10, .height = 0}, "0", false)}, {{"measuredHeight", 7.5}});
  EXPECT_EQ(value(row(*read(city.json()), "b"), "height_m"), MadeValue(7.5));
}

TEST(CityJsonTest, HolesAndOtherShapesKeepTheirKind) {
  MadeCity city;
  const auto ring = [&](double low, double high) {
    return json::array({city.vertex(low, low, 0), city.vertex(high, low, 0), city.vertex(high, high, 0), city.vertex(low, high, 0)});
  };
  const auto shape = [](const char* type, const json& boundaries) {
    return json{{"type", type}, {"lod", "0"}, {"template", 0}, {"boundaries", boundaries}};
  };
  city.add("yard", "LandUse", {shape("MultiSurface", json::array({json::array({ring(0, 30), ring(10, 20)})}))});
  city.add("way", "Road", {shape("MultiLineString", json::array({json::array({city.vertex(0, 0, 0), city.vertex(5, 0, 0)})}))});
  city.add("tree", "SolitaryVegetationObject", {shape("GeometryInstance", json::array({city.vertex(1, 2, 0)}))});
  city.add("group", "CityObjectGroup", {});
  const auto table = read(city.json());
  ASSERT_THAT(table, Succeeds());
  EXPECT_EQ(row(*table, "yard").shape.path_ends.size(), 2u) << "An outline and a hole.";
  EXPECT_EQ(row(*table, "way").shape.kind, GeometryKind::kMultiLineString);
  EXPECT_EQ(row(*table, "tree").shape, Geometry::point({1, 2}));
  EXPECT_EQ(row(*table, "group").shape.kind, GeometryKind::kNone);
  EXPECT_THAT(table->warnings, ElementsAre(HasSubstr("1 shapes are made of templates; only their places were read")));
}

TEST(CityJsonTest, SolidsOfSolidsAreRead) {
  MadeCity city;
  json box = city.box({.x = 0, .y = 0, .width = 10, .depth = 10, .height = 4}, "2", true);
  box["type"] = "MultiSolid";
  box["boundaries"] = json::array({box["boundaries"]});
  box["semantics"]["values"] = json::array({box["semantics"]["values"]});
  city.add("b", "Building", {box});
  EXPECT_EQ(row(*read(city.json()), "b").shape, Geometry::rectangle({{0, 0}, {10, 10}}));
}

TEST(CityJsonTest, VersionsWithAndWithoutTransformAreRead) {
  for (const char* version : {"1.0", "1.1", "2.0"}) {
    MadeCity city(std::string(version) == "1.0" ? 1 : 0.001);
    city.add("b", "Building", {city.box({.x = 10, .y = 20, .width = 30, .depth = 40, .height = 9}, "1", true)});
    json whole = city.json();
    whole["version"] = version;
    if (std::string(version) == "1.0") {
      whole.erase("transform");
      whole["metadata"]["referenceSystem"] = "urn:ogc:def:crs:EPSG::6384";
      whole["CityObjects"]["b"]["geometry"][0]["lod"] = 1;
    }
    const auto table = read(whole);
    ASSERT_THAT(table, Succeeds()) << version;
    EXPECT_EQ(row(*table, "b").shape, Geometry::rectangle({{10, 20}, {40, 60}})) << version;
    EXPECT_EQ(table->crs, "EPSG:6384") << version;
  }
}

TEST(CityJsonTest, TheThemeOrTheWishChoosesTypes) {
  MadeCity city;
  city.add("b", "Building", {city.box({.x = 0, .y = 0, .width = 10, .depth = 10, .height = 4}, "1", true)});
  city.add("w", "WaterBody", {city.box({.x = 0, .y = 0, .width = 10, .depth = 10, .height = 4}, "1", true)});
  const auto buildings = read(city.json(), {.type = "", .theme = geo::Theme::kBuildings});
  ASSERT_THAT(buildings, Succeeds());
  EXPECT_EQ(buildings->rows.size(), 1u);
  EXPECT_THAT(buildings->warnings, ElementsAre("1 objects of the type WaterBody were not read."));
  EXPECT_EQ(read(city.json())->rows.size(), 2u);
  EXPECT_EQ(read(city.json(), {.type = "WaterBody", .theme = geo::Theme::kOther})->rows[0].id, "w");
  EXPECT_THAT(
      read(city.json(), {.type = "", .theme = geo::Theme::kParcels}),
      FailsSaying(ErrorCode::kInvalidArgument,
                  "x.city.json holds no object for a layer of parcels; it has 1 Building, 1 WaterBody; name one with --source-layer."));
}

TEST(CityJsonTest, BrokenObjectsAreRejectedOneByOne) {
  MadeCity city;
  const json box = city.box({.x = 0, .y = 0, .width = 10, .depth = 10, .height = 4}, "1", true);
  city.add("good", "Building", {box});
  json far = box;
  far["boundaries"][0][0][0][0] = 8;
  city.add("far", "Building", {far});
  json negative = box;
  negative["boundaries"][0][0][0][0] = -1;
  city.add("negative", "Building", {negative});
  city.add("odd", "Building", {json{{"type", "Sphere"}, {"boundaries", json::array()}}});
  city.add("flat", "Building", {json{{"type", "Solid"}, {"lod", "1"}, {"boundaries", json::array({1, 2, 3})}}});
  json none = box;
  none.erase("boundaries");
  city.add("none", "Building", {none});
  city.add("lost", "Building", {});
  city.join("lost", "nobody");
  city.add("a", "Building", {});
  city.add("aa", "BuildingPart", {});
  city.join("a", "aa");
  city.join("aa", "aa");
  json whole = city.json();
  whole["CityObjects"]["number"] = 7;
  const auto table = read(whole);
  ASSERT_THAT(table, Succeeds());
  std::map<std::string, std::string> reasons(table->rejected.begin(), table->rejected.end());
  EXPECT_EQ(reasons["far"], "It has the vertex 8, but there are only 8.");
  EXPECT_EQ(reasons["negative"], "A boundary holds something that is no vertex.");
  EXPECT_EQ(reasons["odd"], "A geometry is of the type `Sphere`, which does not exist.");
  EXPECT_EQ(reasons["flat"], "A boundary is no list.");
  EXPECT_EQ(reasons["none"], "A geometry has no type or no boundaries.");
  EXPECT_EQ(reasons["lost"], "It names a part that is not in the file.");
  EXPECT_EQ(reasons["a"], "It is a part of itself.");
  EXPECT_EQ(reasons["number"], "It is no object with a type.");
  EXPECT_EQ(table->rows.size(), 1u);
}

TEST(CityJsonTest, FilesThatAreNoCitiesAreNamed) {
  MadeCity city;
  city.add("b", "Building", {city.box({.x = 0, .y = 0, .width = 10, .depth = 10, .height = 4}, "1", true)});
  const json whole = city.json();
  const auto broken = [&](const std::string& member, const json& content) {
    json changed = whole;
    changed[member] = content;
    return read(changed);
  };
  EXPECT_THAT(broken("type", "CityJSONFeature"), FailsSaying(ErrorCode::kBadData, HasSubstr("x.city.json: It is no CityJSON")));
  EXPECT_THAT(broken("version", "0.9"), FailsSaying(ErrorCode::kBadData, HasSubstr("Its version of CityJSON `0.9` is not read")));
  EXPECT_THAT(broken("CityObjects", 1), FailsSaying(ErrorCode::kBadData, HasSubstr("It has no `CityObjects`")));
  EXPECT_THAT(broken("CityObjects", json::object()), FailsSaying(ErrorCode::kBadData, HasSubstr("It holds no objects")));
  EXPECT_THAT(broken("vertices", 1), FailsSaying(ErrorCode::kBadData, HasSubstr("Its `vertices` are no list")));
  EXPECT_THAT(broken("vertices", json::array({json::array({1, 2})})),
              FailsSaying(ErrorCode::kBadData, HasSubstr("Its vertex 0 is not three numbers")));
  EXPECT_THAT(broken("transform", json::object()), FailsSaying(ErrorCode::kBadData, HasSubstr("no `scale` and `translate`")));
  EXPECT_THAT(read_city_json(std::string(1 << 20, '['), "x.city.json", {}),
              FailsSaying(ErrorCode::kBadData, HasSubstr("more than 64 deep")));
  EXPECT_THAT(read_city_json("{\"type\":\"CityJSON\xff\"}", "x.city.json", {}),
              FailsSaying(ErrorCode::kBadData, HasSubstr("It is damaged at byte 18")));
  EXPECT_THAT(read_city_json("{\"type\":", "x.city.json", {}), FailsSaying(ErrorCode::kBadData, HasSubstr("It is damaged at byte")));
}

// A small city as a generator makes it: rows of houses on one plane.
MadeCity town(int side) {
  MadeCity city(0.001);
  for (int i = 0; i < side; ++i) {
    for (int k = 0; k < side; ++k) {
      city.add("house-" + std::to_string(i) + "-" + std::to_string(k), "Building",
               {city.box({.x = 300000.0 + 20 * i, .y = 5551000.0 + 20 * k, .width = 10, .depth = 12, .height = 3.0 * (1 + (i + k) % 5)},
                         "1.2", true)},
               {{"storeysAboveGround", 1 + (i + k) % 5}, {"function", i % 2 == 0 ? "residential" : "commercial"}});
    }
  }
  return city;
}

TEST(CityJsonTest, ATownIsImportedAsBuildings) {
  const ScratchFolder folder;
  for (const char* name : {"town.city.json", "town.json"}) {
    auto job = job_for(folder.write(name, town(20).json().dump()), "EPSG:6384");
    job.set_layer("buildings");
    job.set_theme(static_cast<int>(geo::Theme::kBuildings));
    const auto got = import_file(job);
    ASSERT_THAT(got, Succeeds()) << name;
    EXPECT_EQ(got->count("buildings"), 400u);
    const auto& house = got->feature("buildings", "house-1-3");
    EXPECT_EQ(house.geometry, Geometry::rectangle({{300020, 5551060}, {300030, 5551072}}));
    EXPECT_EQ(house.values.at("levels"), geo::Value(std::int64_t{5}));
    EXPECT_EQ(house.values.at("height_m"), geo::Value(15.0));
    EXPECT_EQ(house.values.at("function"), geo::Value(std::string("commercial")));
    EXPECT_EQ(got->summary.source_crs(), "EPSG:6384");
  }
}

TEST(CityJsonTest, ACityWithoutASystemAsksForIt) {
  const ScratchFolder folder;
  json whole = town(2).json();
  whole.erase("metadata");
  auto job = job_for(folder.write("town.city.json", whole.dump()), "EPSG:6384");
  job.set_layer("buildings");
  job.set_theme(static_cast<int>(geo::Theme::kBuildings));
  EXPECT_THAT(import_file(job),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("town.city.json does not say what its coordinates are")));
  job.set_crs("EPSG:6384");
  EXPECT_THAT(import_file(job), Succeeds());
}

}  // namespace
}  // namespace obnova::server
