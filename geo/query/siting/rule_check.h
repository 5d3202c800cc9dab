#pragma once

#include <optional>
#include <string>
#include <vector>

#include "geo/city/city.h"
#include "geo/query/siting/check_site.h"

namespace obnova::geo {

// What the checks of the single rule kinds share. Only check_site.cc and the
// rule_*.cc files beside it use this.

// Coordinates that went through a projection are off by less than this; a limit
// that is missed by less counts as met.
inline constexpr double kSlackM = 1e-6;

struct SiteCheck {
  const City& city;
  const Proposal& proposal;
  const ToPlane& to_plane;
  const Limits& limits;
};

// A feature that a rule may speak of.
struct RuleFeature {
  const Layer* layer = nullptr;
  FeatureId feature;
  // False when the attributes that the rule's filter needs are missing, so that
  // nobody knows whether the rule speaks of it.
  bool known = true;

  GeometryView shape() const { return layer->geometry(feature); }
  // "way/17 of layer `utilities`".
  std::string name() const;
};

// The layers a rule looks at: those of its theme that hold features its filter
// matches; when none does, those that have what the filter asks for (zones: none).
class RuleLayers {
 public:
  // Fails with kCancelled only.
  static Result<RuleLayers> make(const SiteCheck& check, const Rule& rule);

  // Why no layer can answer, one sentence; empty when one can.
  const std::string& missing() const { return missing_; }
  // The ids, joined by commas.
  std::string names() const;
  // Whether the covered areas together hold the footprint grown by `distance_m`.
  Result<bool> cover(const SiteCheck& check, double distance_m) const;
  // Features whose box is within `distance_m` of that of the footprint and that
  // the filter matches or might match, by layer and row.
  std::vector<RuleFeature> near(const SiteCheck& check, double distance_m) const;

 private:
  struct Source {
    const IndexedLayer* layer;
    Filter matches;
    Filter excludes;  // NOT of the same: when neither holds, an attribute is missing.
  };
  std::vector<Source> sources_;
  std::string missing_;
};

// What the rule asks of one feature.
struct FeatureLimit {
  bool applies = true;  // False when no case holds.
  // Equal when known; what they can be when an attribute is missing.
  double least = 0;
  double most = 0;
  std::string missing_attribute;
};
FeatureLimit limit_for(const Rule& rule, const RuleFeature& feature);
// The greatest limit of all cases; 0 without any.
double greatest_limit(const Rule& rule);

// kFail or kWarn, as the rule says.
Verdict broken(const Rule& rule);
RuleVerdict unknown(std::string reason, std::string layer = {});
std::unexpected<Error> check_cancelled();

// The line between the nearest places of two shapes, or what they share when they meet.
Result<Geometry> witness_between(const GeometryView& footprint, const GeometryView& other, double distance_m);

Result<RuleVerdict> check_min_distance(const SiteCheck& check, const Rule& rule);
Result<RuleVerdict> check_outside(const SiteCheck& check, const Rule& rule);
Result<RuleVerdict> check_inside_setback(const SiteCheck& check, const Rule& rule);
Result<RuleVerdict> check_max_coverage(const SiteCheck& check, const Rule& rule);
Result<RuleVerdict> check_max_height(const SiteCheck& check, const Rule& rule);
Result<RuleVerdict> check_road_access(const SiteCheck& check, const Rule& rule);

}  // namespace obnova::geo
