#include "server/rpc/watches.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "obnova/v1/feature.grpc.pb.h"
#include "server/rpc/watch_parts.h"

namespace obnova::server {
namespace {

// How often heartbeats and the time of the city are looked at.
constexpr std::chrono::milliseconds kTick(100);

const grpc::Status& stopped() {
  static const grpc::Status status(grpc::StatusCode::UNAVAILABLE, "The server stops: watch again with the resume token.");
  return status;
}

}  // namespace

Watches::Watches(Twin& twin, Adapter& adapter, const WatchSettings& settings)
    : twin_(twin), adapter_(adapter), settings_(settings), open_count_(std::make_shared<std::atomic<std::size_t>>(0)) {
  twin_.on_publish([this](const std::string& city) {
    const std::lock_guard lock(wake_mutex_);
    dirty_cities_.insert(city);
    wake_.notify_one();
  });
  dispatcher_ = std::jthread([this] { dispatch_until_stopped(); });
}

Watches::~Watches() {
  twin_.on_publish(nullptr);
  stop();
}

void Watches::stop() {
  {
    const std::lock_guard lock(wake_mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  if (dispatcher_.joinable()) dispatcher_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const auto& known : watches_) {
      if (const Watched watch = known.lock()) watch->reactor->end({}, stopped());
    }
    scenes_.clear();
  }
  std::unique_lock lock(wake_mutex_);
  work_ended_.wait(lock, [this] { return running_count_ == 0; });
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* Watches::watch(const grpc::ByteBuffer* request) {
  const auto watch = std::make_shared<Watch>();
  const bool too_many = open_count_->fetch_add(1) >= settings_.max_watches;
  const std::shared_ptr<void> ticket(open_count_.get(), [counter = open_count_](void*) { counter->fetch_sub(1); });
  const std::shared_ptr<WatchReactor> reactor = WatchReactor::make(settings_.bounds, ticket);
  watch->reactor = reactor;
  grpc::ByteBuffer bytes(*request);
  const grpc::Status read = grpc::SerializationTraits<v1::WatchFeaturesRequest>::Deserialize(&bytes, &watch->request);
  watch->scene = watch->request.context().SerializeAsString();
  watch->group = watch->request.selection().SerializeAsString();
  watch->digest = watch_digest(watch->request.context(), watch->request.selection());
  bool refused = too_many || !read.ok();
  if (!refused) {
    const std::lock_guard lock(mutex_);
    std::erase_if(watches_, [](const auto& known) { return known.expired(); });
    watches_.push_back(watch);
    const std::lock_guard wake_lock(wake_mutex_);
    refused = stopping_;
  }
  if (refused) {
    reactor->end({}, !read.ok() ? read : too_many ? overloaded() : stopped());
  } else {
    run_later(watch, &Watches::begin);
  }
  return reactor.get();
}

bool Watches::join(const Watched& watch, std::shared_ptr<const Snapshot>& newest) {
  const std::lock_guard lock(mutex_);
  Scene& scene = scenes_[watch->scene];
  if (scene.last == nullptr) {
    scene.context = watch->request.context();
    scene.city = watch->state.snapshot->record.id;
    scene.last = watch->state.snapshot;
  }
  const auto order = position_of(*watch->state.snapshot) <=> position_of(*scene.last);
  if (order < 0) {
    newest = scene.last;
    return false;
  }
  Group& group = scene.groups[watch->group];
  if (group.watches.empty()) {
    group.selection = watch->request.selection();
    group.digest = watch->digest;
    group.state = {.snapshot = scene.last, .selection = watch->state.selection};
  }
  if (order == 0) watch->state = {};
  group.watches.push_back(watch);
  return true;
}

void Watches::dispatch_until_stopped() {
  while (true) {
    std::set<std::string> dirty;
    {
      std::unique_lock lock(wake_mutex_);
      wake_.wait_for(lock, kTick, [this] { return stopping_ || !dirty_cities_.empty(); });
      if (stopping_) return;
      dirty.swap(dirty_cities_);
    }
    look_at_scenes(dirty);
  }
}

void Watches::look_at_scenes(const std::set<std::string>& dirty_cities) {
  std::vector<std::pair<std::string, v1::Context>> changed;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, scene] : scenes_) {
      if (dirty_cities.contains(scene.city) || twin_.now() >= scene.last->valid_to) changed.emplace_back(key, scene.context);
    }
  }
  // Without the lock: the past of a city may have to be read.
  std::map<std::string, Result<std::shared_ptr<const Snapshot>>> newest;
  for (const auto& [key, context] : changed) newest.emplace(key, twin_.resolve(context));
  const std::lock_guard lock(mutex_);
  for (auto& [key, snapshot] : newest) {
    const auto scene = scenes_.find(key);
    if (scene == scenes_.end()) continue;
    if (snapshot) {
      tell(scene->second, *snapshot);
    } else {
      for (auto& [group_key, group] : scene->second.groups) end_all(group, status_of(snapshot.error()));
    }
  }
  for (auto& [key, scene] : scenes_) {
    for (auto& [group_key, group] : scene.groups) {
      std::erase_if(group.watches, [](const Watched& watch) { return watch->reactor->ended(); });
    }
    std::erase_if(scene.groups, [](const auto& entry) { return entry.second.watches.empty(); });
    beat_hearts(scene);
  }
  std::erase_if(scenes_, [](const auto& entry) { return entry.second.groups.empty(); });
  end_stuck();
}

void Watches::tell(Scene& scene, const std::shared_ptr<const Snapshot>& newest) {
  if (position_of(*newest) <= position_of(*scene.last)) return;
  std::map<std::string, std::optional<std::vector<FeatureId>>> changed_by_layer;
  for (auto& [key, group] : scene.groups) {
    const std::string& layer = group.selection.layer();
    if (!newest->city->layers().contains(layer)) {
      end_all(group, {grpc::StatusCode::NOT_FOUND, fmt::format("The layer `{}` was deleted.", layer)});
      continue;
    }
    auto changed = changed_by_layer.find(layer);
    if (changed == changed_by_layer.end()) {
      changed = changed_by_layer.emplace(layer, changed_features(*scene.last, *newest, layer)).first;
    }
    if (changed->second) {
      tell(scene, group, newest, *changed->second);
    } else {
      for (const Watched& watch : group.watches) gap(*watch, v1::WATCH_GAP_REASON_LAYER_REPLACED, newest->record.revision);
    }
  }
  scene.last = newest;
}

void Watches::tell(Scene& scene, Group& group, const std::shared_ptr<const Snapshot>& newest, const std::vector<FeatureId>& changed) {
  const geo::Layer& before = *scene.last->city->layers().find(group.selection.layer())->second.layer;
  const geo::Layer& after = *newest->city->layers().find(group.selection.layer())->second.layer;
  WatchedState now{.snapshot = newest, .selection = group.state.selection};
  group.state.snapshot = scene.last;
  if (before.extent() != after.extent()) {
    // Windows are cut to where the layer is.
    auto wider = watched_state(newest, group.selection);
    if (!wider) return end_all(group, status_of(wider.error()));
    now = std::move(*wider);
  }
  // Those who joined with a newer state than the others had.
  const auto ahead = std::ranges::stable_partition(group.watches, [](const Watched& watch) { return watch->state.snapshot == nullptr; });
  std::vector<Watched> to_catch_up;
  for (const Watched& watch : ahead) {
    const auto order = position_of(*watch->state.snapshot) <=> position_of(*newest);
    if (order == 0) watch->state = {};
    if (order < 0) to_catch_up.push_back(watch);
  }
  std::erase_if(group.watches, [&](const Watched& watch) { return std::ranges::find(to_catch_up, watch) != to_catch_up.end(); });
  for (const Watched& watch : to_catch_up) run_later(watch, &Watches::begin_again);
  if (!changed.empty()) {
    auto steps = steps_between(group.state, now, changed, {});
    if (!steps) return end_all(group, status_of(steps.error()));
    if (!steps->empty()) tell_changes(group, now, std::make_shared<const WatchSteps>(std::move(*steps)));
  }
  group.state = std::move(now);
}

void Watches::tell_changes(Group& group, const WatchedState& now, const std::shared_ptr<const WatchSteps>& steps) {
  v1::WatchFeaturesResponse message;
  const auto next = add_changes(now, *steps, 0, settings_.message_bytes, message);
  if (!next) return end_all(group, status_of(next.error()));
  const bool fits = *next == steps->size();
  const WatchPosition position = position_of(*now.snapshot);
  message.set_revision(position.revision);
  message.set_resume_token(spell({.position = position}, group.digest));
  const WatchMessage shared = to_message(message, /*joins=*/true);
  std::vector<Watched> rest;
  for (const Watched& watch : group.watches) {
    if (watch->state.snapshot != nullptr) {
      rest.push_back(watch);  // It has them already.
    } else if (fits) {
      if (!watch->reactor->offer(shared)) gap(*watch, v1::WATCH_GAP_REASON_SLOW_READER, position.revision);
      rest.push_back(watch);
    } else {
      // Piece by piece, as the reader takes them.
      watch->from = WatchToken{.position = position_of(*group.state.snapshot)};
      watch->state = now;
      watch->steps = steps;
      watch->next_step = 0;
      run_later(watch, &Watches::deliver);
    }
  }
  group.watches = std::move(rest);
}

// On a thread of the adapter: what the watch has is older than what its scene was told.
void Watches::begin_again(const Watched& watch) {
  watch->steps = std::make_shared<const WatchSteps>();
  watch->next_step = 0;
  deliver(watch);
}

void Watches::beat_hearts(Scene& scene) {
  const WatchPosition position = position_of(*scene.last);
  for (auto& [key, group] : scene.groups) {
    std::optional<WatchMessage> heartbeat;
    for (const Watched& watch : group.watches) {
      if (watch->state.snapshot != nullptr || watch->reactor->silent_for() < watch->heartbeat) continue;
      if (!heartbeat) {
        v1::WatchFeaturesResponse message;
        message.set_revision(position.revision);
        message.set_resume_token(spell({.position = position}, group.digest));
        heartbeat = to_message(message, /*joins=*/true);
      }
      if (!watch->reactor->offer(*heartbeat)) gap(*watch, v1::WATCH_GAP_REASON_SLOW_READER, position.revision);
    }
  }
}

void Watches::end_all(Group& group, const grpc::Status& status) {
  for (const Watched& watch : group.watches) watch->reactor->end({}, status);
}

// Readers who take nothing of what is sent piece by piece: a snapshot is kept for them.
void Watches::end_stuck() {
  for (const auto& known : watches_) {
    const Watched watch = known.lock();
    if (watch == nullptr || watch->reactor->stuck_for() < settings_.slow_reader_timeout) continue;
    if (!watch->reactor->forget_waiting()) continue;
    gap(*watch, v1::WATCH_GAP_REASON_SLOW_READER, watch->state.snapshot->record.revision);
    watch->state = {};
    watch->steps = nullptr;
  }
}

}  // namespace obnova::server
