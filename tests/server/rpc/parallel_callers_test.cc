#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "server/rpc/coverage_handlers.h"
#include "server/rpc/feature_handlers.h"
#include "server/rpc/routing_handlers.h"
#include "server/rpc/siting_handlers.h"
#include "tests/server/rpc/small_city.h"
#include "tests/support/result_matchers.h"

namespace obnova::server {
namespace {

class ParallelCallersTest : public SmallCityTest {
 protected:
  // A question, answered as bytes without the revision, which alone may change meanwhile.
  using Question = std::function<std::string()>;

  template <typename Response>
  static std::string bytes(Result<Response> answer) {
    if (!answer) return answer.error().message;
    answer->mutable_provenance()->clear_revision();
    return answer->SerializeAsString();
  }

  // All that the snapshot is asked for, with and without a metric of its own.
  std::vector<Question> questions() const {
    std::vector<Question> asked;
    for (const char* profile : {"foot", "bicycle", "car"}) {
      for (const bool closed : {false, true}) {
        v1::ComputeRouteRequest route;
        *route.mutable_context() = context_;
        *route.mutable_places() = places({at(20, 5), at(980, 5)});
        route.mutable_options()->set_profile(profile);
        if (closed) *route.mutable_options()->add_avoid() = shape(area(440, -50, 460, 50));
        asked.push_back([this, route] { return bytes(compute_route(*twin_, call_, route)); });
      }
    }
    v1::ComputeCoverageRequest coverage;
    *coverage.mutable_context() = context_;
    coverage.set_facilities_layer("schools");
    coverage.mutable_standard()->set_max_distance_m(250);
    coverage.mutable_demand()->set_layer("people");
    coverage.set_districts_layer("districts");
    asked.push_back([this, coverage] { return bytes(compute_coverage(*twin_, call_, coverage)); });
    v1::CheckSiteRequest check;
    *check.mutable_context() = context_;
    *check.mutable_proposal()->mutable_footprint() = shape(area(350, -150, 420, -120));
    asked.push_back([this, check] { return bytes(check_site(*twin_, call_, check)); });
    v1::ListFeaturesRequest list;
    *list.mutable_context() = context_;
    list.mutable_selection()->set_layer("people");
    list.mutable_selection()->set_filter("population > 3 AND side = 'even'");
    asked.push_back([this, list] { return bytes(list_features(*twin_, call_, list)); });
    return asked;
  }
};

TEST_F(ParallelCallersTest, GetTheSameBytesWhileTheCityIsBeingChanged) {
  const std::vector<Question> asked = questions();
  std::vector<std::string> alone;
  for (const Question& question : asked) alone.push_back(question());

  std::atomic<int> wrong_count = 0;
  std::atomic<bool> done = false;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&, caller] {
      for (std::size_t round = 0; round < 10 * asked.size(); ++round) {
        const std::size_t i = (round + caller) % asked.size();
        if (asked[i]() != alone[i]) ++wrong_count;
      }
    });
  }
  std::thread editor([&] {
    for (int i = 0; !done; ++i) EXPECT_THAT(twin_->set_title("town", "Town " + std::to_string(i)), Succeeds());
  });
  for (std::thread& caller : callers) caller.join();
  done = true;
  editor.join();
  EXPECT_EQ(wrong_count, 0);
  EXPECT_GT(twin_->cities().front()->record.revision, 2);
}

TEST_F(ParallelCallersTest, MayAllBeTheFirstToAsk) {
  const std::vector<Question> asked = questions();
  std::vector<std::string> together(asked.size());
  std::vector<std::thread> callers;
  for (std::size_t i = 0; i < asked.size(); ++i) callers.emplace_back([&, i] { together[i] = asked[i](); });
  for (std::thread& caller : callers) caller.join();
  for (std::size_t i = 0; i < asked.size(); ++i) EXPECT_EQ(together[i], asked[i]());
}

}  // namespace
}  // namespace obnova::server
