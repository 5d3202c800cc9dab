#include "server/rpc/siting_handlers.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/solver/child_solver.h"
#include "tests/server/rpc/small_city.h"
#include "tests/support/result_matchers.h"

namespace obnova::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SitingHandlersTest : public SmallCityTest {
 protected:
  // One more site of s2, s5, s8 for those on the street.
  v1::LocateFacilitiesRequest on_network(v1::LocationModel model) const {
    v1::LocateFacilitiesRequest request;
    *request.mutable_context() = context_;
    request.set_model(model);
    request.set_p(1);
    request.mutable_network()->mutable_demand()->set_layer("people");
    request.mutable_network()->mutable_demand()->set_filter("population < 100");
    request.mutable_network()->set_candidates_layer("sites");
    request.mutable_network()->mutable_options()->set_profile("foot");
    return request;
  }
  // Two demands, three candidates.
  v1::LocateFacilitiesRequest on_matrix(v1::LocationModel model) const {
    v1::LocateFacilitiesRequest request;
    *request.mutable_context() = context_;
    request.set_model(model);
    request.set_p(1);
    v1::CostMatrix& matrix = *request.mutable_matrix();
    for (const char* id : {"north", "south"}) matrix.add_demand_ids(id);
    for (const char* id : {"x", "y", "z"}) matrix.add_candidate_ids(id);
    for (const double weight : {1.0, 10.0}) matrix.add_weights(weight);
    for (const double cost : {1.0, 5.0, 9.0, 20.0, 6.0, 3.0}) matrix.add_costs(cost);
    return request;
  }
  auto locate(const v1::LocateFacilitiesRequest& request) const { return locate_facilities(*twin_, solve_, call_, request); }
  static std::vector<std::string> chosen(const v1::LocateFacilitiesResponse& answer) {
    std::vector<std::string> ids;
    for (const v1::ChosenSite& site : answer.sites()) ids.push_back(site.candidate());
    return ids;
  }

  geo::SolveMip solve_ = child_solver(std::filesystem::path(OBNOVA_BIN_DIR) / "obnova-solver");
};

TEST_F(SitingHandlersTest, LocatesByTravelTime) {
  const auto answer = locate(on_network(v1::LOCATION_MODEL_P_MEDIAN));
  ASSERT_THAT(answer, Succeeds());
  EXPECT_EQ(answer->status(), v1::SOLUTION_STATUS_OPTIMAL);
  // Weighted by i + 1 the median of the street lies at 700 m: s8 is nearest.
  EXPECT_THAT(chosen(*answer), ElementsAre("s8"));
  EXPECT_EQ(answer->total_weight(), 66);
  EXPECT_EQ(answer->sites(0).weight(), 66);
  EXPECT_TRUE(answer->sites(0).has_location());
  EXPECT_THAT(answer->unreachable_candidates(), ElementsAre("s-sea"));
  ASSERT_EQ(answer->assignments_size(), 11);
  double objective = 0;
  for (const v1::DemandAssignment& assignment : answer->assignments()) {
    EXPECT_EQ(assignment.facility(), "s8");
    EXPECT_FALSE(assignment.covered());
    objective += assignment.weight() * assignment.cost();
  }
  EXPECT_NEAR(answer->objective(), objective, 1e-6);
  EXPECT_NEAR(answer->bound(), objective, 1e-6);
  EXPECT_FALSE(answer->has_objective_before());
  EXPECT_EQ(answer->provenance().layers_size(), 3);
}

TEST_F(SitingHandlersTest, ExistingFacilitiesServeToo) {
  v1::LocateFacilitiesRequest request = on_network(v1::LOCATION_MODEL_P_MEDIAN);
  request.mutable_network()->set_existing_layer("schools");
  const auto answer = locate(request);
  ASSERT_THAT(answer, Succeeds());
  EXPECT_THAT(chosen(*answer), ElementsAre("s5"));
  ASSERT_TRUE(answer->has_objective_before());
  EXPECT_LT(answer->objective(), answer->objective_before());
  EXPECT_EQ(answer->assignments(10).facility(), "b");
  EXPECT_TRUE(answer->assignments(10).existing());
  EXPECT_FALSE(answer->assignments(5).existing());
}

TEST_F(SitingHandlersTest, CoversWithinTheLimit) {
  v1::LocateFacilitiesRequest request = on_network(v1::LOCATION_MODEL_MCLP);
  EXPECT_EQ(field_of(locate(request)), "service_limit");
  request.set_service_limit(200);  // About 280 m on foot.
  const auto answer = locate(request);
  ASSERT_THAT(answer, Succeeds());
  EXPECT_THAT(chosen(*answer), ElementsAre("s8"));
  EXPECT_EQ(answer->objective(), 7 + 8 + 9 + 10 + 11);
  EXPECT_EQ(answer->sites(0).weight(), 45);
  EXPECT_FALSE(answer->assignments(0).covered());
  EXPECT_TRUE(answer->assignments(9).covered());
}

TEST_F(SitingHandlersTest, BothDirectionsAndBothSidesGiveEqualCosts) {
  // Streets are two-way on foot, so direction changes nothing; with one demand
  // the search runs from the other side.
  v1::LocateFacilitiesRequest request = on_network(v1::LOCATION_MODEL_P_MEDIAN);
  const auto towards = locate(request);
  request.mutable_network()->set_direction(v1::TRAVEL_DIRECTION_FROM_FACILITY);
  const auto from = locate(request);
  ASSERT_THAT(from, Succeeds());
  for (int i = 0; i < towards->assignments_size(); ++i) {
    EXPECT_NEAR(towards->assignments(i).cost(), from->assignments(i).cost(), 0.002);
  }
  request.mutable_network()->mutable_demand()->set_filter("population = 3");
  request.mutable_network()->set_existing_layer("schools");
  const auto one = locate(request);
  ASSERT_THAT(one, Succeeds());
  EXPECT_THAT(chosen(*one), ElementsAre("s2"));
  EXPECT_EQ(one->assignments(0).cost(), 0);
}

TEST_F(SitingHandlersTest, NamesTheDemandNobodyCanServe) {
  v1::LocateFacilitiesRequest request = on_network(v1::LOCATION_MODEL_P_MEDIAN);
  request.mutable_network()->mutable_demand()->clear_filter();
  const auto answer = locate(request);
  ASSERT_THAT(answer, Succeeds());
  EXPECT_EQ(answer->status(), v1::SOLUTION_STATUS_INFEASIBLE);
  EXPECT_THAT(answer->infeasible_reason(), HasSubstr("`p-island`"));
}

TEST_F(SitingHandlersTest, LocatesByGivenCosts) {
  v1::LocateFacilitiesRequest request = on_matrix(v1::LOCATION_MODEL_P_MEDIAN);
  const auto answer = locate(request);
  ASSERT_THAT(answer, Succeeds());
  EXPECT_EQ(answer->status(), v1::SOLUTION_STATUS_OPTIMAL);
  EXPECT_THAT(chosen(*answer), ElementsAre("z"));
  EXPECT_EQ(answer->objective(), 39);
  EXPECT_FALSE(answer->sites(0).has_location());
  request.mutable_matrix()->add_existing_ids("x");
  EXPECT_EQ(locate(request)->objective(), 31);
  EXPECT_EQ(locate(request)->objective_before(), 201);
  request.mutable_matrix()->set_costs(5, -1);
  EXPECT_THAT(chosen(*locate(request)), ElementsAre("y"));
}

TEST_F(SitingHandlersTest, NamesTheFieldAtFault) {
  const auto field = [&](const auto& change) {
    v1::LocateFacilitiesRequest request = on_matrix(v1::LOCATION_MODEL_P_MEDIAN);
    change(request, *request.mutable_matrix());
    return field_of(locate(request));
  };
  EXPECT_EQ(field([](auto&, auto&) {}), "no error");
  EXPECT_EQ(field([](auto& q, auto&) { q.clear_model(); }), "model");
  EXPECT_EQ(field([](auto& q, auto&) { q.set_model(static_cast<v1::LocationModel>(77)); }), "model");
  EXPECT_EQ(field([](auto& q, auto&) { q.set_p(0); }), "p");
  EXPECT_EQ(field([](auto& q, auto&) { q.set_p(-1); }), "p");
  EXPECT_EQ(field([](auto& q, auto&) { q.set_p(3); }), "no error");
  EXPECT_EQ(field([](auto& q, auto&) { q.set_p(4); }), "p");
  EXPECT_EQ(field([](auto& q, auto&) { q.clear_matrix(); }), "network");
  EXPECT_EQ(field([](auto&, auto& m) { m.add_weights(1); }), "matrix.weights");
  EXPECT_EQ(field([](auto&, auto& m) { m.add_costs(1); }), "matrix.costs");
  EXPECT_EQ(field([](auto&, auto& m) { m.set_demand_ids(1, "north"); }), "matrix.demand_ids[1]");
  EXPECT_EQ(field([](auto&, auto& m) { m.set_candidate_ids(2, ""); }), "matrix.candidate_ids[2]");
  EXPECT_EQ(field([](auto&, auto& m) { m.add_existing_ids("w"); }), "matrix.existing_ids[0]");
  for (const double bad : kNoLengths) {
    EXPECT_EQ(field([&](auto& q, auto&) { q.set_service_limit(bad); }), "service_limit");
    EXPECT_EQ(field([&](auto& q, auto&) { q.set_max_solve_s(bad); }), "max_solve_s");
    EXPECT_EQ(field([&](auto&, auto& m) { m.set_weights(1, bad); }), "matrix.weights[1]");
    if (!std::isfinite(bad)) {
      EXPECT_EQ(field([&](auto&, auto& m) { m.set_costs(3, bad); }), "matrix.costs[3]");
    }
  }
  EXPECT_EQ(field([](auto& q, auto&) { q.set_max_solve_s(240); }), "no error");
  EXPECT_EQ(field([](auto& q, auto&) { q.set_max_solve_s(240.1); }), "max_solve_s");
}

TEST_F(SitingHandlersTest, AMatrixHasFourMillionCosts) {
  v1::LocateFacilitiesRequest request = on_matrix(v1::LOCATION_MODEL_P_MEDIAN);
  v1::CostMatrix& matrix = *request.mutable_matrix();
  for (int i = 2; i < 2001; ++i) matrix.add_demand_ids(std::to_string(i));
  for (int i = 3; i < 2000; ++i) matrix.add_candidate_ids(std::to_string(i));
  matrix.mutable_weights()->Resize(2001, 1);
  matrix.mutable_costs()->Resize(2001 * 2000, 1);
  EXPECT_THAT(locate(request), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("4002000")));
}

TEST_F(SitingHandlersTest, NamesTheNetworkFieldAtFault) {
  const auto field = [&](const auto& change) {
    v1::LocateFacilitiesRequest request = on_network(v1::LOCATION_MODEL_P_MEDIAN);
    change(*request.mutable_network());
    return field_of(locate(request));
  };
  EXPECT_EQ(field([](auto& n) { n.set_candidates_layer("moon"); }), "network.candidates_layer");
  EXPECT_EQ(field([](auto& n) { n.set_candidates_filter("("); }), "network.candidates_filter");
  EXPECT_EQ(field([](auto& n) { n.set_existing_layer("moon"); }), "network.existing_layer");
  EXPECT_EQ(field([](auto& n) { n.mutable_demand()->set_layer("moon"); }), "network.demand.layer");
  EXPECT_EQ(field([](auto& n) { n.mutable_options()->set_profile("x"); }), "network.options.profile");
  EXPECT_EQ(field([](auto& n) { n.set_direction(static_cast<v1::TravelDirection>(5)); }), "network.direction");
}

TEST_F(SitingHandlersTest, EqualRequestsGetEqualAnswers) {
  const v1::LocateFacilitiesRequest request = on_network(v1::LOCATION_MODEL_P_MEDIAN);
  auto one = locate(request);
  auto two = locate(request);
  one->clear_solve_s();
  two->clear_solve_s();
  EXPECT_EQ(one->SerializeAsString(), two->SerializeAsString());
}

}  // namespace
}  // namespace obnova::server
