#include "geo/network/road_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/ascii_city.h"
#include "tests/support/random_roads.h"
#include "tests/support/result_matchers.h"

namespace obnova::geo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::shared_ptr<const RoadGraph> graph_of(const AsciiCity& city) {
  return RoadGraph::build(city.roads, city.barriers, city.restrictions, {}).value();
}

AsciiCity lines(const std::vector<Geometry>& shapes) {
  std::vector<std::tuple<std::string, Geometry, Tags>> roads;
  for (const Geometry& shape : shapes) roads.emplace_back("road/" + std::to_string(roads.size()), shape, Tags{});
  return {{}, ascii::tagged_layer("roads", Theme::kRoads, roads), nullptr, nullptr};
}

TEST(RoadGraphTest, RoadsMeetWhereTheyShareAVertexAndNotWhereABridgeCrosses) {
  const auto graph = graph_of(ascii_city(R"(
        N
        |
    W---+---E
        |
        S
  )"));
  EXPECT_EQ(graph->edge_count(), 2U);
  EXPECT_EQ(graph->report().component_count, 2);

  const auto joined = graph_of(ascii_city(R"(
        N
        |
    W---X---E
        |
        S
  )"));
  EXPECT_EQ(joined->edge_count(), 4U);
  EXPECT_EQ(joined->report().component_count, 1);
}

TEST(RoadGraphTest, AWayIsCutWhereAnotherMeetsItAndKeepsItsOtherVertices) {
  const auto graph = graph_of(ascii_city(R"(
    A---B---C---D
            |
            E
  )", {.ways = {"ABCD"}}));
  ASSERT_EQ(graph->edge_count(), 3U);
  EXPECT_EQ(graph->edge_points({0}).size(), 3U);
  EXPECT_EQ(graph->edge({0}).length_m, 400);
  EXPECT_EQ(graph->edge({1}).length_m, 200);
  EXPECT_EQ(graph->edge({0}).road, graph->edge({1}).road);
}

// FIELD_NOTES 11.14: loop edges, parallel edges, zero-length edges.
TEST(RoadGraphTest, LoopsParallelAndZeroLengthEdgesAreKept) {
  const auto loop = graph_of(lines({Geometry::line({{0, 0}, {10, 0}, {10, 10}, {0, 0}})}));
  ASSERT_EQ(loop->edge_count(), 1U);
  EXPECT_EQ(loop->edge({0}).from, loop->edge({0}).to);

  const auto parallel = graph_of(lines({Geometry::line({{0, 0}, {10, 0}}), Geometry::line({{0, 0}, {10, 0}})}));
  EXPECT_EQ(parallel->edge_count(), 2U);
  EXPECT_EQ(parallel->node_count(), 2U);

  const auto zero = graph_of(lines({Geometry::line({{0, 0}, {10, 0}, {10, 0}, {20, 0}})}));
  EXPECT_EQ(zero->edge_count(), 3U);
  EXPECT_EQ(zero->report().zero_length_count, 1);
}

TEST(RoadGraphTest, ALineThatTouchesItselfIsCutThere) {
  const auto graph = graph_of(lines({Geometry::line({{0, 0}, {10, 0}, {20, 0}, {20, 10}, {10, 0}, {10, -10}})}));
  EXPECT_EQ(graph->edge_count(), 3U);
}

TEST(RoadGraphTest, EachLineOfAMultiLineIsALineOfThatRoad) {
  Geometry two{.kind = GeometryKind::kMultiLineString, .points = {{0, 0}, {1, 0}, {5, 0}, {6, 0}}, .path_ends = {2, 4}, .part_ends = {}};
  const auto graph = graph_of(lines({two}));
  EXPECT_EQ(graph->edge_count(), 2U);
  EXPECT_EQ(graph->edge({1}).road, FeatureId{0});
}

TEST(RoadGraphTest, WhatIsNoLineIsCounted) {
  const auto graph = graph_of(lines({Geometry::point({1, 1}), Geometry::line({{0, 0}, {1, 0}})}));
  EXPECT_EQ(graph->report().not_line_count, 1);
  EXPECT_EQ(graph->edge_count(), 1U);
}

TEST(RoadGraphTest, ComponentsAreNumberedBySize) {
  const auto graph = graph_of(ascii_city(R"(
    A---B    C---D---E
  )"));
  EXPECT_EQ(graph->component_of({0}), 1U);
  EXPECT_EQ(graph->component_of({1}), 0U);
  EXPECT_EQ(graph->component_of({2}), 0U);
}

TEST(RoadGraphTest, BarriersCutRoadsAndStandAtTheirNode) {
  AsciiCity city = ascii_city(R"(
    A---B---C
  )", {.ways = {"ABC"}, .barriers = {{'B', {{"barrier", "gate"}}}}});
  const auto graph = graph_of(city);
  ASSERT_EQ(graph->edge_count(), 2U);
  EXPECT_THAT(graph->barriers_at(graph->edge({0}).to), ElementsAre(FeatureId{0}));
  EXPECT_EQ(graph->report().barrier_count, 1);
}

TEST(RoadGraphTest, AnEmptyLayerIsAnEmptyNetwork) {
  const auto graph = graph_of(lines({}));
  EXPECT_EQ(graph->edge_count(), 0U);
  EXPECT_EQ(graph->report().component_count, 0);
}

TEST(RoadGraphTest, RefusesALayerThatHoldsNoRoads) {
  EXPECT_THAT(RoadGraph::build(ascii::tagged_layer("houses", Theme::kBuildings, {}), nullptr, nullptr, {}),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("houses")));
}

TEST(RoadGraphTest, StopsWhenCancelled) {
  const AsciiCity city = RandomRoads(1).city();
  EXPECT_THAT(RoadGraph::build(city.roads, nullptr, nullptr, {.should_stop = [] { return true; }}), FailsWith(ErrorCode::kCancelled));
}

TEST(RoadGraphTest, ArcsAreNumberedByTailAndListedByHeadAndEdge) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    const auto graph = graph_of(RandomRoads(seed).city());
    std::size_t entering_count = 0;
    for (std::uint32_t n = 0; n < graph->node_count(); ++n) {
      EXPECT_EQ(graph->node_place({n}), graph->node_place(graph->original({n})));
      for (ArcId arc = graph->first_arc({n}); arc < graph->end_arc({n}); ++arc.index) EXPECT_EQ(graph->arc(arc).tail.index, n);
      for (const ArcId arc : graph->arcs_into({n})) EXPECT_EQ(graph->arc(arc).head.index, n);
      entering_count += graph->arcs_into({n}).size();
    }
    EXPECT_EQ(entering_count, graph->arc_count());
    for (std::uint32_t e = 0; e < graph->edge_count(); ++e) {
      for (const bool forward : {true, false}) {
        const Arc& arc = graph->arc(graph->arc_of({e}, forward));
        EXPECT_EQ(arc.forward, forward);
        EXPECT_EQ(arc.edge.index, e);
        EXPECT_EQ(graph->original(arc.tail), arc.tail) << "a trip starts at no copy";
      }
    }
  }
}

}  // namespace
}  // namespace obnova::geo
