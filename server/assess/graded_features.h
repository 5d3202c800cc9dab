#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "geo/base/limits.h"
#include "geo/damage/summary.h"
#include "server/assess/city_conditions.h"
#include "server/twin/snapshot.h"

namespace obnova::server {

// The grade under which one feature of a layer is counted in a snapshot.
struct GradedFeature {
  FeatureId feature;
  std::optional<geo::Grade> grade;  // Nullopt: unassessed.
  std::optional<Instant> observed_at;
};

// All features of a layer, ascending: what statements say of them, else what an
// exhaustive survey of their place implies. All are unassessed where the snapshot
// knows no conditions. Fails with kCancelled.
Result<std::vector<GradedFeature>> graded_features(const Snapshot& snapshot, const geo::Layer& layer, const geo::ConditionRule& rule,
                                                   const Limits& limits);

// Says how many of these features nobody assessed: `3 of 40 features of `clinics`
// were never assessed for damage.`; nullopt when all were, or where the snapshot
// knows no conditions.
Result<std::optional<std::string>> unassessed_warning(const Snapshot& snapshot, const geo::Layer& layer,
                                                      std::span<const FeatureId> features);

}  // namespace obnova::server
