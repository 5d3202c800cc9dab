#include <array>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <limits>
#include <random>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "geo/base/check.h"
#include "geo/io/grid_placement.h"
#include "server/store/city_store.h"
#include "server/store/sqlite.h"
#include "server/store/tiff_tile.h"
#include "store_fixture.h"
#include "tests/support/result_matchers.h"

namespace obnova::server {
namespace {

using testing::HasSubstr;

constexpr double kPragueLng_deg = 14.4;
constexpr double kPragueLat_deg = 50.1;

// Degrees of a second around Prague on S-JTSK; unknown where `column + row` is a multiple of 7.
template <typename Number>
std::shared_ptr<const geo::Raster> raster_of(int columns, int rows, double factor, const std::string& id = "dem") {
  std::vector<Number> values;
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      const double value = (row * 13 + column) * factor - 5;
      values.push_back(static_cast<Number>((row + column) % 7 == 0 ? std::numeric_limits<double>::quiet_NaN() : value));
    }
  }
  const geo::Affine affine = {kPragueLng_deg, 1 / 3600.0, 0, kPragueLat_deg, 0, -1 / 3600.0};
  auto placed = geo::place_cells("EPSG:4326", "EPSG:5514");
  OBNOVA_CHECK(placed.has_value());
  const auto grid = geo::CellGrid::make(columns, rows, affine, geo::Registration::kArea, placed->placement).value();
  return geo::Raster::make({.id = id, .title = "Výšky", .theme = geo::RasterTheme::kTerrain, .dated = "2020-01-02", .unit = "m"}, grid,
                           std::move(values))
      .value();
}

CellSystem degrees() { return {.crs = "EPSG:4326", .crs_wkt = geo::place_cells("EPSG:4326", "EPSG:5514")->crs_wkt}; }

Result<std::shared_ptr<const geo::Raster>> read_back(const CityStore& store, std::size_t index = 0) {
  const auto records = store.raster_records();
  if (!records) return std::unexpected(records.error());
  return store.read_raster(records->at(index), geo::place_cells(records->at(index).crs, "EPSG:5514")->placement);
}

std::string output_of(const std::string& command) {
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  OBNOVA_CHECK(pipe != nullptr);
  std::string text;
  std::array<char, 4096> buffer;
  while (fgets(buffer.data(), buffer.size(), pipe) != nullptr) text += buffer.data();
  pclose(pipe);
  return text;
}

class RasterStoreTest : public StoreTest {
 protected:
  CityStore made() { return std::move(CityStore::create(file(), record()).value()); }
};

TEST_F(RasterStoreTest, GivesBackEveryBit) {
  std::vector<std::shared_ptr<const geo::Raster>> rasters;
  for (const auto& [columns, rows] : {std::pair{1, 1}, {255, 3}, {256, 256}, {257, 513}, {600, 2}}) {
    rasters.push_back(raster_of<float>(columns, rows, 0.1));
    rasters.push_back(raster_of<double>(columns, rows, 0.1));
  }
  CityStore store = made();
  for (const auto& raster : rasters) {
    ASSERT_THAT(store.put_raster(*raster, degrees(), "report", {}), Succeeds());
    const auto again = read_back(store);
    ASSERT_THAT(again, Succeeds());
    EXPECT_EQ((*again)->digest(), raster->digest());
    EXPECT_EQ((*again)->values().index(), raster->values().index());
  }
}

TEST_F(RasterStoreTest, GivesBackEveryBitAfterARestart) {
  const auto raster = raster_of<float>(300, 300, 0.25);
  {
    ASSERT_THAT(made().put_raster(*raster, degrees(), "report", {}), Succeeds());
  }
  const auto store = CityStore::open(file());
  ASSERT_THAT(store, Succeeds());
  EXPECT_EQ(read_back(*store).value()->digest(), raster->digest());
  const RasterRecord record = store->raster_records()->front();
  EXPECT_EQ(record.revision, 2);
  EXPECT_EQ(record.first_revision, 2);
  EXPECT_EQ(record.kept_revision, 2);
  EXPECT_EQ(record.import_report, "report");
  EXPECT_EQ(record.crs, "EPSG:4326");
}

TEST_F(RasterStoreTest, ReplacesDescribesAndDeletes) {
  CityStore store = made();
  ASSERT_THAT(store.put_raster(*raster_of<double>(300, 300, 0.1), degrees(), "", {}), Succeeds());
  ASSERT_THAT(store.put_raster(*raster_of<float>(9, 9, 1, "other"), degrees(), "", {}), Succeeds());
  ASSERT_THAT(store.put_raster(*raster_of<float>(5, 4, 1), degrees(), "", {}), Succeeds());
  RasterRecord record = store.raster_records()->front();
  EXPECT_EQ(record.columns, 5);
  EXPECT_EQ(record.first_revision, 2);
  EXPECT_EQ(record.kept_revision, 4) << "what it was before is gone";

  record.description.title = "Terén";
  EXPECT_EQ(store.set_raster_description(record.description), 5);
  record = store.raster_records()->front();
  EXPECT_EQ(record.description.title, "Terén");
  EXPECT_EQ(record.revision, 5);
  EXPECT_EQ(record.kept_revision, 4);
  EXPECT_EQ(read_back(store).value()->total(), raster_of<float>(5, 4, 1)->total());

  EXPECT_EQ(store.delete_layer("dem"), 6);
  ASSERT_EQ(store.raster_records()->size(), 1u);
  EXPECT_EQ(read_back(store).value()->digest(), (raster_of<float>(9, 9, 1, "other"))->digest());
  EXPECT_THAT(store.delete_layer("dem"), FailsWith(ErrorCode::kNotFound));
  auto database = Database::open(file(), Database::Mode::kOpen);
  EXPECT_EQ(database->number("SELECT count(*) FROM obnova_raster_doubles"), 0);
  EXPECT_EQ(database->number("SELECT count(*) FROM gpkg_contents WHERE table_name = 'dem'"), 0);
}

TEST_F(RasterStoreTest, ARasterAndALayerDoNotShareAnId) {
  CityStore store = made();
  {
    auto import = store.begin_import();
    ASSERT_THAT(write_layer(*import, *points_layer("schools", 3, "")), Succeeds());
    ASSERT_THAT(import->commit(""), Succeeds());
  }
  EXPECT_THAT(store.put_raster(*raster_of<float>(2, 2, 1, "schools"), degrees(), "", {}),
              FailsSaying(ErrorCode::kFailedPrecondition, HasSubstr("layer `schools` of features")));
  ASSERT_THAT(store.put_raster(*raster_of<float>(2, 2, 1), degrees(), "", {}), Succeeds());
  auto import = store.begin_import();
  EXPECT_THAT(write_layer(*import, *points_layer("dem", 3, "")), FailsSaying(ErrorCode::kFailedPrecondition, HasSubstr("raster `dem`")));
}

TEST_F(RasterStoreTest, ACancelledWritingLeavesWhatWasThere) {
  CityStore store = made();
  const auto raster = raster_of<float>(300, 300, 1);
  ASSERT_THAT(store.put_raster(*raster, degrees(), "", {}), Succeeds());
  int polls = 0;
  EXPECT_THAT(store.put_raster(*raster_of<float>(900, 900, 2), degrees(), "", {.should_stop = [&] { return ++polls > 3; }}),
              FailsWith(ErrorCode::kCancelled));
  EXPECT_EQ(read_back(store).value()->digest(), raster->digest());
  EXPECT_EQ(store.record()->revision, 2);
}

TEST_F(RasterStoreTest, TurnedGridsAreRefused) {
  CityStore store = made();
  for (const geo::Affine& affine : {geo::Affine{0, 1, 0.1, 0, 0, -1}, geo::Affine{0, 1, 0, 0, 0, 1}, geo::Affine{0, -1, 0, 0, 0, -1}}) {
    const auto grid = geo::CellGrid::make(2, 2, affine).value();
    const auto raster = geo::Raster::make({.id = "dem"}, grid, std::vector<float>(4)).value();
    EXPECT_THAT(store.put_raster(*raster, degrees(), "", {}), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("raster dem")));
  }
}

TEST_F(RasterStoreTest, NamesTheTileAnotherProgramSpoiled) {
  CityStore store = made();
  ASSERT_THAT(store.put_raster(*raster_of<float>(600, 600, 1), degrees(), "", {}), Succeeds());
  auto database = Database::open(file(), Database::Mode::kOpen);
  for (const char* data : {"x''", "'no picture'", "substr(tile_data, 1, 400)"}) {
    ASSERT_THAT(database->execute(fmt::format("UPDATE dem SET tile_data = {} WHERE tile_column = 1 AND tile_row = 2", data)), Succeeds());
    EXPECT_THAT(read_back(store), FailsSaying(ErrorCode::kBadData, HasSubstr("Tile 1/2 of raster dem"))) << data;
  }
  ASSERT_THAT(database->execute("DELETE FROM gpkg_2d_gridded_tile_ancillary; DELETE FROM dem WHERE tile_column = 1 AND tile_row = 2"),
              Succeeds());
  EXPECT_EQ(read_back(store).value()->value({300, 599}), std::nullopt) << "a missing tile is unknown";
}

TEST(TiffTileTest, RandomAndFlippedBytesNeverCrash) {
  std::vector<float> values(kTileCellCount);
  std::mt19937 random(3);
  for (float& value : values) value = static_cast<float>(random() % 1000) / 8;
  const std::string whole = to_tiff_tile(values).value();
  EXPECT_EQ(from_tiff_tile(whole), values);
  for (int round = 0; round < 2000; ++round) {
    std::string broken = whole;
    for (int flips = 1 + static_cast<int>(random() % 4); flips > 0; --flips) {
      const std::size_t reach = round % 2 == 0 ? broken.size() : 200;
      broken[(round % 4 < 2 ? 0 : broken.size() - reach) + random() % reach] = static_cast<char>(random());
    }
    if (round % 5 == 0) broken.resize(random() % broken.size());
    (void)from_tiff_tile(broken);
  }
}

TEST_F(RasterStoreTest, IsOpenedByGdalinfoAsItIs) {
  {
    CityStore store = made();
    ASSERT_THAT(store.put_raster(*raster_of<float>(300, 200, 0.25), degrees(), "", {}), Succeeds());
    ASSERT_THAT(store.put_raster(*raster_of<double>(300, 200, 0.1, "people"), degrees(), "", {}), Succeeds());
  }
  for (const auto& [id, factor] : {std::pair{"dem", 0.25}, std::pair{"people", 0.1}}) {
    const auto raster = raster_of<float>(300, 200, factor);
    const std::string text = output_of(fmt::format("gdalinfo -stats GPKG:{}:{}", file().string(), id));
    if (text.find("not found") != std::string::npos) GTEST_SKIP() << "skipped: no gdalinfo";
    EXPECT_THAT(text, HasSubstr("Size is 300, 200"));
    EXPECT_THAT(text, HasSubstr("Type=Float32"));
    EXPECT_THAT(text, HasSubstr("NoData Value=-3.4"));
    EXPECT_THAT(text, HasSubstr("ID[\"EPSG\",4326]"));
    EXPECT_THAT(text, HasSubstr(fmt::format("Minimum={:.3f}, Maximum={:.3f}", *raster->min(), *raster->max())));
    EXPECT_THAT(text,
                HasSubstr(fmt::format("STATISTICS_VALID_PERCENT={:.4g}", 100.0 * static_cast<double>(raster->known_count()) / 60000)));
    EXPECT_THAT(text, HasSubstr("Origin = (14.4"));
    EXPECT_THAT(text, testing::Not(HasSubstr("Warning"))) << text;
    EXPECT_THAT(text, testing::Not(HasSubstr("ERROR"))) << text;
  }
}

// Replaces the raster again and again until it is killed.
[[noreturn]] void keep_putting(const std::filesystem::path& file) {
  const auto even = raster_of<float>(700, 500, 0.5);
  const auto odd = raster_of<float>(520, 600, 0.25);
  auto store = CityStore::open(file);
  while (store) {
    const bool is_even = store->record()->revision % 2 == 1;
    if (!store->put_raster(is_even ? *even : *odd, degrees(), "", {})) _exit(1);
  }
  _exit(1);
}

TEST_F(RasterStoreTest, LosesNothingWhenTheProgramIsKilled) {
  const auto even = raster_of<float>(700, 500, 0.5);
  const auto odd = raster_of<float>(520, 600, 0.25);
  const auto begin = std::chrono::steady_clock::now();
  {
    ASSERT_THAT(made().put_raster(*even, degrees(), "", {}), Succeeds());
  }
  const std::chrono::duration<double> one = std::chrono::steady_clock::now() - begin;
  std::mt19937 random(7);
  std::uniform_real_distribution<double> times(0.5, 3);
  std::int64_t last_revision = 2;
  for (int round = 0; round < 20; ++round) {
    const pid_t child = fork();
    if (child == 0) keep_putting(file());
    std::this_thread::sleep_for(times(random) * one);
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself in round " << round;
    const auto store = CityStore::open(file());
    ASSERT_THAT(store, Succeeds()) << "round " << round;
    const std::int64_t revision = store->record()->revision;
    EXPECT_GE(revision, last_revision);
    last_revision = revision;
    EXPECT_EQ(read_back(*store).value()->digest(), revision % 2 == 0 ? even->digest() : odd->digest()) << "round " << round;
  }
  auto database = Database::open(file(), Database::Mode::kOpen);
  EXPECT_EQ(database->text("PRAGMA integrity_check"), "ok");
}

}  // namespace
}  // namespace obnova::server
