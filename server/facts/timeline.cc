#include "server/facts/timeline.h"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace obnova::server {
namespace {

// Takes out one entry that is there. The latest of equal steps stand last.
template <typename Step>
void forget(std::multimap<Step, FeatureId>& steps, Step step, FeatureId feature) {
  auto entry = steps.upper_bound(step);
  do --entry;
  while (entry->second != feature);
  steps.erase(entry);
}

}  // namespace

Period intersection(const Period& a, const Period& b) { return {std::max(a.from, b.from), std::min(a.to, b.to)}; }

std::size_t Timeline::begin_version(const Version& version) {
  const std::size_t place = versions_.size();
  versions_.push_back(version);
  by_feature_[version.feature].push_back(place);
  recorded_.emplace(version.known_from, version.feature);
  if (version.valid.from != kEver) happened_.emplace(version.valid.from, version.feature);
  if (version.valid.to != kForever) happened_.emplace(version.valid.to, version.feature);
  return place;
}

void Timeline::load(const Version& version) {
  begin_version(version);
  if (version.known_to != kStillKnown) recorded_.emplace(version.known_to, version.feature);
}

Timeline::Amendment Timeline::amend(FeatureId feature, const Period& valid, std::optional<ContentId> content, Revision revision) {
  Amendment amendment;
  // A copy: beginning a version adds to the list.
  const auto found = by_feature_.find(feature);
  const auto before = found == by_feature_.end() ? std::vector<std::size_t>() : found->second;
  for (const std::size_t place : before) {
    const Version old = versions_[place];
    if (old.known_to != kStillKnown || intersection(old.valid, valid).empty()) continue;
    versions_[place].known_to = revision;
    recorded_.emplace(revision, feature);
    amendment.ended.push_back(place);
    for (const Period rest : {intersection(old.valid, {kEver, valid.from}), intersection(old.valid, {valid.to, kForever})}) {
      if (rest.empty()) continue;
      amendment.begun.push_back(begin_version({.feature = feature, .valid = rest, .known_from = revision, .content = old.content}));
    }
  }
  if (content) amendment.begun.push_back(begin_version({.feature = feature, .valid = valid, .known_from = revision, .content = *content}));
  return amendment;
}

void Timeline::drop_last_version() {
  const Version version = versions_.back();
  versions_.pop_back();
  const auto places = by_feature_.find(version.feature);
  places->second.pop_back();
  if (places->second.empty()) by_feature_.erase(places);
  forget(recorded_, version.known_from, version.feature);
  if (version.valid.from != kEver) forget(happened_, version.valid.from, version.feature);
  if (version.valid.to != kForever) forget(happened_, version.valid.to, version.feature);
}

void Timeline::undo(const Amendment& last) {
  for (std::size_t i = 0; i < last.begun.size(); ++i) drop_last_version();
  for (const std::size_t place : last.ended) {
    forget(recorded_, versions_[place].known_to, versions_[place].feature);
    versions_[place].known_to = kStillKnown;
  }
}

const Version* Timeline::at(FeatureId feature, const Moment& moment) const {
  for (const std::size_t place : by_feature_.at(feature)) {
    const Version& version = versions_[place];
    const bool known = version.known_from <= moment.revision && moment.revision < version.known_to;
    if (known && version.valid.contains(moment.valid_at)) return &version;
  }
  return nullptr;
}

std::vector<Version> Timeline::known_in(FeatureId feature, const Period& period) const {
  std::vector<Version> known;
  for (const Version& version : history(feature)) {
    if (version.known_to == kStillKnown && !intersection(version.valid, period).empty()) known.push_back(version);
  }
  std::ranges::sort(known, {}, [](const Version& version) { return version.valid.from; });
  return known;
}

Instant Timeline::next_transition(Instant after) const {
  const auto next = happened_.upper_bound(after);
  return next == happened_.end() ? kForever : next->first;
}

Instant Timeline::last_transition(Instant until) const {
  const auto after = happened_.upper_bound(until);
  return after == happened_.begin() ? kEver : std::prev(after)->first;
}

std::vector<Version> Timeline::history(FeatureId feature) const {
  std::vector<Version> history;
  const auto found = by_feature_.find(feature);
  if (found == by_feature_.end()) return history;
  for (const std::size_t place : found->second) {
    // What was amended again within one revision was never known to anybody.
    if (versions_[place].known_from < versions_[place].known_to) history.push_back(versions_[place]);
  }
  std::ranges::sort(history, {}, [](const Version& v) { return std::tuple(v.known_from, v.valid.from, v.known_to); });
  return history;
}

std::vector<FeatureId> Timeline::changed_between(const Moment& a, const Moment& b) const {
  std::vector<FeatureId> features;
  const auto gather = [&features](const auto& steps, auto one, auto other) {
    const auto [first, last] = std::minmax(one, other);
    // A step at an instant has happened at that instant.
    for (auto step = steps.upper_bound(first), end = steps.upper_bound(last); step != end; ++step) features.push_back(step->second);
  };
  gather(recorded_, a.revision, b.revision);
  gather(happened_, a.valid_at, b.valid_at);
  std::ranges::sort(features);
  features.erase(std::ranges::unique(features).begin(), features.end());
  return features;
}

}  // namespace obnova::server
