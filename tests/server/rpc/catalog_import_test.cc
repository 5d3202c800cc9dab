#include "catalog_fixture.h"

namespace obnova::server {
namespace {

using testing::HasSubstr;

TEST_F(CatalogTest, ImportsAFileThatCameInPieces) {
  const std::string text(kSchools);
  auto spec = spec_message("Škola 2024.geojson");
  spec.mutable_spec()->set_licence("CC0-1.0");
  spec.mutable_spec()->set_dated("2024-02-29");
  const auto operation = import({spec, data_message(text.substr(0, 100)), data_message(""), data_message(text.substr(100))});
  ASSERT_THAT(operation, Succeeds());
  ASSERT_TRUE(operation->done());
  ASSERT_TRUE(operation->has_import_report()) << operation->ShortDebugString();
  EXPECT_EQ(operation->import_report().layers(0).layer(), "cities/praha/layers/kola_2024");
  EXPECT_EQ(operation->import_report().layers(0).kept_count(), 3);
  EXPECT_EQ(operation->progress().fraction(), 1);
  EXPECT_TRUE(std::filesystem::is_empty(import_settings_.upload_folder)) << "the upload is deleted";
}

TEST_F(CatalogTest, RefusesMessagesOutOfOrder) {
  EXPECT_THAT(import({data_message("x")}), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("first message")));
  EXPECT_THAT(import({}), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(import({spec_message("a.geojson"), spec_message("a.geojson")}), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(import({v1::ImportLayerRequest()}), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(import({spec_message("a.geojson")}), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("a.geojson is empty")));
  EXPECT_TRUE(std::filesystem::is_empty(import_settings_.upload_folder));
}

TEST_F(CatalogTest, RefusesHalfAnUpload) {
  auto spec = spec_message("schools.geojson");
  spec.mutable_spec()->set_size_bytes(static_cast<std::int64_t>(std::string(kSchools).size()));
  EXPECT_THAT(import({spec, data_message(std::string(kSchools).substr(0, 100))}),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("100 came")));
  EXPECT_TRUE(std::filesystem::is_empty(import_settings_.upload_folder));
}

TEST_F(CatalogTest, RefusesASpecThatCannotBeMeant) {
  const auto refused = [this](auto change) {
    auto message = spec_message("a.geojson");
    change(*message.mutable_spec());
    const auto taken = new_import().take(call_, message);
    return taken ? std::string("accepted") : taken.error().field;
  };
  EXPECT_EQ(refused([](v1::ImportSpec& s) { s.set_file_name(""); }), "spec.file_name");
  EXPECT_EQ(refused([](v1::ImportSpec& s) { s.set_file_name("../a.geojson"); }), "spec.file_name");
  EXPECT_EQ(refused([](v1::ImportSpec& s) { s.set_theme(static_cast<v1::Theme>(99)); }), "spec.theme");
  EXPECT_EQ(refused([](v1::ImportSpec& s) { s.set_layer("Not An Id"); }), "spec.layer");
  EXPECT_EQ(refused([](v1::ImportSpec& s) { s.set_dated("2023-02-29"); }), "spec.dated");
  EXPECT_EQ(refused([](v1::ImportSpec& s) { s.set_dated("29.2.2024"); }), "spec.dated");
  EXPECT_EQ(refused([](v1::ImportSpec& s) { s.set_title(std::string(501, 'x')); }), "spec.title");
  EXPECT_EQ(refused([](v1::ImportSpec& s) { s.mutable_covered_area()->set_geojson(R"({"type":"Point","coordinates":[14,50]})"); }),
            "spec.covered_area");
  EXPECT_EQ(refused([](v1::ImportSpec& s) { s.mutable_context()->set_city("cities/brno"); }), "spec.context.city");
  EXPECT_EQ(refused([](v1::ImportSpec& s) { s.set_file_name("a.osm.pbf"); }), "spec.theme");
  EXPECT_EQ(refused([](v1::ImportSpec& s) {
              s.set_file_name("a.OSM.PBF");
              s.set_theme(v1::THEME_UNSPECIFIED);
              s.set_layer("roads");
            }),
            "spec.layer");
}

TEST_F(CatalogTest, TakesFilesUpToTheLimitAndNotOneByteMore) {
  import_settings_.max_file_bytes = 10;
  auto exact = new_import();
  ASSERT_THAT(exact.take(call_, spec_message("a.geojson")), Succeeds());
  EXPECT_THAT(exact.take(call_, data_message("0123456789")), Succeeds());
  EXPECT_THAT(exact.take(call_, data_message("0")), FailsWith(ErrorCode::kLimitExceeded));
  EXPECT_THAT(exact.take(call_, data_message(std::string((1 << 20) + 1, 'x'))), FailsWith(ErrorCode::kInvalidArgument));
}

TEST_F(CatalogTest, ImportsServerFilesOnlyFromBelowTheRoot) {
  auto message = spec_message("schools.geojson");
  message.mutable_spec()->set_server_path("schools.geojson");
  EXPECT_THAT(import({message}), FailsWith(ErrorCode::kFailedPrecondition));
  import_settings_.import_root = folder_.path() / "root";
  std::filesystem::create_directory(folder_.path() / "root");
  folder_.write("secret.geojson", kSchools);
  std::filesystem::create_symlink(folder_.path() / "secret.geojson", folder_.path() / "root" / "link.geojson");
  for (const std::string path : {"schools.geojson", "../secret.geojson", "link.geojson", ".", "/etc/passwd"}) {
    message.mutable_spec()->set_server_path(path);
    EXPECT_THAT(import({message}), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("below the import root"))) << path;
  }
  folder_.write("root/schools.geojson", kSchools);
  message.mutable_spec()->set_server_path("schools.geojson");
  EXPECT_THAT(import({message, data_message("x")}), FailsWith(ErrorCode::kInvalidArgument));
  const auto operation = import({message});
  ASSERT_THAT(operation, Succeeds());
  EXPECT_TRUE(operation->has_import_report()) << operation->ShortDebugString();
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / "root" / "schools.geojson")) << "it is not ours to delete";
}

TEST_F(CatalogTest, AFileThatDoesNotSayItsThemeNeedsOne) {
  auto spec = spec_message("schools.geojson");
  spec.mutable_spec()->clear_theme();
  const auto operation = import({spec, data_message(kSchools)});
  ASSERT_THAT(operation, Succeeds());
  EXPECT_THAT(operation->error().message(), HasSubstr("schools.geojson needs a theme"));
}

TEST_F(CatalogTest, TellsWhyAnImportFailed) {
  const auto operation = import({spec_message("schools.geojson"), data_message("{\"type\":\"FeatureColl")});
  ASSERT_THAT(operation, Succeeds());
  ASSERT_TRUE(operation->has_error());
  EXPECT_EQ(operation->error().code(), 3);
  EXPECT_THAT(operation->error().message(), HasSubstr("schools.geojson"));
}

}  // namespace
}  // namespace obnova::server
