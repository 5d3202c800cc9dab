#include "server/twin/twin.h"

#include <fstream>
#include <memory>

#include <gtest/gtest.h>

#include "server/twin/row_mapping.h"
#include "tests/support/result_matchers.h"
#include "tests/support/shared_data.h"
#include "tests/support/temporary_folder.h"

namespace obnova::server {
namespace {

using testing::HasSubstr;

constexpr const char* kSchools = R"({"type":"FeatureCollection","features":[
{"type":"Feature","id":1,"properties":{"name":"Škola","capacity":300},"geometry":{"type":"Point","coordinates":[14.42,50.08]}},
{"type":"Feature","id":2,"properties":{"name":null,"capacity":100},"geometry":{"type":"Point","coordinates":[14.43,50.09]}}]})";

class TwinTest : public testing::Test {
 protected:
  TwinSettings settings() const {
    TwinSettings result;
    result.store_folder = folder_.path() / "store";
    result.ingest.worker = std::filesystem::path(OBNOVA_BIN_DIR) / "obnova-ingest";
    return result;
  }
  void open() {
    auto opened = Twin::open(settings());
    ASSERT_THAT(opened, Succeeds());
    twin_ = std::move(*opened);
  }
  void open_with_prague() {
    open();
    ASSERT_THAT(twin_->create_city("praha", "EPSG:5514", "Praha", 1'700'000'000), Succeeds());
  }
  static v1::Context context(const std::string& city = "cities/praha") {
    v1::Context result;
    result.set_city(city);
    return result;
  }
  std::shared_ptr<const Snapshot> snapshot() const { return *twin_->resolve(context()); }

  Result<v1::ImportReport> import(const std::filesystem::path& file, const std::string& layer, const Limits& limits = {},
                                  const RowMapping* mapping = nullptr) {
    worker::IngestJob job;
    job.set_path(file.string());
    job.set_file_name(file.filename().string());
    if (!layer.empty()) {
      job.set_layer(layer);
      job.set_theme(static_cast<int>(geo::Theme::kFacilities));
    }
    geo::LayerDescription said;
    said.licence = layer.empty() ? "" : "CC0-1.0";
    return twin_->import_file("praha", job, said, [](double, const std::string&) {}, limits, mapping);
  }

  TemporaryFolder folder_;
  std::unique_ptr<Twin> twin_;
};

TEST_F(TwinTest, ResolvesContextsOfKnownCities) {
  open_with_prague();
  EXPECT_EQ(snapshot()->record.crs, "EPSG:5514");
  EXPECT_THAT(twin_->resolve(context("")), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(twin_->resolve(context("praha")), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(twin_->resolve(context("cities/../x")), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(twin_->resolve(context("cities/brno")), FailsSaying(ErrorCode::kNotFound, HasSubstr("brno")));
  auto scenario = context();
  scenario.set_scenario("cities/praha/scenarios/a");
  EXPECT_THAT(twin_->resolve(scenario), FailsWith(ErrorCode::kNotFound));
  auto past = context();
  past.mutable_valid_at();
  EXPECT_THAT(twin_->resolve(past), Succeeds());
  past.mutable_valid_at()->set_nanos(-1);
  EXPECT_THAT(twin_->resolve(past), FailsWith(ErrorCode::kInvalidArgument));
  auto known = context();
  known.mutable_known_at()->set_seconds(1'699'999'999);
  EXPECT_THAT(twin_->resolve(known), FailsSaying(ErrorCode::kFailedPrecondition, HasSubstr("Nothing was known")));
  known.mutable_known_at()->set_seconds(1'700'000'000);
  EXPECT_THAT(twin_->resolve(known), Succeeds());
  known.set_revision(1);
  EXPECT_THAT(twin_->resolve(known), FailsWith(ErrorCode::kInvalidArgument));
  auto revision = context();
  revision.set_revision(1);
  EXPECT_THAT(twin_->resolve(revision), Succeeds());
  revision.set_revision(2);
  EXPECT_THAT(twin_->resolve(revision), FailsWith(ErrorCode::kFailedPrecondition));
  revision.set_revision(-1);
  EXPECT_THAT(twin_->resolve(revision), FailsWith(ErrorCode::kInvalidArgument));
}

TEST_F(TwinTest, MapsTheRowsOfAFileToOtherFeaturesOnTheirWay) {
  open_with_prague();
  std::int64_t found_revision = 0;
  Result<std::vector<std::string>> end = std::vector<std::string>{"Two seats each."};
  const RowMapping mapping = {
      .fields = [&](const Snapshot& before, const std::string&, const std::vector<geo::Field>&) -> Result<std::vector<geo::Field>> {
        found_revision = before.record.revision;
        return std::vector<geo::Field>{{"seat", geo::FieldType::kInt}};
      },
      .row = [](const std::string& id, const Geometry& place, std::span<const geo::Value> values,
                const RowMapping::Emit& emit) -> Result<void> {
        if (values[0] == geo::Value()) return {};
        for (std::int64_t seat = 1; seat <= 2; ++seat) {
          const auto taken = emit(id + "/" + std::to_string(seat), place, std::vector<geo::Value>{geo::Value(seat)});
          if (!taken) return taken;
        }
        return {};
      },
      .finish = [&] { return end; }};
  const auto report = import(folder_.write("schools.geojson", kSchools), "seats", {}, &mapping);
  ASSERT_THAT(report, Succeeds());
  EXPECT_EQ(found_revision, 1);
  EXPECT_EQ(report->layers(0).read_count(), 2);
  EXPECT_EQ(report->layers(0).kept_count(), 2) << "one row became two features, the other none";
  EXPECT_THAT(report->warnings(), testing::ElementsAre("Two seats each."));
  const geo::Layer& seats = *snapshot()->city->layers().at("seats").layer;
  ASSERT_TRUE(seats.find_feature("1/2"));
  EXPECT_EQ(seats.column("seat")->int_at(*seats.find_feature("1/2")), 2);
  end = failure(ErrorCode::kBadData, "Not one seat is left.");
  EXPECT_THAT(import(folder_.write("schools.geojson", kSchools), "more_seats", {}, &mapping), FailsWith(ErrorCode::kBadData));
  EXPECT_FALSE(snapshot()->city->layers().contains("more_seats"));
}

TEST_F(TwinTest, CreatesAndDeletesCities) {
  open_with_prague();
  EXPECT_THAT(twin_->create_city("praha", "EPSG:5514", "", 0), FailsWith(ErrorCode::kAlreadyExists));
  EXPECT_THAT(twin_->create_city("Praha", "EPSG:5514", "", 0), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(twin_->create_city("brno", "EPSG:4326", "", 0), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(twin_->create_city("brno", "nonsense", "", 0), FailsWith(ErrorCode::kInvalidArgument));
  ASSERT_THAT(twin_->create_city("brno", "EPSG:5514", "", 0), Succeeds());
  ASSERT_EQ(twin_->cities().size(), 2U);
  EXPECT_EQ(twin_->cities()[0]->record.id, "brno");
  const auto held = snapshot();
  EXPECT_THAT(twin_->delete_city("praha"), Succeeds());
  EXPECT_EQ(held->record.title, "Praha");
  EXPECT_THAT(twin_->delete_city("praha"), FailsWith(ErrorCode::kNotFound));
  EXPECT_FALSE(std::filesystem::exists(settings().store_folder / "praha.gpkg"));
  twin_.reset();
  open();
  EXPECT_EQ(twin_->cities().size(), 1U);
}

TEST_F(TwinTest, ImportsAFileAndAnswersTheSameAfterARestart) {
  open_with_prague();
  const auto before = snapshot();
  const auto report = import(folder_.write("schools.geojson", kSchools), "schools");
  ASSERT_THAT(report, Succeeds());
  EXPECT_EQ(report->revision(), 2);
  ASSERT_EQ(report->layers_size(), 1);
  EXPECT_EQ(report->layers(0).layer(), "cities/praha/layers/schools");
  EXPECT_EQ(report->layers(0).kept_count(), 2);
  EXPECT_EQ(report->size_bytes(), static_cast<std::int64_t>(std::string(kSchools).size()));
  EXPECT_EQ(report->sha256().size(), 64U);
  EXPECT_EQ(before->record.revision, 1) << "a snapshot that is held does not change";
  const auto after = snapshot();
  EXPECT_EQ(after->record.revision, 2);
  ASSERT_TRUE(after->city->layers().contains("schools"));
  EXPECT_EQ(after->layer_records.at("schools").description.licence, "CC0-1.0");
  twin_.reset();
  open();
  EXPECT_EQ(snapshot()->city->digest(), after->city->digest());
  EXPECT_EQ(snapshot()->layer_records.at("schools").import_report, after->layer_records.at("schools").import_report);
}

TEST_F(TwinTest, KnowsTheSha256OfAFile) {
  open_with_prague();
  // Of the bytes of the file as `sha256sum` computes it.
  const auto report = import(folder_.write("x.geojson", R"({"type":"FeatureCollection","features":[{"type":"Feature","properties":{},)"
                                                        R"("geometry":{"type":"Point","coordinates":[14.42,50.08]}}]})"),
                             "x");
  ASSERT_THAT(report, Succeeds());
  EXPECT_EQ(report->sha256(), "195a80c31172cafebf03ad2a7ba16d72b285332a1f267d1a1850f99f862a86bc");
}

TEST_F(TwinTest, ABrokenImportLeavesTheCityAsItWas) {
  open_with_prague();
  ASSERT_THAT(import(folder_.write("schools.geojson", kSchools), "schools"), Succeeds());
  const auto before = snapshot();
  const std::string text(kSchools);
  EXPECT_THAT(import(folder_.write("cut.geojson", text.substr(0, 250)), "schools"), testing::Not(Succeeds()));
  EXPECT_THAT(import(folder_.write("empty.geojson", ""), "schools"), testing::Not(Succeeds()));
  EXPECT_THAT(import(folder_.path() / "absent.geojson", "schools"), FailsWith(ErrorCode::kNotFound));
  const Limits cancelled{.should_stop = [] { return true; }};
  EXPECT_THAT(import(folder_.path() / "schools.geojson", "schools", cancelled), FailsWith(ErrorCode::kCancelled));
  EXPECT_EQ(snapshot(), before);
  twin_.reset();
  open();
  EXPECT_EQ(snapshot()->city->digest(), before->city->digest());
  EXPECT_EQ(snapshot()->record.revision, 2);
}

TEST_F(TwinTest, SharesWhatDidNotChange) {
  open_with_prague();
  ASSERT_THAT(import(folder_.write("schools.geojson", kSchools), "schools"), Succeeds());
  ASSERT_THAT(import(folder_.write("clinics.geojson", kSchools), "clinics"), Succeeds());
  const auto before = snapshot();
  ASSERT_THAT(twin_->set_title("praha", "Prague"), Succeeds());
  const auto after = snapshot();
  EXPECT_EQ(after->record.title, "Prague");
  EXPECT_EQ(after->record.revision, 4);
  EXPECT_EQ(after->city->digest(), before->city->digest());
  EXPECT_EQ(after->city->layers().at("schools").layer, before->city->layers().at("schools").layer);
  EXPECT_EQ(after->city->layers().at("schools").index, before->city->layers().at("schools").index);

  auto description = after->layer_records.at("schools").description;
  description.attribution = "© Praha";
  ASSERT_THAT(twin_->set_layer_description("praha", description), Succeeds());
  EXPECT_EQ(snapshot()->city->layers().at("schools").layer->description().attribution, "© Praha");
  ASSERT_THAT(twin_->delete_layer("praha", "schools"), Succeeds());
  EXPECT_FALSE(snapshot()->city->layers().contains("schools"));
  EXPECT_EQ(snapshot()->city->layers().at("clinics").layer, before->city->layers().at("clinics").layer);
}

TEST_F(TwinTest, RefusesASecondServerOnTheSameFolder) {
  open();
  EXPECT_THAT(Twin::open(settings()), FailsSaying(ErrorCode::kFailedPrecondition, HasSubstr("Another server has the store")));
  twin_.reset();
  EXPECT_THAT(Twin::open(settings()), Succeeds());
}

TEST_F(TwinTest, RefusesAFolderWithADamagedOrMisnamedCity) {
  open_with_prague();
  twin_.reset();
  const auto store = settings().store_folder;
  std::filesystem::rename(store / "praha.gpkg", store / "brno.gpkg");
  EXPECT_THAT(Twin::open(settings()), FailsSaying(ErrorCode::kBadData, HasSubstr("name it praha.gpkg")));
  std::ofstream(store / "brno.gpkg") << "not a database, though it has the name of one, and long enough to be read as one";
  EXPECT_THAT(Twin::open(settings()), FailsSaying(ErrorCode::kBadData, HasSubstr("restore it from a backup")));
  std::filesystem::remove(store / "brno.gpkg");
  std::ofstream(store / "half.creating") << "half";
  EXPECT_THAT(Twin::open(settings()), Succeeds());
  EXPECT_FALSE(std::filesystem::exists(store / "half.creating"));
}

TEST_F(TwinTest, GivesOpenStreetMapLayersTheirLicence) {
  const auto file = shared_data("osm/finland-village-2019.osm.pbf");
  if (!file) GTEST_SKIP() << "skipped: no data";
  open();
  ASSERT_THAT(twin_->create_city("praha", "EPSG:3067", "", 0), Succeeds());
  const auto report = import(*file, "");
  ASSERT_THAT(report, Succeeds());
  const auto after = snapshot();
  ASSERT_TRUE(after->city->layers().contains("roads"));
  const auto& roads = after->city->layers().at("roads").layer->description();
  EXPECT_EQ(roads.title, "roads");
  EXPECT_EQ(roads.licence, "ODbL-1.0");
  EXPECT_EQ(roads.attribution, "© OpenStreetMap contributors");
  twin_.reset();
  open();
  EXPECT_EQ(snapshot()->city->digest(), after->city->digest());
}

}  // namespace
}  // namespace obnova::server
