#include "server/store/edit.h"

#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/store/records.h"
#include "server/store/sqlite.h"
#include "store_fixture.h"
#include "tests/support/result_matchers.h"

namespace obnova::server {
namespace {

using testing::ElementsAre;

const std::vector<geo::Field> kFields = {{"note", geo::FieldType::kString}};
constexpr FeatureId kSecond{1};

class EditTest : public StoreTest {
 protected:
  // Three schools in a row, known since revision 2.
  void SetUp() override {
    auto store = CityStore::create(file(), record());
    ASSERT_THAT(store, Succeeds());
    auto import = store->begin_import();
    ASSERT_THAT(write_layer(*import, *points_layer("schools", 3, "as built")), Succeeds());
    ASSERT_THAT(import->commit(""), Succeeds());
    store_.emplace(std::move(*store));
  }
  void reopen() {
    store_.reset();
    auto store = CityStore::open(file());
    ASSERT_THAT(store, Succeeds());
    store_.emplace(std::move(*store));
  }
  std::shared_ptr<const geo::Layer> schools() const {
    const auto layer = store_->read_layer(store_->layer_records()->front());
    EXPECT_THAT(layer, Succeeds());
    return layer.value_or(nullptr);
  }

  // Says from instant 100 on that the second school is an area with another note.
  Result<Revision> replace_second(const Authorship& authorship) {
    auto edit = store_->begin_edit();
    if (!edit) return std::unexpected(edit.error());
    const geo::Value before(std::string("as built"));
    const geo::Value after(std::string("нова \"школа\""));
    const Geometry was = Geometry::point({-700'001.0, -1'000'000.0});
    const Geometry is = Geometry::rectangle({{-700'010.0, -1'000'010.0}, {-700'000.0, -1'000'000.0}});
    const auto old_content = edit->add_content(was.view(), kFields, {&before, 1});
    const auto new_content = edit->add_content(is.view(), kFields, {&after, 1});
    if (!old_content || !new_content) return failure(ErrorCode::kBadData, "no content");
    Timeline timeline;
    timeline.load({.feature = kSecond, .valid = {}, .known_from = 2, .known_to = kStillKnown, .content = *old_content});
    timeline.amend(kSecond, {100, kForever}, *new_content, edit->revision());
    for (std::size_t place = 0; place < timeline.versions().size(); ++place) {
      const auto written = edit->write_version("schools", place, timeline.versions()[place], "node/1");
      if (!written) return std::unexpected(written.error());
    }
    const auto put = edit->put_row("schools", kSecond, "node/1", is.view(), {&after, 1});
    if (!put) return std::unexpected(put.error());
    return edit->commit("edit schools", authorship);
  }

  std::optional<CityStore> store_;
};

TEST_F(EditTest, IsThereAfterTheFileWasOpenedAgain) {
  ASSERT_EQ(replace_second({.author = "Оля", .reason = "survey", .request_id = "r-1"}), 3);
  reopen();
  EXPECT_EQ(schools()->feature_name(kSecond), "node/1");
  EXPECT_EQ(schools()->geometry(kSecond).kind, GeometryKind::kPolygon);
  const auto facts = store_->read_facts("schools");
  ASSERT_THAT(facts, Succeeds());
  EXPECT_EQ(facts->ids.at(kSecond), "node/1");
  const Version* now = facts->timeline.at(kSecond, {100, 3});
  const Version* then = facts->timeline.at(kSecond, {99, 3});
  ASSERT_NE(now, nullptr);
  ASSERT_NE(then, nullptr);
  EXPECT_THAT(store_->read_content(now->content, kFields)->values, ElementsAre(geo::Value(std::string("нова \"школа\""))));
  EXPECT_EQ(store_->read_content(then->content, kFields)->geometry, Geometry::point({-700'001.0, -1'000'000.0}));
  EXPECT_EQ(facts->timeline.at(kSecond, {100, 2})->content, then->content);
}

TEST_F(EditTest, TellsWhoChangedTheCityAndWhy) {
  ASSERT_THAT(replace_second({.author = "Оля", .reason = "survey", .request_id = "r-1"}), Succeeds());
  const auto changes = store_->changes(0);
  ASSERT_THAT(changes, Succeeds());
  ASSERT_EQ(changes->size(), 2U);
  const ChangeRecord& change = changes->back();
  EXPECT_EQ(change.revision, 3);
  EXPECT_EQ(change.author, "Оля");
  EXPECT_EQ(change.reason, "survey");
  EXPECT_EQ(change.request_id, "r-1");
  EXPECT_GE(change.time, changes->front().time);
  EXPECT_GT(change.time, 1'700'000'000'000'000);
}

TEST_F(EditTest, NoRequestIsCarriedOutTwice) {
  ASSERT_THAT(replace_second({.author = "", .reason = "", .request_id = "r-1"}), Succeeds());
  auto edit = store_->begin_edit();
  ASSERT_THAT(edit, Succeeds());
  EXPECT_FALSE(edit->commit("again", {.author = "", .reason = "", .request_id = "r-1"}).has_value());
}

TEST_F(EditTest, LeavesNothingBehindWhenItIsNotCommitted) {
  {
    auto edit = store_->begin_edit();
    ASSERT_THAT(edit, Succeeds());
    ASSERT_THAT(edit->remove_row("schools", kSecond), Succeeds());
  }
  EXPECT_EQ(store_->record()->revision, 2);
  EXPECT_EQ(schools()->feature_count(), 3U);
}

TEST_F(EditTest, SaysInTheRegistersWhatTheTableHoldsNow) {
  ASSERT_THAT(replace_second({}), Succeeds());
  store_.reset();
  auto database = Database::open(file(), Database::Mode::kOpen);
  ASSERT_THAT(database, Succeeds());
  EXPECT_EQ(database->text("SELECT geometry_type_name FROM gpkg_geometry_columns"), "GEOMETRY");
  EXPECT_EQ(database->text("SELECT type FROM pragma_table_info('schools') WHERE name = 'geom'"), "GEOMETRY");
  EXPECT_EQ(database->number("SELECT min_y FROM gpkg_contents WHERE table_name = 'schools'"), -1'000'010);
  EXPECT_EQ(database->number("SELECT count(*) FROM rtree_schools_geom WHERE miny < -1000005"), 1);
  EXPECT_EQ(database->text("PRAGMA integrity_check"), "ok");
}

TEST_F(EditTest, NothingOfALayerStaysBehindWhenItGoes) {
  ASSERT_THAT(replace_second({}), Succeeds());
  ASSERT_THAT(store_->delete_layer("schools"), Succeeds());
  store_.reset();
  auto database = Database::open(file(), Database::Mode::kOpen);
  ASSERT_THAT(database, Succeeds());
  EXPECT_EQ(database->number("SELECT count(*) FROM obnova_versions"), 0);
  EXPECT_EQ(database->number("SELECT count(*) FROM obnova_contents"), 0);
}

TEST_F(EditTest, ARowOfAnotherProgramIsThereAndOneItTookOutIsNot) {
  store_.reset();
  {
    auto database = Database::open(file(), Database::Mode::kOpen);
    ASSERT_THAT(database, Succeeds());
    ASSERT_THAT(database->execute("DELETE FROM schools WHERE fid = 2; INSERT INTO schools (fid, id) VALUES (6, 'drawn')"), Succeeds());
  }
  reopen();
  EXPECT_EQ(schools()->feature_count(), 3U);
  EXPECT_FALSE(schools()->find_feature("node/1"));
  EXPECT_EQ(schools()->find_feature("drawn"), FeatureId{5});
}

TEST_F(EditTest, AFileOfTheFirstFormatIsBroughtToThisOne) {
  store_.reset();
  {
    auto database = Database::open(file(), Database::Mode::kOpen);
    ASSERT_THAT(database, Succeeds());
    ASSERT_THAT(
        database->execute("DROP TABLE obnova_imported; DROP TABLE obnova_records; DROP TABLE obnova_versions; DROP TABLE obnova_contents;"
                          "DROP INDEX obnova_changes_request; DELETE FROM gpkg_contents WHERE table_name IN "
                          "('obnova_versions', 'obnova_contents', 'obnova_imported', 'obnova_records');"
                          "ALTER TABLE obnova_changes DROP COLUMN author; ALTER TABLE obnova_changes DROP COLUMN reason;"
                          "ALTER TABLE obnova_changes DROP COLUMN request_id;"
                          "ALTER TABLE obnova_layers DROP COLUMN first_revision;"
                          "ALTER TABLE obnova_layers DROP COLUMN kept_revision; UPDATE obnova_city SET format_version = 1"),
        Succeeds());
  }
  reopen();
  EXPECT_EQ(store_->layer_records()->front().first_revision, 2);
  EXPECT_THAT(replace_second({}), Succeeds());
}

TEST_F(EditTest, AFileOfTheSecondFormatIsBroughtToThisOne) {
  ASSERT_THAT(replace_second({}), Succeeds());
  store_.reset();
  {
    auto database = Database::open(file(), Database::Mode::kOpen);
    ASSERT_THAT(database, Succeeds());
    ASSERT_THAT(database->execute("DROP TABLE obnova_records; DROP TABLE obnova_imported;"
                                  "DELETE FROM gpkg_contents WHERE table_name IN ('obnova_records', 'obnova_imported');"
                                  "UPDATE obnova_city SET format_version = 2"),
                Succeeds());
  }
  reopen();
  EXPECT_EQ(store_->read_facts("schools")->timeline.versions().size(), 3U);
  EXPECT_THAT(store_->read_records(), Succeeds());
}

TEST_F(EditTest, RecordsKeepEveryVersion) {
  const auto change = [&](std::vector<RecordChange> changes) { return store_->change_records(changes, "plan", {.author = "Оля"}); };
  ASSERT_EQ(change({{.kind = "project", .id = "a", .body = "{}"}, {.kind = "scenario", .id = "a", .body = "1"}}), 3);
  ASSERT_EQ(change({{.kind = "project", .id = "a", .body = "2"}, {.kind = "project", .id = "a", .body = "3"}}), 4);
  ASSERT_EQ(change({{.kind = "project", .id = "a", .body = std::nullopt}}), 5);
  reopen();
  const auto records = store_->read_records();
  ASSERT_EQ(records->size(), 3U);
  EXPECT_EQ((*records)[0].known_to, 4);
  EXPECT_EQ((*records)[1].body, "3");
  EXPECT_EQ((*records)[1].known_from, 4);
  EXPECT_EQ((*records)[1].known_to, 5);
  EXPECT_EQ((*records)[2].known_to, kStillKnown);
  EXPECT_EQ(store_->changes(4)->front().author, "Оля");
  EXPECT_EQ(change({{.kind = "x", .id = "a", .body = "{}"}}), 6);
}

TEST(ContentTest, ValuesComeBackAsTheyWere) {
  const std::vector<geo::Field> fields = {{"b", geo::FieldType::kBool},
                                          {"i", geo::FieldType::kInt},
                                          {"d", geo::FieldType::kDouble},
                                          {"s", geo::FieldType::kString},
                                          {"n", geo::FieldType::kString}};
  const std::vector<geo::Value> values = {true, std::int64_t{9'007'199'254'740'993}, 0.1 + 0.2, std::string("a\n\"ї"), geo::Value()};
  EXPECT_EQ(values_of_json(attributes_json(fields, values), fields), values);
  const std::vector<geo::Value> whole = {geo::Value(), geo::Value(), 5.0, geo::Value(), geo::Value()};
  EXPECT_EQ(values_of_json(attributes_json(fields, whole), fields), whole);
}

TEST(ContentTest, BytesThatAreNoTextDoNotStopAnEdit) {
  const std::vector<geo::Field> fields = {{"s", geo::FieldType::kString}};
  const geo::Value broken(
      std::string("a\xff"
                  "b"));
  EXPECT_EQ(attributes_json(fields, {&broken, 1}),
            "{\"s\":\"a\xEF\xBF\xBD"
            "b\"}");
}

TEST(ContentTest, AttributesThatAreNoneAreBadData) {
  const std::vector<geo::Field> fields = {{"i", geo::FieldType::kInt}};
  for (const char* text : {"", "[]", "{\"i\":", "{\"i\": \"7\"}", "{\"i\": 7.5}"}) {
    EXPECT_THAT(values_of_json(text, fields), FailsWith(ErrorCode::kBadData)) << text;
  }
}

}  // namespace
}  // namespace obnova::server
