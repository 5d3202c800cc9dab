#include "server/rpc/raster_handlers.h"

#include <cmath>
#include <fstream>
#include <numbers>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/base/wkb.h"
#include "server/rpc/catalog_handlers.h"
#include "server/rpc/coverage_handlers.h"
#include "server/rpc/feature_handlers.h"
#include "server/rpc/siting_handlers.h"
#include "server/solver/child_solver.h"
#include "tests/server/rpc/small_city.h"
#include "tests/support/result_matchers.h"

namespace obnova::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// The small city with two rasters of 100 m cells, 16 columns from 100 m west of
// the street and 36 rows from 100 m south of it: `people`, `r + c / 8` in row r
// (from the north) and column c, none known in the last row; and `ground`, a
// slope that rises a meter a cell to the east.
class RasterHandlersTest : public SmallCityTest {
 protected:
  static constexpr int kColumns = 16;
  static constexpr int kRows = 36;

  RasterHandlersTest() {
    reopen();
    OBNOVA_CHECK(
        import_grid("crowd", geo::Theme::kPopulation, [](int row, int column) { return row == kRows - 1 ? -9999 : row + column / 8.0; }));
    OBNOVA_CHECK(import_grid("ground", geo::Theme::kTerrain, [](int, int column) { return 100.0 + column; }));
  }

  void reopen() {
    twin_.reset();
    auto profiles = geo::read_profiles(std::filesystem::path(OBNOVA_SOURCE_DIR) / "data" / "profiles");
    TwinSettings settings{.store_folder = folder_, .profiles = std::move(*profiles), .rule_packs = {}, .ingest = {}};
    settings.ingest.worker = std::filesystem::path(OBNOVA_BIN_DIR) / "obnova-ingest";
    auto twin = Twin::open(std::move(settings));
    OBNOVA_CHECK(twin.has_value());
    twin_ = std::move(*twin);
  }

  template <typename Value>
  Result<v1::ImportReport> import_grid(const std::string& id, geo::Theme theme, const Value& value) {
    const std::filesystem::path path = folder_ / (id + ".asc");
    std::ofstream file(path);
    file << fmt::format("ncols {}\nnrows {}\nxllcorner {}\nyllcorner {}\ncellsize 100\nNODATA_value -9999\n", kColumns, kRows,
                        kOrigin.x_m - 100, kOrigin.y_m - 100);
    for (int row = 0; row < kRows; ++row) {
      for (int column = 0; column < kColumns; ++column) file << value(row, column) << (column + 1 < kColumns ? " " : "\n");
    }
    file.close();
    worker::IngestJob job;
    job.set_path(path.string());
    job.set_file_name(path.filename().string());
    job.set_layer(id);
    job.set_theme(static_cast<int>(theme));
    job.set_crs("EPSG:32635");
    geo::LayerDescription said;
    said.licence = "CC-BY-4.0";
    said.attribution = "Somebody";
    said.dated = "2025-05-05";
    return twin_->import_raster("town", job, said, [](double, const std::string&) {}, {});
  }

  static double people() {
    double sum = 0;
    for (int row = 0; row < kRows - 1; ++row) {
      for (int column = 0; column < kColumns; ++column) sum += row + column / 8.0;
    }
    return sum;
  }

  v1::AggregateRasterRequest by_districts() const {
    v1::AggregateRasterRequest request;
    *request.mutable_context() = context_;
    request.set_layer("crowd");
    request.set_areas_layer("districts");
    return request;
  }
  v1::SampleRasterRequest heights(const std::vector<Point>& points) const {
    v1::SampleRasterRequest request;
    *request.mutable_context() = context_;
    request.set_layer("ground");
    *request.mutable_places() = places(points);
    return request;
  }
  v1::ComputeCoverageRequest schools() const {
    v1::ComputeCoverageRequest request;
    *request.mutable_context() = context_;
    request.set_facilities_layer("schools");
    request.mutable_standard()->set_max_distance_m(250);
    request.mutable_demand()->set_layer("crowd");
    request.mutable_options()->set_profile("foot");
    return request;
  }
};

TEST_F(RasterHandlersTest, AreasGetTheirSharesAndTheRestIsOutside) {
  const auto answer = aggregate_raster(*twin_, call_, by_districts());
  ASSERT_THAT(answer, Succeeds());
  ASSERT_EQ(answer->areas_size(), 2);
  const v1::RasterAggregate& west = answer->areas(0);
  EXPECT_EQ(west.area(), "west");
  EXPECT_EQ(west.title(), "West");
  // From 100 m west to 450 m: five and a half columns; from the last known row, 0 m, to 500 m: five rows.
  EXPECT_NEAR(west.cell_count(), 5.5 * 5, 1e-9);
  double sum = 0;
  for (int row = 30; row < 35; ++row) {
    for (int column = 0; column < 6; ++column) sum += (row + column / 8.0) * (column == 5 ? 0.5 : 1);
  }
  EXPECT_NEAR(west.sum(), sum, 1e-9);
  EXPECT_NEAR(west.mean(), sum / 27.5, 1e-9);
  EXPECT_EQ(west.min(), 30);
  EXPECT_EQ(west.max(), 34 + 5 / 8.0);
  EXPECT_NEAR(west.covered_share(), 27.5 / (9.5 * 10), 1e-9) << "west of the raster and south of it nothing is known";
  EXPECT_EQ(answer->total().sum(), people());
  EXPECT_EQ(answer->total().cell_count(), (kRows - 1) * kColumns);
  EXPECT_NEAR(answer->areas(0).sum() + answer->areas(1).sum() + answer->outside().sum(), people(), 1e-9);
  EXPECT_THAT(answer->provenance().layers(0).name(), HasSubstr("crowd"));
  EXPECT_EQ(answer->provenance().layers(0).licence(), "CC-BY-4.0");
  EXPECT_EQ(answer->provenance().layers(0).attribution(), "Somebody");
  EXPECT_EQ(answer->provenance().layers(0).dated(), "2025-05-05");
  EXPECT_THAT(answer->provenance().layers(1).name(), HasSubstr("districts"));
}

TEST_F(RasterHandlersTest, APartitionAddsUpToTheTotal) {
  v1::AggregateRasterRequest request = by_districts();
  request.clear_areas_layer();
  // Slices around a middle that is on no line of the grid.
  const Point middle = at(431.7, 1417.3);
  constexpr int kSlices = 37;
  const auto corner = [&](int slice) {
    const double angle = 2 * std::numbers::pi * (slice % kSlices) / kSlices;
    return Point{middle.x_m + 9000 * std::cos(angle), middle.y_m + 9000 * std::sin(angle)};
  };
  for (int slice = 0; slice < kSlices; ++slice) {
    v1::Geometry& area = *request.add_areas();
    area.set_srid(32635);
    area.set_wkb(to_wkb(Geometry::polygon({middle, corner(slice), corner(slice + 1)}).view()));
  }
  const auto answer = aggregate_raster(*twin_, call_, request);
  ASSERT_THAT(answer, Succeeds());
  double sum = 0;
  double count = 0;
  for (const v1::RasterAggregate& area : answer->areas()) {
    sum += area.sum();
    count += area.cell_count();
  }
  EXPECT_NEAR(sum / people(), 1, 1e-9);
  EXPECT_NEAR(count / answer->total().cell_count(), 1, 1e-9);
  EXPECT_EQ(answer->areas(3).area(), "3");
  EXPECT_EQ(answer->outside().sum(), 0);
  EXPECT_EQ(answer->outside().cell_count(), 0);
}

TEST_F(RasterHandlersTest, OverlappingAreasLeaveOutsideWhatIsInNone) {
  v1::AggregateRasterRequest request = by_districts();
  request.clear_areas_layer();
  for (int i = 0; i < 2; ++i) *request.add_areas() = shape(area(0, 0, 1000, 1000));
  const auto answer = aggregate_raster(*twin_, call_, request);
  ASSERT_THAT(answer, Succeeds());
  EXPECT_NEAR(answer->outside().sum(), people() - answer->areas(0).sum(), 1e-6);
}

TEST_F(RasterHandlersTest, RefusesWhatCannotBeSummed) {
  const auto refused = [&](auto change) {
    v1::AggregateRasterRequest request = by_districts();
    change(request);
    return field_of(aggregate_raster(*twin_, call_, request));
  };
  EXPECT_EQ(refused([](auto& request) { request.clear_layer(); }), "layer");
  EXPECT_EQ(refused([](auto& request) { request.set_layer("people"); }), "layer");
  EXPECT_EQ(refused([](auto& request) { request.set_layer("none"); }), "layer");
  EXPECT_EQ(refused([](auto& request) { request.set_areas_layer("schools"); }), "areas_layer");
  EXPECT_EQ(refused([](auto& request) { request.set_areas_layer("ground"); }), "areas_layer");
  EXPECT_EQ(refused([](auto& request) { request.set_areas_filter("name ="); }), "areas_filter");
  EXPECT_EQ(refused([](auto& request) { request.clear_areas_layer(); }), "areas");
  EXPECT_EQ(refused([&](auto& request) { *request.add_areas() = shape(area(0, 0, 10, 10)); }), "areas");
  EXPECT_EQ(refused([&](auto& request) {
              request.clear_areas_layer();
              *request.add_areas() = shape(Geometry::point(at(0, 0)));
            }),
            "areas[0]");
  v1::AggregateRasterRequest request = by_districts();
  request.set_areas_filter("name = 'East'");
  EXPECT_EQ(aggregate_raster(*twin_, call_, request)->areas_size(), 1);
}

TEST_F(RasterHandlersTest, HeightsLieBetweenCenters) {
  auto request = heights({at(-50, 0), at(0, 0), at(25, 40), at(-150, 0), at(300, 5000)});
  auto answer = sample_raster(*twin_, call_, request);
  ASSERT_THAT(answer, Succeeds());
  EXPECT_NEAR(answer->samples(0).value(), 100, 1e-6);
  EXPECT_NEAR(answer->samples(1).value(), 100.5, 1e-6);
  EXPECT_NEAR(answer->samples(2).value(), 100.75, 1e-6);
  EXPECT_FALSE(answer->samples(3).has_value());
  EXPECT_FALSE(answer->samples(4).has_value());
  EXPECT_EQ(answer->unit(), "m");
  request.set_sampling(v1::RASTER_SAMPLING_NEAREST);
  answer = sample_raster(*twin_, call_, request);
  EXPECT_EQ(answer->samples(2).value(), 101);
  request.set_layer("crowd");
  request.clear_sampling();
  *request.mutable_places() = places({at(25, 40), at(25, -50)});
  answer = sample_raster(*twin_, call_, request);
  EXPECT_EQ(answer->samples(0).value(), 34.125) << "people are those of the cell";
  EXPECT_FALSE(answer->samples(1).has_value()) << "unknown is not zero";
}

TEST_F(RasterHandlersTest, RefusesWhatCannotBeSampled) {
  const auto refused = [&](auto change) {
    v1::SampleRasterRequest request = heights({at(0, 0)});
    change(request);
    return field_of(sample_raster(*twin_, call_, request));
  };
  EXPECT_EQ(refused([](auto& request) { request.set_layer("roads"); }), "layer");
  EXPECT_EQ(refused([](auto& request) { request.clear_places(); }), "places");
  EXPECT_EQ(refused([&](auto& request) { *request.mutable_places() = many_places(10'001); }), "places");
  EXPECT_EQ(refused([](auto& request) { request.set_sampling(static_cast<v1::RasterSampling>(7)); }), "sampling");
}

TEST_F(RasterHandlersTest, PeopleOfARasterAreConserved) {
  v1::ComputeCoverageRequest request = schools();
  request.set_districts_layer("districts");
  request.set_include_places(true);
  const auto answer = compute_coverage(*twin_, call_, request);
  ASSERT_THAT(answer, Succeeds());
  const v1::PeopleCount& total = answer->total();
  EXPECT_NEAR(total.total() / people(), 1, 1e-12);
  EXPECT_NEAR(total.covered() + total.uncovered() + total.unreachable() + total.unassessed(), total.total(), 1e-9);
  EXPECT_GT(total.covered(), 0);
  EXPECT_GT(total.uncovered(), 0);
  EXPECT_NEAR(answer->districts(0).people().total() + answer->districts(1).people().total() + answer->outside_districts().total(),
              total.total(), 1e-9);
  EXPECT_EQ(answer->places_size(), (kRows - 1) * kColumns - 1) << "nobody lives in the first cell";
  EXPECT_EQ(answer->places(0).place(), "0/1");
  EXPECT_EQ(answer->places(15).place(), "1/0");
  EXPECT_THAT(answer->provenance().warnings(), testing::Contains(HasSubstr("people of raster `crowd`")));
  EXPECT_THAT(answer->provenance().layers(0).name(), HasSubstr("crowd"));
}

TEST_F(RasterHandlersTest, OnlyPeopleWithinAnAreaCountWhenItIsGiven) {
  v1::ComputeCoverageRequest request = schools();
  *request.mutable_demand()->mutable_within() = shape(area(-40, 0, 730, 510));
  v1::AggregateRasterRequest sums = by_districts();
  sums.clear_areas_layer();
  *sums.add_areas() = request.demand().within();
  const auto answer = compute_coverage(*twin_, call_, request);
  ASSERT_THAT(answer, Succeeds());
  EXPECT_NEAR(answer->total().total(), aggregate_raster(*twin_, call_, sums)->areas(0).sum(), 1e-6);
}

TEST_F(RasterHandlersTest, RefusesRastersThatAreNoDemand) {
  const auto refused = [&](auto change) {
    v1::ComputeCoverageRequest request = schools();
    change(*request.mutable_demand());
    return field_of(compute_coverage(*twin_, call_, request));
  };
  EXPECT_EQ(refused([](auto& demand) { demand.set_layer("ground"); }), "demand.layer");
  EXPECT_EQ(refused([](auto& demand) { demand.set_filter("x > 1"); }), "demand.filter");
  EXPECT_EQ(refused([](auto& demand) { demand.set_field("x"); }), "demand.field");
  EXPECT_EQ(refused([](auto& demand) { demand.set_floor_area_per_person_m2(30); }), "demand.floor_area_per_person_m2");
  EXPECT_EQ(refused([&](auto& demand) { *demand.mutable_within() = shape(Geometry::point(at(0, 0))); }), "demand.within");
  EXPECT_EQ(refused([&](auto& demand) {
              demand.set_layer("people");
              *demand.mutable_within() = shape(area(0, 0, 10, 10));
            }),
            "demand.within");
}

TEST_F(RasterHandlersTest, QuestionsAboutFeaturesNameTheRightCall) {
  v1::ListFeaturesRequest list;
  *list.mutable_context() = context_;
  list.mutable_selection()->set_layer("ground");
  EXPECT_THAT(list_features(*twin_, call_, list),
              FailsSaying(ErrorCode::kInvalidArgument, testing::AllOf(HasSubstr("AggregateRaster"), HasSubstr("SampleRaster"))));
  v1::GetFeatureRequest one;
  *one.mutable_context() = context_;
  one.set_layer("ground");
  one.set_feature("1");
  EXPECT_THAT(get_feature(*twin_, call_, one), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("is a raster")));
  v1::ApplyChangesRequest changes;
  *changes.mutable_context() = context_;
  changes.add_changes()->set_layer("ground");
  changes.mutable_changes(0)->set_feature("1");
  changes.mutable_changes(0)->mutable_remove();
  EXPECT_THAT(apply_changes(*twin_, call_, changes), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("is a raster")));
}

TEST_F(RasterHandlersTest, TheCatalogKnowsRasters) {
  v1::ListLayersRequest list;
  *list.mutable_context() = context_;
  const auto layers = list_layers(*twin_, call_, list);
  ASSERT_THAT(layers, Succeeds());
  std::vector<std::string> ids;
  for (const v1::Layer& layer : layers->layers()) ids.push_back(layer.name().substr(layer.name().rfind('/') + 1));
  EXPECT_TRUE(std::ranges::is_sorted(ids));
  EXPECT_THAT(ids, testing::IsSupersetOf({"crowd", "ground", "roads"}));

  v1::DescribeLayerRequest describe;
  *describe.mutable_context() = context_;
  describe.set_layer("crowd");
  const auto described = describe_layer(*twin_, call_, describe);
  ASSERT_THAT(described, Succeeds());
  const v1::RasterInfo& info = described->layer().raster();
  EXPECT_EQ(described->layer().theme(), v1::THEME_POPULATION);
  EXPECT_EQ(info.column_count(), kColumns);
  EXPECT_EQ(info.row_count(), kRows);
  EXPECT_EQ(info.crs(), "EPSG:32635");
  EXPECT_EQ(info.cell_width(), 100);
  EXPECT_EQ(info.cell_height(), 100);
  EXPECT_EQ(info.cell_side_m(), 100);
  EXPECT_NEAR(info.unknown_share(), 1.0 / kRows, 1e-12);
  EXPECT_EQ(info.min(), 0);
  EXPECT_EQ(info.max(), 34 + 15 / 8.0);
  EXPECT_EQ(described->raster_statistics().sum(), people());
  EXPECT_EQ(described->raster_statistics().unknown_count(), kColumns);
  EXPECT_EQ(described->import_report().layers(0).read_count(), kColumns * kRows);
  EXPECT_EQ(described->import_report().revision(), described->layer().revision());
}

TEST_F(RasterHandlersTest, WordsOfARasterCanBeChangedAndItCanBeDeleted) {
  v1::UpdateLayerRequest update;
  *update.mutable_context() = context_;
  update.mutable_layer()->set_name("cities/town/layers/ground");
  update.mutable_layer()->set_title("Terrain of the town");
  update.mutable_update_mask()->add_paths("title");
  const auto updated = update_layer(*twin_, call_, update);
  ASSERT_THAT(updated, Succeeds());
  EXPECT_EQ(updated->layer().title(), "Terrain of the town");
  EXPECT_TRUE(updated->layer().has_raster());
  update.mutable_update_mask()->set_paths(0, "covered_area");
  EXPECT_EQ(field_of(update_layer(*twin_, call_, update)), "layer.covered_area");

  v1::DeleteLayerRequest remove;
  *remove.mutable_context() = context_;
  remove.set_layer("ground");
  ASSERT_THAT(delete_layer(*twin_, call_, remove), Succeeds());
  EXPECT_THAT(sample_raster(*twin_, call_, heights({at(0, 0)})), FailsWith(ErrorCode::kNotFound));
}

TEST_F(RasterHandlersTest, ARestartGivesTheSameCity) {
  const auto before = twin_->resolve(context_).value();
  const std::string digest = before->city->digest().hex();
  const std::string raster = before->city->rasters().find("crowd")->second->digest().hex();
  reopen();
  const auto after = twin_->resolve(context_).value();
  EXPECT_EQ(after->city->digest().hex(), digest);
  EXPECT_EQ(after->city->rasters().find("crowd")->second->digest().hex(), raster);
}

TEST_F(RasterHandlersTest, EarlierRevisionsDoNotKnowLaterRasters) {
  const std::int64_t newest = twin_->resolve(context_).value()->record.revision;
  v1::SampleRasterRequest request = heights({at(-50, 0)});
  request.mutable_context()->set_revision(newest - 1);
  EXPECT_THAT(sample_raster(*twin_, call_, request), FailsWith(ErrorCode::kNotFound)) << "before `ground` came";
  ASSERT_THAT(import_grid("crowd", geo::Theme::kPopulation, [](int, int) { return 1; }), Succeeds());
  EXPECT_EQ(aggregate_raster(*twin_, call_, by_districts())->total().sum(), kRows * kColumns);
  request.mutable_context()->set_revision(newest);
  EXPECT_THAT(sample_raster(*twin_, call_, request),
              FailsSaying(ErrorCode::kFailedPrecondition, testing::AllOf(HasSubstr("`crowd`"), HasSubstr("was not kept"))));
}

TEST_F(RasterHandlersTest, ABadFileLeavesTheCityAsItWas) {
  const auto before = twin_->resolve(context_).value();
  EXPECT_THAT(import_grid("crowd", geo::Theme::kPopulation, [](int, int) { return -5; }),
              FailsSaying(ErrorCode::kBadData, HasSubstr("crowd.asc has a cell with -5 people")));
  EXPECT_THAT(import_grid("crowd", geo::Theme::kRoads, [](int, int) { return 5; }),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("theme")));
  EXPECT_THAT(import_grid("roads", geo::Theme::kTerrain, [](int, int) { return 5; }),
              FailsSaying(ErrorCode::kFailedPrecondition, HasSubstr("layer `roads` of features")));
  EXPECT_EQ(twin_->resolve(context_).value(), before);
}

TEST_F(RasterHandlersTest, SitesServeThePeopleOfARaster) {
  v1::LocateFacilitiesRequest request;
  *request.mutable_context() = context_;
  request.set_model(v1::LOCATION_MODEL_P_MEDIAN);
  request.set_p(1);
  request.mutable_network()->mutable_demand()->set_layer("crowd");
  *request.mutable_network()->mutable_demand()->mutable_within() = shape(area(0, 0, 1000, 100));
  request.mutable_network()->set_candidates_layer("sites");
  request.mutable_network()->set_candidates_filter("name IN ('Two', 'Five')");
  request.mutable_network()->mutable_options()->set_profile("foot");
  const auto solve = child_solver(std::filesystem::path(OBNOVA_BIN_DIR) / "obnova-solver");
  const auto answer = locate_facilities(*twin_, solve, call_, request);
  ASSERT_THAT(answer, Succeeds());
  double sum = 0;
  for (int column = 1; column <= 10; ++column) sum += 34 + column / 8.0;
  EXPECT_NEAR(answer->total_weight(), sum, 1e-6);
  EXPECT_EQ(answer->assignments_size(), 10);
  EXPECT_EQ(answer->assignments(0).demand(), "34/1");
}

}  // namespace
}  // namespace obnova::server
