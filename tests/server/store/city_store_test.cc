#include "server/store/edit.h"

#include <array>
#include <cstdio>
#include <fstream>

#include <sys/wait.h>

#include "geo/io/projection.h"
#include "server/store/geopackage.h"
#include "server/store/sqlite.h"
#include "store_fixture.h"
#include "tests/support/result_matchers.h"

namespace obnova::server {
namespace {

using geo::FieldType;
using geo::Value;
using testing::HasSubstr;

// Every type, null, awkward names, and every kind of shape.
std::shared_ptr<const geo::Layer> awkward_layer() {
  geo::LayerBuilder builder({.id = "mixed",
                             .title = "Все \"різне\"",
                             .theme = geo::Theme::kBuildings,
                             .source = "file.gpkg",
                             .licence = "ODbL-1.0",
                             .attribution = "© somebody",
                             .dated = "2024-03-01",
                             .covered_area = Geometry::rectangle({{-710'000, -1'010'000}, {-690'000, -990'000}})},
                            {{"addr:street", FieldType::kString},
                             {"ID", FieldType::kInt},
                             {"id_2", FieldType::kInt},
                             {"geom", FieldType::kDouble},
                             {"назва \"x\"", FieldType::kString},
                             {"select", FieldType::kBool}});
  const Point o = {-700'000, -1'000'000};
  const auto at = [o](double x, double y) { return Point{o.x_m + x, o.y_m + y}; };
  const std::vector<Value> full = {
      Value("вул. Шевченка"), Value(std::int64_t{1} << 60), Value(std::int64_t{-1}), Value(0.1), Value(""), Value(true)};
  const std::vector<Value> nulls(6);
  const Geometry holed = {.kind = GeometryKind::kPolygon,
                          .points = {at(0, 0), at(9, 0), at(9, 9), at(0, 9), at(0, 0), at(2, 2), at(2, 4), at(4, 4), at(4, 2), at(2, 2)},
                          .path_ends = {5, 10},
                          .part_ends = {2}};
  const Geometry two = {.kind = GeometryKind::kMultiPolygon,
                        .points = {at(0, 0), at(1, 0), at(1, 1), at(0, 0), at(5, 5), at(6, 5), at(6, 6), at(5, 5)},
                        .path_ends = {4, 8},
                        .part_ends = {1, 2}};
  EXPECT_THAT(builder.add("way/1", holed.view(), full), Succeeds());
  EXPECT_THAT(builder.add("way/2", two.view(), nulls), Succeeds());
  EXPECT_THAT(builder.add("вузол 3", Geometry::point(at(1.5, 2.25)).view(), full), Succeeds());
  EXPECT_THAT(builder.add("4", Geometry::line({at(0, 0), at(3, 4)}).view(), nulls), Succeeds());
  EXPECT_THAT(builder.add("5", Geometry{}.view(), full), Succeeds());
  return std::move(builder).build();
}

std::int64_t import_layers(CityStore& store, const std::vector<std::shared_ptr<const geo::Layer>>& layers) {
  auto import = store.begin_import();
  EXPECT_THAT(import, Succeeds());
  for (const auto& layer : layers) EXPECT_THAT(write_layer(*import, *layer), Succeeds());
  const auto revision = import->commit("report");
  EXPECT_THAT(revision, Succeeds());
  return revision.value_or(0);
}

std::string output_of(const std::string& command, int* status) {
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  std::string output;
  std::array<char, 4096> buffer;
  for (std::size_t count = 0; (count = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) output.append(buffer.data(), count);
  *status = pclose(pipe);
  return output;
}

TEST_F(StoreTest, KeepsWhatItWasToldOfTheCity) {
  ASSERT_THAT(CityStore::create(file(), record()), Succeeds());
  auto store = CityStore::open(file());
  ASSERT_THAT(store, Succeeds());
  const auto kept = store->record();
  ASSERT_THAT(kept, Succeeds());
  EXPECT_EQ(kept->title, "Буча");
  EXPECT_EQ(kept->crs, "EPSG:5514");
  EXPECT_EQ(kept->create_time_s, 1'700'000'000);
  EXPECT_EQ(kept->revision, 1);
  EXPECT_THAT(CityStore::create(file(), record()), FailsWith(ErrorCode::kAlreadyExists));
}

TEST_F(StoreTest, GivesBackLayersWithEqualDigests) {
  const auto mixed = awkward_layer();
  const auto schools = points_layer("schools", 100, "a");
  const auto empty = points_layer("empty", 0, "a");
  auto store = CityStore::create(file(), record());
  ASSERT_THAT(store, Succeeds());
  EXPECT_EQ(import_layers(*store, {mixed, schools, empty}), 2);
  store = CityStore::open(file());
  ASSERT_THAT(store, Succeeds());
  const auto records = store->layer_records();
  ASSERT_THAT(records, Succeeds());
  ASSERT_EQ(records->size(), 3U);
  const std::vector expected = {empty, mixed, schools};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto layer = store->read_layer((*records)[i]);
    ASSERT_THAT(layer, Succeeds());
    EXPECT_EQ((*layer)->digest(), expected[i]->digest()) << expected[i]->id();
    EXPECT_EQ((*records)[i].revision, 2);
    EXPECT_EQ((*records)[i].import_report, "report");
  }
}

TEST_F(StoreTest, BeginsNoLayerThatIsThere) {
  auto store = CityStore::create(file(), record());
  import_layers(*store, {points_layer("schools", 10, "old"), points_layer("clinics", 5, "old")});
  {
    auto import = store->begin_import();
    ASSERT_THAT(import, Succeeds());
    EXPECT_THAT(import->begin_layer(facilities("schools"), {}), FailsWith(ErrorCode::kAlreadyExists));
  }
  const auto records = *store->layer_records();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ((*store->read_layer(records[1]))->feature_count(), 10U);
}

TEST_F(StoreTest, AnImportGoesOnWithALayerAndWidensItsFields) {
  auto store = CityStore::create(file(), record());
  import_layers(*store, {points_layer("schools", 2, "old")});
  auto import = store->begin_import();
  ASSERT_THAT(import, Succeeds());
  auto described = facilities("schools");
  described.title = "Schools of 2026";
  ASSERT_THAT(import->go_on_with_layer(described), Succeeds());
  const std::vector<geo::Field> fields = {{"note", geo::FieldType::kString}, {"places", geo::FieldType::kInt}};
  ASSERT_THAT(import->edit().widen_fields("schools", fields), Succeeds());
  const std::vector<geo::Value> values = {geo::Value("new"), geo::Value(std::int64_t{7})};
  ASSERT_THAT(import->edit().put_row("schools", FeatureId{2}, "node/2", Geometry::point({-700'000, -1'000'000}).view(), values),
              Succeeds());
  ASSERT_THAT(import->commit("report"), Succeeds());
  const auto records = *store->layer_records();
  EXPECT_EQ(records[0].description.title, "Schools of 2026");
  EXPECT_EQ(records[0].import_report, "report");
  EXPECT_EQ(records[0].first_revision, 2);
  const auto layer = *store->read_layer(records[0]);
  ASSERT_EQ(layer->feature_count(), 3U);
  EXPECT_EQ(layer->column("places")->value_at(FeatureId{0}), geo::Value());
  EXPECT_EQ(layer->column("places")->value_at(FeatureId{2}), values[1]);
}

TEST_F(StoreTest, ForgetsAnImportThatWasNotCommitted) {
  auto store = CityStore::create(file(), record());
  import_layers(*store, {points_layer("schools", 10, "old")});
  const auto before = (*store->read_layer((*store->layer_records())[0]))->digest();
  {
    auto import = store->begin_import();
    ASSERT_THAT(write_layer(*import, *points_layer("other", 3, "new")), Succeeds());
    ASSERT_THAT(import->edit().remove_row("schools", FeatureId{3}), Succeeds());
    EXPECT_THAT(store->set_title("x"), FailsWith(ErrorCode::kFailedPrecondition));
  }
  EXPECT_EQ(store->record()->revision, 2);
  ASSERT_EQ(store->layer_records()->size(), 1U);
  EXPECT_EQ((*store->read_layer((*store->layer_records())[0]))->digest(), before);
}

TEST_F(StoreTest, RefusesTwoFeaturesOfOneName) {
  auto store = CityStore::create(file(), record());
  auto import = store->begin_import();
  ASSERT_THAT(import->begin_layer(facilities("a"), {}), Succeeds());
  EXPECT_THAT(import->add_feature("x", Geometry{}.view(), {}), Succeeds());
  EXPECT_THAT(import->add_feature("x", Geometry{}.view(), {}), FailsWith(ErrorCode::kInvalidArgument));
}

TEST_F(StoreTest, ChangesTitleAndDescriptionAndDeletesLayersByOneRevisionEach) {
  auto store = CityStore::create(file(), record());
  import_layers(*store, {points_layer("schools", 3, "a")});
  EXPECT_EQ(store->set_title("Bucha").value_or(0), 3);
  auto description = (*store->layer_records())[0].description;
  description.licence = "CC0-1.0";
  description.covered_area = Geometry::rectangle({{0, 0}, {1, 1}});
  EXPECT_EQ(store->set_description(description).value_or(0), 4);
  const auto kept = (*store->layer_records())[0];
  EXPECT_EQ(kept.description.licence, "CC0-1.0");
  EXPECT_EQ(kept.description.covered_area, description.covered_area);
  EXPECT_EQ(kept.revision, 4);
  EXPECT_THAT(store->delete_layer("nothing"), FailsWith(ErrorCode::kNotFound));
  EXPECT_EQ(store->delete_layer("schools").value_or(0), 5);
  EXPECT_TRUE(store->layer_records()->empty());
  EXPECT_EQ(store->record()->title, "Bucha");
}

TEST_F(StoreTest, GivesReservedAndRepeatedNamesAnotherColumn) {
  const auto layout =
      table_layout("gpkg_x", {{"FID", FieldType::kInt}, {"a", FieldType::kInt}, {"A", FieldType::kInt}, {"", FieldType::kInt}});
  EXPECT_EQ(layout.table, "layer_gpkg_x");
  EXPECT_EQ(layout.columns, (std::vector<std::string>{"FID_2", "a", "A_2", "column"}));
  EXPECT_EQ(table_layout("layer_gpkg_x", {}).table, "layer_layer_gpkg_x");
}

TEST_F(StoreTest, IsOpenedByOgrinfoWithoutAWarning) {
  if (std::system("ogrinfo --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "skipped: no ogrinfo";
  CityRecord city = record();
  const auto plane = geo::Projection::make("EPSG:4326", "EPSG:5514");
  if (plane) city.crs_wkt = plane->plane_wkt();
  {
    auto store = CityStore::create(file(), city);
    import_layers(*store, {awkward_layer(), points_layer("schools", 42, "a")});
  }
  int status = 0;
  const std::string text = output_of("ogrinfo -al -so " + file().string(), &status);
  EXPECT_EQ(status, 0) << text;
  EXPECT_THAT(text, testing::Not(HasSubstr("arning"))) << text;
  EXPECT_THAT(text, testing::Not(HasSubstr("ERROR")));
  EXPECT_THAT(text, HasSubstr("Feature Count: 42"));
  EXPECT_THAT(text, HasSubstr("Geometry: Point"));
  EXPECT_THAT(text, HasSubstr("Layer name: obnova_changes"));
  EXPECT_THAT(text, HasSubstr("ID[\"EPSG\",5514]"));
  const std::string inside = output_of("ogrinfo -so -spat -700005.5 -1000001 -700000 -999999 " + file().string() + " schools", &status);
  EXPECT_THAT(inside, HasSubstr("Feature Count: 6")) << inside;
}

TEST_F(StoreTest, StaysRightWhenAnotherProgramEditsIt) {
  if (std::system("ogrinfo --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "skipped: no ogrinfo";
  {
    auto store = CityStore::create(file(), record());
    import_layers(*store, {points_layer("schools", 5, "a")});
  }
  int status = 0;
  const std::string edit = "ogrinfo -q " + file().string() + " -sql \"DELETE FROM schools WHERE fid = 2\"";
  const std::string text = output_of(edit, &status);
  EXPECT_EQ(status, 0) << text;
  auto database = Database::open(file(), Database::Mode::kOpen);
  EXPECT_EQ(database->number("SELECT count(*) FROM rtree_schools_geom").value_or(-1), 4);
  auto store = CityStore::open(file());
  ASSERT_THAT(store, Succeeds());
  EXPECT_EQ((*store->read_layer((*store->layer_records())[0]))->feature_count(), 4U);
}

TEST_F(StoreTest, RefusesADamagedFileAndSaysWhatToDo) {
  {
    auto store = CityStore::create(file(), record());
    import_layers(*store, {points_layer("schools", 2000, "a")});
  }
  std::filesystem::copy(file(), folder_ / "page.gpkg");
  {
    std::fstream damage(folder_ / "page.gpkg", std::ios::in | std::ios::out | std::ios::binary);
    damage.seekp(static_cast<std::streamoff>(std::filesystem::file_size(file()) / 2 / 4096 * 4096));
    damage.write(std::string(4096, 'x').data(), 4096);
  }
  EXPECT_THAT(CityStore::open(folder_ / "page.gpkg"), FailsSaying(ErrorCode::kBadData, HasSubstr("restore it from a backup")));
  std::filesystem::copy(file(), folder_ / "cut.gpkg");
  std::filesystem::resize_file(folder_ / "cut.gpkg", std::filesystem::file_size(file()) / 2);
  EXPECT_THAT(CityStore::open(folder_ / "cut.gpkg"), FailsSaying(ErrorCode::kBadData, HasSubstr("restore it from a backup")));
  std::ofstream(folder_ / "text.gpkg") << "This is no database at all, but a text that is long enough to be looked at by SQLite.";
  EXPECT_THAT(CityStore::open(folder_ / "text.gpkg"), FailsSaying(ErrorCode::kBadData, HasSubstr("text.gpkg")));
  std::ofstream(folder_ / "empty.gpkg") << "";
  EXPECT_THAT(CityStore::open(folder_ / "empty.gpkg"), FailsWith(ErrorCode::kBadData));
}

TEST_F(StoreTest, RefusesAFileOfANewerVersionOrWithoutOurTables) {
  {
    ASSERT_THAT(CityStore::create(file(), record()), Succeeds());
  }
  {
    auto database = Database::open(file(), Database::Mode::kOpen);
    ASSERT_THAT(database->execute("UPDATE obnova_city SET format_version = 99"), Succeeds());
  }
  EXPECT_THAT(CityStore::open(file()), FailsSaying(ErrorCode::kBadData, HasSubstr("newer version")));
  {
    auto database = Database::open(file(), Database::Mode::kOpen);
    ASSERT_THAT(database->execute("DROP TABLE obnova_changes"), Succeeds());
  }
  EXPECT_THAT(CityStore::open(file()), FailsSaying(ErrorCode::kBadData, HasSubstr("obnova_changes")));
}

TEST_F(StoreTest, NamesTheFeatureWhoseValueAnotherProgramSpoiled) {
  {
    auto store = CityStore::create(file(), record());
    import_layers(*store, {awkward_layer()});
  }
  {
    auto database = Database::open(file(), Database::Mode::kOpen);
    ASSERT_THAT(database->execute("UPDATE mixed SET \"ID_2\" = 'many' WHERE id = '4'"), Succeeds());
  }
  auto store = CityStore::open(file());
  const auto records = *store->layer_records();
  EXPECT_THAT(store->read_layer(records[0]), FailsSaying(ErrorCode::kBadData, HasSubstr("Feature 4 of layer mixed")));
}

}  // namespace
}  // namespace obnova::server
