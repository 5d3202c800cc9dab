#include <random>

#include <gtest/gtest.h>

#include "tests/support/ascii_travel.h"
#include "tests/support/brute_force_routing.h"
#include "tests/support/random_roads.h"

namespace obnova::geo {
namespace {

NetworkPlace random_place(const RoadGraph& graph, std::mt19937& random) {
  const EdgeId edge = {static_cast<std::uint32_t>(random() % graph.edge_count())};
  const double offset_m = graph.edge(edge).length_m * static_cast<double>(random() % 5) / 4;
  return {edge, offset_m, {}};
}

struct RandomCity {
  RandomCity(std::uint32_t seed, const Profile& profile) : random(seed) {
    RandomRoads roads(seed, 4 + static_cast<int>(seed % 3));
    city = roads.city();
    if (seed % 2 == 0) {
      for (std::uint32_t i = 0; i < 1 + seed % 3; ++i) closed.push_back(roads.area());
    }
    graph = RoadGraph::build(city.roads, city.barriers, city.restrictions, {}).value();
    metric = Metric::make(graph, profile).value()->with_closed(closed, {}).value();
  }

  std::mt19937 random;
  AsciiCity city;
  std::vector<Geometry> closed;
  std::shared_ptr<const RoadGraph> graph;
  std::shared_ptr<const Metric> metric;
};

void expect_same(const Reach& fast, const Reach& slow) {
  EXPECT_EQ(fast.time, slow.time);
  EXPECT_EQ(fast.length_m, slow.length_m);
}

Reach reach_of(const std::optional<Path>& path) { return path ? Reach{path->time, path->length_m} : Reach{}; }

class RandomSearchTest : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Profiles, RandomSearchTest, testing::Values("foot", "bicycle", "car", "truck", "emergency"));

// FIELD_NOTES 11.15 and 11.18 on random input: restrictions at nodes and over
// via ways, turning bans, closures that cut edges.
TEST_P(RandomSearchTest, FourThousandRoutesEqualTheSlowTwin) {
  const Profile& profile = real_profile(GetParam());
  int found_count = 0;
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    RandomCity city(seed, profile);
    const BruteForceRouter slow(*city.graph, city.city.restrictions.get(), profile, city.closed);
    for (int i = 0; i < 20; ++i) {
      const NetworkPlace from = random_place(*city.graph, city.random);
      const NetworkPlace to = random_place(*city.graph, city.random);
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", pair " << i);
      const Reach fast = reach_of(fastest_path(*city.metric, from, to, {}).value());
      if (fast.time != kNever) ++found_count;
      expect_same(fast, slow.route(from, to));
      if (testing::Test::HasFailure()) return;
    }
  }
  EXPECT_GT(found_count, 1000);
}

// FIELD_NOTES 11.17.
TEST_P(RandomSearchTest, RouteTargetsSweepAndNearestAgree) {
  const Profile& profile = real_profile(GetParam());
  for (std::uint32_t seed = 100; seed < 130; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    RandomCity city(seed, profile);
    std::vector<NetworkPlace> targets;
    for (int i = 0; i < 8; ++i) targets.push_back(random_place(*city.graph, city.random));
    for (const Direction direction : {Direction::kFromSources, Direction::kToSources}) {
      const Sweep sweep = sweep_from(*city.metric, targets, direction, kNever, {}).value();
      for (int i = 0; i < 5; ++i) {
        const NetworkPlace place = random_place(*city.graph, city.random);
        const bool from_targets = direction == Direction::kFromSources;
        const Direction seen_from_place = from_targets ? Direction::kToSources : Direction::kFromSources;
        const auto reaches = reach_targets(*city.metric, place, targets, seen_from_place, {}).value();
        std::vector<std::pair<Milliseconds, std::uint32_t>> order;
        for (std::uint32_t k = 0; k < targets.size(); ++k) {
          const auto path = from_targets ? fastest_path(*city.metric, targets[k], place, {}).value()
                                         : fastest_path(*city.metric, place, targets[k], {}).value();
          expect_same(reaches[k], reach_of(path));
          if (path) order.emplace_back(path->time, k);
        }
        std::ranges::sort(order);
        const SourceReach nearest = reach_in_sweep(*city.metric, sweep, targets, direction, place);
        EXPECT_EQ(nearest.reach.time, order.empty() ? kNever : order[0].first);
        if (!order.empty()) expect_same(nearest.reach, reaches[static_cast<std::size_t>(nearest.source)]);
        const auto three = nearest_targets(TargetSet(*city.metric, targets, seen_from_place), place, 3, kNever - 1, {}).value();
        ASSERT_EQ(three.size(), std::min<std::size_t>(3, order.size()));
        for (std::size_t k = 0; k < three.size(); ++k) EXPECT_EQ(three[k].target, order[k].second);
      }
    }
  }
}

// FIELD_NOTES 11.17: where nothing but streets both ways counts, the way back is as long.
TEST(ReversalTest, OnStreetsBothWaysTheWayBackCostsTheSame) {
  Profile walker = real_profile("foot");
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    RandomCity city(seed, walker);
    for (int i = 0; i < 10; ++i) {
      const NetworkPlace a = random_place(*city.graph, city.random);
      const NetworkPlace b = random_place(*city.graph, city.random);
      const Reach there = reach_of(fastest_path(*city.metric, a, b, {}).value());
      const Reach back = reach_of(fastest_path(*city.metric, b, a, {}).value());
      // Every piece is rounded to a millisecond on its own.
      EXPECT_NEAR(static_cast<double>(there.time), static_cast<double>(back.time), 4) << "seed " << seed;
    }
  }
}

// FIELD_NOTES 11.17: with no turn restrictions a detour never gains.
TEST(TriangleTest, NoDetourOverAThirdPlaceIsFaster) {
  Profile driver = real_profile("car");
  driver.obeys_turn_restrictions = false;
  driver.barrier_delay_s.clear();
  for (std::uint32_t seed = 0; seed < 40; ++seed) {
    RandomCity city(seed, driver);
    const NetworkPlace a = random_place(*city.graph, city.random);
    const NetworkPlace b = random_place(*city.graph, city.random);
    const NetworkPlace c = random_place(*city.graph, city.random);
    const Reach over = reach_of(fastest_path(*city.metric, a, b, {}).value());
    const Reach on = reach_of(fastest_path(*city.metric, b, c, {}).value());
    const Reach straight = reach_of(fastest_path(*city.metric, a, c, {}).value());
    if (over.time == kNever || on.time == kNever) continue;
    EXPECT_LE(straight.time, over.time + on.time + 1) << "seed " << seed;
  }
}

}  // namespace
}  // namespace obnova::geo
