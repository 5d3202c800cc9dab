#pragma once

#include <cstdlib>
#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "geo/base/check.h"
#include "geo/io/profile_file.h"
#include "server/convert/geometry.h"
#include "server/rpc/call.h"
#include "server/store/city_store.h"
#include "server/twin/twin.h"

namespace obnova::server {

// Numbers that are no length and no time.
inline constexpr double kNoLengths[] = {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                                        -std::numeric_limits<double>::infinity(), -1.0};

// A town of one street, 1 km long from west to east, and an island no road
// leads to. Places are meters east and north of the west end of the street.
//
//     i                                    island (50, 3000): street, 100 people
//
//     A                            B       schools at (0, 10) and (1000, 10)
//     +--+--+--+--+--+--+--+--+--+--+      junctions every 100 m
//     0  1  2  3  4  5  6  7  8  9  10     p0 … p10 at (100 i, -10): i + 1 people
//
// Districts: west of 450 m and east of it.
class SmallCityTest : public testing::Test {
 protected:
  static constexpr Point kOrigin = {500'000, 5'590'000};

  SmallCityTest() {
    std::string name = (std::filesystem::temp_directory_path() / "obnova-rpc-XXXXXX").string();
    OBNOVA_CHECK(mkdtemp(name.data()) != nullptr);
    folder_ = name;
    write_city();
    auto profiles = geo::read_profiles(std::filesystem::path(OBNOVA_SOURCE_DIR) / "data" / "profiles");
    OBNOVA_CHECK(profiles.has_value());
    auto twin = Twin::open({.store_folder = folder_, .profiles = std::move(*profiles), .rule_packs = rule_packs(), .ingest = {}});
    OBNOVA_CHECK(twin.has_value());
    twin_ = std::move(*twin);
    context_.set_city("cities/town");
  }
  ~SmallCityTest() override {
    twin_.reset();
    std::filesystem::remove_all(folder_);
  }

  static Point at(double east_m, double north_m) { return {kOrigin.x_m + east_m, kOrigin.y_m + north_m}; }
  static Geometry area(double west_m, double south_m, double east_m, double north_m) {
    return Geometry::rectangle({at(west_m, south_m), at(east_m, north_m)});
  }
  const geo::Projection& projection() const { return *twin_->cities().front()->projection; }
  // Places in degrees.
  v1::LngLats places(const std::vector<Point>& points) const {
    Degrees degrees(projection());
    v1::LngLats result;
    for (const v1::LngLat& place : degrees.places(points)) {
      result.add_coordinates_deg(place.lng_deg());
      result.add_coordinates_deg(place.lat_deg());
    }
    return result;
  }
  v1::LngLats many_places(std::size_t count) const { return places(std::vector<Point>(count, at(100, 0))); }
  v1::Geometry shape(const Geometry& on_plane) const {
    v1::Geometry result;
    result.set_wkb(Degrees(projection()).wkb(on_plane.view()));
    return result;
  }

  std::filesystem::path folder_;
  std::unique_ptr<Twin> twin_;
  v1::Context context_;
  Call call_{std::chrono::steady_clock::now() + std::chrono::hours(1)};

 private:
  struct Row {
    std::string id;
    Geometry geometry;
    std::vector<geo::Value> values;
  };
  using Fields = std::vector<geo::Field>;

  static void add_layer(CityStore::Import& import, geo::LayerDescription description, const Fields& fields, const std::vector<Row>& rows) {
    description.title = description.id;
    description.licence = "CC0-1.0";
    description.dated = "2026-01-01";
    if (description.id != "clinics") description.covered_area = area(-500, -500, 1500, 3500);
    OBNOVA_CHECK(import.begin_layer(description, fields).has_value());
    for (const Row& row : rows) OBNOVA_CHECK(import.add_feature(row.id, row.geometry.view(), row.values).has_value());
  }

  static geo::LayerDescription layer(std::string id, geo::Theme theme) {
    geo::LayerDescription description;
    description.id = std::move(id);
    description.theme = theme;
    return description;
  }

  void write_city() const {
    const auto plane = geo::Projection::make("EPSG:4326", "EPSG:32635");
    OBNOVA_CHECK(plane.has_value());
    auto store = CityStore::create(
        folder_ / "town.gpkg",
        {.id = "town", .title = "Town", .crs = "EPSG:32635", .crs_wkt = plane->plane_wkt(), .create_time_s = 1, .revision = 1});
    OBNOVA_CHECK(store.has_value());
    auto import = store->begin_import();
    OBNOVA_CHECK(import.has_value());
    const geo::Value null;
    const auto text = [](const char* value) { return geo::Value(std::string(value)); };
    constexpr auto kText = geo::FieldType::kString;

    std::vector<Row> roads;
    std::vector<Row> people;
    for (int i = 0; i <= 10; ++i) {
      const double x = 100.0 * i;
      if (i < 10)
        roads.push_back({"way/" + std::to_string(i), Geometry::line({at(x, 0), at(x + 100, 0)}), {text("residential"), text("Main")}});
      people.push_back({"p" + std::to_string(i),
                        Geometry::point(at(x, -10)),
                        {geo::Value(std::int64_t{i} + 1), i % 2 == 0 ? text("even") : null, geo::Value(x / 3), geo::Value(i > 5)}});
    }
    roads.push_back({"way/island", Geometry::line({at(0, 3000), at(100, 3000)}), {text("residential"), null}});
    people.push_back({"p-island", Geometry::point(at(50, 3010)), {geo::Value(std::int64_t{100}), null, null, null}});
    add_layer(*import, layer("roads", geo::Theme::kRoads), {{"highway", kText}, {"name", kText}}, roads);
    add_layer(*import, layer("people", geo::Theme::kPopulation),
              {{"population", geo::FieldType::kInt}, {"side", kText}, {"third", geo::FieldType::kDouble}, {"far", geo::FieldType::kBool}},
              people);
    const std::vector<Row> schools = {{"a", Geometry::point(at(0, 10)), {text("School A")}},
                                      {"b", Geometry::point(at(1000, 10)), {text("School B")}}};
    add_layer(*import, layer("schools", geo::Theme::kFacilities), {{"name", kText}}, schools);
    add_layer(*import, layer("clinics", geo::Theme::kFacilities), {{"name", kText}}, schools);
    add_layer(*import, layer("sites", geo::Theme::kParcels), {{"name", kText}},
              {{"s2", Geometry::point(at(200, 5)), {text("Two")}},
               {"s5", Geometry::point(at(500, 5)), {text("Five")}},
               {"s8", Geometry::point(at(800, 5)), {null}},
               {"s-sea", Geometry::point(at(0, 30'000)), {null}}});
    add_layer(*import, layer("districts", geo::Theme::kDistricts), {{"name", kText}},
              {{"west", area(-500, -500, 450, 500), {text("West")}}, {"east", area(450, -500, 1500, 500), {text("East")}}});
    add_layer(*import, layer("zones", geo::Theme::kZones), {{"zone", kText}}, {{"f1", area(300, -300, 400, -100), {text("flood")}}});
    add_layer(*import, layer("empty", geo::Theme::kOther), {{"name", kText}}, {});
    std::vector<Row> notes;
    for (int i = 0; i < 3000; ++i)
      notes.push_back({"n" + std::to_string(i), Geometry::point(at(i, 0)), {geo::Value(std::string(1000, 'x'))}});
    add_layer(*import, layer("notes", geo::Theme::kOther), {{"note", kText}}, notes);
    OBNOVA_CHECK(import->commit("").has_value());
  }

  static std::vector<geo::RulePack> rule_packs() {
    geo::Rule flood;
    flood.id = "flood";
    flood.title = "Keep out of the flood.";
    flood.kind = geo::RuleKind::kOutside;
    flood.theme = geo::Theme::kZones;
    flood.filter = "zone = 'flood'";
    flood.citation = "Test code, article 1";
    geo::Rule height;
    height.id = "height";
    height.title = "Stay low.";
    height.kind = geo::RuleKind::kMaxHeight;
    height.severity = geo::Severity::kWarn;
    height.limits.resize(1);
    height.limits[0].limit = 20;
    height.verified = true;
    return {{.id = "demo", .title = "Demo", .version = "2026-01-01", .rules = {flood, height}},
            {.id = "another", .title = "Another", .version = "2026-02-02", .rules = {height}}};
  }
};

template <typename Result>
std::string field_of(const Result& result) {
  return result ? "no error" : result.error().field;
}

}  // namespace obnova::server
