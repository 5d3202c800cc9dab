#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <map>
#include <random>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/rpc/feature_service.h"
#include "tests/server/rpc/small_city.h"
#include "tests/support/result_matchers.h"

namespace obnova::server {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// What a reader of a watch has: the features of its selection, kept up to date by what it is told.
class Reader {
 public:
  Reader(v1::FeatureService::Stub& stub, const v1::WatchFeaturesRequest& request) : stream_(stub.WatchFeatures(&context_, request)) {}
  ~Reader() {
    if (ended_) return;
    context_.TryCancel();
    v1::WatchFeaturesResponse ignored;
    while (stream_->Read(&ignored)) continue;
    stream_->Finish();
  }

  // Reads one message; false at the end.
  bool read() {
    message_.Clear();
    if (!stream_->Read(&message_)) {
      status_ = stream_->Finish();
      ended_ = true;
      return false;
    }
    EXPECT_EQ(message_.sequence(), ++sequence_);
    for (const std::string& id : message_.snapshot().ids()) has_.emplace(id, "");
    for (const v1::WatchedChange& change : message_.changes()) take_over(change);
    if (!message_.resume_token().empty()) token_ = message_.resume_token();
    return true;
  }
  // Until the reader knows this revision.
  void read_to(std::int64_t revision) {
    while (message_.revision() < revision || message_.resume_token().empty()) {
      if (!read()) FAIL() << status_.error_message();
    }
  }

  std::map<std::string, std::string> has_;  // By id, what was put.
  std::vector<std::string> told_;           // In order.
  v1::WatchFeaturesResponse message_;
  std::string token_;
  grpc::Status status_;

 private:
  void take_over(const v1::WatchedChange& change) {
    if (change.has_put()) {
      std::string attributes;
      for (const auto& [name, value] : std::map(change.put().attributes().begin(), change.put().attributes().end())) {
        attributes += name + "=" + value.ShortDebugString() + " ";
      }
      told_.push_back("+" + change.feature());
      has_[change.feature()] = attributes;
    } else {
      told_.push_back("-" + change.feature());
      EXPECT_EQ(has_.erase(change.feature()), 1U) << change.feature() << " was not there";
    }
  }

  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchFeaturesResponse>> stream_;
  std::int64_t sequence_ = 0;
  bool ended_ = false;
};

class WatchTest : public SmallCityTest {
 protected:
  WatchTest() { serve({}); }
  ~WatchTest() override { stop(); }

  void serve(const WatchSettings& settings) {
    stop();
    watches_ = std::make_unique<Watches>(*twin_, adapter_, settings);
    service_ = std::make_unique<FeatureService>(*twin_, adapter_, *watches_);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    address_ = "127.0.0.1:" + std::to_string(port);
    channel_ = grpc::CreateChannel(address_, grpc::InsecureChannelCredentials());
    stub_ = v1::FeatureService::NewStub(channel_);
  }
  void stop() {
    if (server_ == nullptr) return;
    watches_->stop();
    server_->Shutdown(std::chrono::system_clock::now() + 5s);
    server_->Wait();
    server_.reset();
    watches_.reset();
  }

  v1::WatchFeaturesRequest asking(const std::string& layer, const std::string& filter = "", const std::string& token = "") const {
    v1::WatchFeaturesRequest request;
    *request.mutable_context() = context_;
    request.mutable_selection()->set_layer(layer);
    request.mutable_selection()->set_filter(filter);
    request.set_resume_token(token);
    request.mutable_heartbeat_interval()->set_nanos(100'000'000);
    return request;
  }

  v1::ApplyChangesRequest changing() const {
    v1::ApplyChangesRequest request;
    *request.mutable_context() = context_;
    return request;
  }
  v1::FeatureChange& change(v1::ApplyChangesRequest& request, const std::string& feature) const {
    v1::FeatureChange& result = *request.add_changes();
    result.set_layer("people");
    result.set_feature(feature);
    return result;
  }
  std::int64_t apply(const v1::ApplyChangesRequest& request) {
    const auto made = apply_changes(*twin_, call_, request);
    EXPECT_THAT(made, Succeeds());
    return made ? made->revision() : 0;
  }
  std::int64_t set_people(const std::string& feature, std::int64_t count) {
    auto request = changing();
    (*change(request, feature).mutable_set()->mutable_attributes())["population"].set_int_value(count);
    return apply(request);
  }
  std::int64_t put_people(const std::string& feature, std::int64_t count, Point place) {
    auto request = changing();
    v1::FeatureContent& put = *change(request, feature).mutable_put();
    *put.mutable_geometry() = shape(Geometry::point(place));
    (*put.mutable_attributes())["population"].set_int_value(count);
    return apply(request);
  }
  std::int64_t remove_people(const std::string& feature) {
    auto request = changing();
    change(request, feature).mutable_remove();
    return apply(request);
  }
  // The ids a listing gives for the same selection.
  std::set<std::string> listed(const v1::WatchFeaturesRequest& watched) const {
    v1::ListFeaturesRequest request;
    *request.mutable_context() = context_;
    *request.mutable_selection() = watched.selection();
    request.set_page_size(10'000);
    const auto page = list_features(*twin_, call_, request);
    EXPECT_THAT(page, Succeeds());
    return {page->batch().ids().begin(), page->batch().ids().end()};
  }
  static std::set<std::string> ids(const Reader& reader) {
    std::set<std::string> result;
    for (const auto& [id, content] : reader.has_) result.insert(id);
    return result;
  }

  Adapter adapter_;
  std::unique_ptr<Watches> watches_;
  std::unique_ptr<FeatureService> service_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::FeatureService::Stub> stub_;
};

TEST_F(WatchTest, FirstASnapshotThenWhatEntersStaysAndLeaves) {
  const auto wanted = asking("people", "population >= 5 AND population < 50");
  Reader reader(*stub_, wanted);
  ASSERT_TRUE(reader.read());
  EXPECT_TRUE(reader.message_.snapshot_complete());
  EXPECT_EQ(reader.message_.provenance().city(), "cities/town");
  EXPECT_EQ(ids(reader), listed(wanted));

  set_people("p0", 1000);  // Never matched.
  set_people("p1", 7);     // Enters.
  set_people("p5", 8);     // Stays.
  set_people("p6", 99);    // Leaves.
  put_people("new", 20, at(5, 5));
  reader.read_to(remove_people("p7"));
  EXPECT_THAT(reader.told_, testing::ElementsAre("+p1", "+p5", "-p6", "+new", "-p7"));
  EXPECT_EQ(ids(reader), listed(wanted));
  EXPECT_THAT(reader.has_["p5"], HasSubstr("population=int_value: 8"));
}

TEST_F(WatchTest, PlacesCountAsInAListing) {
  auto wanted = asking("people");
  *wanted.mutable_selection()->mutable_near() = shape(Geometry::point(at(500, 0)));
  wanted.mutable_selection()->set_distance_m(150);
  Reader reader(*stub_, wanted);
  reader.read_to(2);
  put_people("p0", 1, at(510, 0));  // Moves in.
  put_people("p5", 1, at(0, 0));    // Moves out.
  reader.read_to(put_people("far", 1, at(5000, 5000)));
  EXPECT_THAT(reader.told_, testing::ElementsAre("+p0", "-p5"));
  EXPECT_EQ(ids(reader), listed(wanted));
}

TEST_F(WatchTest, ATokenGoesOnWithoutLossAndWithoutRepetition) {
  const auto wanted = asking("people", "population < 1000");
  std::string token;
  std::set<std::string> had;
  {
    Reader reader(*stub_, wanted);
    reader.read_to(set_people("p1", 77));
    token = reader.token_;
    had = ids(reader);
  }
  set_people("p2", 5);
  set_people("p2", 6);
  set_people("p3", 5000);
  put_people("gone", 1, at(0, 0));
  const auto newest = remove_people("gone");
  Reader reader(*stub_, asking("people", "population < 1000", token));
  for (const std::string& id : had) reader.has_[id];
  reader.read_to(newest);
  EXPECT_THAT(reader.told_, testing::ElementsAre("+p2", "-p3"));
  EXPECT_EQ(ids(reader), listed(wanted));
  reader.read_to(set_people("p4", 1));
  EXPECT_EQ(reader.told_.back(), "+p4");
}

TEST_F(WatchTest, SilenceIsBrokenByHeartbeatsThatKnowTheRevision) {
  Reader reader(*stub_, asking("people", "population = 3"));
  reader.read_to(2);
  const auto newest = set_people("p10", 12345);
  reader.read_to(newest);
  EXPECT_TRUE(reader.message_.changes().empty());
  Reader later(*stub_, asking("people", "population = 3", reader.token_));
  later.has_ = reader.has_;
  later.read_to(newest);
  EXPECT_TRUE(later.told_.empty());
}

TEST_F(WatchTest, WhoeverDoesNotReadGetsAGapAndComesBackWithTheToken) {
  serve({.bounds = {.max_unsent_bytes = 4096, .max_unsent_messages = 8}});
  const auto wanted = asking("notes");
  grpc::ChannelArguments narrow;
  narrow.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);  // The connection takes no more than 64 KiB that nobody reads.
  const auto slow_stub = v1::FeatureService::NewStub(grpc::CreateCustomChannel(address_, grpc::InsecureChannelCredentials(), narrow));
  Reader slow(*slow_stub, wanted);
  Reader quick(*stub_, wanted);
  slow.read_to(2);
  quick.read_to(2);
  std::int64_t newest = 2;
  for (int i = 0; i < 60; ++i) {
    auto request = changing();
    for (int part = 0; part < 10; ++part) {
      v1::FeatureChange& change = *request.add_changes();
      change.set_layer("notes");
      change.set_feature("n" + std::to_string(10 * i + part));
      (*change.mutable_set()->mutable_attributes())["note"].set_string_value(std::string(2'000, 'y'));
    }
    newest = apply(request);
    quick.read_to(newest);
  }
  EXPECT_EQ(quick.told_.size(), 600U);
  while (!slow.message_.has_gap() && slow.message_.revision() < newest) ASSERT_TRUE(slow.read());
  ASSERT_TRUE(slow.message_.has_gap());
  EXPECT_EQ(slow.message_.gap().reason(), v1::WATCH_GAP_REASON_SLOW_READER);
  EXPECT_FALSE(slow.message_.gap().snapshot_required());
  EXPECT_FALSE(slow.read());
  EXPECT_EQ(slow.status_.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  Reader again(*stub_, asking("notes", "", slow.token_));
  again.has_ = slow.has_;
  again.read_to(newest);
  EXPECT_EQ(slow.told_.size() + again.told_.size(), 600U) << "a change came twice or never";
  EXPECT_TRUE(again.has_ == quick.has_);
}

TEST_F(WatchTest, ChangesThatFillManyMessagesCanBeResumedInTheMiddle) {
  serve({.message_bytes = 2000});
  const auto wanted = asking("people");
  Reader whole(*stub_, wanted);
  Reader cut(*stub_, wanted);
  whole.read_to(2);
  cut.read_to(2);
  auto request = changing();
  for (int i = 0; i < 300; ++i)
    (*change(request, "many" + std::to_string(i)).mutable_put()->mutable_attributes())["population"].set_int_value(i);
  const auto newest = apply(request);
  whole.read_to(newest);
  EXPECT_EQ(whole.told_.size(), 300U);
  while (cut.told_.size() < 100) ASSERT_TRUE(cut.read());
  ASSERT_LT(cut.told_.size(), 300U);
  Reader rest(*stub_, asking("people", "", cut.token_));
  rest.has_ = cut.has_;
  rest.read_to(set_people("p0", 4711));
  EXPECT_EQ(cut.told_.size() + rest.told_.size(), 301U) << "a change came twice or never";
  EXPECT_EQ(ids(rest), listed(wanted));
}

TEST_F(WatchTest, WhatIsPlannedAppearsWhenItsTimeHasCome) {
  constexpr Instant kSecond = 1'000'000;
  std::atomic<Instant> now = 1'000'000 * kSecond;
  stop();
  twin_.reset();
  TwinSettings settings;
  settings.store_folder = folder_;
  settings.clock = [&now] { return now.load(); };
  auto twin = Twin::open(std::move(settings));
  ASSERT_THAT(twin, Succeeds());
  twin_ = std::move(*twin);
  serve({});
  std::string token;
  {
    Reader reader(*stub_, asking("people", "population > 500"));
    reader.read_to(2);
    auto request = changing();
    v1::FeatureChange& planned = change(request, "tower");
    (*planned.mutable_put()->mutable_attributes())["population"].set_int_value(900);
    planned.mutable_valid_from()->set_seconds(now / kSecond + 10);
    planned.mutable_valid_to()->set_seconds(now / kSecond + 20);
    reader.read_to(apply(request));
    token = reader.token_;
    EXPECT_TRUE(reader.told_.empty());
    now += 10 * kSecond;
    while (reader.told_.empty()) ASSERT_TRUE(reader.read());
    EXPECT_THAT(reader.told_, testing::ElementsAre("+tower"));
    now += 10 * kSecond;
    while (reader.told_.size() < 2) ASSERT_TRUE(reader.read());
    EXPECT_THAT(reader.told_, testing::ElementsAre("+tower", "-tower"));
  }
  now -= 5 * kSecond;  // A reader who comes back in between.
  Reader again(*stub_, asking("people", "population > 500", token));
  ASSERT_TRUE(again.read());
  EXPECT_THAT(again.told_, testing::ElementsAre("+tower"));
  stop();
}

TEST_F(WatchTest, ALayerAndACityThatGoEndTheirWatches) {
  Reader people(*stub_, asking("people"));
  Reader sites(*stub_, asking("sites"));
  people.read_to(2);
  sites.read_to(2);
  ASSERT_THAT(twin_->delete_layer("town", "sites"), Succeeds());
  while (sites.read()) continue;
  EXPECT_EQ(sites.status_.error_code(), grpc::StatusCode::NOT_FOUND);
  people.read_to(3);
  ASSERT_THAT(twin_->delete_city("town"), Succeeds());
  while (people.read()) continue;
  EXPECT_EQ(people.status_.error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(WatchTest, WhatCannotBeWatchedIsRefused) {
  const auto refusal = [this](const v1::WatchFeaturesRequest& request) {
    Reader reader(*stub_, request);
    EXPECT_FALSE(reader.read());
    return reader.status_.error_code();
  };
  auto wanted = asking("people");
  wanted.mutable_context()->set_revision(1);
  EXPECT_EQ(refusal(wanted), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(refusal(asking("nothing")), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(refusal(asking("people", "nothing = 3")), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(refusal(asking("people", "", "token")), grpc::StatusCode::INVALID_ARGUMENT);
  std::string token;
  {
    Reader reader(*stub_, asking("people"));
    reader.read_to(2);
    token = reader.token_;
  }
  EXPECT_EQ(refusal(asking("people", "population = 1", token)), grpc::StatusCode::INVALID_ARGUMENT);
  Reader ahead(*stub_, asking("people", "", "99" + token));
  ASSERT_TRUE(ahead.read());
  EXPECT_EQ(ahead.message_.gap().reason(), v1::WATCH_GAP_REASON_TOKEN_TOO_OLD);
  EXPECT_TRUE(ahead.message_.gap().snapshot_required());
}

TEST_F(WatchTest, ManyReadersOfManySelectionsAllKnowWhatAListingKnows) {
  constexpr int kReaders = 50;
  std::vector<v1::WatchFeaturesRequest> wanted;
  std::vector<std::unique_ptr<Reader>> readers;
  for (int i = 0; i < kReaders; ++i) {
    wanted.push_back(asking("people", i % 2 == 0 ? "" : "population > " + std::to_string(10 * (i % 10))));
    readers.push_back(std::make_unique<Reader>(*stub_, wanted.back()));
  }
  std::atomic<std::int64_t> newest = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kReaders; ++i) {
    threads.emplace_back([&, i] {
      Reader& reader = *readers[i];
      while (newest == 0 || reader.message_.revision() < newest) {
        // Some come and go.
        if (i % 5 == 1 && reader.told_.size() > 20 && !reader.token_.empty()) {
          auto again = std::make_unique<Reader>(*stub_, asking("people", wanted[i].selection().filter(), reader.token_));
          again->has_ = reader.has_;
          readers[i] = std::move(again);
          return;
        }
        if (!reader.read()) return;
      }
    });
  }
  std::mt19937 random(7);
  std::int64_t last = 0;
  for (int edit = 0; edit < 200; ++edit) {
    const std::string feature = "q" + std::to_string(random() % 30);
    const bool there = listed(asking("people")).contains(feature);
    last = there && random() % 3 == 0 ? remove_people(feature) : put_people(feature, static_cast<std::int64_t>(random() % 100), at(0, 0));
  }
  newest = last;
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < kReaders; ++i) {
    readers[i]->read_to(last);
    EXPECT_EQ(ids(*readers[i]), listed(wanted[i])) << "reader " << i;
  }
}

}  // namespace
}  // namespace obnova::server
