#include "geo/query/coverage/service_area.h"

#include <cstdio>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "geo/base/measure.h"
#include "geo/base/overlay.h"
#include "tests/geo/query/coverage/test_city.h"
#include "tests/support/brute_force_coverage.h"
#include "tests/support/random_roads.h"

namespace obnova::geo {
namespace {

using testing::DoubleNear;
using testing::HasSubstr;

ServiceLimit seconds(double time_s) { return {.kind = ServiceLimit::Kind::kTime, .time = static_cast<Milliseconds>(time_s * 1000)}; }
ServiceLimit meters(double length_m) { return {.kind = ServiceLimit::Kind::kLength, .length_m = length_m}; }

ServiceAreaAnswer area_of(const TravelNetwork& network, const std::vector<Point>& places, const std::vector<ServiceLimit>& limits,
                          Direction direction = Direction::kFromSources) {
  const auto answer = service_area(network, places, limits, direction, {});
  EXPECT_THAT(answer, Succeeds());
  return *answer;
}

TEST(ServiceAreaTest, CutsEdgesWhereTheLimitIsUsedUp) {
  const AsciiCity drawing = ascii_city("A-----B-----C");  // 300 m each, 30 s.
  const auto city = city_of(drawing);
  const TravelNetwork network = network_of(*city);
  const auto answer = area_of(network, {drawing.at('A')}, {seconds(12), seconds(30), seconds(42)});
  ASSERT_EQ(answer.areas.size(), 3U);
  EXPECT_THAT(answer.areas[0].reached_length_m, DoubleNear(120, 0.01));
  EXPECT_THAT(answer.areas[1].reached_length_m, DoubleNear(300, 0.01));
  EXPECT_THAT(answer.areas[2].reached_length_m, DoubleNear(420, 0.01));
  EXPECT_THAT(length_m(answer.areas[2].edges.view()), DoubleNear(420, 0.01));
  EXPECT_TRUE(covers(answer.areas[0].area.view(), {100, 60}));
  EXPECT_FALSE(covers(answer.areas[0].area.view(), {100, 120}));
  EXPECT_FALSE(covers(answer.areas[0].area.view(), {150, 0}));
}

TEST(ServiceAreaTest, AnEdgeReachedFromBothEndsKeepsItsMiddleOut) {
  const AsciiCity drawing = ascii_city(R"(
A--------B
|        |
|        |
C--------D
)");  // 450 m wide, 150 m high: CD is reached from both sides when A and B are sources.
  const auto city = city_of(drawing);
  const TravelNetwork network = network_of(*city);
  const auto two_pieces = area_of(network, {drawing.at('A'), drawing.at('B')}, {seconds(20)});
  EXPECT_EQ(two_pieces.areas[0].edges.path_ends.size(), 6U);  // AB and CD in two pieces each, AC, BD.
  EXPECT_THAT(two_pieces.areas[0].reached_length_m, DoubleNear(400 + 300 + 100, 0.1));
  const auto whole = area_of(network, {drawing.at('A'), drawing.at('B')}, {seconds(38)});
  EXPECT_THAT(whole.areas[0].reached_length_m, DoubleNear(450 + 450 + 300, 0.1));
  EXPECT_EQ(whole.areas[0].edges.path_ends.size(), 4U);
}

TEST(ServiceAreaTest, SpreadsBothWaysFromTheMiddleOfAnEdge) {
  const AsciiCity drawing = ascii_city("A---------B");
  const auto city = city_of(drawing);
  const TravelNetwork network = network_of(*city);
  const auto answer = area_of(network, {{200, 15}}, {seconds(8)});
  EXPECT_THAT(answer.areas[0].reached_length_m, DoubleNear(160, 0.01));
  EXPECT_TRUE(covers(answer.areas[0].area.view(), {130, 0}));
  EXPECT_TRUE(covers(answer.areas[0].area.view(), {270, 0}));
}

TEST(ServiceAreaTest, DirectionMattersOnAOneWayStreet) {
  const AsciiCity drawing = ascii_city("A---->----B");
  const auto city = city_of(drawing);
  const TravelNetwork network = network_of(*city);
  const auto from = area_of(network, {{250, 0}}, {seconds(10)}, Direction::kFromSources);
  EXPECT_TRUE(covers(from.areas[0].area.view(), {330, 0}));
  EXPECT_FALSE(covers(from.areas[0].area.view(), {170, 0}));
  const auto to = area_of(network, {{250, 0}}, {seconds(10)}, Direction::kToSources);
  EXPECT_FALSE(covers(to.areas[0].area.view(), {330, 0}));
  EXPECT_TRUE(covers(to.areas[0].area.view(), {170, 0}));
}

TEST(ServiceAreaTest, DoesNotJumpARiver) {
  // Two banks 60 m apart; the only bridge is 1200 m away.
  const AsciiCity drawing = ascii_city(R"(
A----------------------------------------B
                                         |
C----------------------------------------D
)",
                                       {.cell_m = 30, .ways = {}, .tags = {}, .barriers = {}, .restrictions = {}});
  const auto city = city_of(drawing);
  const TravelNetwork network = network_of(*city);
  const auto answer = area_of(network, {drawing.at('A')}, {seconds(60), seconds(140)});
  const Point near_bank = {drawing.at('A').x_m + 300, drawing.at('A').y_m};
  const Point far_bank = {near_bank.x_m, drawing.at('C').y_m};
  EXPECT_TRUE(covers(answer.areas[0].area.view(), near_bank));
  EXPECT_FALSE(covers(answer.areas[0].area.view(), far_bank));
  EXPECT_FALSE(covers(answer.areas[0].area.view(), drawing.at('C')));
  // Beyond the bridge the other bank is reached from its far end.
  EXPECT_TRUE(covers(answer.areas[1].area.view(), {drawing.at('D').x_m - 60, drawing.at('D').y_m}));
  EXPECT_FALSE(covers(answer.areas[1].area.view(), far_bank));
}

TEST(ServiceAreaTest, APlaceFarFromRoadsIsASnapFailureAndNoSquare) {
  const AsciiCity drawing = ascii_city("A---------B");
  const auto city = city_of(drawing);
  const TravelNetwork network = network_of(*city);
  const auto answer = area_of(network, {{0, 5000}}, {seconds(600)});
  EXPECT_EQ(answer.snaps[0].failure, SnapFailure::kTooFar);
  EXPECT_EQ(answer.areas[0].area.kind, GeometryKind::kNone);
  EXPECT_EQ(answer.areas[0].edges.kind, GeometryKind::kNone);
  EXPECT_EQ(answer.areas[0].area_m2, 0);
  EXPECT_EQ(answer.areas[0].reached_length_m, 0);
}

TEST(ServiceAreaTest, NoPlacesReachNothing) {
  const AsciiCity drawing = ascii_city("A---------B");
  const auto city = city_of(drawing);
  const TravelNetwork network = network_of(*city);
  EXPECT_EQ(area_of(network, {}, {seconds(60)}).areas[0].area.kind, GeometryKind::kNone);
  EXPECT_TRUE(area_of(network, {drawing.at('A')}, {}).areas.empty());
}

TEST(ServiceAreaTest, LimitZeroIsAroundTheOriginOnly) {
  const AsciiCity drawing = ascii_city("A---------B");
  const auto city = city_of(drawing);
  const TravelNetwork network = network_of(*city);
  const auto answer = area_of(network, {{250, 20}}, {seconds(0)});
  EXPECT_TRUE(covers(answer.areas[0].area.view(), {250, 20}));
  EXPECT_LT(answer.areas[0].area_m2, 5000);
  EXPECT_EQ(answer.areas[0].reached_length_m, 0);
}

TEST(ServiceAreaTest, LengthLimitsMeasureTheFastestWay) {
  // From A to B the service road takes 200 m and 40 s, the detour over C and D 400 m and 20 s.
  const AsciiCity drawing = ascii_city(R"(
A---B-E
|   |
C---D
)",
                                       {.cell_m = 50,
                                        .ways = {},
                                        .tags = {{"AB", {{"highway", "service"}}},
                                                 {"AC", {{"highway", "primary"}}},
                                                 {"CD", {{"highway", "primary"}}},
                                                 {"BD", {{"highway", "primary"}}}},
                                        .barriers = {},
                                        .restrictions = {}});
  const auto city = city_of(drawing);
  const TravelNetwork network = network_of(*city);
  const auto answer = area_of(network, {drawing.at('A')}, {meters(250), meters(450)});
  const Point beyond_b = {drawing.at('B').x_m + 30, drawing.at('B').y_m};
  EXPECT_FALSE(covers(answer.areas[0].area.view(), beyond_b));
  EXPECT_TRUE(covers(answer.areas[1].area.view(), beyond_b));
}

TEST(ServiceAreaTest, AClosedAreaStopsWhereItBegins) {
  const AsciiCity drawing = ascii_city("A-------------------B");
  const auto city = city_of(drawing);
  TravelOptions options;
  options.avoid = {Geometry::rectangle({{400, -50}, {500, 50}})};
  const TravelNetwork network = network_of(*city, options);
  const auto answer = area_of(network, {drawing.at('A')}, {seconds(90)});
  EXPECT_THAT(answer.areas[0].reached_length_m, DoubleNear(400, 0.01));
  EXPECT_FALSE(covers(answer.areas[0].area.view(), {650, 0}));
}

TEST(ServiceAreaTest, RefusesLimitsThatDoNotAscendOrMix) {
  const AsciiCity drawing = ascii_city("A---------B");
  const auto city = city_of(drawing);
  const TravelNetwork network = network_of(*city);
  const auto refused = [&](const std::vector<ServiceLimit>& limits, const char* word) {
    const std::vector<Point> places = {drawing.at('A')};
    EXPECT_THAT(service_area(network, places, limits, Direction::kFromSources, {}),
                FailsSaying(ErrorCode::kInvalidArgument, HasSubstr(word)));
  };
  refused({seconds(20), seconds(10)}, "ascend");
  refused({seconds(20), meters(100)}, "all be");
  refused({meters(-1)}, "from 0 on");
  refused({meters(std::numeric_limits<double>::quiet_NaN())}, "from 0 on");
}

TEST(ServiceAreaTest, StopsWhenCancelled) {
  const AsciiCity drawing = ascii_city("A---------B");
  const auto city = city_of(drawing);
  const TravelNetwork network = network_of(*city);
  const std::vector<Point> places = {drawing.at('A')};
  const std::vector<ServiceLimit> limits = {seconds(60)};
  for (int allowed = 0; allowed < 4; ++allowed) {
    int asked = 0;
    const Limits work_limits = {.should_stop = [&] { return asked++ >= allowed; }};
    EXPECT_THAT(service_area(network, places, limits, Direction::kFromSources, work_limits), FailsWith(ErrorCode::kCancelled));
  }
}

// A random city with a source somewhere on it.
struct RandomCase {
  explicit RandomCase(std::uint32_t seed) : roads(seed, 9), city(city_of(roads.city())), network(network_of(*city)) {
    for (int i = 0; i < 1 + static_cast<int>(seed % 2); ++i) {
      places.push_back({roads.below(80) * 10.0 + 5, roads.below(80) * 10.0 + 3});
      const Snap snap = network.snap(places.back());
      if (snap.on_network) sources.push_back(*snap.on_network);
    }
  }
  RandomRoads roads;
  std::shared_ptr<const City> city;
  TravelNetwork network;
  std::vector<Point> places;
  std::vector<NetworkPlace> sources;
};

TEST(ServiceAreaTest, LargerLimitsHoldSmallerOnesAndTheOrigin) {
  for (std::uint32_t seed = 1; seed <= 25; ++seed) {
    RandomCase random(seed);
    const auto direction = seed % 3 == 0 ? Direction::kToSources : Direction::kFromSources;
    const auto answer = area_of(random.network, random.places, {seconds(5), seconds(5), seconds(20), seconds(60), seconds(400)}, direction);
    for (std::size_t i = 0; i < answer.areas.size(); ++i) {
      const Geometry& area = answer.areas[i].area;
      const bool valid = area.kind == GeometryKind::kNone || !validity_problem(area.view());
      ASSERT_TRUE(valid) << "seed " << seed;
      for (const Snap& snap : answer.snaps) {
        if (snap.on_network && snap.distance_m <= kServiceAreaReach_m) {
          ASSERT_TRUE(covers(area.view(), snap.place)) << "seed " << seed << " limit " << i;
        }
      }
      if (i == 0 || answer.areas[i - 1].area.kind == GeometryKind::kNone) continue;
      const auto rest = difference(answer.areas[i - 1].area.view(), area.view());
      ASSERT_THAT(rest, Succeeds());
      EXPECT_LT(area_m2(rest->view()), 1e-6) << "seed " << seed << " limit " << i;
      EXPECT_LE(answer.areas[i - 1].reached_length_m, answer.areas[i].reached_length_m);
    }
  }
}

// The contract: a place lies in the area exactly if the route takes no longer than the limit.
TEST(ServiceAreaTest, AgreesWithRoutesOutsideANarrowBand) {
  int asked = 0, outside_band = 0, wrong = 0, wrong_outside_band = 0;
  for (std::uint32_t seed = 1; seed <= 30; ++seed) {
    RandomCase random(seed);
    const auto direction = seed % 3 == 0 ? Direction::kToSources : Direction::kFromSources;
    const ServiceLimit limit = seed % 4 == 0 ? meters(500) : seconds(60);
    const auto answer = area_of(random.network, random.places, {limit}, direction);
    const Geometry& area = answer.areas[0].area;
    for (int i = 0; i < 300; ++i) {
      const Point place = {random.roads.below(10'000) / 10.0 - 100, random.roads.below(10'000) / 10.0 - 100};
      const bool in_area = covers(area.view(), place);
      const bool belongs = slow_belongs(random.network, random.sources, direction, limit, place);
      const bool far = distance_to_boundary_m(area.view(), place) > 25;
      ++asked;
      outside_band += far;
      wrong += in_area != belongs;
      wrong_outside_band += far && in_area != belongs;
    }
  }
  std::printf("disagreement: %d of %d places, %d of %d farther than 25 m from the boundary\n", wrong, asked, wrong_outside_band,
              outside_band);
  EXPECT_LE(wrong_outside_band, 0.005 * outside_band);
  EXPECT_LE(wrong, 0.03 * asked);
}

TEST(ServiceAreaTest, ReachedEdgesAreThoseThatRoutesReach) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    RandomCase random(seed);
    const auto direction = seed % 2 == 0 ? Direction::kToSources : Direction::kFromSources;
    const ServiceLimit limit = seed % 4 == 0 ? meters(400) : seconds(45);
    const auto answer = area_of(random.network, random.places, {limit}, direction);
    const RoadGraph& graph = random.network.graph();
    double expected_m = 0;
    for (std::uint32_t e = 0; e < graph.edge_count(); ++e) {
      // Small steps along the edge; a step counts when its middle is reached.
      constexpr double kStep_m = 1;
      for (double at_m = kStep_m / 2; at_m < graph.edge({e}).length_m; at_m += kStep_m) {
        if (slow_within(slow_reach(random.network.metric(), random.sources, direction, {{e}, at_m, {}}), limit)) expected_m += kStep_m;
      }
    }
    EXPECT_NEAR(answer.areas[0].reached_length_m, expected_m, 0.002 * expected_m + 5) << "seed " << seed;
  }
}

}  // namespace
}  // namespace obnova::geo
