#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/base/wkb.h"
#include "server/rpc/feature_handlers.h"
#include "tests/server/rpc/small_city.h"
#include "tests/support/result_matchers.h"

namespace obnova::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class WindowHandlersTest : public SmallCityTest {
 protected:
  v1::FindFeaturesInWindowsRequest asking(const std::string& layer, const std::vector<Box>& windows, v1::WindowDetail detail) const {
    v1::FindFeaturesInWindowsRequest request;
    *request.mutable_context() = context_;
    request.set_layer(layer);
    request.set_detail(detail);
    for (const Box& window : windows) {
      const v1::LngLatBox degrees = Degrees(projection()).window({at(window.min.x_m, window.min.y_m), at(window.max.x_m, window.max.y_m)});
      for (const double edge : {degrees.west_deg(), degrees.south_deg(), degrees.east_deg(), degrees.north_deg()})
        request.add_windows_deg(edge);
    }
    return request;
  }
  auto find(const v1::FindFeaturesInWindowsRequest& request) const { return find_features_in_windows(*twin_, call_, request); }

  // The slow twin: a listing for each window.
  std::vector<v1::FeatureBatch> listed(const v1::FindFeaturesInWindowsRequest& request) const {
    std::vector<v1::FeatureBatch> batches;
    for (int i = 0; i < request.windows_deg_size(); i += 4) {
      v1::ListFeaturesRequest listing;
      *listing.mutable_context() = request.context();
      listing.mutable_selection()->set_layer(request.layer());
      listing.mutable_selection()->set_filter(request.filter());
      listing.mutable_selection()->mutable_bbox()->set_west_deg(request.windows_deg(i));
      listing.mutable_selection()->mutable_bbox()->set_south_deg(request.windows_deg(i + 1));
      listing.mutable_selection()->mutable_bbox()->set_east_deg(request.windows_deg(i + 2));
      listing.mutable_selection()->mutable_bbox()->set_north_deg(request.windows_deg(i + 3));
      listing.set_page_size(10'000);
      const auto answer = list_features(*twin_, call_, listing);
      EXPECT_THAT(answer, Succeeds());
      batches.push_back(answer->batch());
    }
    return batches;
  }
};

std::vector<std::string> ids_of(const v1::FindFeaturesInWindowsResponse& answer) {
  std::vector<std::string> ids;
  std::size_t begin = 0;
  for (const std::uint32_t size : answer.id_sizes()) {
    ids.push_back(answer.ids().substr(begin, size));
    begin += size;
  }
  EXPECT_EQ(begin, answer.ids().size());
  return ids;
}

TEST_F(WindowHandlersTest, TellsWindowByWindowWhatMeetsIt) {
  const std::vector<Box> windows = {{{-50, -50}, {150, 50}}, {{5000, 5000}, {5100, 5100}}, {{50, -50}, {150, 50}}};
  const auto answer = find(asking("people", windows, v1::WINDOW_DETAIL_IDS));
  ASSERT_THAT(answer, Succeeds());
  EXPECT_THAT(answer->counts(), ElementsAre(2, 0, 1));
  EXPECT_THAT(answer->numbers(), ElementsAre(1, 2, 2));
  EXPECT_THAT(ids_of(*answer), ElementsAre("p0", "p1", "p1"));
  EXPECT_FALSE(answer->has_features());
  EXPECT_EQ(answer->provenance().layers(0).name(), "cities/town/layers/people");
}

TEST_F(WindowHandlersTest, EachDetailTellsMore) {
  const std::vector<Box> windows = {{{-50, -50}, {150, 50}}};
  const auto counts = find(asking("people", windows, v1::WINDOW_DETAIL_COUNTS));
  ASSERT_THAT(counts, Succeeds());
  EXPECT_THAT(counts->counts(), ElementsAre(2));
  EXPECT_THAT(counts->numbers(), IsEmpty());
  const auto numbers = find(asking("people", windows, v1::WINDOW_DETAIL_UNSPECIFIED));
  ASSERT_THAT(numbers, Succeeds());
  EXPECT_THAT(numbers->numbers(), ElementsAre(1, 2));
  EXPECT_EQ(numbers->ids(), "");
  auto request = asking("people", windows, v1::WINDOW_DETAIL_FEATURES);
  request.add_properties("population");
  const auto features = find(request);
  ASSERT_THAT(features, Succeeds());
  EXPECT_THAT(features->features().ids(), IsEmpty());
  EXPECT_EQ(features->features().wkb_size(), 2);
  EXPECT_THAT(features->features().columns(0).ints(), ElementsAre(1, 2));
  EXPECT_THAT(ids_of(*features), ElementsAre("p0", "p1"));
}

TEST_F(WindowHandlersTest, RandomWindowsEqualListings) {
  std::mt19937_64 random(1);
  for (const char* layer : {"people", "roads", "districts", "zones", "empty", "notes"}) {
    std::vector<Box> windows;
    for (int i = 0; i < 25; ++i) {
      const Point min = {static_cast<double>(random() % 1500) - 300, static_cast<double>(random() % 40) * 10 - 200};
      windows.push_back({min, {min.x_m + static_cast<double>(random() % 400), min.y_m + static_cast<double>(random() % 400)}});
    }
    if (random() % 2 == 0) windows.push_back({{-40'000, -40'000}, {40'000, 40'000}});
    const auto request = asking(layer, windows, v1::WINDOW_DETAIL_FEATURES);
    const auto answer = find(request);
    ASSERT_THAT(answer, Succeeds());
    const std::vector<std::string> ids = ids_of(*answer);
    int row = 0;
    const auto expected = listed(request);
    ASSERT_EQ(answer->counts_size(), static_cast<int>(expected.size()));
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_EQ(answer->counts(static_cast<int>(i)), expected[i].ids_size()) << layer << " " << i;
      for (int k = 0; k < expected[i].ids_size(); ++k, ++row) {
        EXPECT_EQ(ids[static_cast<std::size_t>(row)], expected[i].ids(k));
        EXPECT_EQ(answer->features().wkb(row), expected[i].wkb(k));
      }
    }
    EXPECT_EQ(row, answer->numbers_size());
  }
}

TEST_F(WindowHandlersTest, FiltersAndShapesOfThePlane) {
  auto request = asking("people", {{{-50, -50}, {550, 50}}}, v1::WINDOW_DETAIL_FEATURES);
  request.set_filter("side = 'even'");
  request.set_srid(32635);
  const auto answer = find(request);
  ASSERT_THAT(answer, Succeeds());
  EXPECT_THAT(ids_of(*answer), ElementsAre("p0", "p2", "p4"));
  EXPECT_EQ(answer->features().wkb(1), to_wkb(Geometry::point(at(200, -10)).view()));
  request.set_skip_geometry(true);
  EXPECT_EQ(find(request)->features().wkb_size(), 0);
}

TEST_F(WindowHandlersTest, SaysWhatIsWrong) {
  const auto good = asking("people", {{{0, 0}, {10, 10}}, {{0, 0}, {10, 10}}}, v1::WINDOW_DETAIL_NUMBERS);
  const auto field_with = [&](auto&& change) {
    auto request = good;
    change(request);
    return field_of(find(request));
  };
  EXPECT_EQ(field_with([](auto& q) { q.set_layer("nothing"); }), "layer");
  EXPECT_EQ(field_with([](auto& q) { q.set_layer(""); }), "layer");
  EXPECT_EQ(field_with([](auto& q) { q.set_filter("no such"); }), "filter");
  EXPECT_EQ(field_with([](auto& q) { q.add_properties("nothing"); }), "properties[0]");
  EXPECT_EQ(field_with([](auto& q) { q.set_srid(5514); }), "srid");
  EXPECT_EQ(field_with([](auto& q) { q.set_detail(static_cast<v1::WindowDetail>(77)); }), "detail");
  EXPECT_EQ(field_with([](auto& q) { q.clear_windows_deg(); }), "windows_deg");
  EXPECT_EQ(field_with([](auto& q) { q.add_windows_deg(1); }), "windows_deg");
  EXPECT_EQ(field_with([](auto& q) { q.set_windows_deg(4, 90); }), "windows_deg[4]");
  EXPECT_EQ(field_with([](auto& q) { q.set_windows_deg(7, std::numeric_limits<double>::quiet_NaN()); }), "windows_deg[4]");
  EXPECT_EQ(field_with([](auto& q) { q.mutable_context()->set_city("cities/atlantis"); }), "context.city");
}

TEST_F(WindowHandlersTest, OneToTenThousandWindows) {
  const auto one = asking("people", {{{-50, -50}, {50, 50}}}, v1::WINDOW_DETAIL_COUNTS);
  auto many = one;
  for (int i = 1; i < 10'000; ++i) many.mutable_windows_deg()->Add(one.windows_deg().begin(), one.windows_deg().end());
  const auto answer = find(many);
  ASSERT_THAT(answer, Succeeds());
  EXPECT_EQ(answer->counts_size(), 10'000);
  EXPECT_EQ(answer->counts(9999), 1);
  many.mutable_windows_deg()->Add(one.windows_deg().begin(), one.windows_deg().end());
  EXPECT_THAT(find(many), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("40004")));
}

TEST_F(WindowHandlersTest, AnswersThatAreTooLongAreRefused) {
  const std::vector<Box> windows(2, {{-100, -100}, {3100, 100}});
  EXPECT_THAT(find(asking("notes", windows, v1::WINDOW_DETAIL_IDS)), Succeeds());
  EXPECT_THAT(find(asking("notes", windows, v1::WINDOW_DETAIL_FEATURES)), FailsWith(ErrorCode::kLimitExceeded));
}

TEST_F(WindowHandlersTest, StopsWhenTheCallerHasGone) {
  const Call gone(std::chrono::steady_clock::now() + std::chrono::hours(1));
  gone.cancel();
  EXPECT_THAT(find_features_in_windows(*twin_, gone, asking("people", {{{-50, -50}, {50, 50}}}, v1::WINDOW_DETAIL_COUNTS)),
              FailsWith(ErrorCode::kCancelled));
}

}  // namespace
}  // namespace obnova::server
