#include "server/rpc/feature_handlers.h"

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

class FeatureHandlersTest : public SmallCityTest {
 protected:
  v1::ListFeaturesRequest listing(const std::string& layer) const {
    v1::ListFeaturesRequest request;
    *request.mutable_context() = context_;
    request.mutable_selection()->set_layer(layer);
    return request;
  }
  auto list(const v1::ListFeaturesRequest& request) const { return list_features(*twin_, call_, request); }
  std::vector<std::string> ids(const v1::ListFeaturesRequest& request) const {
    const auto answer = list(request);
    EXPECT_THAT(answer, Succeeds());
    return answer ? std::vector<std::string>(answer->batch().ids().begin(), answer->batch().ids().end()) : std::vector<std::string>();
  }
  Result<std::vector<v1::StreamFeaturesResponse>> stream(const std::string& layer) const {
    v1::StreamFeaturesRequest request;
    *request.mutable_context() = context_;
    request.mutable_selection()->set_layer(layer);
    std::vector<v1::StreamFeaturesResponse> messages;
    const auto done = stream_features(*twin_, call_, request, [&](v1::StreamFeaturesResponse message) {
      messages.push_back(std::move(message));
      return Result<void>();
    });
    if (!done) return std::unexpected(done.error());
    return messages;
  }
};

TEST_F(FeatureHandlersTest, GetsAFeatureWithItsAttributes) {
  v1::GetFeatureRequest request;
  *request.mutable_context() = context_;
  request.set_layer("people");
  request.set_feature("p4");
  const auto answer = get_feature(*twin_, call_, request);
  ASSERT_THAT(answer, Succeeds());
  EXPECT_EQ(answer->name(), "cities/town/layers/people/features/p4");
  EXPECT_EQ(answer->attributes().at("population").int_value(), 5);
  EXPECT_EQ(answer->attributes().at("side").string_value(), "even");
  EXPECT_EQ(answer->attributes().at("far").bool_value(), false);
  const auto place = from_wkb(answer->geometry().wkb());
  ASSERT_THAT(place, Succeeds());
  EXPECT_EQ(place->kind, GeometryKind::kPoint);
}

TEST_F(FeatureHandlersTest, SaysWhatIsNotThere) {
  v1::GetFeatureRequest request;
  *request.mutable_context() = context_;
  request.set_layer("people");
  request.set_feature("nobody");
  EXPECT_THAT(get_feature(*twin_, call_, request), FailsSaying(ErrorCode::kNotFound, HasSubstr("nobody")));
  request.set_layer("nothing");
  EXPECT_EQ(field_of(get_feature(*twin_, call_, request)), "layer");
  request.set_layer("");
  EXPECT_THAT(get_feature(*twin_, call_, request), FailsWith(ErrorCode::kInvalidArgument));
  request.mutable_context()->set_city("cities/atlantis");
  EXPECT_THAT(get_feature(*twin_, call_, request), FailsWith(ErrorCode::kNotFound));
  request.mutable_context()->set_city("");
  EXPECT_THAT(get_feature(*twin_, call_, request), FailsWith(ErrorCode::kInvalidArgument));
  *request.mutable_context() = context_;
  request.mutable_context()->set_scenario("cities/town/scenarios/x");
  EXPECT_THAT(get_feature(*twin_, call_, request), FailsWith(ErrorCode::kNotFound));
}

TEST_F(FeatureHandlersTest, PagesHoldEveryFeatureOnce) {
  const std::vector<std::string> all = ids(listing("people"));
  ASSERT_EQ(all.size(), 12U);
  for (const int page_size : {1, 5, 6, 11, 12, 13}) {
    v1::ListFeaturesRequest request = listing("people");
    request.set_page_size(page_size);
    std::vector<std::string> collected;
    int page_count = 0;
    do {
      const auto page = list(request);
      ASSERT_THAT(page, Succeeds());
      EXPECT_LE(page->batch().ids_size(), page_size);
      collected.insert(collected.end(), page->batch().ids().begin(), page->batch().ids().end());
      request.set_page_token(page->next_page_token());
      ++page_count;
    } while (!request.page_token().empty());
    EXPECT_EQ(collected, all);
    EXPECT_EQ(page_count, (12 + page_size - 1) / page_size);
  }
}

TEST_F(FeatureHandlersTest, PageTokensAreBoundToSelectionAndRevision) {
  v1::ListFeaturesRequest request = listing("people");
  request.set_page_size(5);
  const std::string token = list(request)->next_page_token();
  request.set_page_token(token);
  request.mutable_selection()->set_filter("population > 0");
  EXPECT_THAT(list(request), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("another selection")));
  for (const std::string& bad : std::vector<std::string>{"x", "1", "1.2.3", "-1." + std::string(32, '0') + ".0", token + "0x", "." + token,
                                                         token.substr(0, token.rfind('.')) + ".99999999999"}) {
    request = listing("people");
    request.set_page_token(bad);
    EXPECT_THAT(list(request), FailsWith(ErrorCode::kInvalidArgument)) << bad;
    EXPECT_EQ(field_of(list(request)), "page_token");
  }
  request = listing("people");
  request.set_page_token(token.substr(0, token.rfind('.')) + ".4000000000");
  EXPECT_THAT(ids(request), IsEmpty());
  request.set_page_token(token);
  ASSERT_THAT(twin_->set_title("town", "New title"), Succeeds());
  EXPECT_THAT(list(request), FailsWith(ErrorCode::kFailedPrecondition));
}

TEST_F(FeatureHandlersTest, PageSizesAreOneToTenThousand) {
  v1::ListFeaturesRequest request = listing("people");
  for (const int good : {0, 1, 9999, 10'000}) {
    request.set_page_size(good);
    EXPECT_THAT(list(request), Succeeds()) << good;
  }
  for (const int bad : {-1, 10'001}) {
    request.set_page_size(bad);
    EXPECT_EQ(field_of(list(request)), "page_size") << bad;
  }
}

TEST_F(FeatureHandlersTest, LongPagesEndEarly) {
  v1::ListFeaturesRequest request = listing("notes");
  request.set_page_size(10'000);
  const auto page = list(request);
  ASSERT_THAT(page, Succeeds());
  EXPECT_LT(page->ByteSizeLong(), std::size_t{4} << 20);
  EXPECT_LT(page->batch().ids_size(), 3000);
  request.set_page_token(page->next_page_token());
  EXPECT_EQ(ids(request).size() + page->batch().ids_size(), 3000U);
}

TEST_F(FeatureHandlersTest, ColumnsAreThoseAskedForWithTheirNulls) {
  v1::ListFeaturesRequest request = listing("people");
  request.add_properties("side");
  request.add_properties("population");
  request.set_skip_geometry(true);
  const auto answer = list(request);
  ASSERT_THAT(answer, Succeeds());
  const v1::FeatureBatch& batch = answer->batch();
  EXPECT_EQ(batch.layer(), "cities/town/layers/people");
  EXPECT_EQ(batch.wkb_size(), 0);
  ASSERT_EQ(batch.columns_size(), 2);
  EXPECT_EQ(batch.columns(0).name(), "side");
  EXPECT_EQ(batch.columns(0).type(), v1::ATTRIBUTE_TYPE_STRING);
  EXPECT_EQ(batch.columns(0).strings_size(), 12);
  EXPECT_EQ(batch.columns(0).nulls(), std::string("\xaa\x0a", 2));  // Odd rows and the island, row 11.
  EXPECT_EQ(batch.columns(1).ints(10), 11);
  EXPECT_EQ(batch.columns(1).nulls(), "");
}

TEST_F(FeatureHandlersTest, RefusesUnknownAndRepeatedProperties) {
  v1::ListFeaturesRequest request = listing("people");
  request.add_properties("side");
  request.add_properties("height");
  EXPECT_THAT(list(request), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("population")));
  request.set_properties(1, "side");
  EXPECT_EQ(field_of(list(request)), "properties[1]");
}

TEST_F(FeatureHandlersTest, AllConditionsOfASelectionHold) {
  v1::ListFeaturesRequest request = listing("people");
  *request.mutable_selection()->mutable_intersects() = shape(area(150, -50, 550, 50));
  EXPECT_THAT(ids(request), ElementsAre("p2", "p3", "p4", "p5"));
  request.mutable_selection()->set_filter("side = 'even'");
  EXPECT_THAT(ids(request), ElementsAre("p2", "p4"));
  *request.mutable_selection()->mutable_near() = shape(Geometry::point(at(400, 0)));
  request.mutable_selection()->set_distance_m(100);
  EXPECT_THAT(ids(request), ElementsAre("p4"));
  Degrees degrees(projection());
  *request.mutable_selection()->mutable_bbox() = degrees.window({at(0, -50), at(300, 50)});
  EXPECT_THAT(ids(request), IsEmpty());
}

TEST_F(FeatureHandlersTest, NamesTheConditionAtFault) {
  v1::ListFeaturesRequest request = listing("people");
  request.mutable_selection()->set_filter("height > 3");
  EXPECT_EQ(field_of(list(request)), "selection.filter");
  for (const double bad : kNoLengths) {
    request = listing("people");
    *request.mutable_selection()->mutable_near() = shape(Geometry::point(at(0, 0)));
    request.mutable_selection()->set_distance_m(bad);
    EXPECT_EQ(field_of(list(request)), "selection.distance_m");
  }
  request = listing("people");
  request.mutable_selection()->set_distance_m(5);
  EXPECT_EQ(field_of(list(request)), "selection.near");
  request = listing("people");
  *request.mutable_selection()->mutable_intersects() = shape(Geometry::point(at(0, 0)));
  EXPECT_EQ(field_of(list(request)), "selection.intersects");
}

TEST_F(FeatureHandlersTest, StreamsAllInBatchesOfAQuarterMebibyte) {
  const auto messages = stream("notes");
  ASSERT_THAT(messages, Succeeds());
  ASSERT_GT(messages->size(), 8U);
  int count = 0;
  for (std::size_t i = 0; i < messages->size(); ++i) {
    const v1::StreamFeaturesResponse& message = (*messages)[i];
    EXPECT_EQ(message.has_provenance(), i == 0);
    EXPECT_LT(message.ByteSizeLong(), std::size_t{264} << 10);
    if (i + 1 < messages->size()) {
      EXPECT_GT(message.ByteSizeLong(), std::size_t{248} << 10);
    }
    for (const std::string& id : message.batch().ids()) EXPECT_EQ(id, "n" + std::to_string(count++));
  }
  EXPECT_EQ(count, 3000);
}

TEST_F(FeatureHandlersTest, AnEmptyStreamStillSaysWhatItReadOf) {
  const auto messages = stream("empty");
  ASSERT_THAT(messages, Succeeds());
  ASSERT_EQ(messages->size(), 1U);
  EXPECT_EQ(messages->front().batch().ids_size(), 0);
  EXPECT_EQ(messages->front().provenance().layers(0).name(), "cities/town/layers/empty");
}

TEST_F(FeatureHandlersTest, StopsWhenTheReaderHasGone) {
  v1::StreamFeaturesRequest request;
  *request.mutable_context() = context_;
  request.mutable_selection()->set_layer("notes");
  int written = 0;
  const auto done = stream_features(*twin_, call_, request, [&](const v1::StreamFeaturesResponse&) -> Result<void> {
    ++written;
    return failure(ErrorCode::kCancelled, "Gone.");
  });
  EXPECT_THAT(done, FailsWith(ErrorCode::kCancelled));
  EXPECT_EQ(written, 1);
}

TEST_F(FeatureHandlersTest, CountsWhatMatches) {
  v1::CountFeaturesRequest request;
  *request.mutable_context() = context_;
  request.mutable_selection()->set_layer("people");
  request.mutable_selection()->set_filter("population >= 10");
  const auto answer = count_features(*twin_, call_, request);
  ASSERT_THAT(answer, Succeeds());
  EXPECT_EQ(answer->count(), 3);
  EXPECT_EQ(answer->provenance().city(), "cities/town");
  EXPECT_EQ(answer->provenance().snapshot_digest().size(), 32U);
  EXPECT_EQ(answer->provenance().crs_operation().target_crs(), "EPSG:32635");
  EXPECT_EQ(answer->provenance().layers(0).licence(), "CC0-1.0");
  EXPECT_EQ(answer->provenance().server_version(), "0.1.0");
}

TEST_F(FeatureHandlersTest, FindsTheNearestOfEachPlace) {
  v1::FindNearestFeaturesRequest request;
  *request.mutable_context() = context_;
  request.mutable_selection()->set_layer("people");
  *request.mutable_places() = places({at(0, 0), at(150, -10)});
  request.set_k(2);
  const auto answer = find_nearest_features(*twin_, call_, request);
  ASSERT_THAT(answer, Succeeds());
  ASSERT_EQ(answer->results_size(), 2);
  EXPECT_EQ(answer->results(0).neighbors(0).feature(), "p0");
  EXPECT_NEAR(answer->results(0).neighbors(0).distance_m(), 10, 1e-6);
  EXPECT_EQ(answer->results(1).neighbors_size(), 2);
  EXPECT_NEAR(answer->results(1).neighbors(0).distance_m(), 50, 1e-6);
  request.set_max_distance_m(20);
  EXPECT_EQ(find_nearest_features(*twin_, call_, request)->results(1).neighbors_size(), 0);
  for (const double bad : kNoLengths) {
    request.set_max_distance_m(bad);
    EXPECT_EQ(field_of(find_nearest_features(*twin_, call_, request)), "max_distance_m");
  }
}

TEST_F(FeatureHandlersTest, BoundsNearestQuestions) {
  v1::FindNearestFeaturesRequest request;
  *request.mutable_context() = context_;
  request.mutable_selection()->set_layer("schools");
  *request.mutable_places() = many_places(1);
  for (const int good : {0, 1, 1000}) {
    request.set_k(good);
    EXPECT_THAT(find_nearest_features(*twin_, call_, request), Succeeds());
  }
  for (const int bad : {-1, 1001}) {
    request.set_k(bad);
    EXPECT_EQ(field_of(find_nearest_features(*twin_, call_, request)), "k");
  }
  request.set_k(1);
  *request.mutable_places() = many_places(10'000);
  EXPECT_THAT(find_nearest_features(*twin_, call_, request), Succeeds());
  request.set_k(101);
  EXPECT_EQ(field_of(find_nearest_features(*twin_, call_, request)), "k");
  *request.mutable_places() = many_places(10'001);
  EXPECT_EQ(field_of(find_nearest_features(*twin_, call_, request)), "places");
  request.clear_places();
  EXPECT_EQ(field_of(find_nearest_features(*twin_, call_, request)), "places");
}

TEST_F(FeatureHandlersTest, AggregatesConserveEveryFeature) {
  v1::AggregateFeaturesRequest request;
  *request.mutable_context() = context_;
  request.mutable_selection()->set_layer("people");
  request.set_areas_layer("districts");
  request.add_sum_fields("population");
  const auto answer = aggregate_features(*twin_, call_, request);
  ASSERT_THAT(answer, Succeeds());
  ASSERT_EQ(answer->areas_size(), 2);
  EXPECT_EQ(answer->areas(0).title(), "West");
  EXPECT_EQ(answer->areas(0).count(), 5);
  EXPECT_EQ(answer->areas(0).sums(0), 15);
  EXPECT_EQ(answer->areas(1).sums(0), 51);
  EXPECT_EQ(answer->outside().sums(0), 100);
  EXPECT_EQ(answer->total().count(), 12);
  EXPECT_EQ(answer->provenance().layers_size(), 2);
  request.add_sum_fields("side");
  EXPECT_EQ(field_of(aggregate_features(*twin_, call_, request)), "sum_fields[1]");
  request.set_sum_fields(1, "height");
  EXPECT_EQ(field_of(aggregate_features(*twin_, call_, request)), "sum_fields[1]");
  request.clear_sum_fields();
  request.set_areas_layer("schools");
  EXPECT_EQ(field_of(aggregate_features(*twin_, call_, request)), "areas_layer");
}

TEST_F(FeatureHandlersTest, EqualRequestsGetEqualBytes) {
  v1::ListFeaturesRequest request = listing("people");
  request.set_page_size(5);
  EXPECT_EQ(list(request)->SerializeAsString(), list(request)->SerializeAsString());
}

TEST_F(FeatureHandlersTest, StopsWhenCancelled) {
  call_.cancel();
  EXPECT_THAT(list(listing("notes")), FailsWith(ErrorCode::kCancelled));
}

}  // namespace
}  // namespace obnova::server
