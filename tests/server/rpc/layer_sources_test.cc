#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/rpc/catalog_handlers.h"
#include "server/rpc/coverage_handlers.h"
#include "server/rpc/feature_handlers.h"
#include "server/rpc/routing_handlers.h"
#include "server/rpc/siting_handlers.h"
#include "tests/server/rpc/small_city.h"
#include "tests/support/result_matchers.h"

namespace obnova::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// What an answer owes to its layers: their licences and dates beside it, and
// silence where they do not speak.
class LayerSourcesTest : public SmallCityTest {
 protected:
  // The layers an answer names, each with what its owner requires.
  static std::vector<std::string> layers_of(const v1::Provenance& provenance) {
    std::vector<std::string> ids;
    for (const v1::LayerUse& use : provenance.layers()) {
      ids.push_back(use.name().substr(std::string("cities/town/layers/").size()));
      EXPECT_EQ(use.licence(), "CC0-1.0") << use.name();
      EXPECT_EQ(use.dated(), "2026-01-01") << use.name();
    }
    return ids;
  }
  void describe(const std::string& layer, const char* path, const std::function<void(v1::Layer&)>& change) {
    v1::UpdateLayerRequest request;
    *request.mutable_context() = context_;
    request.mutable_layer()->set_name("cities/town/layers/" + layer);
    request.mutable_update_mask()->add_paths(path);
    change(*request.mutable_layer());
    ASSERT_THAT(update_layer(*twin_, call_, request), Succeeds());
  }
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
  auto check(const Geometry& footprint) const {
    v1::CheckSiteRequest request;
    *request.mutable_context() = context_;
    *request.mutable_proposal()->mutable_footprint() = shape(footprint);
    request.mutable_proposal()->set_height_m(5);
    return check_site(*twin_, call_, request);
  }
};

TEST_F(LayerSourcesTest, FeatureAnswersNameTheirLayers) {
  v1::CountFeaturesRequest count;
  *count.mutable_context() = context_;
  count.mutable_selection()->set_layer("people");
  EXPECT_THAT(layers_of(count_features(*twin_, call_, count)->provenance()), ElementsAre("people"));
  v1::ListFeaturesRequest list;
  *list.mutable_context() = context_;
  list.mutable_selection()->set_layer("sites");
  EXPECT_THAT(layers_of(list_features(*twin_, call_, list)->provenance()), ElementsAre("sites"));
  v1::AggregateFeaturesRequest aggregate;
  *aggregate.mutable_context() = context_;
  aggregate.mutable_selection()->set_layer("people");
  aggregate.set_areas_layer("districts");
  EXPECT_THAT(layers_of(aggregate_features(*twin_, call_, aggregate)->provenance()), ElementsAre("districts", "people"));
}

TEST_F(LayerSourcesTest, AnswersAboutTravelNameRoadsAndWhatIsTraveledTo) {
  v1::ComputeRouteRequest route;
  *route.mutable_context() = context_;
  *route.mutable_places() = places({at(0, 0), at(300, 0)});
  route.mutable_options()->set_profile("foot");
  EXPECT_THAT(layers_of(compute_route(*twin_, call_, route)->provenance()), ElementsAre("roads"));
  v1::FindNearestFacilitiesRequest nearest;
  *nearest.mutable_context() = context_;
  *nearest.mutable_places() = places({at(0, 0)});
  nearest.set_facilities_layer("schools");
  nearest.mutable_options()->set_profile("foot");
  EXPECT_THAT(layers_of(find_nearest_facilities(*twin_, call_, nearest)->provenance()), ElementsAre("roads", "schools"));
  v1::ComputeCoverageRequest coverage_request = schools();
  coverage_request.set_districts_layer("districts");
  EXPECT_THAT(layers_of(coverage(coverage_request)->provenance()), ElementsAre("districts", "people", "roads", "schools"));
}

TEST_F(LayerSourcesTest, AChangedLicenceGoesWithEveryAnswer) {
  describe("zones", "licence", [](v1::Layer& layer) { layer.set_licence("ODbL-1.0"); });
  describe("zones", "attribution", [](v1::Layer& layer) { layer.set_attribution("© OpenStreetMap contributors"); });
  const auto answer = check(area(0, 100, 50, 150));
  ASSERT_THAT(answer, Succeeds());
  ASSERT_EQ(answer->provenance().layers_size(), 1);
  EXPECT_EQ(answer->provenance().layers(0).licence(), "ODbL-1.0");
  EXPECT_EQ(answer->provenance().layers(0).attribution(), "© OpenStreetMap contributors");
}

// Pitfall 10: no record is not no damage, and no flood zone is not dry land.
TEST_F(LayerSourcesTest, Pitfall10ASiteIsUnknownUnlessTheLayerSpeaksOfAllOfIt) {
  EXPECT_EQ(check(area(0, 100, 50, 150))->verdicts(0).verdict(), v1::VERDICT_PASS);
  describe("zones", "covered_area", [this](v1::Layer& layer) { *layer.mutable_covered_area() = shape(area(0, 0, 40, 400)); });
  const auto partly = check(area(0, 100, 50, 150));
  ASSERT_THAT(partly, Succeeds());
  EXPECT_EQ(partly->verdicts(0).verdict(), v1::VERDICT_UNKNOWN);
  EXPECT_EQ(check(area(0, 100, 39, 150))->verdicts(0).verdict(), v1::VERDICT_PASS);
}

TEST_F(LayerSourcesTest, AnUnstatedCoveredAreaIsSaidToBeTheHull) {
  describe("zones", "covered_area", [](v1::Layer&) {});
  const auto answer = check(area(310, -200, 320, -190));
  ASSERT_THAT(answer, Succeeds());
  EXPECT_EQ(answer->verdicts(0).verdict(), v1::VERDICT_FAIL);
  EXPECT_THAT(answer->provenance().warnings(), testing::Contains(HasSubstr("covered area of layer `zones` was not stated")));
  EXPECT_EQ(check(area(0, 100, 50, 150))->verdicts(0).verdict(), v1::VERDICT_UNKNOWN);
}

// Pitfalls 10 and 24: who lives where nobody looked is not uncovered, and all add up.
TEST_F(LayerSourcesTest, Pitfall24PeopleBeyondTheCoveredAreaAreUnassessed) {
  const auto before = coverage(schools());
  ASSERT_THAT(before, Succeeds());
  EXPECT_EQ(before->total().unassessed(), 0);
  describe("schools", "covered_area", [this](v1::Layer& layer) { *layer.mutable_covered_area() = shape(area(-500, -500, 450, 500)); });
  const auto after = coverage(schools());
  ASSERT_THAT(after, Succeeds());
  // Whom school B serves is served; p5, p6, p7 and the island are not known to go without.
  EXPECT_EQ(after->total().unassessed(), 6 + 7 + 8 + 100);
  EXPECT_EQ(after->total().total(), before->total().total());
  const v1::PeopleCount& total = after->total();
  EXPECT_EQ(total.covered() + total.uncovered() + total.unreachable() + total.unassessed(), total.total());
  EXPECT_EQ(total.covered(), 1 + 2 + 3 + 9 + 10 + 11);
  EXPECT_EQ(total.uncovered(), 4 + 5);
}

}  // namespace
}  // namespace obnova::server
