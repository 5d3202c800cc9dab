#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>
#include <pthread.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <map>
#include <thread>

#include "clients/cli/commands.h"
#include "clients/cli/spelling.h"
#include "obnova/v1/feature.grpc.pb.h"

namespace obnova::cli {
namespace {

struct WatchFlags {
  std::string layer;
  std::string bbox;
  std::string within_file;
  std::string filter;
  std::string since;
};

// Ends a stream when the user presses Ctrl-C. Threads that are born later do not
// see the signal, so this comes before the connection.
class Interruption {
 public:
  Interruption() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  // Until the stream has ended; then `over` lets the waiting thread go.
  void cancel_on_signal(grpc::ClientContext& context) {
    waiting_ = std::thread([this, &context] {
      int number = 0;
      sigwait(&signals_, &number);
      if (!over_) interrupted_ = true;
      context.TryCancel();
    });
  }
  bool over() {
    over_ = true;
    pthread_kill(waiting_.native_handle(), SIGTERM);
    waiting_.join();
    over_ = false;
    return interrupted_;
  }

 private:
  sigset_t signals_;
  std::thread waiting_;
  std::atomic<bool> over_ = false;
  std::atomic<bool> interrupted_ = false;
};

void print_line(const v1::WatchedChange& change, std::int64_t revision, Output output) {
  const char* mark = change.has_put() ? "+" : "-";
  if (output == Output::kCsv) {
    fmt::print("{},{},\"{}\"\n", revision, mark, change.feature());
    return;
  }
  std::string line = fmt::format("{} {} {}", revision, mark, change.feature());
  const auto& attributes = change.put().attributes();
  for (const auto& [name, value] : std::map<std::string, v1::AttributeValue>(attributes.begin(), attributes.end())) {
    line += fmt::format(" {}={}", name, spell_value(value));
  }
  fmt::print("{}\n", line);
}

void print_message(const v1::WatchFeaturesResponse& message, Output output) {
  if (output == Output::kJson) {
    std::string json;
    const auto done = google::protobuf::util::MessageToJsonString(message, &json);
    if (done.ok()) fmt::print("{}\n", json);
  } else {
    for (const v1::WatchedChange& change : message.changes()) print_line(change, message.revision(), output);
  }
  std::fflush(stdout);
}

v1::WatchFeaturesRequest request_of(const Session& session, const WatchFlags& flags) {
  if (session.output == Output::kGeoJson) throw UsageError{"Changes are no map: --output table, json or csv."};
  v1::WatchFeaturesRequest request;
  *request.mutable_context() = session.context();
  v1::FeatureSelection& selection = *request.mutable_selection();
  selection.set_layer(flags.layer);
  if (!flags.bbox.empty()) *selection.mutable_bbox() = parse_box(flags.bbox);
  if (!flags.within_file.empty()) *selection.mutable_intersects() = read_geometry(flags.within_file);
  selection.set_filter(flags.filter);
  request.set_resume_token(flags.since);
  return request;
}

// Watches again after a gap, with the token where that helps.
void watch(const Session& session, const WatchFlags& flags) {
  v1::WatchFeaturesRequest request = request_of(session, flags);
  Interruption interruption;
  const auto stub = v1::FeatureService::NewStub(session.channel());
  while (true) {
    grpc::ClientContext context;
    interruption.cancel_on_signal(context);
    const auto stream = stub->WatchFeatures(&context, request);
    std::int64_t snapshot_count = 0;
    bool has_gap = false;
    for (v1::WatchFeaturesResponse message; stream->Read(&message);) {
      print_message(message, session.output);
      snapshot_count += message.snapshot().ids_size();
      if (message.snapshot_complete()) fmt::print(stderr, "{} features at revision {}\n", snapshot_count, message.revision());
      if (!message.resume_token().empty()) request.set_resume_token(message.resume_token());
      has_gap = message.has_gap();
      if (!has_gap) continue;
      fmt::print(stderr, "a gap from revision {} on\n", message.gap().revision());
      if (message.gap().snapshot_required()) request.clear_resume_token();
    }
    const grpc::Status status = stream->Finish();
    if (interruption.over()) {
      fmt::print(stderr, "go on with --since {}\n", request.resume_token());
      return;
    }
    if (!has_gap) return check(status, session);
  }
}

}  // namespace

void add_watch_command(CLI::App& app, Session& session) {
  const auto flags = std::make_shared<WatchFlags>();
  CLI::App* command = add_city_query(app, session, "watch",
                                     "Print what changes about the features of a layer, a line a change: REVISION, + put or - gone, ID and "
                                     "attributes; until Ctrl-C, which says how to go on");
  command->add_option("LAYER", flags->layer)->required();
  command->add_option("--bbox", flags->bbox, "W,S,E,N in degrees");
  command->add_option("--within", flags->within_file, "GeoJSON file with a polygon to meet");
  command->add_option("--filter", flags->filter, "CQL2 text, such as \"kind = 'school' AND capacity > 200\"");
  command->add_option("--since", flags->since, "The resume token of an earlier watch of the same: go on there");
  command->callback([&session, flags] { session.run = [&session, flags] { watch(session, *flags); }; });
}

}  // namespace obnova::cli
