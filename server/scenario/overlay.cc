#include "server/scenario/overlay.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "server/scenario/change_words.h"
#include "server/scenario/layer_overlay.h"
#include "server/scenario/road_joints.h"

namespace obnova::server {
namespace {

// One change of a plan on its way.
struct PlannedChange {
  const v1::Change& change;
  const PlanPart& part;
  std::size_t part_number;
  int index;  // In its project or scenario.
};

class Overlay {
 public:
  Overlay(const Snapshot& facts, std::shared_ptr<const Snapshot> base, const ScenarioPlan& plan, const PlanTime& time)
      : facts_(facts), plan_(plan), time_(time) {
    outcome_.base = std::move(base);
  }

  Result<ScenarioOutcome> run() &&;

 private:
  void carry_out(const PlanPart& part, std::size_t number);
  void carry_out(const PlannedChange& planned);
  // Whether the change is so at the time; says why it is not.
  bool counts(const PlannedChange& planned);
  LayerOverlay* overlay_of(const std::string& layer);
  void apply_words(const PlannedChange& planned, LayerOverlay& overlay, const ChangeWords& words);

  void idle(const PlannedChange& planned, v1::IdleReason reason, std::string message);
  // An aspect is an attribute, or `feature` or `geometry`, which attributes may be called, too.
  enum class Aspect { kAttribute, kWhole };
  void say(const PlannedChange& planned, LayerOverlay::State& state, Aspect kind, const std::string& aspect,
           LayerOverlay::State::Word word);
  v1::ChangePlace place_of(const PlanPart& part, int index) const;
  Result<std::shared_ptr<const Snapshot>> snapshot();

  const Snapshot& facts_;
  const ScenarioPlan& plan_;
  const PlanTime& time_;
  ScenarioOutcome outcome_;
  std::map<std::string, LayerOverlay, std::less<>> layers_;
  std::vector<std::string> projects_;  // That count.
  RoadJoints joints_;
};

v1::ChangePlace Overlay::place_of(const PlanPart& part, int index) const {
  const std::string& city = outcome_.base->record.id;
  v1::ChangePlace place;
  place.set_scenario(scenario_name(city, part.place.scenario));
  if (!part.place.project.empty()) place.set_project(project_name(city, part.place.project));
  place.set_index(index);
  return place;
}

void Overlay::idle(const PlannedChange& planned, v1::IdleReason reason, std::string message) {
  v1::IdleChange& idle = outcome_.idle_changes.emplace_back();
  *idle.mutable_place() = place_of(planned.part, planned.index);
  idle.set_layer(planned.change.layer());
  idle.set_feature(planned.change.feature());
  idle.set_reason(reason);
  idle.set_message(std::move(message));
}

void Overlay::carry_out(const PlanPart& part, std::size_t number) {
  if (part.place.project.empty()) {
    carry_out({part.scenario->message.steps(part.place.index).change(), part, number, part.place.index});
    return;
  }
  if (part.project == nullptr) {
    const v1::Change nothing;
    idle({nothing, part, number, 0}, v1::IDLE_REASON_NO_PROJECT, fmt::format("There is no project `{}`.", part.place.project));
    return;
  }
  const v1::Project& project = part.project->message;
  const int active_before = outcome_.active_change_count;
  for (int i = 0; i < project.changes_size(); ++i) carry_out({project.changes(i), part, number, i});
  const bool is_done = project.status() != "cancelled" && is_so(period_of({}, part.project.get()), time_);
  if (is_done || outcome_.active_change_count != active_before) {
    projects_.push_back(project_name(outcome_.base->record.id, part.place.project));
  }
}

bool Overlay::counts(const PlannedChange& planned) {
  const KnownProject* project = planned.part.project.get();
  if (project != nullptr && project->message.status() == "cancelled") {
    idle(planned, v1::IDLE_REASON_CANCELLED, fmt::format("The project `{}` is cancelled.", project->id));
    return false;
  }
  const Period period = period_of(planned.change, project);
  // The times in which nothing else begins or ends.
  for (const Instant instant : {period.from, period.to}) {
    if (instant <= time_.instant) outcome_.period.from = std::max(outcome_.period.from, instant);
    if (instant > time_.instant) outcome_.period.to = std::min(outcome_.period.to, instant);
  }
  if (is_so(period, time_)) return true;
  if (time_.instant < period.from) {
    idle(planned, v1::IDLE_REASON_NOT_YET, "The change begins after the time asked about.");
  } else {
    idle(planned, v1::IDLE_REASON_OVER, "The change has ended by the time asked about.");
  }
  return false;
}

LayerOverlay* Overlay::overlay_of(const std::string& layer) {
  const auto known = layers_.find(layer);
  if (known != layers_.end()) return &known->second;
  const auto& layers = outcome_.base->city->layers();
  const auto found = layers.find(layer);
  if (found == layers.end()) return nullptr;
  const auto fact = facts_.city->layers().find(layer);
  return &layers_.try_emplace(layer, fact == facts_.city->layers().end() ? nullptr : fact->second.layer, found->second.layer).first->second;
}

void Overlay::carry_out(const PlannedChange& planned) {
  if (!counts(planned)) return;
  const v1::Change& change = planned.change;
  LayerOverlay* overlay = overlay_of(change.layer());
  if (overlay == nullptr) return idle(planned, v1::IDLE_REASON_NO_LAYER, fmt::format("The city has no layer `{}`.", change.layer()));
  const geo::Layer& layer = overlay->layer();
  auto words = words_of(change, layer.description().theme, overlay->fields(), *outcome_.base->projection, "");
  if (!words) return idle(planned, v1::IDLE_REASON_DOES_NOT_FIT, words.error().message);
  const bool is_there = overlay->state(change.feature()).is_there;
  const bool is_new = words->kind == v1::Change::kAdd;
  if (is_new && is_there) {
    return idle(planned, v1::IDLE_REASON_ALREADY_THERE,
                fmt::format("The layer `{}` has a feature `{}` already.", change.layer(), change.feature()));
  }
  if (!is_new && !is_there) {
    return idle(planned, v1::IDLE_REASON_NO_FEATURE, fmt::format("The layer `{}` has no feature `{}`.", change.layer(), change.feature()));
  }
  ++outcome_.active_change_count;
  const bool is_road = words->shape && layer.description().theme == geo::Theme::kRoads;
  if (is_road) joints_.join(*words->shape, outcome_.base->city->layers().find(change.layer())->second);
  apply_words(planned, *overlay, *words);
}

void Overlay::apply_words(const PlannedChange& planned, LayerOverlay& overlay, const ChangeWords& words) {
  LayerOverlay::State& state = overlay.state(planned.change.feature());
  std::vector<ChangeWords::Writing> writings = words.writings;
  switch (words.kind) {
    case v1::Change::kRemove:
      state.is_there = false;
      break;
    case v1::Change::kRepair:
      writings = overlay.repair(planned.change.feature(), state);
      break;
    case v1::Change::kAdd:
    case v1::Change::kReplace:
      overlay.add(state, words);
      break;
    default:
      overlay.write(state, words.writings);
  }
  const auto word = [&](geo::Value value, std::optional<Geometry> geometry = std::nullopt) {
    return LayerOverlay::State::Word{planned.part_number, planned.index, std::move(value), std::move(geometry)};
  };
  say(planned, state, Aspect::kWhole, "feature", word(geo::Value(state.is_there)));
  if (words.shape) say(planned, state, Aspect::kWhole, "geometry", word({}, words.shape));
  for (const ChangeWords::Writing& writing : writings) say(planned, state, Aspect::kAttribute, writing.attribute, word(writing.value));
}

void Overlay::say(const PlannedChange& planned, LayerOverlay::State& state, Aspect kind, const std::string& aspect,
                  LayerOverlay::State::Word word) {
  const auto [earlier, is_first] = state.words.try_emplace((kind == Aspect::kAttribute ? "=" : "") + aspect, word);
  if (is_first) return;
  const LayerOverlay::State::Word& before = earlier->second;
  const PlanPart& other = plan_.parts[before.part];
  const bool is_other_part = other.place.project != planned.part.place.project ||
                             (other.project == nullptr && other.place.scenario != planned.part.place.scenario);
  if (is_other_part && (before.value != word.value || before.geometry != word.geometry)) {
    v1::ChangeConflict& conflict = outcome_.conflicts.emplace_back();
    conflict.set_layer(planned.change.layer());
    conflict.set_feature(planned.change.feature());
    conflict.set_aspect(aspect);
    *conflict.mutable_earlier() = place_of(other, before.index);
    *conflict.mutable_later() = place_of(planned.part, planned.index);
  }
  earlier->second = std::move(word);
}

Result<std::shared_ptr<const Snapshot>> Overlay::snapshot() {
  const Snapshot& base = *outcome_.base;
  std::vector<std::shared_ptr<const geo::Layer>> changed;
  for (auto& [id, overlay] : layers_) {
    const Digest before = overlay.layer().digest();
    auto layer = std::move(overlay).build();
    if (!layer) return std::unexpected(layer.error());
    if ((*layer)->digest() != before) changed.push_back(std::move(*layer));
  }
  auto snapshot = std::make_shared<Snapshot>(base);
  if (!changed.empty()) snapshot->city = geo::City::patched(*base.city, base.city->revision(), std::move(changed));
  const auto has_no_effect = [](const v1::IdleChange& idle) {
    return idle.reason() != v1::IDLE_REASON_NOT_YET && idle.reason() != v1::IDLE_REASON_OVER && idle.reason() != v1::IDLE_REASON_CANCELLED;
  };
  auto use = std::make_shared<ScenarioUse>();
  use->name = scenario_name(base.record.id, plan_.id);
  use->projects = std::move(projects_);
  use->idle_change_count = static_cast<std::size_t>(std::ranges::count_if(outcome_.idle_changes, has_no_effect));
  snapshot->scenario = std::move(use);
  return snapshot;
}

Result<ScenarioOutcome> Overlay::run() && {
  for (std::size_t i = 0; i < plan_.parts.size(); ++i) carry_out(plan_.parts[i], i);
  auto made = snapshot();
  if (!made) return std::unexpected(made.error());
  outcome_.snapshot = std::move(*made);
  return std::move(outcome_);
}

}  // namespace

Result<ScenarioOutcome> apply(const Snapshot& facts, const std::shared_ptr<const Snapshot>& base, const ScenarioPlan& plan,
                              const PlanTime& time) {
  return Overlay(facts, base, plan, time).run();
}

}  // namespace obnova::server
