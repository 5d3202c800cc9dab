#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <random>

#include <gdal.h>
#include <gdal_frmts.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/base/check.h"
#include "geo/io/grid_placement.h"
#include "geo/io/raster_file.h"
#include "server/ingest/record_check.h"
#include "tests/server/ingest/imported.h"
#include "tests/support/result_matchers.h"
#include "tests/support/shared_data.h"

namespace obnova::server {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// What the server got of a raster.
struct ImportedRaster {
  worker::RasterStart start;
  std::vector<double> values;
  worker::IngestSummary summary;

  double value(int column, int row) const { return values[static_cast<std::size_t>(row * start.column_count() + column)]; }
};

template <typename Number>
void append_values(const std::string& bytes, std::vector<double>& values) {
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(Number)) {
    Number value;
    std::memcpy(&value, bytes.data() + at, sizeof(value));
    values.push_back(value);
  }
}

Result<ImportedRaster> import_raster_file(worker::IngestJob job) {
  ImportedRaster imported;
  if (job.layer().empty()) job.set_layer("dem");
  if (job.theme() == 0) job.set_theme(static_cast<int>(geo::Theme::kTerrain));
  if (job.max_cell_count() == 0) job.set_max_cell_count(geo::kMaxRasterCells);
  IngestSink sink;
  sink.begin_raster = [&](const worker::RasterStart& start) -> Result<void> {
    imported.start = start;
    return {};
  };
  sink.add_cells = [&](const std::string& bytes) -> Result<void> {
    if (imported.start.doubles()) {
      append_values<double>(bytes, imported.values);
    } else {
      append_values<float>(bytes, imported.values);
    }
    return {};
  };
  IngestSettings settings;
  settings.worker = ingest_worker();
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  settings.memory_bytes = 0;
#endif
  auto summary = run_ingest(job, sink, settings, {});
  if (!summary) return std::unexpected(summary.error());
  imported.summary = *summary;
  return imported;
}

// A GeoTIFF of 4 × 3 cells of 10 m in EPSG:32722; its values count from 0.
struct TiffCase {
  GDALDataType type = GDT_Float32;
  int band_count = 1;
  bool has_crs = true;
  std::vector<double> affine = {480000, 10, 0, 6670000, 0, -10};
  double factor = 1;
  int columns = 4;
  int rows = 3;
  std::vector<const char*> options = {};
  std::function<void(GDALDatasetH)> change = [](GDALDatasetH) {};
};

class RasterImportTest : public testing::Test {
 protected:
  RasterImportTest() { GDALRegister_GTiff(); }

  worker::IngestJob tiff(const TiffCase& wanted, bool with_values = true) {
    const std::string path = folder_.file("grid.tif");
    std::vector<const char*> options = wanted.options;
    options.push_back(nullptr);
    const GDALDatasetH dataset = GDALCreate(GDALGetDriverByName("GTiff"), path.c_str(), wanted.columns, wanted.rows, wanted.band_count,
                                            wanted.type, const_cast<char**>(options.data()));
    OBNOVA_CHECK(dataset != nullptr);
    if (wanted.has_crs) GDALSetProjection(dataset, geo::place_cells("EPSG:32722", "EPSG:32722")->crs_wkt.c_str());
    GDALSetGeoTransform(dataset, const_cast<double*>(wanted.affine.data()));
    wanted.change(dataset);
    std::vector<double> values(12);
    for (int i = 0; i < 12; ++i) values[static_cast<std::size_t>(i)] = i * wanted.factor;
    if (with_values) {
      OBNOVA_CHECK(GDALRasterIO(GDALGetRasterBand(dataset, 1), GF_Write, 0, 0, 4, 3, values.data(), 4, 3, GDT_Float64, 0, 0) == CE_None);
    }
    GDALClose(dataset);
    return job_for(path, "EPSG:32722");
  }

  ScratchFolder folder_;
};

TEST_F(RasterImportTest, CellsComeAsTheyLie) {
  const auto imported = import_raster_file(tiff({}));
  ASSERT_THAT(imported, Succeeds());
  EXPECT_EQ(imported->start.west(), 480000);
  EXPECT_EQ(imported->start.north(), 6670000);
  EXPECT_EQ(imported->start.cell_width(), 10);
  EXPECT_EQ(imported->start.cell_height(), 10);
  EXPECT_EQ(imported->start.unit(), "m");
  EXPECT_FALSE(imported->start.doubles());
  EXPECT_EQ(imported->value(3, 2), 11);
  EXPECT_EQ(imported->value(0, 1), 4);
  EXPECT_EQ(imported->summary.read_count(), 12);
}

TEST_F(RasterImportTest, GridsThatRunTheOtherWayAreTurnedRound) {
  auto imported = import_raster_file(tiff({.affine = {480000, 10, 0, 6669970, 0, 10}}));
  ASSERT_THAT(imported, Succeeds());
  EXPECT_EQ(imported->start.north(), 6670000);
  EXPECT_EQ(imported->value(0, 0), 8) << "the last row is the northern one";
  imported = import_raster_file(tiff({.affine = {480040, -10, 0, 6670000, 0, -10}}));
  ASSERT_THAT(imported, Succeeds());
  EXPECT_EQ(imported->start.west(), 480000);
  EXPECT_EQ(imported->value(0, 0), 3);
}

TEST_F(RasterImportTest, DoublesStayDoublesWhereFloatsDoNotHoldThem) {
  EXPECT_FALSE(import_raster_file(tiff({.type = GDT_Float64, .factor = 0.25}))->start.doubles());
  EXPECT_FALSE(import_raster_file(tiff({.type = GDT_Int32}))->start.doubles());
  const auto imported = import_raster_file(tiff({.type = GDT_Float64, .factor = 0.1}));
  ASSERT_THAT(imported, Succeeds());
  EXPECT_TRUE(imported->start.doubles());
  EXPECT_EQ(imported->value(3, 0), 3 * 0.1);
}

TEST_F(RasterImportTest, NodataAndNaNAreUnknown) {
  for (const double nodata : {5.0, std::numeric_limits<double>::quiet_NaN()}) {
    auto job = tiff({.change = [&](GDALDatasetH dataset) { GDALSetRasterNoDataValue(GDALGetRasterBand(dataset, 1), nodata); }});
    job.set_nodata(0);
    const auto imported = import_raster_file(job);
    ASSERT_THAT(imported, Succeeds());
    EXPECT_TRUE(std::isnan(imported->value(0, 0))) << "as asked";
    EXPECT_EQ(std::isnan(imported->value(1, 1)), !std::isnan(nodata));
  }
  const auto imported = import_raster_file(tiff({.factor = std::numeric_limits<double>::quiet_NaN()}));
  ASSERT_THAT(imported, Succeeds());
  EXPECT_THAT(imported->summary.warnings(), testing::Contains(HasSubstr("No cell of grid.tif has a value")));
}

TEST_F(RasterImportTest, BadRastersAreRefusedByName) {
  const auto refused = [](const worker::IngestJob& job, ErrorCode code, const std::string& why) {
    EXPECT_THAT(import_raster_file(job), FailsSaying(code, AllOf(HasSubstr(job.file_name()), HasSubstr(why)))) << why;
  };
  refused(tiff({.has_crs = false}), ErrorCode::kInvalidArgument, "--crs");
  refused(tiff({.affine = {480000, 8, 6, 6670000, 6, -8}}), ErrorCode::kBadData, "turned against");
  refused(tiff({.type = GDT_CFloat32}), ErrorCode::kBadData, "plain numbers");
  refused(tiff({.band_count = 3}), ErrorCode::kInvalidArgument, "3 bands (1, 2");
  refused(tiff({.factor = -3e37}), ErrorCode::kBadData, "nodata");
  refused(tiff({.type = GDT_Byte,
                .change =
                    [](GDALDatasetH dataset) {
                      const GDALColorTableH colors = GDALCreateColorTable(GPI_RGB);
                      const GDALColorEntry red = {255, 0, 0, 255};
                      GDALSetColorEntry(colors, 1, &red);
                      GDALSetRasterColorTable(GDALGetRasterBand(dataset, 1), colors);
                      GDALDestroyColorTable(colors);
                    }}),
          ErrorCode::kBadData, "palette");
  refused(tiff({.columns = 1'000'000, .rows = 1'000'000, .options = {"SPARSE_OK=TRUE", "TILED=YES", "BIGTIFF=YES"}}, false),
          ErrorCode::kLimitExceeded, "1000000 × 1000000");
  worker::IngestJob job = tiff({});
  std::filesystem::resize_file(job.path(), std::filesystem::file_size(job.path()) - 20);
  refused(job, ErrorCode::kBadData, "grid.tif");
  job = tiff({});
  job.set_max_cell_count(11);
  refused(job, ErrorCode::kLimitExceeded, "at most 11");
  job = tiff({});
  job.set_theme(static_cast<int>(geo::Theme::kRoads));
  refused(job, ErrorCode::kInvalidArgument, "theme");
  job = tiff({});
  job.set_source_layer("7");
  refused(job, ErrorCode::kInvalidArgument, "no band `7`");
  refused(job_for(folder_.write("text.tif", "no raster"), "EPSG:32722"), ErrorCode::kBadData, "text.tif");
  refused(job_for(folder_.write("N43E007.hgt", "short"), "EPSG:32632"), ErrorCode::kBadData, "N43E007.hgt");
}

TEST_F(RasterImportTest, ABandIsChosenByNumber) {
  auto job = tiff({.band_count = 3});
  job.set_source_layer("1");
  EXPECT_EQ(import_raster_file(job)->value(3, 2), 11);
}

TEST_F(RasterImportTest, FlippedBytesNeverBreakTheProtocol) {
  const std::string whole = content_of(tiff({.type = GDT_Int16, .options = {"COMPRESS=DEFLATE"}}).path());
  std::mt19937 random(5);
  for (int round = 0; round < 25; ++round) {
    std::string broken = whole;
    for (int flips = 0; flips < 4; ++flips) broken[random() % broken.size()] = static_cast<char>(random());
    const auto imported = import_raster_file(job_for(folder_.write("flipped.tif", broken), "EPSG:32722"));
    if (imported) continue;
    EXPECT_THAT(imported.error().message, testing::Not(HasSubstr("broke its protocol")));
    EXPECT_THAT(imported.error().message, HasSubstr("flipped.tif"));
  }
}

TEST_F(RasterImportTest, PortoAlegreComesWhole) {
  const auto path = shared_data("porto_alegre/poa_elevation.tif");
  if (!path) GTEST_SKIP() << "skipped: no data";
  const auto imported = import_raster_file(job_for(*path, "EPSG:32722"));
  ASSERT_THAT(imported, Succeeds());
  const auto direct =
      geo::read_raster_file({.path = *path, .file_name = {}, .plane_crs = "EPSG:32722", .description = {}}, {}).value().raster;
  EXPECT_EQ(imported->start.column_count(), 413);
  EXPECT_EQ(imported->start.row_count(), 403);
  EXPECT_EQ(imported->values, direct->values_in(direct->grid().window()));
}

TEST_F(RasterImportTest, TheTileOfMonacoIsFoundByTheNameItWasUploadedUnder) {
  const auto path = shared_data("raster/N43E007.hgt.zip");
  if (!path) GTEST_SKIP() << "skipped: no data";
  worker::IngestJob job = job_for(folder_.write("upload-Xy12.hgt.zip", content_of(*path)), "EPSG:32632");
  job.set_file_name("N43E007.hgt.zip");
  const auto imported = import_raster_file(job);
  ASSERT_THAT(imported, Succeeds());
  EXPECT_EQ(imported->start.column_count(), 1201);
  EXPECT_EQ(std::ranges::max(imported->values), 2064);
  EXPECT_NEAR(imported->start.west(), 7 - 1 / 2400.0, 1e-9);
}

// A worker that says what the test wants of a raster of 2 × 2 cells.
class RasterRecordTest : public testing::Test {
 protected:
  RasterRecordTest() {
    job_.set_file_name("x.tif");
    job_.set_layer("dem");
    job_.set_theme(16);
    job_.set_max_cell_count(4);
    sink_.begin_raster = [](const worker::RasterStart&) -> Result<void> { return {}; };
    sink_.add_cells = [](const std::string&) -> Result<void> { return {}; };
    worker::RasterStart* start = start_.mutable_raster_start();
    start->set_layer("dem");
    start->set_theme(16);
    start->set_column_count(2);
    start->set_row_count(2);
    start->set_crs("EPSG:4326");
    start->set_cell_width(1);
    start->set_cell_height(1);
    set_cells({1, 2, 3, 4});
    end_.mutable_summary()->set_read_count(4);
  }
  void set_cells(const std::vector<float>& values) {
    cells_.mutable_raster_cells()->set_values(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  }
  Result<void> run() {
    RecordCheck check(job_, sink_);
    for (const worker::IngestRecord* record : {&start_, &cells_, &end_}) {
      const Result<void> taken = check.take(*record);
      if (!taken) return taken;
    }
    return {};
  }

  worker::IngestJob job_;
  IngestSink sink_;
  worker::IngestRecord start_, cells_, end_;
};

TEST_F(RasterRecordTest, TakesAGoodRun) {
  EXPECT_THAT(run(), Succeeds());
  set_cells({1, 2, std::numeric_limits<float>::quiet_NaN(), 4});
  EXPECT_THAT(run(), Succeeds());
}

TEST_F(RasterRecordTest, BelievesNothingAboutCells) {
  const worker::RasterStart good = start_.raster_start();
  const std::vector<std::function<void(worker::RasterStart&)>> lies = {
      [](auto& start) { start.set_layer("other"); },
      [](auto& start) { start.set_theme(17); },
      [](auto& start) { start.set_column_count(0); },
      [](auto& start) { start.set_row_count(-1); },
      [](auto& start) { start.set_column_count(1 << 21); },
      [](auto& start) { start.set_west(std::nan("")); },
      [](auto& start) { start.set_cell_width(0); },
      [](auto& start) { start.set_cell_height(-1); },
      [](auto& start) { start.clear_crs(); },
      [](auto& start) { start.set_unit("m\n"); },
      [](auto& start) { start.set_doubles(true); },
      [](auto& start) { start.set_row_count(1); },
  };
  for (std::size_t i = 0; i < lies.size(); ++i) {
    *start_.mutable_raster_start() = good;
    lies[i](*start_.mutable_raster_start());
    EXPECT_THAT(run(), FailsSaying(ErrorCode::kBadData, HasSubstr("broke its protocol"))) << i;
  }
  *start_.mutable_raster_start() = good;
  start_.mutable_raster_start()->set_row_count(3);
  EXPECT_THAT(run(), FailsSaying(ErrorCode::kLimitExceeded, HasSubstr("x.tif has 6 cells")));
}

TEST_F(RasterRecordTest, BelievesNothingAboutValues) {
  for (const std::vector<float>& values : std::vector<std::vector<float>>{
           {1, 2, 3}, {1, 2, 3, 4, 5}, {}, {1, 2, 3, std::numeric_limits<float>::infinity()}, {1, 2, 3, -3e38F}}) {
    set_cells(values);
    EXPECT_THAT(run(), FailsSaying(ErrorCode::kBadData, HasSubstr("broke its protocol"))) << values.size();
  }
  set_cells({1, 2, 3, -1});
  EXPECT_THAT(run(), Succeeds());
  job_.set_theme(6);
  start_.mutable_raster_start()->set_theme(6);
  EXPECT_THAT(run(), FailsWith(ErrorCode::kBadData)) << "fewer than nobody";
}

TEST_F(RasterRecordTest, ARasterComesOnlyWhereOneIsWantedAndAlone) {
  sink_.begin_raster = {};
  EXPECT_THAT(run(), FailsSaying(ErrorCode::kBadData, HasSubstr("nobody asked for")));
  RecordCheck check(job_, sink_);
  EXPECT_THAT(check.take(cells_), FailsSaying(ErrorCode::kBadData, HasSubstr("before a raster")));
}

}  // namespace
}  // namespace obnova::server
