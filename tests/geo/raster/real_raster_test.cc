// Rasters as cities have them: a terrain of bytes without nodata, an SRTM tile
// in a zip, a terrain on a plane of feet, a population of hexagons.

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <numbers>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "geo/base/measure.h"
#include "geo/base/overlay.h"
#include "geo/io/raster_file.h"
#include "geo/raster/cell_fraction.h"
#include "geo/raster/zonal.h"
#include "tests/geo/raster/raster_cases.h"
#include "tests/support/brute_force_raster.h"
#include "tests/support/result_matchers.h"
#include "tests/support/shared_data.h"

namespace obnova::geo {
namespace {

using testing::Contains;
using testing::HasSubstr;

RasterFileRequest terrain(const std::filesystem::path& path, const std::string& plane) {
  return {.path = path, .file_name = {}, .plane_crs = plane, .description = {.id = "dem", .theme = RasterTheme::kTerrain}};
}

Box box_of(const Raster& raster) { return raster.covered_area().view().box(); }

// Triangles that cover more than the raster, on its plane.
std::vector<Geometry> partition_around(const Box& box, int pieces) {
  RasterDice dice(5);
  std::vector<Geometry> parts = random_partition(dice, pieces, 0, 1);
  const Box wide = box.grown(500);
  for (Geometry& part : parts) {
    for (Point& p : part.points) {
      p = {std::lerp(wide.min.x_m, wide.max.x_m, p.x_m), std::lerp(wide.min.y_m, wide.max.y_m, p.y_m)};
    }
  }
  return parts;
}

double total_over(const Raster& raster, const std::vector<Geometry>& parts) {
  double total = 0;
  for (const Geometry& part : parts) total += zonal_statistics(raster, part.view(), {}).value().sum;
  return total;
}

TEST(RealRasterTest, PortoAlegreStandsOnItsHills) {
  const auto path = shared_data("porto_alegre/poa_elevation.tif");
  if (!path) GTEST_SKIP() << "skipped: no data";
  const auto file = read_raster_file(terrain(*path, "EPSG:32722"), {});
  ASSERT_THAT(file, Succeeds());
  const Raster& raster = *file->raster;
  EXPECT_EQ(raster.grid().window(), (CellWindow{0, 0, 413, 403}));
  EXPECT_EQ(raster.known_count(), 413 * 403) << "without nodata, 0 is the height of the water";
  EXPECT_EQ(raster.min(), 0);
  EXPECT_EQ(raster.max(), 255);
  EXPECT_NEAR(raster.total() / static_cast<double>(raster.known_count()), 47.563888271379, 1e-9);
  EXPECT_THAT(file->warnings, Contains(HasSubstr("taken as meters")));
  EXPECT_NEAR(raster.grid().cell_side_m().value(), 30.8, 0.3);

  const auto projection = Projection::make("EPSG:4326", "EPSG:32722").value();
  const auto height_at = [&](double lng, double lat) {
    return raster.sample(projection.to_plane(lng, lat).value(), Sampling::kBilinear).value();
  };
  EXPECT_LT(height_at(-51.245, -30.01).value(), 10) << "the port";
  EXPECT_GT(height_at(-51.1788, -30.0797).value(), 100) << "the hills in the south";
  EXPECT_EQ(height_at(-51.3, -30.05), std::nullopt);
}

TEST(RealRasterTest, PortoAlegreSumsOverAPartitionEqualTheTotal) {
  const auto path = shared_data("porto_alegre/poa_elevation.tif");
  if (!path) GTEST_SKIP() << "skipped: no data";
  const auto raster = read_raster_file(terrain(*path, "EPSG:32722"), {}).value().raster;
  for (const int pieces : {1, 7, 60}) {
    EXPECT_NEAR(total_over(*raster, partition_around(box_of(*raster), pieces)) / raster->total(), 1, 1e-9) << pieces;
  }
}

TEST(RealRasterTest, PortoAlegreZonesAgreeWithClippingCellsOnThePlane) {
  const auto path = shared_data("porto_alegre/poa_elevation.tif");
  if (!path) GTEST_SKIP() << "skipped: no data";
  RasterFileRequest wanted = terrain(*path, "EPSG:32722");
  const auto projection = Projection::make("EPSG:4326", "EPSG:32722").value();
  const Point middle = projection.to_plane(-51.2, -30.05).value();
  wanted.window_on_plane = Box{middle, middle}.grown(600);
  const auto raster = read_raster_file(wanted, {}).value().raster;
  const Geometry ring = difference(buffer(Geometry::point(middle).view(), 550).value().view(),
                                   buffer(Geometry::point({middle.x_m + 90, middle.y_m}).view(), 200).value().view())
                            .value();
  const ZonalStatistics fast = zonal_statistics(*raster, ring.view(), {}).value();
  const ZonalStatistics slow = brute_force_zonal(*raster, ring.view());
  EXPECT_NEAR(fast.count / slow.count, 1, 1e-6);
  EXPECT_NEAR(fast.sum / slow.sum, 1, 1e-6);
  EXPECT_EQ(fast.min, slow.min);
  EXPECT_EQ(fast.max, slow.max);
  EXPECT_NEAR(fast.known_share(), 1, 1e-9);
}

TEST(RealRasterTest, TheTileOfMonacoIsReadFromItsZip) {
  const auto path = shared_data("raster/N43E007.hgt.zip");
  if (!path) GTEST_SKIP() << "skipped: no data";
  const auto file = read_raster_file(terrain(*path, "EPSG:32632"), {});
  ASSERT_THAT(file, Succeeds());
  const Raster& raster = *file->raster;
  EXPECT_EQ(raster.grid().window(), (CellWindow{0, 0, 1201, 1201}));
  EXPECT_EQ(raster.min(), -11);
  EXPECT_EQ(raster.max(), 2064);
  const auto projection = Projection::make("EPSG:4326", "EPSG:32632").value();
  const auto height_at = [&](double lng, double lat) {
    return raster.sample(projection.to_plane(lng, lat).value(), Sampling::kBilinear).value();
  };
  EXPECT_NEAR(height_at(7.4247, 43.7747).value_or(-1), 1100, 60) << "Mont Agel, 1148 m";
  EXPECT_NEAR(height_at(7.43, 43.70).value_or(-1), 0, 1) << "the sea";
  // Points of the tile stand on whole seconds: its first one on the corner of the degree.
  const Point corner = projection.to_plane(7, 44).value();
  EXPECT_NEAR(raster.sample(corner, Sampling::kBilinear).value().value_or(-1), *raster.value({0, 0}), 0.01);
  EXPECT_NEAR(total_over(raster, partition_around(box_of(raster), 20)) / raster.total(), 1, 1e-9);
}

std::vector<double> numbers_of(const std::string& text, std::string_view key) {
  std::vector<double> numbers;
  for (std::size_t at = text.find(key); at != std::string::npos; at = text.find(key, at + 1)) {
    std::size_t begin = at + key.size();
    while (text[begin] == ' ' || text[begin] == '[' || text[begin] == ':') ++begin;
    double number = 0;
    const auto [end, problem] = std::from_chars(text.data() + begin, text.data() + text.size(), number);
    if (problem != std::errc()) continue;
    numbers.push_back(number);
    if (key != "\"coordinates\"") continue;
    const char* second = end;
    while (*second == ',' || *second == ' ') ++second;
    std::from_chars(second, text.data() + text.size(), number);
    numbers.push_back(number);
  }
  return numbers;
}

// The plane of the file is measured in feet, its heights in meters: the heights
// of the water network's junctions, known in meters, tell.
TEST(RealRasterTest, HeightsOfKentuckyAreMetersOnAPlaneOfFeet) {
  const auto path = shared_data("utilities/water/ky4_elevation.tif");
  const auto junctions = shared_data("utilities/water/ky4_junctions.geojson");
  if (!path || !junctions) GTEST_SKIP() << "skipped: no data";
  const auto file = read_raster_file(terrain(*path, "EPSG:32616"), {});
  ASSERT_THAT(file, Succeeds());
  EXPECT_NEAR(file->raster->min().value(), 117.438, 0.001) << "-999999 is nodata";
  EXPECT_NEAR(file->raster->grid().cell_side_m().value(), 90.975 * 0.3048, 0.05);

  std::ifstream stream(*junctions);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  const std::vector<double> heights_m = numbers_of(text, "\"elevation\"");
  const std::vector<double> coordinates = numbers_of(text, "\"coordinates\"");
  ASSERT_EQ(heights_m.size(), 959u);
  ASSERT_EQ(coordinates.size(), 2 * heights_m.size());
  const auto projection = Projection::make("EPSG:3547", "EPSG:32616").value();
  double error_m = 0;
  for (std::size_t i = 0; i < heights_m.size(); ++i) {
    const Point place = projection.to_plane(coordinates[2 * i], coordinates[2 * i + 1]).value();
    error_m += std::abs(file->raster->sample(place, Sampling::kBilinear).value().value() - heights_m[i]);
  }
  EXPECT_LT(error_m / 959, 3);
  EXPECT_NEAR(total_over(*file->raster, partition_around(box_of(*file->raster), 12)) / file->raster->total(), 1, 1e-9);

  RasterFileRequest feet = terrain(*path, "EPSG:32616");
  feet.unit = "ft";
  EXPECT_NEAR(read_raster_file(feet, {}).value().raster->max().value(), 226.242 * 0.3048, 0.001);
}

struct Hexagon {
  Geometry shape;
  double people = 0;
};

// Hexagons of H3 resolution 9 around their centers; about their true size.
std::vector<Hexagon> hexagons_of(const std::filesystem::path& path, const Projection& projection) {
  std::ifstream stream(path);
  std::string line;
  std::getline(stream, line);
  std::vector<Hexagon> hexagons;
  while (std::getline(stream, line)) {
    std::array<double, 3> numbers = {};
    std::size_t at = line.find(',');
    for (double& number : numbers) {
      std::from_chars(line.data() + at + 1, line.data() + line.size(), number);
      at = line.find(',', at + 1);
    }
    const Point center = projection.to_plane(numbers[0], numbers[1]).value();
    std::vector<Point> outline;
    for (int corner = 0; corner < 6; ++corner) {
      const double angle = corner * std::numbers::pi / 3;
      outline.push_back({center.x_m + 190 * std::cos(angle), center.y_m + 190 * std::sin(angle)});
    }
    hexagons.push_back({Geometry::polygon(std::move(outline)), numbers[2]});
  }
  return hexagons;
}

// Spreads the people of the hexagons over degrees of arc, then counts them again.
TEST(RealRasterTest, PeopleOfPortoAlegreAreConserved) {
  const auto path = shared_data("porto_alegre/poa_hexgrid.csv");
  if (!path) GTEST_SKIP() << "skipped: no data";
  const auto projection = std::make_shared<const Projection>(Projection::make("EPSG:4326", "EPSG:32722").value());
  const std::vector<Hexagon> hexagons = hexagons_of(*path, *projection);
  ASSERT_EQ(hexagons.size(), 1227u);
  const CellGrid plane = CellGrid::make(280, 360, {474000, 50, 0, 6685000, 0, -50}).value();
  std::vector<double> people(280 * 360);
  double total = 0;
  for (const Hexagon& hexagon : hexagons) {
    const Geometry in_cells = plane.bent_to_cells(hexagon.shape.view(), {}).value();
    const double cells = area_m2(in_cells.view());
    const auto runs = cell_fractions(in_cells.view(), plane.window(), {}).value();
    for (const CellRun& run : runs) {
      for (int column = run.first_column; column < run.end_column; ++column) {
        people[static_cast<std::size_t>(run.row * 280 + column)] += hexagon.people * run.fraction / cells;
      }
    }
    total += hexagon.people;
  }
  EXPECT_EQ(total, 812'935);
  const auto raster = Raster::make({.id = "people", .theme = RasterTheme::kPopulation}, plane, people).value();
  EXPECT_NEAR(raster->total() / total, 1, 1e-9);
  EXPECT_NEAR(total_over(*raster, partition_around(box_of(*raster), 30)) / total, 1, 1e-9);
}

}  // namespace
}  // namespace obnova::geo
