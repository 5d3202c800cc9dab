#include "geo/query/routing/matrix.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/query/routing/nearest_facilities.h"
#include "geo/query/routing/route.h"
#include "tests/support/random_roads.h"
#include "tests/support/result_matchers.h"
#include "tests/support/routed_city.h"

namespace obnova::geo {
namespace {

std::vector<Point> random_places(std::mt19937& random, int count) {
  std::vector<Point> places;
  for (int i = 0; i < count; ++i) places.push_back({static_cast<double>(random() % 500), static_cast<double>(random() % 500)});
  return places;
}

std::vector<MatrixRow> matrix(const TravelNetwork& network, const std::vector<Point>& origins, const std::vector<Point>& destinations) {
  std::vector<MatrixRow> rows;
  const auto keep = [&rows](MatrixRow row) {
    rows.push_back(std::move(row));
    return true;
  };
  EXPECT_THAT(compute_matrix(network, snap_matrix(network, origins, destinations), keep, {}), Succeeds());
  return rows;
}

// FIELD_NOTES 11.16 and 11.17: one snap, and matrix = route = nearest.
TEST(MatrixTest, EqualsRoutesAndNearestFacilities) {
  for (std::uint32_t seed = 0; seed < 12; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    RandomRoads roads(seed);
    const auto city = routed_city(roads.city());
    const char* profiles[] = {"foot", "bicycle", "car"};
    const TravelNetwork network = travel_on(*city, {.profile = profiles[seed % 3], .avoid = {roads.area()}, .max_snap_distance_m = 60});
    const std::vector<Point> origins = random_places(random, 5);
    const std::vector<Point> destinations = random_places(random, 6);
    const std::vector<MatrixRow> rows = matrix(network, origins, destinations);
    ASSERT_EQ(rows.size(), origins.size());

    std::vector<std::tuple<std::string, Geometry, Tags>> schools;
    std::vector<FeatureId> all;
    for (std::uint32_t j = 0; j < destinations.size(); ++j) {
      schools.emplace_back("school/" + std::to_string(j), Geometry::point(destinations[j]), Tags{});
      all.push_back({j});
    }
    const FacilitySites sites = facility_sites(network, *ascii::tagged_layer("schools", Theme::kFacilities, schools), all);
    const auto nearest = nearest_facilities(network, origins, sites, 3, kNever - 1, Direction::kToSources, {}).value();
    for (std::size_t i = 0; i < origins.size(); ++i) {
      EXPECT_EQ(rows[i].origin, i);
      std::vector<std::pair<Milliseconds, FeatureId>> order;
      for (std::uint32_t j = 0; j < destinations.size(); ++j) {
        const RouteAnswer answer = find_route(network, std::vector<Point>{origins[i], destinations[j]}, {}).value();
        EXPECT_EQ(rows[i].reaches[j].time, answer.route ? answer.route->time : kNever);
        EXPECT_EQ(rows[i].reaches[j].length_m, answer.route ? answer.route->length_m : -1);
        if (answer.route) order.emplace_back(answer.route->time, FeatureId{j});
      }
      std::ranges::sort(order);
      ASSERT_EQ(nearest[i].facilities.size(), std::min<std::size_t>(3, order.size()));
      for (std::size_t k = 0; k < nearest[i].facilities.size(); ++k) {
        EXPECT_EQ(nearest[i].facilities[k].facility, order[k].second);
        EXPECT_EQ(nearest[i].facilities[k].reach.time, order[k].first);
      }
    }
  }
}

// FIELD_NOTES 11.16.
TEST(MatrixTest, ASnapDoesNotDependOnTheOtherPlaces) {
  const AsciiCity picture = ascii_city("A---B   C---D---E");
  const auto city = routed_city(picture);
  const TravelNetwork network = travel_on(*city);
  const auto alone = snap_matrix(network, std::vector{picture.at('A')}, {});
  const auto together = snap_matrix(network, std::vector{picture.at('A'), picture.at('D')}, std::vector{picture.at('E')});
  EXPECT_EQ(alone.origins[0].on_network->edge, together.origins[0].on_network->edge);
}

TEST(MatrixTest, StopsWhenTheTakerHasEnough) {
  const AsciiCity picture = ascii_city("A---B");
  const auto city = routed_city(picture);
  const TravelNetwork network = travel_on(*city);
  const std::vector<Point> places = {picture.at('A'), picture.at('B')};
  int row_count = 0;
  const auto once = [&row_count](MatrixRow) { return ++row_count < 1; };
  EXPECT_THAT(compute_matrix(network, snap_matrix(network, places, places), once, {}), Succeeds());
  EXPECT_EQ(row_count, 1);
}

TEST(NearestFacilitiesTest, EqualTimesAreOrderedByIdAndTheLimitIsInclusive) {
  const AsciiCity picture = ascii_city("A---B---C", {.cell_m = 25});
  const auto city = routed_city(picture);
  const TravelNetwork network = travel_on(*city);
  const auto shops = ascii::tagged_layer("shops", Theme::kFacilities,
                                         {{"c", Geometry::point(picture.at('C')), {}}, {"a", Geometry::point(picture.at('A')), {}},
                                          {"far", Geometry::point({9000, 0}), {}}, {"nowhere", Geometry{}, {}}});
  const FacilitySites sites = facility_sites(network, *shops, std::vector<FeatureId>{{1}, {0}, {2}, {3}});
  EXPECT_EQ(sites.unreachable_count, 2);
  EXPECT_EQ(sites.snaps.size(), 4U);
  const auto ask = [&](Milliseconds limit) {
    return nearest_facilities(network, std::vector{picture.at('B')}, sites, 5, limit, Direction::kToSources, {}).value()[0].facilities;
  };
  ASSERT_EQ(ask(14'400).size(), 2U);
  EXPECT_EQ(ask(14'400)[0].facility, FeatureId{0});
  EXPECT_TRUE(ask(14'399).empty());
}

TEST(NearestFacilitiesTest, TheDirectionMattersOnOneWayStreets) {
  const AsciiCity picture = ascii_city("A--->B");
  const auto city = routed_city(picture);
  const TravelNetwork network = travel_on(*city);
  const auto station = ascii::tagged_layer("stations", Theme::kFacilities, {{"s", Geometry::point(picture.at('B')), {}}});
  const FacilitySites sites = facility_sites(network, *station, std::vector<FeatureId>{{0}});
  const std::vector<Point> home = {picture.at('A')};
  EXPECT_EQ(nearest_facilities(network, home, sites, 1, kNever - 1, Direction::kToSources, {}).value()[0].facilities.size(), 1U);
  EXPECT_TRUE(nearest_facilities(network, home, sites, 1, kNever - 1, Direction::kFromSources, {}).value()[0].facilities.empty());
}

}  // namespace
}  // namespace obnova::geo
