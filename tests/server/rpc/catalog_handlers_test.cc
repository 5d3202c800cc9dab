#include "catalog_fixture.h"
#include "server/rpc/catalog_export.h"

namespace obnova::server {
namespace {

using testing::HasSubstr;

TEST_F(CatalogTest, CreatesShowsChangesAndDeletesACity) {
  v1::CreateCityRequest create;
  create.set_city_id("brno");
  create.mutable_city()->set_crs("EPSG:5514");
  create.mutable_city()->set_title("Brno");
  const auto created = create_city(*twin_, call_, create);
  ASSERT_THAT(created, Succeeds());
  EXPECT_EQ(created->city().name(), "cities/brno");
  EXPECT_EQ(created->city().revision(), 1);
  EXPECT_FALSE(created->city().has_extent());
  EXPECT_GT(created->city().create_time().seconds(), 1'700'000'000);
  EXPECT_THAT(create_city(*twin_, call_, create), FailsWith(ErrorCode::kAlreadyExists));

  v1::UpdateCityRequest update;
  update.mutable_city()->set_name("cities/brno");
  update.mutable_city()->set_title("Brno město");
  EXPECT_THAT(update_city(*twin_, call_, update), FailsWith(ErrorCode::kInvalidArgument));
  update.mutable_update_mask()->add_paths("crs");
  EXPECT_THAT(update_city(*twin_, call_, update), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("crs")));
  update.mutable_update_mask()->set_paths(0, "title");
  const auto updated = update_city(*twin_, call_, update);
  ASSERT_THAT(updated, Succeeds());
  EXPECT_EQ(updated->city().title(), "Brno město");
  EXPECT_EQ(updated->city().revision(), 2);

  v1::GetCityRequest get;
  get.set_name("cities/brno");
  EXPECT_EQ(get_city(*twin_, call_, get)->title(), "Brno město");
  v1::DeleteCityRequest remove;
  remove.set_name("cities/brno");
  EXPECT_THAT(delete_city(*twin_, call_, remove), Succeeds());
  EXPECT_THAT(get_city(*twin_, call_, get), FailsWith(ErrorCode::kNotFound));
}

TEST_F(CatalogTest, PagesCitiesByName) {
  for (const std::string id : {"a", "b", "c"}) ASSERT_THAT(twin_->create_city(id, "EPSG:5514", "", 0), Succeeds());
  v1::ListCitiesRequest list;
  list.set_page_size(3);
  auto page = list_cities(*twin_, call_, list);
  ASSERT_THAT(page, Succeeds());
  ASSERT_EQ(page->cities_size(), 3);
  EXPECT_EQ(page->cities(0).name(), "cities/a");
  list.set_page_token(page->next_page_token());
  page = list_cities(*twin_, call_, list);
  ASSERT_EQ(page->cities_size(), 1);
  EXPECT_EQ(page->cities(0).name(), "cities/praha");
  EXPECT_EQ(page->next_page_token(), "");
  list.set_page_token("?");
  EXPECT_THAT(list_cities(*twin_, call_, list), FailsWith(ErrorCode::kInvalidArgument));
  list.set_page_size(-1);
  EXPECT_THAT(list_cities(*twin_, call_, list), FailsWith(ErrorCode::kInvalidArgument));
  list.set_page_size(1001);
  EXPECT_THAT(list_cities(*twin_, call_, list), FailsWith(ErrorCode::kInvalidArgument));
}

TEST_F(CatalogTest, PagesLayersOfOneRevision) {
  import_schools();
  auto second = spec_message("clinics.geojson");
  ASSERT_THAT(import({second, data_message(kSchools)}), Succeeds());
  v1::ListLayersRequest list;
  *list.mutable_context() = context();
  list.set_page_size(1);
  auto page = list_layers(*twin_, call_, list);
  ASSERT_THAT(page, Succeeds());
  EXPECT_EQ(page->layers(0).name(), "cities/praha/layers/clinics");
  list.set_page_token(page->next_page_token());
  page = list_layers(*twin_, call_, list);
  ASSERT_THAT(page, Succeeds());
  EXPECT_EQ(page->layers(0).name(), "cities/praha/layers/schools");
  EXPECT_EQ(page->next_page_token(), "");
  ASSERT_THAT(twin_->set_title("praha", "x"), Succeeds());
  EXPECT_THAT(list_layers(*twin_, call_, list), FailsWith(ErrorCode::kFailedPrecondition));
  list.set_page_token("nonsense");
  EXPECT_THAT(list_layers(*twin_, call_, list), FailsWith(ErrorCode::kInvalidArgument));
}

TEST_F(CatalogTest, DescribesALayer) {
  import_schools();
  v1::DescribeLayerRequest request;
  *request.mutable_context() = context();
  request.set_layer("schools");
  const auto described = describe_layer(*twin_, call_, request);
  ASSERT_THAT(described, Succeeds());
  EXPECT_EQ(described->layer().feature_count(), 3);
  EXPECT_EQ(described->layer().theme(), v1::THEME_FACILITIES);
  EXPECT_LE(described->layer().extent().west_deg(), 14.42);
  EXPECT_GT(described->layer().extent().west_deg(), 14.41);
  EXPECT_EQ(described->import_report().read_count(), 3);
  EXPECT_EQ(described->provenance().revision(), 2);
  ASSERT_EQ(described->fields_size(), described->layer().fields_size());
  for (const auto& field : described->fields()) {
    if (field.field().name() == "name") {
      EXPECT_EQ(field.null_count(), 1);
      EXPECT_EQ(field.distinct_count(), 1);
      EXPECT_EQ(field.top(0).value().string_value(), "Škola");
      EXPECT_EQ(field.top(0).count(), 2);
    } else if (field.field().name() == "capacity") {
      EXPECT_EQ(field.distinct_count(), 3);
      EXPECT_EQ(field.min().ShortDebugString().find("100") != std::string::npos, true);
      EXPECT_EQ(field.max().ShortDebugString().find("300") != std::string::npos, true);
    }
  }
  request.set_layer("nothing");
  EXPECT_THAT(describe_layer(*twin_, call_, request), FailsWith(ErrorCode::kNotFound));
}

TEST_F(CatalogTest, ChangesWhatIsSaidOfALayerAndDeletesIt) {
  import_schools();
  v1::UpdateLayerRequest update;
  *update.mutable_context() = context();
  update.mutable_layer()->set_name("cities/praha/layers/schools");
  update.mutable_layer()->set_title("Školy");
  update.mutable_layer()->set_dated("2024-01-01");
  update.mutable_layer()->set_licence("ignored: not in the mask");
  update.mutable_layer()->mutable_covered_area()->set_geojson(
      R"({"type":"Polygon","coordinates":[[[14.3,50.0],[14.5,50.0],[14.5,50.2],[14.3,50.2],[14.3,50.0]]]})");
  for (const char* path : {"title", "dated", "covered_area"}) update.mutable_update_mask()->add_paths(path);
  const auto updated = update_layer(*twin_, call_, update);
  ASSERT_THAT(updated, Succeeds());
  EXPECT_EQ(updated->layer().title(), "Školy");
  EXPECT_EQ(updated->layer().dated(), "2024-01-01");
  EXPECT_EQ(updated->layer().licence(), "");
  EXPECT_TRUE(updated->layer().has_covered_area());
  EXPECT_EQ(updated->layer().revision(), 3);
  update.mutable_update_mask()->add_paths("theme");
  EXPECT_THAT(update_layer(*twin_, call_, update), FailsWith(ErrorCode::kInvalidArgument));
  update.mutable_layer()->set_name("cities/brno/layers/schools");
  EXPECT_THAT(update_layer(*twin_, call_, update), FailsWith(ErrorCode::kInvalidArgument));

  v1::DeleteLayerRequest remove;
  *remove.mutable_context() = context();
  remove.set_layer("schools");
  const auto removed = delete_layer(*twin_, call_, remove);
  ASSERT_THAT(removed, Succeeds());
  EXPECT_EQ(removed->revision(), 4);
  EXPECT_THAT(delete_layer(*twin_, call_, remove), FailsWith(ErrorCode::kNotFound));
}

class ExportTest : public CatalogTest {
 protected:
  Result<std::string> exported(v1::ExportFormat format) {
    v1::ExportLayerRequest request;
    *request.mutable_context() = context();
    request.set_layer("schools");
    request.set_format(format);
    std::string file;
    const ExportSettings settings{.folder = folder_.path() / "exports"};
    const auto done = export_layer(*twin_, settings, call_, request, [&file](v1::ExportLayerResponse message) -> Result<void> {
      EXPECT_LE(message.data().size(), 256U * 1024U);
      file += message.data();
      return {};
    });
    if (!done) return std::unexpected(done.error());
    return file;
  }
};

TEST_F(ExportTest, WritesGeoJsonThatImportsToTheSameFeatures) {
  import_schools();
  const auto file = exported(v1::EXPORT_FORMAT_GEOJSON);
  ASSERT_THAT(file, Succeeds());
  EXPECT_THAT(*file, HasSubstr("[14.42,50.08]"));
  EXPECT_THAT(*file, HasSubstr("\"Škola\""));
  auto again = spec_message("again.geojson");
  const auto operation = import({again, data_message(*file)});
  ASSERT_THAT(operation, Succeeds());
  ASSERT_TRUE(operation->has_import_report()) << operation->ShortDebugString();
  EXPECT_EQ(operation->import_report().layers(0).kept_count(), 3);
}

TEST_F(ExportTest, WritesCsvWithWkt) {
  import_schools();
  const auto file = exported(v1::EXPORT_FORMAT_CSV);
  ASSERT_THAT(file, Succeeds());
  EXPECT_THAT(*file, HasSubstr(",WKT\r\n"));
  EXPECT_THAT(*file, HasSubstr("POINT (14.42 50.08)"));
  EXPECT_THAT(*file, HasSubstr("Škola"));
  EXPECT_THAT(exported(v1::EXPORT_FORMAT_UNSPECIFIED), FailsWith(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace obnova::server
