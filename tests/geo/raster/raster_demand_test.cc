#include "geo/query/coverage/raster_demand.h"

#include <cmath>
#include <limits>
#include <map>

#include <gmock/gmock.h>

#include "geo/base/measure.h"
#include "geo/raster/zonal.h"
#include "tests/geo/raster/raster_cases.h"
#include "tests/support/result_matchers.h"

namespace obnova::geo {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

std::vector<DemandPlace> places_of(const Raster& raster, std::vector<Geometry> areas = {}, const RasterDemandRule& rule = {}) {
  auto places = demand_places(raster, areas, rule, {});
  EXPECT_THAT(places, Succeeds());
  return std::move(places).value();
}

double people_of(const std::vector<DemandPlace>& places) {
  double people = 0;
  for (const DemandPlace& place : places) people += place.people;
  return people;
}

TEST(RasterDemandTest, EveryPopulatedCellIsAPlaceAtItsCenter) {
  const auto raster = plain_raster(3, 2, std::vector<float>{5, 0, kNone, 2, 0, 7});
  const std::vector<DemandPlace> places = places_of(*raster);
  ASSERT_EQ(places.size(), 3u);
  EXPECT_EQ(places[0].place, (Point{0.5, 1.5}));
  EXPECT_EQ(places[1].feature.index, 3u);
  EXPECT_EQ(places[2].feature.index, 5u);
  EXPECT_EQ(places[2].people, 7);
}

TEST(RasterDemandTest, CoarseCellsAreCutIntoPieces) {
  const auto grid = CellGrid::make(2, 1, {0, 1000, 0, 1000, 0, -1000}).value();
  const auto raster = Raster::make({.id = "people"}, grid, std::vector<double>{160, 32}).value();
  const std::vector<DemandPlace> places = places_of(*raster);
  ASSERT_EQ(places.size(), 32u);
  EXPECT_EQ(places[0].place, (Point{125, 875}));
  EXPECT_EQ(places[0].people, 10);
  EXPECT_EQ(places[31].feature.index, 1u);
  EXPECT_EQ(places[31].people, 2);
  EXPECT_EQ(places_of(*raster, {}, {.max_piece_side_m = 1000}).size(), 2u);
}

TEST(RasterDemandTest, AnAreaTakesItsShareOfBorderCellsAndPlacesLieInIt) {
  const auto raster = plain_raster(2, 1, std::vector<float>{8, 8});
  const Geometry sliver = Geometry::rectangle({{0.75, 0}, {1.25, 1}});
  const std::vector<DemandPlace> places = places_of(*raster, {sliver});
  ASSERT_EQ(places.size(), 2u);
  for (const DemandPlace& place : places) {
    EXPECT_EQ(place.people, 2);
    EXPECT_TRUE(covers(sliver.view(), place.place));
  }
}

TEST(RasterDemandTest, PeopleOfAreasEqualTheirZonalSumsAndThoseOfAPartitionTheTotal) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    RasterDice dice(seed);
    const GridPlacement placement = seed % 2 == 0 ? bent_placement() : GridPlacement{};
    const auto grid = CellGrid::make(30, 20, {0, 1, 0, 20, 0, -1}, Registration::kArea, placement).value();
    std::vector<double> people;
    for (int i = 0; i < 600; ++i) people.push_back(dice.below(3) == 0 ? std::nan("") : static_cast<double>(dice.below(50)));
    const auto raster = Raster::make({.id = "people"}, grid, people).value();
    const std::vector<Geometry> areas = random_partition(dice, 6, -10, 40);
    const RasterDemandRule rule = {.max_piece_side_m = seed < 4 ? 100 : 0.5};
    for (const Geometry& area : areas) {
      const std::vector<DemandPlace> places = places_of(*raster, {area}, rule);
      EXPECT_NEAR(people_of(places), zonal_statistics(*raster, area.view(), {}).value().sum, 1e-6) << seed;
      for (const DemandPlace& place : places) EXPECT_LT(distance_m(area.view(), place.place), 1e-3) << seed;
    }
    EXPECT_NEAR(people_of(places_of(*raster, areas, rule)) / raster->total(), 1, 1e-9) << seed;
    EXPECT_NEAR(people_of(places_of(*raster, {}, rule)) / raster->total(), 1, 1e-9) << seed;
  }
}

TEST(RasterDemandTest, HolesAndGapsHoldNobody) {
  const auto raster = plain_raster(2, 1, std::vector<float>{kNone, 0});
  EXPECT_THAT(places_of(*raster), IsEmpty());
  EXPECT_THAT(places_of(*raster, {Geometry::rectangle({{5, 5}, {6, 6}})}), IsEmpty());
}

TEST(RasterDemandTest, FewerThanNobodyNamesTheCell) {
  const auto raster = plain_raster(2, 2, std::vector<float>{1, 2, 3, -200});
  EXPECT_THAT(demand_places(*raster, {}, {}, {}),
              FailsSaying(ErrorCode::kBadData, HasSubstr("column 1 of row 1 of the raster cells has -200")));
}

TEST(RasterDemandTest, LimitsHold) {
  const auto raster = plain_raster(50, 50, std::vector<float>(2500, 1));
  EXPECT_EQ(places_of(*raster, {}, {.max_place_count = 2500}).size(), 2500u);
  EXPECT_THAT(demand_places(*raster, {}, {.max_place_count = 2499}, {}), FailsSaying(ErrorCode::kLimitExceeded, HasSubstr("2499")));
  EXPECT_THAT(demand_places(*raster, {}, {.max_piece_side_m = 1e-9}, {}), FailsWith(ErrorCode::kLimitExceeded));
  EXPECT_THAT(demand_places(*raster, {}, {.max_piece_side_m = 0}, {}), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(demand_places(*raster, {}, {}, {.should_stop = [] { return true; }}), FailsWith(ErrorCode::kCancelled));
  const std::vector<Geometry> point = {Geometry::point({1, 1})};
  EXPECT_THAT(demand_places(*raster, point, {}, {}), FailsWith(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace obnova::geo
