// Many readers watch one layer while it is edited: how long until they know?
//
//   bench_watch ADDRESS CITY LAYER WHOLE_NUMBER_FIELD READERS EDITS_PER_SECOND SECONDS [STALLED]
//
// Puts a new feature an edit into the layer, and removes them all in the end.
// Every reader is told of every change; every second one asks with a filter that
// all of them match. STALLED readers read nothing while edits are made, then
// everything, and come back with their last token when they are told of a gap.
// Prints one line of JSON; exits with 1 unless every reader was told of every
// change exactly once.

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "obnova/v1/feature.grpc.pb.h"

namespace obnova::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Stub = v1::FeatureService::Stub;

struct Load {
  std::string address;
  std::string city;
  std::string layer;
  std::string field;
  std::size_t readers = 1;
  double edits_per_s = 1;
  double seconds = 1;
  std::size_t stalled = 0;
};

// When each edit was sent; the number of an edit is the value it sets.
class Edits {
 public:
  explicit Edits(std::size_t count) : sent_(count) {}
  void send(std::size_t edit) { sent_[edit].store(Clock::now().time_since_epoch().count()); }
  double age_ms(std::size_t edit) const {
    return std::chrono::duration<double, std::milli>(Clock::now() - Clock::time_point(Clock::duration(sent_[edit].load()))).count();
  }
  std::size_t count() const { return sent_.size(); }

 private:
  std::vector<std::atomic<Clock::rep>> sent_;
};

std::string feature_of(std::size_t edit) { return "bench-watch-" + std::to_string(edit); }

// One reader: counts what it is told of the edits of this run.
class Reader final : public grpc::ClientReadReactor<v1::WatchFeaturesResponse> {
 public:
  Reader(Stub& stub, const Load& load, const Edits& edits, bool filtered, bool stalls)
      : stub_(stub), load_(load), edits_(edits), filtered_(filtered), stalls_(stalls), seen_(edits.count()) {}

  void start() {
    v1::WatchFeaturesRequest request;
    request.mutable_context()->set_city("cities/" + load_.city);
    request.mutable_selection()->set_layer(load_.layer);
    if (filtered_) request.mutable_selection()->set_filter(load_.field + " >= 0");
    request.set_resume_token(token_);
    request_ = request;
    context_ = std::make_unique<grpc::ClientContext>();
    stub_.async()->WatchFeatures(context_.get(), &request_, this);
    StartRead(&message_);
    StartCall();
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    if (!message_.resume_token().empty()) token_ = message_.resume_token();
    if (message_.snapshot_complete()) ready_ = true;
    if (message_.has_gap()) ++gap_count_;
    for (const v1::WatchedChange& change : message_.changes()) take(change);
    message_.Clear();
    if (stalls_ && ready_ && !resumed_) {
      held_ = true;
      return;
    }
    StartRead(&message_);
  }
  // A stalled reader reads on.
  void resume() {
    if (!resumed_.exchange(true) && held_) StartRead(&message_);
  }
  void OnDone(const grpc::Status& status) override {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
      status_ = status;
    }
    ended_.notify_all();
  }
  grpc::Status wait() {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return done_; });
    done_ = false;
    return status_;
  }
  void cancel() { context_->TryCancel(); }

  bool ready() const { return ready_; }
  bool complete() const { return seen_count_ == edits_.count(); }
  std::size_t repeated_count() const { return repeated_count_; }
  std::size_t missing_count() const { return edits_.count() - seen_count_; }
  int gap_count() const { return gap_count_; }
  std::vector<float> latencies_ms;

 private:
  void take(const v1::WatchedChange& change) {
    static const std::string kPrefix = "bench-watch-";
    if (!change.has_put() || !change.feature().starts_with(kPrefix)) return;
    const std::size_t edit = std::strtoul(change.feature().c_str() + kPrefix.size(), nullptr, 10);
    if (edit >= seen_.size()) return;
    if (seen_[edit]) {
      ++repeated_count_;
      return;
    }
    seen_[edit] = true;
    latencies_ms.push_back(static_cast<float>(edits_.age_ms(edit)));
    ++seen_count_;
  }

  Stub& stub_;
  const Load& load_;
  const Edits& edits_;
  const bool filtered_;
  const bool stalls_;
  v1::WatchFeaturesRequest request_;
  std::unique_ptr<grpc::ClientContext> context_;
  v1::WatchFeaturesResponse message_;
  std::string token_;
  std::vector<bool> seen_;
  std::atomic<std::size_t> seen_count_ = 0;
  std::atomic<std::size_t> repeated_count_ = 0;
  std::atomic<int> gap_count_ = 0;
  std::atomic<bool> ready_ = false;
  std::atomic<bool> held_ = false;
  std::atomic<bool> resumed_ = false;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool done_ = false;
  grpc::Status status_;
};

std::shared_ptr<grpc::Channel> connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // A connection of its own.
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

v1::ApplyChangesRequest change_of(const Load& load, std::size_t edit, bool there) {
  v1::ApplyChangesRequest request;
  request.mutable_context()->set_city("cities/" + load.city);
  v1::FeatureChange& change = *request.add_changes();
  change.set_layer(load.layer);
  change.set_feature(feature_of(edit));
  if (!there) {
    change.mutable_remove();
    return request;
  }
  (*change.mutable_put()->mutable_attributes())[load.field].set_int_value(static_cast<std::int64_t>(edit));
  return request;
}

// Puts one feature an edit, evenly over the time, on a few connections.
std::size_t edit_all(const Load& load, Edits& edits) {
  std::atomic<std::size_t> next = 0;
  std::atomic<std::size_t> failures = 0;
  const Clock::time_point begin = Clock::now();
  std::vector<std::jthread> editors;
  for (int i = 0; i < 4; ++i) {
    editors.emplace_back([&] {
      const auto stub = v1::FeatureService::NewStub(connect(load.address));
      for (std::size_t edit = next++; edit < edits.count(); edit = next++) {
        std::this_thread::sleep_until(begin + std::chrono::duration_cast<Clock::duration>(
                                                  std::chrono::duration<double>(static_cast<double>(edit) / load.edits_per_s)));
        grpc::ClientContext context;
        v1::ApplyChangesResponse response;
        edits.send(edit);
        const grpc::Status status = stub->ApplyChanges(&context, change_of(load, edit, true), &response);
        if (status.ok()) continue;
        if (failures++ == 0) std::fprintf(stderr, "%s\n", status.error_message().c_str());
      }
    });
  }
  editors.clear();
  return failures;
}

void remove_all(const Load& load, std::size_t count) {
  const auto stub = v1::FeatureService::NewStub(connect(load.address));
  v1::ApplyChangesRequest request;
  for (std::size_t edit = 0; edit < count; ++edit) {
    request.MergeFrom(change_of(load, edit, false));
    if (request.changes_size() < 5000 && edit + 1 < count) continue;
    grpc::ClientContext context;
    v1::ApplyChangesResponse response;
    stub->ApplyChanges(&context, request, &response);
    request.Clear();
  }
}

template <typename Done>
bool wait_for(double seconds, const Done& done) {
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  while (!done() && Clock::now() < end) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return done();
}

double percentile(std::vector<float>& values, double share) {
  if (values.empty()) return 0;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, at);
  return *at;
}

int measure(const Load& load) {
  Edits edits(static_cast<std::size_t>(load.edits_per_s * load.seconds));
  std::vector<std::unique_ptr<Stub>> stubs;
  for (std::size_t i = 0; i < 9; ++i) stubs.push_back(v1::FeatureService::NewStub(connect(load.address)));
  std::vector<std::unique_ptr<Reader>> readers;
  for (std::size_t i = 0; i < load.readers; ++i) {
    const bool stalls = i < load.stalled;
    Stub& stub = stalls ? *stubs.back() : *stubs[i % 8];
    readers.push_back(std::make_unique<Reader>(stub, load, edits, i % 2 == 1, stalls));
    readers.back()->start();
  }
  if (!wait_for(60, [&] { return std::ranges::all_of(readers, [](const auto& reader) { return reader->ready(); }); })) {
    std::fprintf(stderr, "Not all readers got a snapshot in 60 s.\n");
    return 1;
  }
  const std::size_t failures = edit_all(load, edits);
  const bool all_told = wait_for(60, [&] {
    return std::all_of(readers.begin() + static_cast<std::ptrdiff_t>(load.stalled), readers.end(),
                       [](const auto& reader) { return reader->complete(); });
  });
  std::vector<float> latencies_ms;
  for (std::size_t i = load.stalled; i < readers.size(); ++i) {
    latencies_ms.insert(latencies_ms.end(), readers[i]->latencies_ms.begin(), readers[i]->latencies_ms.end());
  }
  int gaps = 0;
  for (std::size_t i = 0; i < load.stalled; ++i) {
    Reader& reader = *readers[i];
    reader.resume();
    const bool told = wait_for(20, [&] { return reader.complete() || reader.gap_count() > 0; });
    if (told && reader.gap_count() > 0) {
      reader.wait();
      reader.start();
      wait_for(20, [&] { return reader.complete(); });
    }
    gaps += reader.gap_count();
  }
  std::size_t missing = 0;
  std::size_t repeated = 0;
  for (const auto& reader : readers) {
    missing += reader->missing_count();
    repeated += reader->repeated_count();
    reader->cancel();
    reader->wait();
  }
  std::printf(
      "{\"readers\": %zu, \"edits\": %zu, \"failures\": %zu, \"told\": %zu, \"p50_ms\": %.1f, \"p99_ms\": %.1f, \"max_ms\": %.1f, "
      "\"gaps\": %d, "
      "\"missing\": %zu, \"repeated\": %zu}\n",
      load.readers, edits.count(), failures, latencies_ms.size(), percentile(latencies_ms, 0.5), percentile(latencies_ms, 0.99),
      percentile(latencies_ms, 1), gaps, missing, repeated);
  remove_all(load, edits.count());
  return all_told && missing + repeated + failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace obnova::bench

int main(int argc, char** argv) {
  if (argc < 8 || argc > 9) {
    std::fprintf(stderr, "usage: bench_watch ADDRESS CITY LAYER WHOLE_NUMBER_FIELD READERS EDITS_PER_SECOND SECONDS [STALLED]\n");
    return 2;
  }
  return obnova::bench::measure({.address = argv[1],
                                 .city = argv[2],
                                 .layer = argv[3],
                                 .field = argv[4],
                                 .readers = std::strtoul(argv[5], nullptr, 10),
                                 .edits_per_s = std::strtod(argv[6], nullptr),
                                 .seconds = std::strtod(argv[7], nullptr),
                                 .stalled = argc == 9 ? std::strtoul(argv[8], nullptr, 10) : 0});
}
