#include "server/rpc/coverage_handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/base/wkb.h"
#include "tests/server/rpc/small_city.h"
#include "tests/support/result_matchers.h"

namespace obnova::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CoverageHandlersTest : public SmallCityTest {
 protected:
  // Who is within 250 m of a school on foot.
  v1::ComputeCoverageRequest schools() const {
    v1::ComputeCoverageRequest request;
    *request.mutable_context() = context_;
    request.set_facilities_layer("schools");
    request.mutable_standard()->set_max_distance_m(250);
    request.mutable_demand()->set_layer("people");
    request.mutable_options()->set_profile("foot");
    return request;
  }
  auto coverage(const v1::ComputeCoverageRequest& request) const { return compute_coverage(*twin_, call_, request); }
  v1::ComputeServiceAreaRequest reach(const std::vector<double>& lengths_m) const {
    v1::ComputeServiceAreaRequest request;
    *request.mutable_context() = context_;
    *request.mutable_places() = places({at(0, 0)});
    for (const double length_m : lengths_m) request.add_limits()->set_max_distance_m(length_m);
    return request;
  }
  auto service_area(const v1::ComputeServiceAreaRequest& request) const { return compute_service_area(*twin_, call_, request); }
};

TEST_F(CoverageHandlersTest, CountsEverybodyOnce) {
  v1::ComputeCoverageRequest request = schools();
  request.set_districts_layer("districts");
  request.set_include_places(true);
  const auto answer = coverage(request);
  ASSERT_THAT(answer, Succeeds());
  EXPECT_EQ(answer->total().total(), 166);
  EXPECT_EQ(answer->total().covered(), 1 + 2 + 3 + 9 + 10 + 11);
  EXPECT_EQ(answer->total().uncovered(), 30);
  EXPECT_EQ(answer->total().unreachable(), 100);
  EXPECT_EQ(answer->total().unassessed(), 0);
  ASSERT_EQ(answer->districts_size(), 2);
  EXPECT_EQ(answer->districts(0).district(), "west");
  EXPECT_EQ(answer->districts(0).people().covered(), 6);
  EXPECT_EQ(answer->outside_districts().total(), 100);
  ASSERT_EQ(answer->facilities_size(), 2);
  EXPECT_EQ(answer->facilities(0).title(), "School A");
  EXPECT_EQ(answer->facilities(0).people(), 6);
  EXPECT_EQ(answer->facilities(1).snap().road(), "way/9");
  ASSERT_EQ(answer->places_size(), 12);
  EXPECT_EQ(answer->places(2).status(), v1::PLACE_STATUS_COVERED);
  EXPECT_NEAR(answer->places(2).distance_m(), 200, 1e-6);
  EXPECT_EQ(answer->places(3).status(), v1::PLACE_STATUS_UNCOVERED);
  EXPECT_EQ(answer->places(11).status(), v1::PLACE_STATUS_UNREACHABLE);
  EXPECT_EQ(answer->places(11).duration_s(), -1);
  EXPECT_EQ(answer->places(11).facility(), "");
  EXPECT_THAT(answer->provenance().warnings(), IsEmpty());
  EXPECT_EQ(answer->provenance().layers_size(), 4);
}

TEST_F(CoverageHandlersTest, ClustersHoldTheUncovered) {
  const auto answer = coverage(schools());
  ASSERT_THAT(answer, Succeeds());
  double people = 0;
  for (const v1::UncoveredCluster& cluster : answer->clusters()) {
    people += cluster.people();
    EXPECT_THAT(from_wkb(cluster.wkb()), Succeeds());
  }
  EXPECT_EQ(people, 130);
  EXPECT_EQ(answer->clusters(0).people(), 100);
  EXPECT_FALSE(answer->has_outside_districts());
  EXPECT_EQ(answer->places_size(), 0);
}

TEST_F(CoverageHandlersTest, WarnsWhenNobodyStatedTheCoveredArea) {
  v1::ComputeCoverageRequest request = schools();
  request.set_facilities_layer("clinics");
  const auto answer = coverage(request);
  ASSERT_THAT(answer, Succeeds());
  ASSERT_EQ(answer->provenance().warnings_size(), 1);
  EXPECT_THAT(answer->provenance().warnings(0), HasSubstr("`clinics`"));
  EXPECT_EQ(answer->total().covered() + answer->total().uncovered() + answer->total().unreachable() + answer->total().unassessed(),
            answer->total().total());
}

TEST_F(CoverageHandlersTest, NamesTheFieldAtFault) {
  const auto field = [&](const auto& change) {
    v1::ComputeCoverageRequest request = schools();
    change(request);
    return field_of(coverage(request));
  };
  EXPECT_EQ(field([](auto&) {}), "no error");
  EXPECT_EQ(field([](auto& q) { q.set_facilities_layer(""); }), "facilities_layer");
  EXPECT_EQ(field([](auto& q) { q.set_facilities_layer("moon"); }), "facilities_layer");
  EXPECT_EQ(field([](auto& q) { q.set_facilities_filter("x = 1"); }), "facilities_filter");
  EXPECT_EQ(field([](auto& q) { q.clear_standard(); }), "standard");
  EXPECT_EQ(field([](auto& q) { q.mutable_demand()->set_layer("moon"); }), "demand.layer");
  EXPECT_EQ(field([](auto& q) { q.mutable_demand()->set_field("side"); }), "demand.field");
  EXPECT_EQ(field([](auto& q) { q.mutable_demand()->set_filter("("); }), "demand.filter");
  EXPECT_EQ(field([](auto& q) { q.set_districts_layer("moon"); }), "districts_layer");
  EXPECT_EQ(field([](auto& q) { q.set_max_cluster_count(1000); }), "no error");
  EXPECT_EQ(field([](auto& q) { q.set_max_cluster_count(1001); }), "max_cluster_count");
  EXPECT_EQ(field([](auto& q) { q.set_max_cluster_count(-1); }), "max_cluster_count");
  for (const double bad : kNoLengths) {
    EXPECT_EQ(field([&](auto& q) { q.mutable_standard()->set_max_distance_m(bad); }), "standard.max_distance_m");
    EXPECT_EQ(field([&](auto& q) { q.mutable_standard()->set_max_duration_s(bad); }), "standard.max_duration_s");
    EXPECT_EQ(field([&](auto& q) { q.mutable_demand()->set_floor_area_per_person_m2(bad); }), "demand.floor_area_per_person_m2");
  }
}

TEST_F(CoverageHandlersTest, StandardsEndAtTwoHoursAndAHundredKilometers) {
  const auto succeeds = [&](const auto& change) {
    v1::ComputeCoverageRequest request = schools();
    change(*request.mutable_standard());
    return coverage(request).has_value();
  };
  EXPECT_TRUE(succeeds([](auto& s) { s.set_max_duration_s(7200); }));
  EXPECT_FALSE(succeeds([](auto& s) { s.set_max_duration_s(7200.001); }));
  EXPECT_FALSE(succeeds([](auto& s) { s.set_max_duration_s(0); }));
  EXPECT_TRUE(succeeds([](auto& s) { s.set_max_distance_m(100'000); }));
  EXPECT_FALSE(succeeds([](auto& s) { s.set_max_distance_m(100'000.1); }));
  EXPECT_FALSE(succeeds([](auto& s) { s.set_max_distance_m(0); }));
}

TEST_F(CoverageHandlersTest, ServiceAreasAreCutExactlyAndNested) {
  v1::ComputeServiceAreaRequest request = reach({150, 400});
  request.set_include_edges(true);
  const auto answer = service_area(request);
  ASSERT_THAT(answer, Succeeds());
  ASSERT_EQ(answer->areas_size(), 2);
  EXPECT_NEAR(answer->areas(0).reached_length_m(), 150, 1e-6);
  EXPECT_NEAR(answer->areas(1).reached_length_m(), 400, 1e-6);
  EXPECT_EQ(answer->areas(1).limit().max_distance_m(), 400);
  EXPECT_LT(answer->areas(0).area_m2(), answer->areas(1).area_m2());
  EXPECT_THAT(from_wkb(answer->areas(0).wkb()), Succeeds());
  EXPECT_EQ(from_wkb(answer->areas(0).edges_wkb())->kind, GeometryKind::kMultiLineString);
  EXPECT_EQ(answer->snaps_size(), 1);
  request.set_include_edges(false);
  EXPECT_EQ(service_area(request)->areas(0).edges_wkb(), "");
}

TEST_F(CoverageHandlersTest, LimitsAscendAndAreOfOneKind) {
  EXPECT_EQ(field_of(service_area(reach({}))), "limits");
  EXPECT_THAT(service_area(reach({1, 2, 3, 4, 5, 6, 7, 8, 9, 10})), Succeeds());
  EXPECT_EQ(field_of(service_area(reach({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}))), "limits");
  EXPECT_EQ(field_of(service_area(reach({2, 1}))), "limits[1]");
  EXPECT_EQ(field_of(service_area(reach({2, 2}))), "limits[1]");
  v1::ComputeServiceAreaRequest mixed = reach({2});
  mixed.add_limits()->set_max_duration_s(100);
  EXPECT_EQ(field_of(service_area(mixed)), "limits[1]");
  for (const double bad : kNoLengths) EXPECT_EQ(field_of(service_area(reach({bad}))), "limits[0].max_distance_m");
}

TEST_F(CoverageHandlersTest, AnAreaHasAThousandPlaces) {
  v1::ComputeServiceAreaRequest request = reach({150});
  *request.mutable_places() = many_places(1000);
  EXPECT_THAT(service_area(request), Succeeds());
  *request.mutable_places() = many_places(1001);
  EXPECT_EQ(field_of(service_area(request)), "places");
}

TEST_F(CoverageHandlersTest, EqualRequestsGetEqualBytes) {
  EXPECT_EQ(coverage(schools())->SerializeAsString(), coverage(schools())->SerializeAsString());
  EXPECT_EQ(service_area(reach({150}))->SerializeAsString(), service_area(reach({150}))->SerializeAsString());
}

TEST_F(CoverageHandlersTest, StopsWhenCancelled) {
  call_.cancel();
  EXPECT_THAT(coverage(schools()), FailsWith(ErrorCode::kCancelled));
}

}  // namespace
}  // namespace obnova::server
