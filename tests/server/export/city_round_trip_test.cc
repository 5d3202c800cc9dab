#include <fstream>

#include <nlohmann/json.hpp>

#include "nasty_city.h"
#include "server/ingest/zip_archive.h"
#include "server/store/sqlite.h"

namespace obnova::server {
namespace {

using testing::HasSubstr;

TEST_F(ExportTest, ARestoredCityIsEqualToTheLastBit) {
  const auto exported = export_all(v1::EXPORT_FORMAT_GEOPACKAGE);
  ASSERT_THAT(exported, Succeeds());
  EXPECT_LE(exported->longest_piece, 256U * 1024);
  const auto restored = restore("praha2", exported->bytes);
  ASSERT_THAT(restored, Succeeds());
  EXPECT_EQ(restored->city().name(), "cities/praha2");
  EXPECT_EQ(restored->city().title(), "Praha");
  EXPECT_EQ(restored->city().revision(), city("praha")->record.revision);
  EXPECT_EQ(city("praha2")->city->digest(), city("praha")->city->digest());
  for (const auto& [id, original] : layers_) EXPECT_EQ(difference(*original, layer("praha2", id), 0), "") << id;
  EXPECT_EQ(file_count(export_settings_.folder) + file_count(import_settings_.upload_folder), 0U);
}

TEST_F(ExportTest, ARestoredCityKnowsThatItDoesNotKnowThePast) {
  ASSERT_THAT(restore("praha2", export_all(v1::EXPORT_FORMAT_GEOPACKAGE)->bytes), Succeeds());
  v1::Context past = context("praha2");
  past.set_revision(4);
  EXPECT_THAT(twin_->resolve(past), FailsSaying(ErrorCode::kFailedPrecondition, HasSubstr("was not kept")));
}

TEST_F(ExportTest, AGeoPackageStandsAloneAndCanBecomeACityFile) {
  const auto exported = export_all(v1::EXPORT_FORMAT_GEOPACKAGE);
  ASSERT_THAT(exported, Succeeds());
  EXPECT_EQ(exported->bytes[18], 1) << "no log beside it";
  EXPECT_EQ(exported->bytes[19], 1);
  TemporaryFolder other;
  other.write("praha.gpkg", exported->bytes);
  TwinSettings settings;
  settings.store_folder = other.path();
  const auto twin = Twin::open(settings);
  ASSERT_THAT(twin, Succeeds());
  const auto opened = (*twin)->resolve(context("praha"));
  ASSERT_THAT(opened, Succeeds());
  EXPECT_EQ((*opened)->city->digest(), city("praha")->city->digest());
}

class ArchiveTest : public ExportTest, public testing::WithParamInterface<v1::ExportFormat> {};

TEST_P(ArchiveTest, EveryLayerOfAnArchiveComesBackEqual) {
  const auto exported = export_all(GetParam());
  ASSERT_THAT(exported, Succeeds());
  EXPECT_LE(exported->longest_piece, 256U * 1024);
  EXPECT_EQ(exported->bytes, export_all(GetParam())->bytes) << "equal requests, equal bytes";
  const double tolerance_m = GetParam() == v1::EXPORT_FORMAT_FLATGEOBUF ? 0 : 0.01;
  for (const auto& [id, original] : layers_) {
    const auto operation = import("praha.zip", exported->bytes, id);
    ASSERT_THAT(operation, Succeeds());
    ASSERT_TRUE(operation->has_import_report()) << id << ": " << operation->error().message();
    EXPECT_EQ(difference(*original, layer("kopie", id), tolerance_m), "") << id;
  }
}

INSTANTIATE_TEST_SUITE_P(AllFormats, ArchiveTest,
                         testing::Values(v1::EXPORT_FORMAT_CSV, v1::EXPORT_FORMAT_GEOJSON, v1::EXPORT_FORMAT_FLATGEOBUF));

TEST_F(ExportTest, AnArchiveSaysWhatItIs) {
  const auto exported = export_all(v1::EXPORT_FORMAT_CSV);
  ASSERT_THAT(exported, Succeeds());
  const std::string path = folder_.write("a.zip", exported->bytes).string();
  const auto entries = list_zip(path, "a.zip");
  ASSERT_THAT(entries, Succeeds());
  std::vector<std::string> names;
  for (const ZipEntry& entry : *entries) names.push_back(entry.name);
  EXPECT_THAT(names, testing::ElementsAre("README.txt", "metadata.json", "boxes.csv", "empty.csv", "nasty.csv"));
  const std::string readme = *read_zip_entry(path, "a.zip", (*entries)[0]);
  for (const char* words : {"Praha", "revision 5", "ODbL-1.0", "CC-BY-4.0", "© місто", "2024-02-29", "EPSG:4326", "not stated"})
    EXPECT_THAT(readme, HasSubstr(words));
  const auto metadata = nlohmann::json::parse(*read_zip_entry(path, "a.zip", (*entries)[1]));
  EXPECT_EQ(metadata.at("revision"), 5);
  EXPECT_EQ(metadata.at("plane"), "EPSG:5514");
  EXPECT_EQ(metadata.at("layers").at(2).at("file"), "nasty.csv");
  EXPECT_EQ(metadata.at("layers").at(2).at("obnova").at("fields").at(3).at("column"), "fid_2");
}

// Edits of the city, and what it was before.
class HistoryTest : public ExportTest {
 protected:
  HistoryTest() {
    const auto change = [this](FactChange fact) {
      return twin_->apply_changes("praha", [&](const Snapshot&) { return Result<std::vector<FactChange>>({fact}); }, {}, 0);
    };
    OBNOVA_CHECK(change({.layer = "boxes", .feature = "b3", .valid = {}, .what = FactChange::Remove{}}));
    OBNOVA_CHECK(change({.layer = "boxes",
                         .feature = "b5",
                         .valid = {},
                         .what = FactChange::Set{.values = {{0, geo::Value(std::int64_t{77})}}, .geometry = std::nullopt}}));
  }
};

TEST_F(HistoryTest, AnExportShowsTheStateThatWasAskedFor) {
  const auto count = [this](const v1::Context& asked) {
    return export_all(v1::EXPORT_FORMAT_CSV, false, asked)->summary.layers(0).feature_count();
  };
  v1::Context past = context("praha");
  EXPECT_EQ(count(past), 99);
  past.set_revision(5);
  EXPECT_EQ(count(past), 100);
  const auto exported = export_all(v1::EXPORT_FORMAT_GEOPACKAGE, false, past);
  ASSERT_THAT(exported, Succeeds());
  EXPECT_THAT(exported->summary.warnings(0), HasSubstr("known in revision 5"));
  ASSERT_THAT(restore("then", exported->bytes), Succeeds());
  EXPECT_EQ(difference(*layers_["boxes"], layer("then", "boxes"), 0), "");
}

TEST_F(HistoryTest, WithoutHistoryTheNewestStateRemains) {
  ASSERT_THAT(restore("now", export_all(v1::EXPORT_FORMAT_GEOPACKAGE)->bytes), Succeeds());
  EXPECT_EQ(difference(layer("praha", "boxes"), layer("now", "boxes"), 0), "");
  EXPECT_FALSE(layer("now", "boxes").find_feature("b3"));
}

TEST_F(HistoryTest, WithHistoryEveryRevisionComesBack) {
  const auto exported = export_all(v1::EXPORT_FORMAT_GEOPACKAGE, true);
  ASSERT_THAT(exported, Succeeds());
  ASSERT_THAT(restore("copy", exported->bytes), Succeeds());
  for (const std::int64_t revision : {5, 6, 7}) {
    v1::Context here = context("praha"), there = context("copy");
    here.set_revision(revision);
    there.set_revision(revision);
    const auto one = twin_->resolve(here), other = twin_->resolve(there);
    ASSERT_THAT(one, Succeeds());
    ASSERT_THAT(other, Succeeds());
    EXPECT_EQ(difference(*(*one)->city->layers().find("boxes")->second.layer, *(*other)->city->layers().find("boxes")->second.layer, 0), "")
        << revision;
  }
  EXPECT_EQ(twin_->history_of("copy", "boxes", "b5")->size(), twin_->history_of("praha", "boxes", "b5")->size());
}

TEST_F(HistoryTest, HistoryGoesOnlyWithTheNewestState) {
  v1::Context past = context("praha");
  past.set_revision(5);
  EXPECT_THAT(export_all(v1::EXPORT_FORMAT_GEOPACKAGE, true, past), FailsWith(ErrorCode::kFailedPrecondition));
}

TEST_F(ExportTest, RestoresOnlyWholeFilesOfCitiesUnderFreeNames) {
  const std::string good = export_all(v1::EXPORT_FORMAT_GEOPACKAGE)->bytes;
  EXPECT_THAT(restore("praha", good), FailsWith(ErrorCode::kAlreadyExists));
  EXPECT_THAT(restore("Not An Id", good), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(restore("half", good.substr(0, good.size() / 2), static_cast<std::int64_t>(good.size())),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("is said to have")));
  EXPECT_THAT(restore("half", good.substr(0, good.size() / 2)), FailsSaying(ErrorCode::kBadData, HasSubstr("backup.gpkg")));
  EXPECT_THAT(restore("text", "Not a city."), FailsSaying(ErrorCode::kBadData, HasSubstr("backup.gpkg")));
  EXPECT_THAT(restore("none", ""), FailsSaying(ErrorCode::kBadData, HasSubstr("backup.gpkg")));
  const std::size_t cities = twin_->cities().size();
  EXPECT_EQ(cities, 2U);
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path() / "store"))
    EXPECT_THAT(entry.path().filename().string(), testing::AnyOf(HasSubstr("praha"), HasSubstr("kopie"), HasSubstr("lock")))
        << entry.path();
  EXPECT_EQ(file_count(import_settings_.upload_folder), 0U);
}

TEST_F(ExportTest, RefusesAFileWithViews) {
  const auto path = folder_.write("strange.gpkg", export_all(v1::EXPORT_FORMAT_GEOPACKAGE)->bytes);
  {
    auto database = Database::open(path, Database::Mode::kOpen);
    ASSERT_THAT(database, Succeeds());
    ASSERT_THAT(database->execute("CREATE VIEW endless AS SELECT 1; PRAGMA journal_mode=DELETE"), Succeeds());
  }
  std::ifstream stream(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  EXPECT_THAT(restore("strange", bytes), FailsSaying(ErrorCode::kBadData, HasSubstr("views")));
}

}  // namespace
}  // namespace obnova::server
