#include "server/rpc/routing_handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/base/wkb.h"
#include "tests/server/rpc/small_city.h"
#include "tests/support/result_matchers.h"

namespace obnova::server {
namespace {

using testing::HasSubstr;

class RoutingHandlersTest : public SmallCityTest {
 protected:
  v1::ComputeRouteRequest journey(const std::vector<Point>& through) const {
    v1::ComputeRouteRequest request;
    *request.mutable_context() = context_;
    *request.mutable_places() = places(through);
    return request;
  }
  auto route(const v1::ComputeRouteRequest& request) const { return compute_route(*twin_, call_, request); }
  v1::ComputeMatrixRequest table(v1::LngLats origins, v1::LngLats destinations) const {
    v1::ComputeMatrixRequest request;
    *request.mutable_context() = context_;
    *request.mutable_origins() = std::move(origins);
    *request.mutable_destinations() = std::move(destinations);
    return request;
  }
  Result<std::vector<v1::ComputeMatrixResponse>> matrix(const v1::ComputeMatrixRequest& request) const {
    std::vector<v1::ComputeMatrixResponse> rows;
    const auto done = compute_matrix(*twin_, call_, request, [&](v1::ComputeMatrixResponse row) {
      rows.push_back(std::move(row));
      return Result<void>();
    });
    if (!done) return std::unexpected(done.error());
    return rows;
  }
};

TEST_F(RoutingHandlersTest, RoutesAlongTheStreet) {
  const auto answer = route(journey({at(0, 5), at(500, 5), at(1000, 5)}));
  ASSERT_THAT(answer, Succeeds());
  ASSERT_TRUE(answer->has_route()) << answer->no_route_message();
  EXPECT_NEAR(answer->route().distance_m(), 1000, 1e-6);
  EXPECT_GT(answer->route().duration_s(), 30);
  ASSERT_EQ(answer->route().legs_size(), 2);
  EXPECT_EQ(answer->route().legs(0).steps(0).road(), "way/0");
  EXPECT_EQ(answer->route().legs(0).steps(0).road_name(), "Main");
  const auto line = from_wkb(answer->route().wkb());
  ASSERT_THAT(line, Succeeds());
  EXPECT_EQ(line->kind, GeometryKind::kLineString);
  EXPECT_NEAR(line->points.front().x_m, 27, 1e-6);
  ASSERT_EQ(answer->snaps_size(), 3);
  EXPECT_NEAR(answer->snaps(0).distance_m(), 5, 1e-6);
  EXPECT_EQ(answer->snaps(0).road(), "way/0");
  ASSERT_EQ(answer->provenance().layers_size(), 1);
  EXPECT_EQ(answer->provenance().layers(0).name(), "cities/town/layers/roads");
}

TEST_F(RoutingHandlersTest, GivesPlacesBackAsTheyWereGiven) {
  const v1::ComputeRouteRequest request = journey({at(3, 5), at(500, 5)});
  const auto answer = route(request);
  ASSERT_THAT(answer, Succeeds());
  EXPECT_EQ(answer->snaps(0).place().lng_deg(), request.places().coordinates_deg(0));
  EXPECT_EQ(answer->snaps(1).place().lat_deg(), request.places().coordinates_deg(3));
}

TEST_F(RoutingHandlersTest, NoWayIsAnAnswerWithAReason) {
  const auto island = route(journey({at(0, 5), at(50, 3010)}));
  ASSERT_THAT(island, Succeeds());
  EXPECT_FALSE(island->has_route());
  EXPECT_EQ(island->no_route_reason(), v1::NO_ROUTE_REASON_DISCONNECTED);
  EXPECT_NE(island->no_route_message(), "");
  const auto nowhere = route(journey({at(0, 5), at(0, 20'000)}));
  EXPECT_EQ(nowhere->no_route_reason(), v1::NO_ROUTE_REASON_NO_SNAP);
  EXPECT_EQ(nowhere->snaps(1).failure(), v1::SNAP_FAILURE_TOO_FAR);
  EXPECT_FALSE(nowhere->snaps(1).has_snapped_place());
  v1::ComputeRouteRequest closed = journey({at(0, 5), at(1000, 5)});
  *closed.mutable_options()->add_avoid() = shape(area(420, -50, 430, 50));
  EXPECT_EQ(route(closed)->no_route_reason(), v1::NO_ROUTE_REASON_CLOSED);
}

TEST_F(RoutingHandlersTest, ARouteHasTwoToAHundredPlaces) {
  for (const std::size_t count : {1, 101}) EXPECT_EQ(field_of(route(journey(std::vector<Point>(count, at(0, 0))))), "places") << count;
  for (const std::size_t count : {2, 99, 100}) EXPECT_THAT(route(journey(std::vector<Point>(count, at(0, 0)))), Succeeds()) << count;
}

TEST_F(RoutingHandlersTest, RefusesPlacesOutsideThePlane) {
  v1::ComputeRouteRequest request = journey({at(0, 0), at(100, 0)});
  request.mutable_places()->set_coordinates_deg(2, -60);
  EXPECT_EQ(field_of(route(request)), "places[1]");
}

TEST_F(RoutingHandlersTest, NamesTheOptionAtFault) {
  v1::ComputeRouteRequest request = journey({at(0, 0), at(100, 0)});
  request.mutable_options()->set_profile("submarine");
  EXPECT_EQ(field_of(route(request)), "options.profile");
  EXPECT_THAT(route(request), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("car")));
  request.mutable_options()->set_profile("foot");
  EXPECT_THAT(route(request), Succeeds());
  for (const double bad : kNoLengths) {
    request.mutable_options()->set_max_snap_distance_m(bad);
    EXPECT_EQ(field_of(route(request)), "options.max_snap_distance_m") << bad;
  }
  request.mutable_options()->set_max_snap_distance_m(10'000);
  EXPECT_THAT(route(request), Succeeds());
  request.mutable_options()->set_max_snap_distance_m(10'000.01);
  EXPECT_EQ(field_of(route(request)), "options.max_snap_distance_m");
}

TEST_F(RoutingHandlersTest, ClosesAThousandAreasAndNoMore) {
  v1::ComputeRouteRequest request = journey({at(0, 0), at(100, 0)});
  for (int i = 0; i < 1000; ++i) *request.mutable_options()->add_avoid() = shape(area(500, 100 + i, 501, 100.5 + i));
  EXPECT_THAT(route(request), Succeeds());
  *request.mutable_options()->add_avoid() = shape(area(500, 50, 501, 51));
  EXPECT_EQ(field_of(route(request)), "options.avoid");
}

TEST_F(RoutingHandlersTest, ClosedAreasHaveTenThousandVerticesTogether) {
  const auto ring = [&](std::size_t vertex_count, double north_m) {
    std::vector<Point> points;
    for (std::size_t i = 0; i + 2 < vertex_count; ++i) points.push_back(at(500 + static_cast<double>(i) / 100, north_m));
    points.push_back(at(500, north_m + 50));
    return shape(Geometry::polygon(points));
  };
  v1::ComputeRouteRequest request = journey({at(0, 0), at(100, 0)});
  *request.mutable_options()->add_avoid() = ring(5000, 200);
  *request.mutable_options()->add_avoid() = ring(5000, 300);
  EXPECT_THAT(route(request), Succeeds());
  *request.mutable_options()->mutable_avoid(1) = ring(5001, 300);
  EXPECT_EQ(field_of(route(request)), "options.avoid");
}

TEST_F(RoutingHandlersTest, TheMatrixEqualsItsRoutes) {
  const std::vector<Point> points = {at(0, 5), at(370, -5), at(1000, 5), at(50, 3010), at(0, 20'000)};
  const auto rows = matrix(table(places(points), places(points)));
  ASSERT_THAT(rows, Succeeds());
  ASSERT_EQ(rows->size(), points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    const v1::ComputeMatrixResponse& row = (*rows)[i];
    EXPECT_EQ(row.origin_index(), static_cast<int>(i));
    EXPECT_EQ(row.has_provenance(), i == 0);
    EXPECT_EQ(row.origin_snaps_size(), i == 0 ? 5 : 0);
    for (std::size_t j = 0; j < points.size(); ++j) {
      const auto one = route(journey({points[i], points[j]}));
      const int column = static_cast<int>(j);
      if (one->has_route()) {
        EXPECT_DOUBLE_EQ(row.durations_ms(column) / 1000.0, one->route().duration_s());
        EXPECT_NEAR(row.distances_m(column), one->route().distance_m(), 1e-6);
      } else {
        EXPECT_EQ(row.durations_ms(column), -1);
        EXPECT_EQ(row.distances_m(column), -1);
      }
    }
  }
}

TEST_F(RoutingHandlersTest, AMatrixHasAMillionCells) {
  EXPECT_THAT(matrix(table(many_places(1), many_places(0))), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_EQ(field_of(matrix(table(many_places(0), many_places(1)))), "origins");
  EXPECT_THAT(matrix(table(many_places(100), many_places(10'000))), Succeeds());
  EXPECT_EQ(field_of(matrix(table(many_places(101), many_places(10'000)))), "destinations");
}

TEST_F(RoutingHandlersTest, StopsTheMatrixWhenTheReaderHasGone) {
  int row_count = 0;
  const auto done =
      compute_matrix(*twin_, call_, table(many_places(10), many_places(2)), [&](const v1::ComputeMatrixResponse&) -> Result<void> {
        ++row_count;
        return failure(ErrorCode::kCancelled, "Gone.");
      });
  EXPECT_THAT(done, FailsWith(ErrorCode::kCancelled));
  EXPECT_EQ(row_count, 1);
}

TEST_F(RoutingHandlersTest, FindsTheNearestFacilities) {
  v1::FindNearestFacilitiesRequest request;
  *request.mutable_context() = context_;
  *request.mutable_places() = places({at(300, 0), at(800, 0), at(50, 3010)});
  request.set_facilities_layer("schools");
  request.set_k(5);
  const auto answer = find_nearest_facilities(*twin_, call_, request);
  ASSERT_THAT(answer, Succeeds());
  ASSERT_EQ(answer->results_size(), 3);
  ASSERT_EQ(answer->results(0).facilities_size(), 2);
  EXPECT_EQ(answer->results(0).facilities(0).facility(), "a");
  EXPECT_EQ(answer->results(0).facilities(0).title(), "School A");
  EXPECT_NEAR(answer->results(0).facilities(0).distance_m(), 300, 1e-6);
  EXPECT_EQ(answer->results(1).facilities(0).facility(), "b");
  EXPECT_EQ(answer->results(2).facilities_size(), 0);
  EXPECT_EQ(answer->results(2).snap().road(), "way/island");
  EXPECT_EQ(answer->provenance().layers_size(), 2);
  request.set_filter("name = 'School B'");
  EXPECT_EQ(find_nearest_facilities(*twin_, call_, request)->results(0).facilities(0).facility(), "b");
  request.set_max_duration_s(1);
  EXPECT_EQ(find_nearest_facilities(*twin_, call_, request)->results(0).facilities_size(), 0);
}

TEST_F(RoutingHandlersTest, BoundsNearestFacilities) {
  v1::FindNearestFacilitiesRequest good;
  *good.mutable_context() = context_;
  *good.mutable_places() = many_places(1);
  good.set_facilities_layer("schools");
  const auto field = [&](const auto& change) {
    v1::FindNearestFacilitiesRequest request = good;
    change(request);
    return field_of(find_nearest_facilities(*twin_, call_, request));
  };
  EXPECT_EQ(field([](auto& q) { q.set_k(100); }), "no error");
  EXPECT_EQ(field([](auto& q) { q.set_k(101); }), "k");
  EXPECT_EQ(field([](auto& q) { q.set_k(-1); }), "k");
  EXPECT_EQ(field([](auto& q) { q.set_facilities_layer("moon"); }), "facilities_layer");
  EXPECT_EQ(field([](auto& q) { q.set_filter("colour = 1"); }), "filter");
  EXPECT_EQ(field([](auto& q) { q.set_direction(static_cast<v1::TravelDirection>(9)); }), "direction");
  EXPECT_EQ(field([&](auto& q) { *q.mutable_places() = many_places(10'000); }), "no error");
  EXPECT_EQ(field([&](auto& q) { *q.mutable_places() = many_places(10'001); }), "places");
  for (const double bad : kNoLengths) EXPECT_EQ(field([&](auto& q) { q.set_max_duration_s(bad); }), "max_duration_s");
}

TEST_F(RoutingHandlersTest, SnapsPlaces) {
  v1::SnapPlacesRequest request;
  *request.mutable_context() = context_;
  *request.mutable_places() = places({at(250, 30), at(50, 2990), at(0, 20'000)});
  const auto answer = snap_places(*twin_, call_, request);
  ASSERT_THAT(answer, Succeeds());
  EXPECT_EQ(answer->snaps(0).road(), "way/2");
  EXPECT_NEAR(answer->snaps(0).distance_m(), 30, 1e-6);
  EXPECT_EQ(answer->snaps(0).component(), 0);
  EXPECT_EQ(answer->snaps(1).component(), 1);
  EXPECT_EQ(answer->snaps(2).failure(), v1::SNAP_FAILURE_TOO_FAR);
  *request.mutable_places() = many_places(10'001);
  EXPECT_EQ(field_of(snap_places(*twin_, call_, request)), "places");
}

TEST_F(RoutingHandlersTest, EqualRequestsGetEqualBytes) {
  const v1::ComputeRouteRequest request = journey({at(0, 5), at(777, -5)});
  EXPECT_EQ(route(request)->SerializeAsString(), route(request)->SerializeAsString());
}

}  // namespace
}  // namespace obnova::server
