#include "geo/query/coverage/coverage.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "geo/base/measure.h"
#include "geo/base/overlay.h"
#include "geo/query/coverage/cluster.h"
#include "tests/geo/query/coverage/test_city.h"
#include "tests/support/brute_force_coverage.h"
#include "tests/support/random_roads.h"

namespace obnova::geo {
namespace {

using testing::DoubleNear;
using testing::HasSubstr;

ServiceLimit seconds(double time_s) { return {.kind = ServiceLimit::Kind::kTime, .time = static_cast<Milliseconds>(time_s * 1000)}; }

std::shared_ptr<const Layer> points_layer(const std::string& id, const std::vector<Point>& points) {
  LayerBuilder builder(describe(id, Theme::kFacilities), {});
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_THAT(builder.add(std::to_string(i), Geometry::point(points[i]).view(), {}), Succeeds());
  }
  return std::move(builder).build();
}

IndexedLayer areas_layer(const std::vector<Geometry>& areas) {
  LayerBuilder builder(describe("districts", Theme::kDistricts), {});
  for (std::size_t i = 0; i < areas.size(); ++i) EXPECT_THAT(builder.add(std::to_string(i), areas[i].view(), {}), Succeeds());
  const std::shared_ptr<const Layer> layer = std::move(builder).build();
  return {layer, std::make_shared<const LayerIndex>(layer->boxes())};
}

// A city with facilities and people, and the question to ask of it.
struct Scene {
  Scene(const AsciiCity& drawing, const std::vector<Point>& facility_places, const std::vector<std::pair<Point, double>>& people)
      : city(city_of(drawing)), network(network_of(*city)), facilities(points_layer("clinics", facility_places)) {
    for (std::uint32_t i = 0; i < facility_places.size(); ++i) facility_ids.push_back({i});
    for (const auto& [place, count] : people) demand.push_back({{static_cast<std::uint32_t>(demand.size())}, place, count});
  }

  CoverageQuery query(ServiceLimit limit) const {
    CoverageQuery result;
    result.demand = demand;
    result.facilities_layer = facilities.get();
    result.facilities = facility_ids;
    result.limit = limit;
    return result;
  }

  std::shared_ptr<const City> city;
  TravelNetwork network;
  std::shared_ptr<const Layer> facilities;
  std::vector<FeatureId> facility_ids;
  std::vector<DemandPlace> demand;
};

CoverageAnswer answer_of(const Scene& scene, const CoverageQuery& query) {
  const auto answer = coverage(scene.network, query, {});
  EXPECT_THAT(answer, Succeeds());
  return *answer;
}

TEST(CoverageTest, TheLimitItselfIsCovered) {
  const AsciiCity drawing = ascii_city("A------B");  // 350 m, 35 s.
  const Scene scene(drawing, {drawing.at('A')}, {{drawing.at('B'), 3}});
  EXPECT_EQ(answer_of(scene, scene.query(seconds(35))).total.covered, 3);
  EXPECT_EQ(answer_of(scene, scene.query(seconds(34.999))).total.uncovered, 3);
  EXPECT_EQ(answer_of(scene, scene.query({.kind = ServiceLimit::Kind::kLength, .length_m = 350})).total.covered, 3);
  EXPECT_EQ(answer_of(scene, scene.query({.kind = ServiceLimit::Kind::kLength, .length_m = 349.9})).total.uncovered, 3);
}

TEST(CoverageTest, PeopleGoToTheFacilityUnlessItGoesToThem) {
  const AsciiCity drawing = ascii_city("A--<---B");
  const Scene scene(drawing, {drawing.at('A')}, {{{300, 0}, 1}});
  CoverageQuery query = scene.query(seconds(60));
  EXPECT_EQ(answer_of(scene, query).places[0].status, PlaceStatus::kCovered);
  query.direction = Direction::kFromSources;
  EXPECT_EQ(answer_of(scene, query).places[0].status, PlaceStatus::kUnreachable);
}

TEST(CoverageTest, EveryStatusIsCounted) {
  const AsciiCity drawing = ascii_city(R"(
A---------B   C--D
)");
  const Scene scene(drawing, {drawing.at('A')},
                    {{{100, 0}, 1}, {{480, 0}, 20}, {drawing.at('D'), 300}, {{0, 9000}, 4000}, {{400, 0}, 50000}});
  CoverageQuery query = scene.query(seconds(30));
  // All of the row but a square around the last place is assessed.
  const auto assessed =
      union_all(std::vector{Geometry::rectangle({{-100, -200}, {390, 200}}), Geometry::rectangle({{410, -200}, {2000, 10'000}}),
                            Geometry::rectangle({{-100, 8000}, {2000, 10'000}})});
  ASSERT_THAT(assessed, Succeeds());
  query.assessed_areas = {*assessed, Geometry{}, Geometry::rectangle({{-1000, -1000}, {20'000, 20'000}})};
  const CoverageAnswer answer = answer_of(scene, query);
  EXPECT_EQ(answer.total.covered, 1);
  EXPECT_EQ(answer.total.uncovered, 20);
  EXPECT_EQ(answer.total.unreachable, 4300);  // Cut off, and far from any road.
  EXPECT_EQ(answer.total.unassessed, 50'000);
  EXPECT_EQ(answer.total.total, 54'321);
  EXPECT_EQ(answer.places[1].facility, FeatureId{0});
  EXPECT_EQ(answer.places[1].reach.time, 48'000);
  EXPECT_EQ(answer.facility_people, std::vector<double>{1});
  EXPECT_TRUE(answer.facility_snaps.at(0).on_network.has_value());
}

TEST(CoverageTest, WhatIsFoundCoversEvenWhereNobodyLooked) {
  const AsciiCity drawing = ascii_city("A---------B");
  const Scene scene(drawing, {drawing.at('A')}, {{{100, 0}, 1}, {{400, 0}, 20}});
  CoverageQuery query = scene.query(seconds(30));
  query.assessed_areas = {Geometry::rectangle({{-10, -10}, {10, 10}})};
  const CoverageAnswer answer = answer_of(scene, query);
  EXPECT_EQ(answer.total.covered, 1);
  EXPECT_EQ(answer.total.unassessed, 20);
}

TEST(CoverageTest, AnUnknownAssessedAreaIsEverywhere) {
  const AsciiCity drawing = ascii_city("A---------B");
  const Scene scene(drawing, {drawing.at('A')}, {{{100, 0}, 1}});
  CoverageQuery query = scene.query(seconds(30));
  query.assessed_areas = {Geometry{}};
  EXPECT_EQ(answer_of(scene, query).total.covered, 1);
}

TEST(CoverageTest, WithoutFacilitiesNobodyIsCovered) {
  const AsciiCity drawing = ascii_city("A---------B");
  const Scene scene(drawing, {}, {{{100, 0}, 7}});
  const CoverageAnswer answer = answer_of(scene, scene.query(seconds(30)));
  EXPECT_EQ(answer.total.unreachable, 7);
  EXPECT_EQ(answer.total.total, 7);
  ASSERT_EQ(answer.clusters.size(), 1U);
  EXPECT_EQ(answer.clusters[0].nearest_facility, std::nullopt);
  EXPECT_EQ(answer.clusters[0].unreachable_people, 7);
  EXPECT_EQ(answer.clusters[0].mean_excess, 0);
}

TEST(CoverageTest, WithoutPeopleTheAnswerIsEmpty) {
  const AsciiCity drawing = ascii_city("A---------B");
  const Scene scene(drawing, {drawing.at('A')}, {});
  const CoverageAnswer answer = answer_of(scene, scene.query(seconds(30)));
  EXPECT_EQ(answer.total.total, 0);
  EXPECT_TRUE(answer.clusters.empty());
  EXPECT_EQ(answer.facility_people, std::vector<double>{0});
}

TEST(CoverageTest, ClustersTellWhoIsLeftOutAndByHowMuch) {
  const AsciiCity drawing = ascii_city("A----------------------------------------B");  // 2050 m.
  const Scene scene(drawing, {drawing.at('A'), drawing.at('B')},
                    {{{800, 0}, 10},   // 80 s from A: 50 s over the limit.
                     {{1000, 0}, 30},  // 100 s from A: 70 s over.
                     {{1700, 0}, 5},   // 35 s from B: 5 s over.
                     {{100, 0}, 99}});
  const CoverageAnswer answer = answer_of(scene, scene.query(seconds(30)));
  ASSERT_EQ(answer.clusters.size(), 2U);
  const UncoveredCluster& first = answer.clusters[0];
  EXPECT_EQ(first.people, 40);
  EXPECT_EQ(first.place_count, 2);
  EXPECT_EQ(first.nearest_facility, FeatureId{0});
  EXPECT_THAT(first.mean_excess, DoubleNear(65, 0.01));
  EXPECT_EQ(first.area.kind, GeometryKind::kMultiPolygon);
  EXPECT_TRUE(covers(first.area.view(), {800, 0}));
  EXPECT_TRUE(covers(first.area.view(), {1000, 100}));
  EXPECT_FALSE(covers(first.area.view(), {1700, 0}));
  EXPECT_EQ(answer.clusters[1].people, 5);
  EXPECT_EQ(answer.clusters[1].nearest_facility, FeatureId{1});
  CoverageQuery one = scene.query(seconds(30));
  one.max_cluster_count = 1;
  EXPECT_EQ(answer_of(scene, one).clusters.size(), 1U);
}

TEST(CoverageTest, RefusesALimitThatIsNoNumber) {
  const AsciiCity drawing = ascii_city("A---------B");
  const Scene scene(drawing, {drawing.at('A')}, {});
  EXPECT_THAT(coverage(scene.network, scene.query(seconds(-1)), {}), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("from 0 on")));
}

TEST(CoverageTest, StopsWhenCancelled) {
  const AsciiCity drawing = ascii_city("A---------B");
  const Scene scene(drawing, {drawing.at('A')}, {{{400, 0}, 7}});
  for (int allowed = 0; allowed < 4; ++allowed) {
    int asked = 0;
    const Limits limits = {.should_stop = [&] { return asked++ >= allowed; }};
    EXPECT_THAT(coverage(scene.network, scene.query(seconds(30)), limits), FailsWith(ErrorCode::kCancelled));
  }
}

struct RandomScene {
  explicit RandomScene(std::uint32_t seed) : roads(seed, 7), drawing(roads.city()), scene(drawing, facility_places(), people()) {}

  std::vector<Point> facility_places() {
    std::vector<Point> places;
    for (int i = 0; i < 4; ++i) places.push_back({roads.below(14) * 50.0, roads.below(14) * 50.0});
    return places;
  }
  std::vector<std::pair<Point, double>> people() {
    std::vector<std::pair<Point, double>> result;
    for (int i = 0; i < 60; ++i) result.push_back({{roads.below(28) * 25.0, roads.below(28) * 25.0}, 1.0 + roads.below(9)});
    return result;
  }

  RandomRoads roads;
  AsciiCity drawing;
  Scene scene;
};

TEST(CoverageTest, EqualsARouteForEveryPair) {
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    RandomScene random(seed);
    CoverageQuery query =
        random.scene.query(seed % 2 == 0 ? seconds(40) : ServiceLimit{.kind = ServiceLimit::Kind::kLength, .length_m = 300});
    query.direction = seed % 3 == 0 ? Direction::kFromSources : Direction::kToSources;
    const CoverageAnswer answer = answer_of(random.scene, query);
    const std::vector<PlaceCoverage> slow = slow_coverage(random.scene.network, query);
    ASSERT_EQ(answer.places.size(), slow.size());
    for (std::size_t i = 0; i < slow.size(); ++i) {
      EXPECT_EQ(answer.places[i].status, slow[i].status) << "seed " << seed << " place " << i;
      EXPECT_EQ(answer.places[i].facility, slow[i].facility) << "seed " << seed << " place " << i;
      EXPECT_EQ(answer.places[i].reach.time, slow[i].reach.time) << "seed " << seed << " place " << i;
      EXPECT_NEAR(answer.places[i].reach.length_m, slow[i].reach.length_m, 1e-5) << "seed " << seed << " place " << i;
    }
  }
}

TEST(CoverageTest, NoPeopleAreLostOrCountedTwice) {
  for (std::uint32_t seed = 1; seed <= 30; ++seed) {
    RandomScene random(seed);
    CoverageQuery query = random.scene.query(seconds(40));
    // Two that overlap and one beside them; people outside of all are counted apart.
    const IndexedLayer districts = areas_layer({Geometry::rectangle({{0, 0}, {300, 300}}), Geometry::rectangle({{200, 0}, {600, 300}}),
                                                Geometry::rectangle({{0, 300}, {300, 600}})});
    query.districts = &districts;
    query.assessed_areas = {Geometry::rectangle({{0, 0}, {500, 500}})};
    const CoverageAnswer answer = answer_of(random.scene, query);
    double everybody = 0;
    for (const DemandPlace& demand : random.scene.demand) everybody += demand.people;
    EXPECT_EQ(answer.total.total, everybody);
    const auto sum = [&](double PeopleCount::* part) {
      double people = answer.outside_districts.*part;
      for (const PeopleCount& district : answer.districts) people += district.*part;
      return people;
    };
    EXPECT_EQ(answer.total.covered + answer.total.uncovered + answer.total.unreachable + answer.total.unassessed, everybody);
    for (const auto part :
         {&PeopleCount::total, &PeopleCount::covered, &PeopleCount::uncovered, &PeopleCount::unreachable, &PeopleCount::unassessed}) {
      EXPECT_EQ(sum(part), answer.total.*part) << "seed " << seed;
    }
    double served = 0;
    for (const double people : answer.facility_people) served += people;
    EXPECT_EQ(served, answer.total.covered);
    double left_out = 0;
    for (const UncoveredCluster& cluster : answer.clusters) left_out += cluster.people;
    EXPECT_EQ(left_out, answer.total.uncovered + answer.total.unreachable);
  }
}

TEST(CoverageTest, TheOrderOfPeopleDoesNotMatter) {
  RandomScene random(5);
  const CoverageAnswer answer = answer_of(random.scene, random.scene.query(seconds(40)));
  std::vector<DemandPlace> reversed(random.scene.demand.rbegin(), random.scene.demand.rend());
  CoverageQuery query = random.scene.query(seconds(40));
  query.demand = reversed;
  const CoverageAnswer other = answer_of(random.scene, query);
  EXPECT_EQ(answer.total.covered, other.total.covered);
  EXPECT_EQ(answer.facility_people, other.facility_people);
  ASSERT_EQ(answer.clusters.size(), other.clusters.size());
  for (std::size_t i = 0; i < answer.clusters.size(); ++i) EXPECT_EQ(answer.clusters[i].people, other.clusters[i].people);
}

TEST(ClusterTest, EqualsChainsFoundPairByPair) {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    std::mt19937 random(seed);
    std::vector<Point> places;
    for (int i = 0; i < 80; ++i)
      places.push_back({static_cast<double>(random() % 50) * 50 - 1000, static_cast<double>(random() % 50) * 50 - 1000});
    std::vector<std::size_t> group(places.size());
    for (std::size_t i = 0; i < group.size(); ++i) group[i] = i;
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t i = 0; i < places.size(); ++i) {
        for (std::size_t j = 0; j < places.size(); ++j) {
          if (distance_m(places[i], places[j]) >= kClusterGap_m || group[j] <= group[i]) continue;
          group[j] = group[i];
          changed = true;
        }
      }
    }
    const auto clusters = clusters_of(places, {});
    ASSERT_THAT(clusters, Succeeds());
    std::size_t place_count = 0;
    for (const std::vector<std::uint32_t>& members : *clusters) {
      place_count += members.size();
      for (const std::uint32_t member : members) EXPECT_EQ(group[member], members.front()) << "seed " << seed;
    }
    EXPECT_EQ(place_count, places.size());
  }
}

TEST(ClusterTest, TheAreaHoldsItsPlacesAndStaysNear) {
  const std::vector<Point> places = {{0, 0}, {240, 0}, {240, 200}};
  const Geometry area = area_around(places);
  EXPECT_EQ(validity_problem(area.view()), std::nullopt);
  for (const Point place : places) EXPECT_TRUE(covers(area.view(), place));
  EXPECT_TRUE(covers(area.view(), {-115, 0}));
  EXPECT_FALSE(covers(area.view(), {-135, 0}));
  EXPECT_TRUE(covers(area.view(), {120, 0}));
}

}  // namespace
}  // namespace obnova::geo
