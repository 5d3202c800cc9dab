#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/rpc/siting_handlers.h"
#include "tests/server/rpc/small_city.h"
#include "tests/support/result_matchers.h"

namespace obnova::server {
namespace {

using testing::Contains;
using testing::HasSubstr;

class CheckSiteHandlerTest : public SmallCityTest {
 protected:
  v1::CheckSiteRequest proposal(const Geometry& footprint) const {
    v1::CheckSiteRequest request;
    *request.mutable_context() = context_;
    *request.mutable_proposal()->mutable_footprint() = shape(footprint);
    request.mutable_proposal()->set_height_m(12);
    return request;
  }
  auto check(const v1::CheckSiteRequest& request) const { return check_site(*twin_, call_, request); }
};

TEST_F(CheckSiteHandlerTest, SaysWhichRuleFailsAndWhereFrom) {
  const auto answer = check(proposal(area(350, -150, 420, -120)));
  ASSERT_THAT(answer, Succeeds());
  EXPECT_EQ(answer->overall(), v1::VERDICT_FAIL);
  ASSERT_EQ(answer->verdicts_size(), 2);
  const v1::RuleVerdict& flood = answer->verdicts(0);
  EXPECT_EQ(flood.rule(), "flood");
  EXPECT_EQ(flood.verdict(), v1::VERDICT_FAIL);
  EXPECT_EQ(flood.citation(), "Test code, article 1");
  EXPECT_EQ(flood.witness_feature(), "zones/f1");
  EXPECT_EQ(flood.layer_dated(), "2026-01-01");
  EXPECT_NE(flood.witness_wkb(), "");
  EXPECT_EQ(answer->verdicts(1).verdict(), v1::VERDICT_PASS);
  EXPECT_EQ(answer->verdicts(1).margin(), 8);
  EXPECT_EQ(answer->provenance().rule_pack(), "demo@2026-01-01");
  EXPECT_EQ(answer->provenance().layers(0).name(), "cities/town/layers/zones");
  EXPECT_THAT(answer->provenance().warnings(), Contains(HasSubstr("flood")));
}

TEST_F(CheckSiteHandlerTest, TheWorstVerdictIsTheOverallOne) {
  v1::CheckSiteRequest request = proposal(area(0, 100, 50, 150));
  EXPECT_EQ(check(request)->overall(), v1::VERDICT_PASS);
  request.mutable_proposal()->set_height_m(20);
  EXPECT_EQ(check(request)->overall(), v1::VERDICT_PASS);
  request.mutable_proposal()->set_height_m(20.1);
  EXPECT_EQ(check(request)->overall(), v1::VERDICT_WARN);
  request.mutable_proposal()->clear_height_m();
  EXPECT_EQ(check(request)->overall(), v1::VERDICT_UNKNOWN);
  *request.mutable_proposal()->mutable_footprint() = shape(area(350, -150, 420, -120));
  EXPECT_EQ(check(request)->overall(), v1::VERDICT_FAIL);
}

TEST_F(CheckSiteHandlerTest, OutsideTheCoveredAreaNothingIsKnown) {
  const auto answer = check(proposal(area(5000, 0, 5050, 50)));
  ASSERT_THAT(answer, Succeeds());
  EXPECT_EQ(answer->verdicts(0).verdict(), v1::VERDICT_UNKNOWN);
}

TEST_F(CheckSiteHandlerTest, NamesTheFieldAtFault) {
  const auto field = [&](const auto& change) {
    v1::CheckSiteRequest request = proposal(area(0, 100, 50, 150));
    change(request);
    return field_of(check(request));
  };
  EXPECT_EQ(field([](auto&) {}), "no error");
  EXPECT_EQ(field([](auto& q) { q.mutable_proposal()->clear_footprint(); }), "proposal.footprint");
  EXPECT_EQ(field([&](auto& q) { *q.mutable_proposal()->mutable_footprint() = shape(Geometry::point(at(0, 0))); }), "proposal.footprint");
  EXPECT_EQ(field([](auto& q) { q.set_rule_pack("moon"); }), "rule_pack");
  EXPECT_EQ(field([](auto& q) { q.mutable_proposal()->set_storeys(-1); }), "proposal.storeys");
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), -0.1, 10'000.1}) {
    EXPECT_EQ(field([&](auto& q) { q.mutable_proposal()->set_height_m(bad); }), "proposal.height_m");
  }
}

TEST_F(CheckSiteHandlerTest, EqualRequestsGetEqualBytes) {
  const v1::CheckSiteRequest request = proposal(area(350, -150, 420, -120));
  EXPECT_EQ(check(request)->SerializeAsString(), check(request)->SerializeAsString());
}

TEST_F(CheckSiteHandlerTest, ListsRulePacksById) {
  v1::ListRulePacksRequest request;
  request.set_page_size(1);
  const auto first = list_rule_packs(*twin_, call_, request);
  ASSERT_THAT(first, Succeeds());
  EXPECT_EQ(first->rule_packs(0).id(), "another");
  request.set_page_token(first->next_page_token());
  const auto second = list_rule_packs(*twin_, call_, request);
  EXPECT_EQ(second->rule_packs(0).id(), "demo");
  EXPECT_EQ(second->rule_packs(0).rule_count(), 2);
  EXPECT_EQ(second->next_page_token(), "");
  request.set_page_token("x");
  EXPECT_EQ(field_of(list_rule_packs(*twin_, call_, request)), "page_token");
  request.clear_page_token();
  for (const int bad : {-1, 1001}) {
    request.set_page_size(bad);
    EXPECT_EQ(field_of(list_rule_packs(*twin_, call_, request)), "page_size");
  }
}

}  // namespace
}  // namespace obnova::server
