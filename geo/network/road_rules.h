#pragma once

#include <span>
#include <string>

#include "geo/network/metric.h"
#include "geo/network/tag_values.h"

namespace obnova::geo {

// Only for `Metric::make`: what the tags of a road and of a barrier mean for
// one profile.

struct DirectionRule {
  Passage passage = Passage::kNoAccess;
  double speed_kmh = 0;  // Above zero where the direction is for this traveller.
};

struct RoadRule {
  DirectionRule forward;
  DirectionRule backward;
};

// Reads roads for one profile. Keeps references to both.
class RoadRules {
 public:
  RoadRules(const Layer& roads, const Profile& profile, MetricOptions options);
  // `length_m` is that of the whole road: the duration of a ferry is for all of it.
  RoadRule of(FeatureId road, double length_m) const;

 private:
  Passage passage_of(FeatureId road, double class_speed_kmh) const;
  double class_speed_kmh(FeatureId road, double length_m) const;
  double speed_kmh(FeatureId road, double class_speed_kmh, std::string_view direction_key) const;
  bool is_too_narrow(FeatureId road) const;

  TagReader tags_;
  const Profile& profile_;
  MetricOptions options_;
  bool is_motor_ = false;
};

struct BarrierRule {
  bool stops = false;
  Milliseconds delay = 0;
};

// What the barriers at one node together do to the traveller.
BarrierRule barrier_rule(const Layer& barriers, std::span<const FeatureId> rows, const Profile& profile);

}  // namespace obnova::geo
