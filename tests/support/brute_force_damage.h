#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "geo/base/overlay.h"
#include "geo/damage/condition.h"
#include "geo/layer/layer.h"

namespace obnova::geo {

// Slow twins of geo/damage/condition.h and summary.h.

// The same rule, by sorting everything and collecting who counts.
inline Condition brute_condition(std::span<const Observation> observations, const ConditionRule& rule) {
  std::vector<Observation> saying;
  for (const Observation& one : observations) {
    if (one.code->grade) saying.push_back(one);
  }
  Condition condition;
  if (saying.empty()) return condition;
  const auto instant = [](const Observation& one) {
    return one.observed_at_us ? static_cast<double>(*one.observed_at_us) : -std::numeric_limits<double>::infinity();
  };
  std::ranges::sort(saying, [&](const Observation& a, const Observation& b) {
    const auto key = [&](const Observation& one) {
      return std::tuple(!one.code->complete, -instant(one), -one.confidence, -one.code->damage_ratio.expected, std::string(one.id));
    };
    return key(a) < key(b);
  });
  const Observation leader = saying.front();
  std::vector<Observation> counting = {leader};
  for (std::size_t i = 1; i < saying.size(); ++i) {
    const Observation& one = saying[i];
    double days = 0;
    if (instant(one) != instant(leader)) days = (instant(leader) - instant(one)) / kDay_us;
    const bool same_look = days <= rule.same_look_days;
    const bool far_worse = one.code->complete && one.code->damage_ratio.least > leader.code->damage_ratio.most && days <= rule.repair_days;
    if (!leader.code->complete || same_look || far_worse) counting.push_back(one);
    if (leader.code->complete && one.code->complete && ((same_look && one.code->grade != leader.code->grade) || far_worse)) {
      condition.is_conflicting = true;
    }
  }
  condition.damage_ratio = leader.code->damage_ratio;
  condition.functionality = leader.code->functionality;
  condition.expected_grade = condition.optimistic_grade = condition.pessimistic_grade = *leader.code->grade;
  for (const Observation& one : counting) {
    condition.damage_ratio.least = std::min(condition.damage_ratio.least, one.code->damage_ratio.least);
    condition.damage_ratio.most = std::max(condition.damage_ratio.most, one.code->damage_ratio.most);
    condition.functionality.least = std::min(condition.functionality.least, one.code->functionality.least);
    condition.functionality.most = std::max(condition.functionality.most, one.code->functionality.most);
    condition.optimistic_grade = std::min(condition.optimistic_grade, *one.code->grade);
    condition.pessimistic_grade = std::max(condition.pessimistic_grade, *one.code->grade);
  }
  condition.is_widened = condition.damage_ratio != leader.code->damage_ratio || condition.functionality != leader.code->functionality;
  condition.state = ConditionState::kDamaged;
  if (condition.expected_grade == Grade::kNone) {
    condition.state = condition.pessimistic_grade == Grade::kNone ? ConditionState::kAssessedNoDamage : ConditionState::kPossiblyDamaged;
  }
  if (condition.expected_grade == Grade::kPossible) condition.state = ConditionState::kPossiblyDamaged;
  if (!leader.code->complete) {
    condition.state = ConditionState::kPossiblyDamaged;
    condition.optimistic_grade = Grade::kNone;
    condition.damage_ratio.least = 0;
    condition.functionality.most = 1;
  }
  condition.observed_at_us = leader.observed_at_us;
  condition.observation_count = saying.size();
  return condition;
}

// Areas by the DE-9IM matrix of each one.
inline std::vector<FeatureId> brute_areas_of(const GeometryView& shape, const Layer& areas) {
  std::vector<FeatureId> inside;
  std::vector<FeatureId> touching;
  for (std::uint32_t row = 0; row < areas.row_count() && !shape.empty(); ++row) {
    const GeometryView outline = areas.geometry(FeatureId{row});
    if (dimension(outline.kind) != 2) continue;
    const std::string matrix = relate(outline, shape).value();
    const bool interiors_meet = matrix[0] != 'F';
    const bool anything_meets = interiors_meet || matrix[1] != 'F' || matrix[3] != 'F' || matrix[4] != 'F';
    if (interiors_meet) inside.push_back(FeatureId{row});
    if (anything_meets && !interiors_meet) touching.push_back(FeatureId{row});
  }
  if (dimension(shape.kind) == 0) {
    inside.insert(inside.end(), touching.begin(), touching.end());
    std::ranges::sort(inside);
    return inside;
  }
  return inside.empty() ? touching : inside;
}

}  // namespace obnova::geo
