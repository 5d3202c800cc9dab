#include "nasty_city.h"

namespace obnova::server {
namespace {

using testing::HasSubstr;

struct Way {
  v1::ExportFormat format;
  const char* file;
  double tolerance_m;
};
constexpr Way kGeoPackage{v1::EXPORT_FORMAT_GEOPACKAGE, "x.gpkg", 0};
constexpr Way kFlatGeobuf{v1::EXPORT_FORMAT_FLATGEOBUF, "x.fgb", 0};
constexpr Way kGeoJson{v1::EXPORT_FORMAT_GEOJSON, "x.geojson", 0.01};

class LayerRoundTripTest : public ExportTest, public testing::WithParamInterface<Way> {};

TEST_P(LayerRoundTripTest, AnExportedLayerComesBackEqual) {
  const Way& way = GetParam();
  for (const auto& [id, original] : layers_) {
    const auto exported = export_one(id, way.format);
    ASSERT_THAT(exported, Succeeds());
    EXPECT_EQ(exported->summary.size_bytes(), static_cast<std::int64_t>(exported->bytes.size()));
    EXPECT_EQ(exported->summary.layers(0).feature_count(), static_cast<std::int64_t>(original->feature_count()));
    const auto operation = import(way.file, exported->bytes);
    ASSERT_THAT(operation, Succeeds());
    ASSERT_TRUE(operation->has_import_report()) << id << ": " << operation->error().message();
    EXPECT_EQ(operation->import_report().layers(0).layer(), "cities/kopie/layers/" + id);
    EXPECT_EQ(operation->import_report().layers(0).repaired_count(), 0);
    EXPECT_EQ(difference(*original, layer("kopie", id), way.tolerance_m), "") << id;
  }
  EXPECT_EQ(file_count(export_settings_.folder), 0U) << "nothing stays behind";
}

INSTANTIATE_TEST_SUITE_P(AllFormats, LayerRoundTripTest, testing::Values(kGeoPackage, kFlatGeobuf, kGeoJson));

TEST_F(ExportTest, ANewIdAndWordsOfTheImportGoBeforeThoseOfTheFile) {
  const auto exported = export_one("boxes", v1::EXPORT_FORMAT_GEOPACKAGE);
  ASSERT_THAT(exported, Succeeds());
  v1::ImportLayerRequest message;
  *message.mutable_spec()->mutable_context() = context("kopie");
  message.mutable_spec()->set_file_name("x.gpkg");
  message.mutable_spec()->set_layer("houses");
  message.mutable_spec()->set_licence("CC0-1.0");
  message.mutable_spec()->set_theme(v1::THEME_PARCELS);
  message.mutable_spec()->set_size_bytes(static_cast<std::int64_t>(exported->bytes.size()));
  LayerUpload receiver(*twin_, *operations_, import_settings_);
  ASSERT_THAT(receiver.take(call_, message), Succeeds());
  message.set_data(exported->bytes);
  ASSERT_THAT(receiver.take(call_, message), Succeeds());
  const auto response = receiver.finish(call_);
  ASSERT_THAT(response, Succeeds());
  const auto operation = operations_->wait(response->operation(), std::chrono::minutes(1), {});
  ASSERT_TRUE(operation->has_import_report()) << operation->error().message();
  const geo::LayerDescription& said = layer("kopie", "houses").description();
  EXPECT_EQ(said.licence, "CC0-1.0");
  EXPECT_EQ(said.theme, geo::Theme::kParcels);
  EXPECT_EQ(said.title, "boxes");
}

TEST_F(ExportTest, SaysWhatAFileCannotHold) {
  const auto warnings = [this](v1::ExportFormat format) {
    const auto exported = export_one("nasty", format);
    std::string all;
    for (const std::string& warning : exported->summary.warnings()) all += warning + "\n";
    return all;
  };
  EXPECT_THAT(warnings(v1::EXPORT_FORMAT_GEOJSON), HasSubstr("`id` of layer nasty holds whole numbers beyond 2^53"));
  EXPECT_THAT(warnings(v1::EXPORT_FORMAT_GEOJSON), HasSubstr("The field `name` of layer nasty is called `name_2`"));
  EXPECT_THAT(warnings(v1::EXPORT_FORMAT_CSV), HasSubstr("The field `WKT` of layer nasty is called `WKT_2`"));
  EXPECT_THAT(warnings(v1::EXPORT_FORMAT_CSV), HasSubstr("nothing of types, licence"));
  EXPECT_EQ(warnings(v1::EXPORT_FORMAT_GEOPACKAGE), "");
}

TEST_F(ExportTest, CarriesTheLicencesOfWhatIsInTheFile) {
  const auto exported = export_all(v1::EXPORT_FORMAT_CSV);
  ASSERT_THAT(exported, Succeeds());
  ASSERT_EQ(exported->summary.provenance().layers_size(), 3);
  EXPECT_EQ(exported->summary.provenance().layers(0).licence(), "ODbL-1.0");
  EXPECT_EQ(exported->summary.provenance().layers(2).attribution(), "© місто");
  EXPECT_EQ(exported->summary.provenance().layers(2).dated(), "2024-02-29");
}

TEST_F(ExportTest, CancelledExportsEndAndLeaveNothing) {
  call_.cancel();
  for (const auto format : {v1::EXPORT_FORMAT_GEOPACKAGE, v1::EXPORT_FORMAT_FLATGEOBUF, v1::EXPORT_FORMAT_GEOJSON, v1::EXPORT_FORMAT_CSV}) {
    EXPECT_THAT(export_one("boxes", format), FailsWith(ErrorCode::kCancelled));
    EXPECT_THAT(export_all(format), FailsWith(ErrorCode::kCancelled));
  }
  EXPECT_THAT(export_all(v1::EXPORT_FORMAT_GEOPACKAGE, true), FailsWith(ErrorCode::kCancelled));
  EXPECT_EQ(file_count(export_settings_.folder), 0U);
}

TEST_F(ExportTest, AReaderWhoLeavesEndsTheExport) {
  v1::ExportCityRequest request;
  *request.mutable_context() = context("praha");
  request.set_format(v1::EXPORT_FORMAT_GEOPACKAGE);
  const auto done = export_city(*twin_, export_settings_, call_, request, [](const v1::ExportCityResponse&) -> Result<void> {
    return failure(ErrorCode::kCancelled, "The caller has gone.");
  });
  EXPECT_THAT(done, FailsWith(ErrorCode::kCancelled));
  EXPECT_EQ(file_count(export_settings_.folder), 0U);
}

TEST_F(ExportTest, RefusesWhatIsNotThere) {
  EXPECT_THAT(export_one("nothing", v1::EXPORT_FORMAT_CSV), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(export_one("boxes", v1::EXPORT_FORMAT_UNSPECIFIED), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(export_all(v1::EXPORT_FORMAT_UNSPECIFIED), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(export_all(v1::EXPORT_FORMAT_CSV, true), FailsWith(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace obnova::server
