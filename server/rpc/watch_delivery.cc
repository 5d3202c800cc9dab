#include <algorithm>
#include <new>
#include <utility>

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/time_util.h>

#include "server/convert/provenance.h"
#include "server/rpc/status.h"
#include "server/rpc/watch_parts.h"
#include "server/twin/instant.h"

namespace obnova::server {
namespace {

using google::protobuf::util::TimeUtil;

constexpr std::chrono::milliseconds kHeartbeat = std::chrono::seconds(10);

Result<std::chrono::milliseconds> to_heartbeat(const v1::WatchFeaturesRequest& request) {
  if (!request.has_heartbeat_interval()) return kHeartbeat;
  const std::chrono::milliseconds interval(TimeUtil::DurationToMilliseconds(request.heartbeat_interval()));
  if (interval < std::chrono::milliseconds(100) || interval > std::chrono::seconds(600)) {
    return failure(ErrorCode::kInvalidArgument, "The interval of heartbeats is 0.1 to 600 seconds.", "heartbeat_interval");
  }
  return interval;
}

Result<void> check_context(const v1::Context& context) {
  if (context.has_valid_at()) return failure(ErrorCode::kInvalidArgument, "Only the present can be watched.", "context.valid_at");
  if (context.has_known_at()) return failure(ErrorCode::kInvalidArgument, "What was known does not change.", "context.known_at");
  if (context.revision() != 0) return failure(ErrorCode::kInvalidArgument, "A past revision does not change.", "context.revision");
  return {};
}

// Steps in the order of rows.
WatchSteps merged(WatchSteps first, const WatchSteps& rest) {
  first.insert(first.end(), rest.begin(), rest.end());
  std::ranges::stable_sort(first, {}, &WatchStep::feature);
  return first;
}

}  // namespace

WatchMessage to_message(const v1::WatchFeaturesResponse& response, bool joins) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream output(&stream);
    output.SetSerializationDeterministic(true);
    response.SerializeWithCachedSizes((static_cast<void>(response.ByteSizeLong()), &output));
  }
  return {.bytes = grpc::Slice(bytes), .revision = response.revision(), .token = response.resume_token(), .joins = joins};
}

void Watches::run_later(const Watched& watch, void (Watches::*work)(const Watched&)) {
  {
    const std::lock_guard lock(wake_mutex_);
    ++running_count_;
  }
  adapter_.run_waiting([this, watch, work] {
    try {
      (this->*work)(watch);
    } catch (const std::bad_alloc&) {
      watch->reactor->end(
          {}, status_of({.code = ErrorCode::kLimitExceeded, .message = "The watch needs more memory than there is.", .field = {}}));
    }
    const std::lock_guard lock(wake_mutex_);
    --running_count_;
    work_ended_.notify_all();
  });
}

void Watches::begin(const Watched& watch) {
  const auto start = [&]() -> Result<void> {
    const auto checked = check_context(watch->request.context());
    if (!checked) return checked;
    const auto heartbeat = to_heartbeat(watch->request);
    if (!heartbeat) return std::unexpected(heartbeat.error());
    watch->heartbeat = *heartbeat;
    auto snapshot = twin_.resolve(watch->request.context());
    if (!snapshot) return std::unexpected(snapshot.error());
    auto now = watched_state(std::move(*snapshot), watch->request.selection());
    if (!now) return std::unexpected(now.error());
    return watch->request.resume_token().empty() ? begin_with_snapshot(watch, std::move(*now)) : resume(watch, std::move(*now));
  };
  const auto begun = start();
  if (!begun) {
    watch->reactor->end({}, status_of(begun.error()));
  } else {
    deliver(watch);
  }
}

Result<std::shared_ptr<const WatchSteps>> Watches::shared_steps(const Watch& watch, const WatchedState& state) {
  const std::string key = spell({.position = position_of(*state.snapshot)}, watch.digest);
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(first_steps_, [](const auto& entry) { return entry.second.expired(); });
    const auto known = first_steps_.find(key);
    if (known != first_steps_.end()) {
      if (auto steps = known->second.lock()) return steps;
    }
  }
  auto steps = all_steps(state, {});
  if (!steps) return std::unexpected(steps.error());
  auto shared = std::make_shared<const WatchSteps>(std::move(*steps));
  const std::lock_guard lock(mutex_);
  first_steps_[key] = shared;
  return shared;
}

Result<void> Watches::begin_with_snapshot(const Watched& watch, WatchedState now) {
  auto steps = shared_steps(*watch, now);
  if (!steps) return std::unexpected(steps.error());
  watch->steps = std::move(*steps);
  watch->state = std::move(now);
  watch->as_snapshot = true;
  return {};
}

Result<WatchedState> Watches::state_at(const Watch& watch, const WatchPosition& position) const {
  v1::Context context = watch.request.context();
  context.set_revision(position.revision);
  *context.mutable_valid_at() = to_timestamp(position.valid_at);
  auto snapshot = twin_.resolve(context);
  if (!snapshot) return std::unexpected(snapshot.error());
  return watched_state(std::move(*snapshot), watch.request.selection());
}

Result<void> Watches::resume(const Watched& watch, WatchedState now) {
  const auto token = read_watch_token(watch->request.resume_token(), watch->digest);
  if (!token) return std::unexpected(token.error());
  watch->from = *token;
  const std::int64_t newest = now.snapshot->record.revision;
  WatchSteps steps;
  for (const bool rest : {false, true}) {
    if (rest && !token->rest) break;
    const auto then = state_at(*watch, rest ? *token->rest : token->position);
    auto changed = then ? changed_features(*then->snapshot, *now.snapshot, now.selection.layer) : std::nullopt;
    if (!changed) {
      watch->from.reset();
      gap(*watch, then ? v1::WATCH_GAP_REASON_LAYER_REPLACED : v1::WATCH_GAP_REASON_TOKEN_TOO_OLD, newest);
      return {};
    }
    if (token->rest) std::erase_if(*changed, [&](FeatureId feature) { return (feature < token->row) == rest; });
    auto more = steps_between(*then, now, *changed, {});
    if (!more) return std::unexpected(more.error());
    steps = merged(std::move(steps), *more);
  }
  watch->steps = std::make_shared<const WatchSteps>(std::move(steps));
  watch->state = std::move(now);
  return {};
}

// Before the end of many changes the reader has those of the rows before the
// next one, and the others as they were.
Result<WatchMessage> Watches::next_message(Watch& watch) const {
  v1::WatchFeaturesResponse message;
  const auto next =
      (watch.as_snapshot ? add_rows : add_changes)(watch.state, *watch.steps, watch.next_step, settings_.message_bytes, message);
  if (!next) return std::unexpected(next.error());
  watch.next_step = *next;
  const bool complete = watch.next_step == watch.steps->size();
  WatchToken token{.position = position_of(*watch.state.snapshot)};
  if (!complete && watch.from) {
    const WatchPosition rest = watch.from->rest.value_or(watch.from->position);
    token.row = (*watch.steps)[watch.next_step].feature;
    token.rest = rest;
    // Not what a token can say: some rows as they are, some as they were, others as they were before.
    if (watch.from->rest && token.row < watch.from->row) token = *watch.from;
  }
  message.set_snapshot_complete(watch.as_snapshot && complete);
  message.set_revision(token.rest ? token.rest->revision : token.position.revision);
  if (complete || watch.from) message.set_resume_token(spell(token, watch.digest));
  if (std::exchange(watch.is_first, false)) {
    Sources sources(*watch.state.snapshot);
    sources.use(watch.state.selection.layer);
    *message.mutable_provenance() = sources.provenance();
  }
  return to_message(message, /*joins=*/false);
}

void Watches::deliver(const Watched& watch) {
  WatchReactor& reactor = *watch->reactor;
  while (!reactor.ended()) {
    while (watch->next_step < watch->steps->size() || watch->is_first) {
      if (!reactor.has_room([this, watch] { run_later(watch, &Watches::deliver); })) return;
      const auto message = next_message(*watch);
      if (!message) return reactor.end({}, status_of(message.error()));
      reactor.send(*message);
    }
    watch->from = WatchToken{.position = position_of(*watch->state.snapshot)};
    watch->as_snapshot = false;
    watch->steps = nullptr;
    std::shared_ptr<const Snapshot> newest;
    if (join(watch, newest)) return;
    catch_up(watch, std::move(newest));
  }
}

void Watches::catch_up(const Watched& watch, std::shared_ptr<const Snapshot> newest) {
  const std::string& layer = watch->request.selection().layer();
  const std::int64_t revision = newest->record.revision;
  watch->next_step = 0;
  watch->steps = std::make_shared<const WatchSteps>();
  auto now = watched_state(std::move(newest), watch->request.selection());
  if (!now) return watch->reactor->end({}, status_of(now.error()));
  const auto changed = changed_features(*watch->state.snapshot, *now->snapshot, layer);
  if (!changed) return gap(*watch, v1::WATCH_GAP_REASON_LAYER_REPLACED, revision);
  auto steps = steps_between(watch->state, *now, *changed, {});
  if (!steps) return watch->reactor->end({}, status_of(steps.error()));
  watch->steps = std::make_shared<const WatchSteps>(std::move(*steps));
  watch->state = std::move(*now);
}

void Watches::gap(Watch& watch, v1::WatchGapReason reason, std::int64_t revision) const {
  v1::WatchFeaturesResponse message;
  const bool has_token = reason == v1::WATCH_GAP_REASON_SLOW_READER && !watch.reactor->sent_token().empty();
  message.mutable_gap()->set_reason(reason);
  message.mutable_gap()->set_snapshot_required(!has_token);
  message.mutable_gap()->set_revision(has_token ? watch.reactor->sent_revision() : revision);
  message.set_revision(has_token ? watch.reactor->sent_revision() : revision);
  if (has_token) message.set_resume_token(watch.reactor->sent_token());
  const char* what = has_token ? "watch again with the resume token of the gap" : "watch again without a resume token";
  watch.reactor->end(to_message(message, /*joins=*/false), {grpc::StatusCode::OUT_OF_RANGE, fmt::format("The watch has a gap: {}.", what)});
}

}  // namespace obnova::server
