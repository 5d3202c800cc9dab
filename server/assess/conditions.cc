#include "server/assess/conditions.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace obnova::server {
namespace {

constexpr std::size_t kMaxMade = 6;  // Each may keep a whole former city in memory.

bool is_of_roads(geo::Theme theme) {
  return theme == geo::Theme::kRoads || theme == geo::Theme::kBarriers || theme == geo::Theme::kTurnRestrictions;
}

// Whether both have the same roads, so that a network of one fits the other.
bool same_roads(const geo::City& a, const geo::City& b) {
  const auto digests = [](const geo::City& city) {
    std::vector<Digest> of_roads;
    for (const auto& [id, indexed] : city.layers()) {
      if (is_of_roads(indexed.layer->description().theme)) of_roads.push_back(indexed.layer->digest());
    }
    return of_roads;
  };
  return digests(a) == digests(b);
}

bool has_all_of(const geo::City& city, const geo::City& other) {
  return std::ranges::all_of(other.layers(), [&](const auto& layer) { return city.layers().contains(layer.first); });
}

// The city of the facts with other layers for some, made of `last` where that is nearer.
std::shared_ptr<const geo::City> patched_like(const geo::City& last, const geo::City& facts,
                                              const std::vector<std::shared_ptr<const geo::Layer>>& with_effects) {
  std::map<std::string, std::shared_ptr<const geo::Layer>> wanted;
  for (const auto& [id, indexed] : facts.layers()) wanted[id] = indexed.layer;
  for (const auto& layer : with_effects) wanted[layer->id()] = layer;
  std::vector<std::shared_ptr<const geo::Layer>> others;
  for (const auto& [id, layer] : wanted) {
    const auto known = last.layers().find(id);
    if (known == last.layers().end() || known->second.layer->digest() != layer->digest()) others.push_back(layer);
  }
  return geo::City::patched(last, facts.revision(), std::move(others));
}

}  // namespace

Result<std::shared_ptr<const Snapshot>> Conditions::apply(const std::shared_ptr<const Snapshot>& facts, geo::ConditionCase condition_case,
                                                          Instant valid_at) {
  if (facts->city->layers_of(geo::Theme::kAssessments).empty()) return facts;
  if (auto known = find(*facts, condition_case, valid_at)) return known;
  const std::lock_guard making(making_);
  if (auto known = find(*facts, condition_case, valid_at)) return known;
  const auto conditions = conditions_of(*facts, valid_at);
  const auto city = city_of(*facts, *conditions, condition_case);
  if (!city) return std::unexpected(city.error());
  auto snapshot = std::make_shared<Snapshot>(*facts);
  snapshot->city = *city;
  snapshot->conditions = conditions;
  snapshot->condition_case = condition_case;
  const std::lock_guard lock(mutex_);
  made_.push_front({.facts = facts, .condition_case = condition_case, .snapshot = snapshot});
  if (made_.size() > kMaxMade) made_.pop_back();
  return snapshot;
}

std::shared_ptr<const Snapshot> Conditions::find(const Snapshot& facts, geo::ConditionCase condition_case, Instant valid_at) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(made_, [&](const Made& made) {
    return made.facts.get() == &facts && made.condition_case == condition_case && made.snapshot->conditions->holds.contains(valid_at);
  });
  if (found == made_.end()) return nullptr;
  made_.splice(made_.begin(), made_, found);
  return found->snapshot;
}

template <typename Wanted>
std::optional<Conditions::Made> Conditions::latest(const Wanted& is_wanted) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(made_, is_wanted);
  if (found == made_.end()) return std::nullopt;
  return *found;
}

// Those of another case when they were made already.
std::shared_ptr<const CityConditions> Conditions::conditions_of(const Snapshot& facts, Instant valid_at) const {
  const auto known =
      latest([&](const Made& made) { return made.facts.get() == &facts && made.snapshot->conditions->holds.contains(valid_at); });
  if (known) return known->snapshot->conditions;
  return std::make_shared<const CityConditions>(conditions_at(*facts.city, *rules_, valid_at));
}

Result<std::shared_ptr<const geo::City>> Conditions::city_of(const Snapshot& facts, const CityConditions& conditions,
                                                             geo::ConditionCase condition_case) const {
  auto changed = layers_with_effects(*facts.city, conditions, condition_case, rules_->condition);
  if (!changed) return std::unexpected(changed.error());
  if (changed->empty()) return facts.city;
  const auto last = latest([&](const Made& made) { return made.condition_case == condition_case; });
  const bool is_near = last && same_roads(*last->facts->city, *facts.city) && has_all_of(*facts.city, *last->snapshot->city) &&
                       last->snapshot->city->rasters() == facts.city->rasters();
  if (is_near) return patched_like(*last->snapshot->city, *facts.city, *changed);
  return geo::City::patched(*facts.city, facts.city->revision(), std::move(*changed));
}

}  // namespace obnova::server
