#include "server/rpc/assessment_handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/rpc/coverage_handlers.h"
#include "server/rpc/routing_handlers.h"
#include "tests/server/rpc/assess_fixture.h"

namespace obnova::server {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

// A river town near 15° E: the bridge b is the short way from west to east, the
// way d1, d2, d3 goes around. One clinic stands on either bank.
constexpr const char* kRoads = R"({"type":"FeatureCollection","features":[
{"type":"Feature","id":1,"properties":{"key":"w","highway":"residential","bridge":null},
 "geometry":{"type":"LineString","coordinates":[[15.000,50.0],[15.002,50.0]]}},
{"type":"Feature","id":2,"properties":{"key":"b","highway":"residential","bridge":"yes"},
 "geometry":{"type":"LineString","coordinates":[[15.002,50.0],[15.004,50.0]]}},
{"type":"Feature","id":3,"properties":{"key":"e","highway":"residential","bridge":null},
 "geometry":{"type":"LineString","coordinates":[[15.004,50.0],[15.006,50.0]]}},
{"type":"Feature","id":4,"properties":{"key":"d1","highway":"residential","bridge":null},
 "geometry":{"type":"LineString","coordinates":[[15.002,50.0],[15.002,50.004]]}},
{"type":"Feature","id":5,"properties":{"key":"d2","highway":"residential","bridge":null},
 "geometry":{"type":"LineString","coordinates":[[15.002,50.004],[15.004,50.004]]}},
{"type":"Feature","id":6,"properties":{"key":"d3","highway":"residential","bridge":null},
 "geometry":{"type":"LineString","coordinates":[[15.004,50.004],[15.004,50.0]]}}]})";
constexpr const char* kClinics = R"({"type":"FeatureCollection","features":[
{"type":"Feature","id":1,"properties":{"key":"west","capacity":100},"geometry":{"type":"Point","coordinates":[15.0005,50.0001]}},
{"type":"Feature","id":2,"properties":{"key":"east","capacity":100},"geometry":{"type":"Point","coordinates":[15.0055,50.0001]}}]})";
constexpr const char* kPeople = R"({"type":"FeatureCollection","features":[
{"type":"Feature","id":1,"properties":{"key":"p","population":40},"geometry":{"type":"Point","coordinates":[15.0051,50.0001]}}]})";

// `possible` may be anything from no damage to a bridge that carries little.
std::string bridge_said(const char* code) {
  return std::string(R"({"type":"FeatureCollection","features":[{"type":"Feature","id":1,"properties":{"grading":")") + code +
         R"(","src_date":"2022-03-14"},"geometry":{"type":"LineString","coordinates":[[15.002,50.0],[15.004,50.0]]}}]})";
}
std::string clinic_said(const char* code, const char* date = "2022-03-14") {
  return std::string(R"({"type":"FeatureCollection","features":[{"type":"Feature","id":1,"properties":{"grading":")") + code +
         R"(","src_date":")" + date + R"("},"geometry":{"type":"Point","coordinates":[15.0055,50.0001]}}]})";
}

class RiverTownTest : public AssessTest {
 protected:
  RiverTownTest() {
    open("EPSG:32633");
    EXPECT_THAT(import(folder_.write("roads.geojson", kRoads), "roads", geo::Theme::kRoads, "key"), Succeeds());
    EXPECT_THAT(import(folder_.write("clinics.geojson", kClinics), "clinics", geo::Theme::kFacilities, "key"), Succeeds());
    EXPECT_THAT(import(folder_.write("people.geojson", kPeople), "people", geo::Theme::kPopulation, "key"), Succeeds());
  }
  Result<v1::ImportReport> say(const std::string& layer, const std::string& content) {
    return assess(folder_.write(layer + ".geojson", content), spec("copernicus_ems", layer));
  }
  Result<v1::ComputeRouteResponse> journey(const v1::Context& asked) {
    v1::ComputeRouteRequest request;
    *request.mutable_context() = asked;
    for (const double degrees : {15.0003, 50.0, 15.0057, 50.0}) request.mutable_places()->add_coordinates_deg(degrees);
    return compute_route(*twin_, call_, request);
  }
  double journey_m(v1::ConditionCase condition_case) { return journey(context(condition_case))->route().distance_m(); }
  Result<v1::ComputeCoverageResponse> coverage(const v1::Context& asked) {
    v1::ComputeCoverageRequest request;
    *request.mutable_context() = asked;
    request.set_facilities_layer("clinics");
    request.mutable_demand()->set_layer("people");
    request.mutable_standard()->set_max_distance_m(300);
    return compute_coverage(*twin_, call_, request);
  }
  Result<v1::ResolveAssessmentResponse> decide(const std::string& layer, v1::ResolveAssessmentRequest request) {
    *request.mutable_context() = context();
    request.set_layer(layer);
    if (request.feature().empty()) {
      const auto snapshot = twin_->resolve(context());
      request.set_feature(std::string((*snapshot)->city->layers().at(layer).layer->feature_name({0})));
    }
    return resolve_assessment(*twin_, call_, request);
  }
};

TEST_F(RiverTownTest, ADestroyedBridgeSendsTheRouteAround) {
  const auto untouched = journey(context(v1::CONDITION_CASE_IGNORED));
  ASSERT_THAT(untouched, Succeeds());
  ASSERT_THAT(say("damage", bridge_said("Destroyed")), Succeeds());
  const auto matched = match();
  ASSERT_THAT(matched, Succeeds());
  EXPECT_EQ(matched->matched_count(), 1);
  EXPECT_EQ(matched->layers(0).layer(), "roads");
  const auto around = journey(context());
  ASSERT_THAT(around, Succeeds());
  EXPECT_GT(around->route().distance_m(), untouched->route().distance_m() + 500);
  std::vector<std::string> layers;
  for (const v1::LayerUse& layer : around->provenance().layers()) layers.push_back(layer.name());
  EXPECT_THAT(layers, ElementsAre("cities/town/layers/damage", "cities/town/layers/roads")) << "the answer depends on what was said";
  v1::ComputeRouteResponse ignored = *journey(context(v1::CONDITION_CASE_IGNORED));
  EXPECT_EQ(ignored.route().SerializeAsString(), untouched->route().SerializeAsString());
  EXPECT_EQ(journey(context_at(1'647'129'600))->route().distance_m(), untouched->route().distance_m()) << "the day before, it stood";
}

TEST_F(RiverTownTest, AnUncertainGradeClosesTheBridgeInSomeReadingsOnly) {
  const double straight_m = journey_m(v1::CONDITION_CASE_IGNORED);
  ASSERT_THAT(say("damage", bridge_said("Moderately Damaged")), Succeeds());
  ASSERT_THAT(match(), Succeeds());
  EXPECT_NEAR(journey_m(v1::CONDITION_CASE_OPTIMISTIC), straight_m, 1e-6);
  EXPECT_GT(journey_m(v1::CONDITION_CASE_PESSIMISTIC), straight_m + 500);
}

TEST_F(RiverTownTest, AnUnusableClinicCoversNobody) {
  const auto before = coverage(context());
  ASSERT_THAT(before, Succeeds());
  EXPECT_EQ(before->total().covered(), 40);
  ASSERT_THAT(say("damage", clinic_said("Destroyed")), Succeeds());
  ASSERT_THAT(match(), Succeeds());
  const auto after = coverage(context());
  ASSERT_THAT(after, Succeeds());
  EXPECT_EQ(after->total().covered(), 0);
  EXPECT_THAT(after->provenance().warnings(), Contains(HasSubstr("1 of 2 facilities of layer `clinics` are not usable")));
  EXPECT_THAT(after->provenance().warnings(), Contains(HasSubstr("1 of 2 features of layer `clinics` were never assessed")));
  auto ignored = coverage(context(v1::CONDITION_CASE_IGNORED));
  ASSERT_THAT(ignored, Succeeds());
  EXPECT_EQ(ignored->total().covered(), 40);
  EXPECT_EQ(ignored->provenance().warnings_size(), before->provenance().warnings_size());
}

TEST_F(RiverTownTest, SaysWhatIsKnownAndFromWhom) {
  ASSERT_THAT(say("first", clinic_said("Damaged")), Succeeds());
  ASSERT_THAT(say("second", clinic_said("Destroyed", "2022-03-16")), Succeeds());
  ASSERT_THAT(match("clinics"), Succeeds());
  const auto known = condition("clinics", "east");
  ASSERT_THAT(known, Succeeds());
  EXPECT_EQ(known->state(), "damaged");
  EXPECT_EQ(known->expected_grade(), "destroyed");
  EXPECT_TRUE(known->conflicting()) << "two full looks within days, two grades: both are kept";
  EXPECT_EQ(known->statements_size(), 2);
  EXPECT_THAT(known->leader(), HasSubstr("second/"));
  EXPECT_FALSE(known->effects().at("usable").bool_value());
  EXPECT_EQ(condition("clinics", "west")->state(), "unassessed");
  EXPECT_THAT(condition("clinics", "north"), FailsWith(ErrorCode::kNotFound));
}

TEST_F(RiverTownTest, APersonDecidesAndStaysDecided) {
  ASSERT_THAT(say("damage", clinic_said("Destroyed")), Succeeds());
  ASSERT_THAT(match("clinics"), Succeeds());
  v1::ResolveAssessmentRequest request;
  request.set_author("Olena");
  request.mutable_reassign()->set_layer("clinics");
  request.mutable_reassign()->add_features("west");
  const auto moved = decide("damage", request);
  ASSERT_THAT(moved, Succeeds());
  EXPECT_EQ(moved->statement().match_state(), "reassigned");
  EXPECT_EQ(condition("clinics", "east")->state(), "unassessed");
  EXPECT_EQ(condition("clinics", "west")->expected_grade(), "destroyed");
  EXPECT_EQ(match("clinics")->kept_count(), 1);
  ASSERT_THAT(say("damage", clinic_said("Destroyed")), Succeeds());
  EXPECT_EQ(condition("clinics", "west")->expected_grade(), "destroyed") << "the same file again asks nobody again";
  v1::ResolveAssessmentRequest rejected;
  rejected.mutable_reject();
  ASSERT_THAT(decide("damage", rejected), Succeeds());
  EXPECT_EQ(condition("clinics", "west")->state(), "unassessed");
  request.mutable_reassign()->set_features(0, "north");
  EXPECT_THAT(decide("damage", request), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(decide("damage", {}), FailsWith(ErrorCode::kInvalidArgument));
  v1::ResolveAssessmentRequest accepted;
  accepted.mutable_accept();
  EXPECT_THAT(decide("damage", accepted), FailsWith(ErrorCode::kFailedPrecondition)) << "nothing is left to accept";
}

TEST_F(RiverTownTest, ReviewsWaitInPages) {
  std::string file = R"({"type":"FeatureCollection","features":[)";
  for (int i = 0; i < 5; ++i) {
    file += std::string(i == 0 ? "" : ",") + R"({"type":"Feature","properties":{"grading":"Destroyed","src_date":"2022-03-14"},)" +
            R"("geometry":{"type":"Point","coordinates":[15.0055,50.0003)" + std::to_string(i) + "]}}";
  }
  ASSERT_THAT(say("damage", file + "]}"), Succeeds());
  const auto matched = match("clinics");
  ASSERT_THAT(matched, Succeeds());
  EXPECT_EQ(matched->review_count(), 5);
  EXPECT_EQ(matched->reasons(0).reason(), "weak");
  v1::ListReviewsRequest request;
  *request.mutable_context() = context();
  request.set_page_size(3);
  const auto first = list_reviews(*twin_, call_, request);
  ASSERT_THAT(first, Succeeds());
  EXPECT_EQ(first->total_count(), 5);
  ASSERT_EQ(first->reviews_size(), 3);
  EXPECT_EQ(first->reviews(0).candidates(0).feature(), "east");
  request.set_page_token(first->next_page_token());
  const auto second = list_reviews(*twin_, call_, request);
  ASSERT_THAT(second, Succeeds());
  EXPECT_EQ(second->reviews_size(), 2);
  EXPECT_TRUE(second->next_page_token().empty());
  v1::ResolveAssessmentRequest accept;
  accept.set_feature(first->reviews(0).feature());
  accept.mutable_accept();
  ASSERT_THAT(decide("damage", accept), Succeeds());
  EXPECT_THAT(list_reviews(*twin_, call_, request), FailsWith(ErrorCode::kFailedPrecondition)) << "the queue has changed";
  EXPECT_EQ(condition("clinics", "east")->expected_grade(), "destroyed");
}

TEST_F(RiverTownTest, RefusesWhatMakesNoSense) {
  auto unknown = spec("richter", "damage");
  EXPECT_THAT(assess(folder_.write("a.geojson", clinic_said("Destroyed")), unknown),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("unosat")));
  EXPECT_THAT(assess(folder_.write("a.geojson", clinic_said("Broken")), spec("copernicus_ems", "damage")),
              FailsSaying(ErrorCode::kBadData, HasSubstr("`Broken`")));
  auto exhaustive = spec("copernicus_ems", "damage");
  exhaustive.set_exhaustive(true);
  EXPECT_THAT(assess(folder_.write("a.geojson", clinic_said("Destroyed")), exhaustive),
              FailsSaying(ErrorCode::kBadData, HasSubstr("state the area")));
  EXPECT_THAT(match(), FailsWith(ErrorCode::kFailedPrecondition)) << "there is nothing to match";
  EXPECT_THAT(summary(context(v1::CONDITION_CASE_IGNORED)), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_EQ(list_scales(*twin_, call_, {})->scales_size(), static_cast<int>(geo::shipped_scales().size()));
}

// FIELD_NOTES 11, item 13: on the border of two areas, once in totals, once in each area.
TEST_F(RiverTownTest, AFeatureOnABorderIsCountedOnceInAll) {
  constexpr const char* kDistricts = R"({"type":"FeatureCollection","features":[
{"type":"Feature","id":1,"properties":{"name":"West"},
 "geometry":{"type":"Polygon","coordinates":[[[15,49.99],[15.0055,49.99],[15.0055,50.01],[15,50.01],[15,49.99]]]}},
{"type":"Feature","id":2,"properties":{"name":"East"},
 "geometry":{"type":"Polygon","coordinates":[[[15.0054,49.99],[15.01,49.99],[15.01,50.01],[15.0054,50.01],[15.0054,49.99]]]}}]})";
  ASSERT_THAT(import(folder_.write("districts.geojson", kDistricts), "districts", geo::Theme::kDistricts), Succeeds());
  constexpr const char* kHouse = R"({"type":"FeatureCollection","features":[{"type":"Feature","id":1,"properties":{},
"geometry":{"type":"Polygon","coordinates":[[[15.0053,50.001],[15.0056,50.001],[15.0056,50.0012],[15.0053,50.0012],[15.0053,50.001]]]}}]})";
  ASSERT_THAT(import(folder_.write("houses.geojson", kHouse), "houses", geo::Theme::kBuildings), Succeeds());
  constexpr const char* kSaid = R"({"type":"FeatureCollection","features":[{"type":"Feature","properties":{"grading":"Destroyed"},
"geometry":{"type":"Point","coordinates":[15.00545,50.0011]}}]})";
  ASSERT_THAT(say("damage", kSaid), Succeeds());
  ASSERT_THAT(match(), Succeeds());
  v1::SummarizeDamageRequest request;
  *request.mutable_context() = context();
  request.set_areas_layer("districts");
  const auto counted = summarize_damage(*twin_, call_, request);
  ASSERT_THAT(counted, Succeeds());
  EXPECT_EQ(counted->total().destroyed_count(), 1);
  ASSERT_EQ(counted->by_area_size(), 2);
  EXPECT_EQ(counted->by_area(0).counts().destroyed_count(), 1);
  EXPECT_EQ(counted->by_area(1).counts().destroyed_count(), 1);
  EXPECT_EQ(counted->counted_again().destroyed_count(), 1);
  EXPECT_EQ(counted->outside_areas().destroyed_count(), 0);
}

}  // namespace
}  // namespace obnova::server
