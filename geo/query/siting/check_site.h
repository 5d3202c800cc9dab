#pragma once

#include <optional>
#include <string>
#include <vector>

#include "geo/base/geometry.h"
#include "geo/base/limits.h"
#include "geo/city/city.h"
#include "geo/query/features/cql2.h"
#include "geo/query/siting/rules.h"

namespace obnova::geo {

// A proposed building on the plane.
struct Proposal {
  Geometry footprint;  // A valid polygon or multipolygon.
  std::optional<double> height_m;
  std::optional<int> storeys;
  std::string use;
};

enum class Verdict { kPass, kFail, kWarn, kUnknown, kNotApplicable };

struct RuleVerdict {
  std::size_t rule = 0;  // In the pack.
  Verdict verdict = Verdict::kUnknown;
  std::string reason;  // One sentence with the numbers.
  std::optional<double> value;
  std::optional<double> limit;
  std::optional<double> margin;  // Negative when broken.
  std::string layer;             // The layer looked at, or empty.
  std::optional<FeatureId> witness;
  Geometry witness_shape;  // kNone when there is none.
};

// One verdict per rule, in the order of the pack. A rule about a layer whose
// covered area does not hold the whole footprint (grown by the greatest limit
// of the rule) is UNKNOWN unless a feature at hand already breaks it: nothing
// found outside the covered area proves nothing. The layers of a theme count
// together, but only those that hold features the rule speaks of; a zones theme
// without any flood zone has no flood map and is UNKNOWN. A feature that could
// decide but lacks an attribute the rule asks for makes it UNKNOWN. A broken rule
// comes before all doubts. A limit that is met exactly (to 1e-6) is kept.
//
// The witness is the feature with the least margin, with the line across the gap
// or the shape both share. Fails with kInvalidArgument for a footprint that is no
// valid area.
Result<std::vector<RuleVerdict>> check_site(const City& city, const Proposal& proposal, const RulePack& pack, const ToPlane& to_plane,
                                            const Limits& limits);

}  // namespace obnova::geo
