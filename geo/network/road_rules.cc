#include "geo/network/road_rules.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace obnova::geo {
namespace {

enum class Access { kForbidden, kAllowed, kUnsaid };

bool holds(const std::vector<std::string>& words, std::string_view word) { return std::ranges::find(words, word) != words.end(); }

// The most special key that is present decides. The most general one says
// nothing of who may use a way of another kind: it allows nothing.
Access access_of(const TagReader& tags, FeatureId row, const Profile& profile) {
  for (auto key = profile.access_keys.rbegin(); key != profile.access_keys.rend(); ++key) {
    const std::string value = tags.get(row, *key);
    if (value.empty()) continue;
    if (holds(profile.forbidden_values, value)) return Access::kForbidden;
    const bool is_general = key + 1 == profile.access_keys.rend() && profile.access_keys.size() > 1;
    if (!is_general && holds(profile.allowed_values, value)) return Access::kAllowed;
    return Access::kUnsaid;
  }
  return Access::kUnsaid;
}

std::string class_of(const TagReader& tags, FeatureId road) {
  std::string name = tags.get(road, "highway");
  if (!name.empty()) return name;
  return tags.get(road, "route") == "ferry" ? "ferry" : "road";
}

enum class OneWay { kNo, kForward, kBackward, kReversible };

// Roundabouts and motorways are one-way unless a key says otherwise.
OneWay one_way_of(const TagReader& tags, FeatureId road, const Profile& profile) {
  for (const std::string& key : profile.oneway_keys) {
    const std::string value = tags.get(road, key);
    if (value == "yes" || value == "true" || value == "1") return OneWay::kForward;
    if (value == "-1" || value == "reverse") return OneWay::kBackward;
    if (value == "reversible") return OneWay::kReversible;
    if (value == "no" || value == "false" || value == "0" || value == "alternating") return OneWay::kNo;
  }
  if (!holds(profile.oneway_keys, "oneway")) return OneWay::kNo;
  const std::string junction = tags.get(road, "junction");
  const bool is_implied = junction == "roundabout" || junction == "circular" || tags.get(road, "highway") == "motorway";
  return is_implied ? OneWay::kForward : OneWay::kNo;
}

// Destroyed, or planned, being built or taken down.
bool is_damaged(const TagReader& tags, FeatureId road) {
  if (tags.get(road, "condition") == "destroyed") return true;
  const std::string lifecycle = tags.get(road, "lifecycle");
  return !lifecycle.empty() && lifecycle != "existing" && lifecycle != "damaged";
}

}  // namespace

RoadRules::RoadRules(const Layer& roads, const Profile& profile, MetricOptions options)
    : tags_(roads), profile_(profile), options_(options), is_motor_(holds(profile.access_keys, "motor_vehicle")) {}

RoadRule RoadRules::of(FeatureId road, double length_m) const {
  const double class_kmh = class_speed_kmh(road, length_m);
  const Passage passage = passage_of(road, class_kmh);
  RoadRule rule;
  if (passage == Passage::kNoAccess) return rule;
  const OneWay one_way = one_way_of(tags_, road, profile_);
  if (one_way == OneWay::kNo || one_way == OneWay::kForward) {
    rule.forward = {passage, speed_kmh(road, class_kmh, "maxspeed:forward")};
  }
  if (one_way == OneWay::kNo || one_way == OneWay::kBackward) {
    rule.backward = {passage, speed_kmh(road, class_kmh, "maxspeed:backward")};
  }
  return rule;
}

double RoadRules::class_speed_kmh(FeatureId road, double length_m) const {
  const std::string name = class_of(tags_, road);
  const auto found = profile_.speed_kmh.find(name);
  if (found == profile_.speed_kmh.end()) return 0;
  if (name == "ferry" && length_m > 0) {
    const std::optional<double> duration_s = parse_duration_s(tags_.get(road, "duration"));
    if (duration_s && *duration_s > 0) return length_m / *duration_s * 3.6;
  }
  return found->second;
}

// The first reason in the order in which they would have to be removed.
Passage RoadRules::passage_of(FeatureId road, double class_kmh) const {
  const Access access = access_of(tags_, road, profile_);
  if (access == Access::kForbidden) return Passage::kNoAccess;
  if (class_kmh == 0 && (access != Access::kAllowed || profile_.default_speed_kmh <= 0)) return Passage::kNoAccess;
  if (!options_.ignores_physical_limits && is_too_narrow(road)) return Passage::kTooNarrow;
  if (!options_.ignores_damage && is_damaged(tags_, road)) return Passage::kDamaged;
  return Passage::kOpen;
}

bool RoadRules::is_too_narrow(FeatureId road) const {
  const auto exceeds = [](double size, std::optional<double> limit) { return size > 0 && limit && size > *limit; };
  return exceeds(profile_.height_m, parse_length_m(tags_.get(road, "maxheight"))) ||
         exceeds(profile_.width_m, parse_length_m(tags_.get(road, "maxwidth"))) ||
         exceeds(profile_.length_m, parse_length_m(tags_.get(road, "maxlength"))) ||
         exceeds(profile_.weight_t, parse_weight_t(tags_.get(road, "maxweight")));
}

double RoadRules::speed_kmh(FeatureId road, double class_kmh, std::string_view direction_key) const {
  double speed = class_kmh > 0 ? class_kmh : profile_.default_speed_kmh;
  if (class_of(tags_, road) == "ferry") return speed;
  if (profile_.obeys_maxspeed) {
    std::optional<double> posted = parse_speed_kmh(tags_.get(road, direction_key));
    if (!posted) posted = parse_speed_kmh(tags_.get(road, "maxspeed"));
    if (posted) speed = is_motor_ ? *posted * profile_.maxspeed_factor : std::min(speed, *posted);
  }
  const auto factor = profile_.surface_factor.find(tags_.get(road, "surface"));
  if (factor != profile_.surface_factor.end()) speed *= factor->second;
  if (profile_.max_speed_kmh > 0) speed = std::min(speed, profile_.max_speed_kmh);
  return speed;
}

BarrierRule barrier_rule(const Layer& barriers, std::span<const FeatureId> rows, const Profile& profile) {
  const TagReader tags(barriers);
  BarrierRule rule;
  for (const FeatureId row : rows) {
    const std::string kind = tags.get(row, "barrier");
    const Access access = access_of(tags, row, profile);
    if (access == Access::kForbidden || (access == Access::kUnsaid && holds(profile.blocking_barriers, kind))) rule.stops = true;
    const auto delay = profile.barrier_delay_s.find(kind);
    if (delay != profile.barrier_delay_s.end()) rule.delay += std::llround(delay->second * 1000);
  }
  return rule;
}

}  // namespace obnova::geo
