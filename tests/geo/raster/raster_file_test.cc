#include "geo/io/raster_file.h"

#include <cmath>
#include <cstdint>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <thread>

#include <cpl_string.h>
#include <fmt/format.h>
#include <gdal.h>
#include <gdal_frmts.h>
#include <gmock/gmock.h>

#include "geo/base/check.h"
#include "tests/support/result_matchers.h"
#include "tests/support/temporary_folder.h"

namespace obnova::geo {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// A GeoTIFF of 4 × 3 cells of 10 m in EPSG:32722; its values count from 0.
struct TiffCase {
  GDALDataType type = GDT_Float32;
  int band_count = 1;
  std::string crs = "EPSG:32722";
  std::vector<double> affine = {480000, 10, 0, 6670000, 0, -10};  // Empty: none.
  std::vector<const char*> options = {};
  std::function<void(GDALDatasetH)> change = [](GDALDatasetH) {};
};

std::string utm_22_south() { return Projection::make("EPSG:4326", "EPSG:32722").value().plane_wkt(); }

class RasterFileTest : public testing::Test {
 protected:
  RasterFileTest() { GDALRegister_GTiff(); }

  std::string tiff(const TiffCase& wanted, const std::string& name = "grid.tif") {
    const std::string path = folder_.path() / name;
    std::vector<const char*> options = wanted.options;
    options.push_back(nullptr);
    const GDALDatasetH dataset =
        GDALCreate(GDALGetDriverByName("GTiff"), path.c_str(), 4, 3, wanted.band_count, wanted.type, const_cast<char**>(options.data()));
    OBNOVA_CHECK(dataset != nullptr);
    if (!wanted.crs.empty()) GDALSetProjection(dataset, utm_22_south().c_str());
    if (!wanted.affine.empty()) GDALSetGeoTransform(dataset, const_cast<double*>(wanted.affine.data()));
    wanted.change(dataset);
    std::vector<double> values(12);
    for (int band = 1; band <= wanted.band_count; ++band) {
      for (int i = 0; i < 12; ++i) values[static_cast<std::size_t>(i)] = i + 100 * (band - 1);
      OBNOVA_CHECK(GDALRasterIO(GDALGetRasterBand(dataset, band), GF_Write, 0, 0, 4, 3, values.data(), 4, 3, GDT_Float64, 0, 0) == CE_None);
    }
    GDALClose(dataset);
    return path;
  }

  static RasterFileRequest request(const std::string& path, RasterTheme theme = RasterTheme::kOther) {
    return {.path = path, .file_name = {}, .plane_crs = "EPSG:32722", .description = {.id = "grid", .theme = theme}};
  }
  static Result<RasterFile> read(const std::string& path) { return read_raster_file(request(path), {}); }
  static double value(const RasterFile& file, int column, int row) { return file.raster->value({column, row}).value_or(-1); }

  TemporaryFolder folder_;
};

TEST_F(RasterFileTest, ReadsCellsWhereTheyLie) {
  const auto file = read(tiff({}));
  ASSERT_THAT(file, Succeeds());
  EXPECT_EQ(value(*file, 3, 2), 11);
  EXPECT_TRUE(file->raster->grid().on_plane());
  EXPECT_EQ(file->raster->grid().crs(), "EPSG:32722");
  EXPECT_EQ(file->raster->covered_area().view().box(), (Box{{480000, 6669970}, {480040, 6670000}}));
  EXPECT_EQ(file->raster->sample({480025, 6669985}, Sampling::kNearest).value(), 6);
  EXPECT_THAT(file->warnings, IsEmpty());
}

TEST_F(RasterFileTest, ReadsEveryTypeOfNumber) {
  for (const GDALDataType type :
       {GDT_Byte, GDT_UInt16, GDT_Int16, GDT_UInt32, GDT_Int32, GDT_UInt64, GDT_Int64, GDT_Float32, GDT_Float64}) {
    const auto file = read(tiff({.type = type}));
    ASSERT_THAT(file, Succeeds()) << GDALGetDataTypeName(type);
    EXPECT_EQ(file->raster->total(), 66) << GDALGetDataTypeName(type);
  }
  EXPECT_THAT(read(tiff({.type = GDT_CFloat32})), FailsSaying(ErrorCode::kBadData, HasSubstr("plain numbers")));
}

TEST_F(RasterFileTest, PalettesAreRefused) {
  const auto file = read(tiff({.type = GDT_Byte, .change = [](GDALDatasetH dataset) {
                                 const GDALColorTableH colors = GDALCreateColorTable(GPI_RGB);
                                 const GDALColorEntry red = {255, 0, 0, 255};
                                 GDALSetColorEntry(colors, 1, &red);
                                 GDALSetRasterColorTable(GDALGetRasterBand(dataset, 1), colors);
                                 GDALDestroyColorTable(colors);
                               }}));
  EXPECT_THAT(file, FailsSaying(ErrorCode::kBadData, AllOf(HasSubstr("grid.tif"), HasSubstr("palette"))));
}

TEST_F(RasterFileTest, ScaleAndOffsetAreApplied) {
  const auto file = read(tiff({.type = GDT_Int16, .change = [](GDALDatasetH dataset) {
                                 GDALSetRasterScale(GDALGetRasterBand(dataset, 1), 0.5);
                                 GDALSetRasterOffset(GDALGetRasterBand(dataset, 1), 100);
                                 GDALSetRasterNoDataValue(GDALGetRasterBand(dataset, 1), 7);
                               }}));
  ASSERT_THAT(file, Succeeds());
  EXPECT_EQ(value(*file, 1, 0), 100.5);
  EXPECT_EQ(file->raster->value({3, 1}), std::nullopt) << "nodata speaks of the stored 7, not of 103.5";
}

TEST_F(RasterFileTest, NodataOfTheFileAndOfTheRequestAreUnknown) {
  for (const GDALDataType type : {GDT_Byte, GDT_Float32, GDT_Int64, GDT_UInt64}) {
    const std::string path = tiff({.type = type, .change = [&](GDALDatasetH dataset) {
                                     const GDALRasterBandH band = GDALGetRasterBand(dataset, 1);
                                     if (type == GDT_Int64) {
                                       GDALSetRasterNoDataValueAsInt64(band, 5);
                                     } else if (type == GDT_UInt64) {
                                       GDALSetRasterNoDataValueAsUInt64(band, 5);
                                     } else {
                                       GDALSetRasterNoDataValue(band, 5);
                                     }
                                   }});
    RasterFileRequest wanted = request(path);
    wanted.nodata = 0;
    const auto file = read_raster_file(wanted, {});
    ASSERT_THAT(file, Succeeds());
    EXPECT_EQ(file->raster->known_count(), 10);
    EXPECT_EQ(file->raster->min(), 1);
  }
}

TEST_F(RasterFileTest, MaskedCellsAreUnknown) {
  CPLSetThreadLocalConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES");
  const auto file = read(tiff({.change = [](GDALDatasetH dataset) {
    GDALCreateDatasetMaskBand(dataset, GMF_PER_DATASET);
    std::vector<std::uint8_t> mask(12, 255);
    mask[4] = 0;
    OBNOVA_CHECK(GDALRasterIO(GDALGetMaskBand(GDALGetRasterBand(dataset, 1)), GF_Write, 0, 0, 4, 3, mask.data(), 4, 3, GDT_Byte, 0, 0) ==
                 CE_None);
  }}));
  CPLSetThreadLocalConfigOption("GDAL_TIFF_INTERNAL_MASK", nullptr);
  ASSERT_THAT(file, Succeeds());
  EXPECT_EQ(file->raster->known_count(), 11);
  EXPECT_EQ(file->raster->value({0, 1}), std::nullopt);
}

TEST_F(RasterFileTest, PointRastersKeepTheirPoints) {
  const auto file = read(tiff({.change = [](GDALDatasetH dataset) { GDALSetMetadataItem(dataset, "AREA_OR_POINT", "Point", nullptr); }}));
  ASSERT_THAT(file, Succeeds());
  EXPECT_EQ(file->raster->sample({480005, 6669995}, Sampling::kBilinear).value(), 0)
      << "GDAL writes the point as it reads it: in the middle";
}

TEST_F(RasterFileTest, TurnedGridsAreReadAsTheyLie) {
  const auto file = read(tiff({.affine = {480000, 8, 6, 6670000, 6, -8}}));
  ASSERT_THAT(file, Succeeds());
  const Point middle_of_6 = {480000 + 2.5 * 8 + 1.5 * 6, 6670000 + 2.5 * 6 - 1.5 * 8};
  EXPECT_EQ(file->raster->sample(middle_of_6, Sampling::kNearest).value(), 6);
}

TEST_F(RasterFileTest, BandsAreChosenByNumberOrName) {
  const std::string path =
      tiff({.band_count = 3, .change = [](GDALDatasetH dataset) { GDALSetDescription(GDALGetRasterBand(dataset, 3), "Населення"); }});
  EXPECT_THAT(read(path), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("has 3 bands (1, 2, 3 (Населення)); choose one")));
  RasterFileRequest wanted = request(path);
  wanted.band = "2";
  EXPECT_EQ(value(read_raster_file(wanted, {}).value(), 0, 0), 100);
  wanted.band = "Населення";
  EXPECT_EQ(value(read_raster_file(wanted, {}).value(), 0, 0), 200);
  for (const char* wrong : {"0", "4", "-1", "99999999999", "people"}) {
    wanted.band = wrong;
    EXPECT_THAT(read_raster_file(wanted, {}), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("it has 3 (1, 2, 3 (Населення))")))
        << wrong;
  }
}

TEST_F(RasterFileTest, WithoutACoordinateSystemItAsksForOne) {
  const std::string path = tiff({.crs = ""});
  EXPECT_THAT(read(path), FailsSaying(ErrorCode::kInvalidArgument, AllOf(HasSubstr("grid.tif"), HasSubstr("--crs"))));
  RasterFileRequest wanted = request(path);
  wanted.crs = "EPSG:32722";
  EXPECT_THAT(read_raster_file(wanted, {}), Succeeds());
  wanted.crs = "EPSG:1";
  EXPECT_THAT(read_raster_file(wanted, {}), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("EPSG:1")));
}

TEST_F(RasterFileTest, WithoutAPlaceItIsRefused) {
  EXPECT_THAT(read(tiff({.affine = {}})), FailsSaying(ErrorCode::kBadData, AllOf(HasSubstr("grid.tif"), HasSubstr("geotransform"))));
}

TEST_F(RasterFileTest, FarFromThePlaneItIsRefused) {
  RasterFileRequest wanted = request(tiff({}));
  wanted.plane_crs = "EPSG:6384";
  EXPECT_THAT(read_raster_file(wanted, {}), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("area of use")));
}

TEST_F(RasterFileTest, HeightsInFeetBecomeMeters) {
  const auto heights = [&](const char* stated, const std::string& unit) {
    RasterFileRequest wanted =
        request(tiff({.change = [&](GDALDatasetH dataset) { GDALSetRasterUnitType(GDALGetRasterBand(dataset, 1), stated); }}),
                RasterTheme::kTerrain);
    wanted.unit = unit;
    return read_raster_file(wanted, {});
  };
  EXPECT_NEAR(value(heights("ft", "").value(), 2, 2), 10 * 0.3048, 1e-6);
  EXPECT_NEAR(value(heights("US survey foot", "").value(), 2, 2), 10 * 1200 / 3937.0, 1e-6);
  EXPECT_EQ(value(heights("metre", "").value(), 2, 2), 10);
  EXPECT_NEAR(value(heights("m", "us-ft").value(), 2, 2), 10 * 1200 / 3937.0, 1e-6) << "the request knows better";
  EXPECT_EQ(heights("metre", "").value().raster->description().unit, "m");
  EXPECT_THAT(heights("", "").value().warnings, ElementsAre(HasSubstr("taken as meters")));
  EXPECT_THAT(heights("fathom", ""), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("fathom")));
}

TEST_F(RasterFileTest, FewerThanNobodyIsRefused) {
  const std::string path = tiff({.change = [](GDALDatasetH dataset) { GDALSetRasterOffset(GDALGetRasterBand(dataset, 1), -200); }});
  EXPECT_THAT(read_raster_file(request(path, RasterTheme::kPopulation), {}),
              FailsSaying(ErrorCode::kBadData, AllOf(HasSubstr("-200 people"), HasSubstr("nodata"))));
}

TEST_F(RasterFileTest, AWindowReadsOnlyItsCells) {
  RasterFileRequest wanted = request(tiff({}));
  wanted.window_on_plane = Box{{480012, 6669975}, {480018, 6669983}};
  const auto file = read_raster_file(wanted, {});
  ASSERT_THAT(file, Succeeds());
  EXPECT_EQ(file->raster->grid().window(), (CellWindow{0, 0, 1, 2}));
  EXPECT_EQ(value(*file, 0, 0), 5);
  EXPECT_EQ(file->raster->sample({480015, 6669975}, Sampling::kNearest).value(), 9);
  wanted.window_on_plane = Box{{490000, 6669975}, {490018, 6669983}};
  EXPECT_THAT(read_raster_file(wanted, {}), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("window")));
}

TEST_F(RasterFileTest, TooManyCellsAreRefusedWithAWayOut) {
  RasterFileRequest wanted = request(tiff({}));
  wanted.max_cells = 12;
  EXPECT_THAT(read_raster_file(wanted, {}), Succeeds());
  wanted.max_cells = 11;
  EXPECT_THAT(read_raster_file(wanted, {}),
              FailsSaying(ErrorCode::kLimitExceeded, AllOf(HasSubstr("grid.tif has 4 × 3"), HasSubstr("gdal_translate -projwin"))));
}

TEST_F(RasterFileTest, ASmallFileOfAHugeGridIsRefusedBeforeItIsRead) {
  const std::string path = folder_.path() / "huge.tif";
  std::vector<const char*> options = {"SPARSE_OK=TRUE", "TILED=YES", "BIGTIFF=YES", nullptr};
  const GDALDatasetH dataset =
      GDALCreate(GDALGetDriverByName("GTiff"), path.c_str(), 100'000, 100'000, 1, GDT_Byte, const_cast<char**>(options.data()));
  std::vector<double> affine = {480000, 0.1, 0, 6670000, 0, -0.1};
  GDALSetGeoTransform(dataset, affine.data());
  GDALSetProjection(dataset, utm_22_south().c_str());
  GDALClose(dataset);
  EXPECT_THAT(read(path), FailsSaying(ErrorCode::kLimitExceeded, HasSubstr("100000 × 100000")));
  RasterFileRequest wanted = request(path);
  wanted.window_on_plane = Box{{481000, 6669000}, {481010, 6669010}};
  EXPECT_THAT(read_raster_file(wanted, {}), Succeeds());
}

TEST_F(RasterFileTest, AsciiGridsNeedTheirSystem) {
  const std::string path =
      folder_.write("dem.asc", "ncols 2\nnrows 2\nxllcorner 480000\nyllcorner 6669980\ncellsize 10\nNODATA_value -9999\n1 2\n-9999 4\n");
  EXPECT_THAT(read(path), FailsSaying(ErrorCode::kInvalidArgument, AllOf(HasSubstr("dem.asc"), HasSubstr("--crs"))));
  folder_.write("dem.prj", utm_22_south());
  const auto file = read(path);
  ASSERT_THAT(file, Succeeds());
  EXPECT_EQ(file->raster->total(), 7);
  EXPECT_EQ(file->raster->sample({480015, 6669985}, Sampling::kNearest).value(), 4);
  EXPECT_EQ(file->raster->sample({480005, 6669985}, Sampling::kNearest).value(), std::nullopt);
}

TEST_F(RasterFileTest, ACutAsciiGridIsRefusedWhereverItEnds) {
  const std::string whole = "ncols 3\nnrows 2\nxllcorner 480000\nyllcorner 6669980\ncellsize 10\n1.5 2.5 3.5\n4.5 5.5 6.5";
  folder_.write("dem.prj", utm_22_south());
  for (std::size_t length = 0; length + 4 < whole.size(); ++length) {
    EXPECT_THAT(read(folder_.write("dem.asc", whole.substr(0, length))), FailsSaying(ErrorCode::kBadData, HasSubstr("dem.asc"))) << length;
  }
  EXPECT_THAT(read(folder_.write("dem.asc", whole)), Succeeds());
}

TEST_F(RasterFileTest, WhatIsNoRasterIsRefused) {
  EXPECT_THAT(read(folder_.path() / "none.tif"), FailsSaying(ErrorCode::kNotFound, HasSubstr("none.tif")));
  EXPECT_THAT(read(folder_.path()), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(read("/vsicurl/http://127.0.0.1:9/a.tif"), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(read("GTIFF_DIR:1:" + tiff({})), FailsWith(ErrorCode::kNotFound));
  for (const std::string content : {"", "not a raster", "II*\0\0\0\0\0", "MM\0*\xff\xff\xff\xff"}) {
    const auto file = read(folder_.write("garbage.tif", content));
    EXPECT_THAT(file, FailsSaying(ErrorCode::kBadData, AllOf(HasSubstr("garbage.tif"), Not(HasSubstr(folder_.path().string())))));
  }
  EXPECT_THAT(read(folder_.write("a.vrt", "<VRTDataset rasterXSize=\"1\" rasterYSize=\"1\"></VRTDataset>")),
              FailsWith(ErrorCode::kBadData));
}

TEST_F(RasterFileTest, TruncatedAndFlippedBytesNeverCrash) {
  for (const char* compression : {"COMPRESS=NONE", "COMPRESS=DEFLATE", "COMPRESS=LZW"}) {
    std::ifstream stream(tiff({.type = GDT_Int16, .options = {compression}}), std::ios::binary);
    const std::string whole{std::istreambuf_iterator<char>(stream), {}};
    std::mt19937_64 engine(11);
    int refused = 0;
    for (std::size_t length = 0; length < whole.size(); length += 7) {
      refused += read(folder_.write("cut.tif", whole.substr(0, length))) ? 0 : 1;
    }
    EXPECT_GT(refused, 20) << compression;
    for (int i = 0; i < 150; ++i) {
      std::string broken = whole;
      for (std::uint64_t flips = 1 + engine() % 4; flips > 0; --flips) broken[engine() % broken.size()] = static_cast<char>(engine());
      const auto file = read(folder_.write("flipped.tif", broken));
      if (file) {
        EXPECT_LE(file->raster->grid().columns(), kMaxGridSide);
      }
    }
  }
}

TEST_F(RasterFileTest, ATruncatedFileNamesItself) {
  const std::string path = tiff({.options = {"COMPRESS=NONE"}});
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 20);
  EXPECT_THAT(read(path), FailsSaying(ErrorCode::kBadData, HasSubstr("grid.tif")));
}

TEST_F(RasterFileTest, CancelledReadingStops) {
  EXPECT_THAT(read_raster_file(request(tiff({})), {.should_stop = [] { return true; }}), FailsWith(ErrorCode::kCancelled));
}

TEST_F(RasterFileTest, ThreadsReadTheSame) {
  const std::string path = tiff({});
  const Digest digest = read(path).value().raster->digest();
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < 20; ++turn) EXPECT_EQ(read(path).value().raster->digest(), digest);
    });
  }
}

}  // namespace
}  // namespace obnova::geo
