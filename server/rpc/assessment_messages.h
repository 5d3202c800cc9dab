#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "geo/damage/summary.h"
#include "obnova/v1/assessment.pb.h"
#include "server/assess/city_conditions.h"
#include "server/assess/statements.h"
#include "server/convert/geometry.h"
#include "server/twin/twin.h"

namespace obnova::server {

// Statements, conditions and scales as messages.

v1::Statement to_proto(const Statements& statements, FeatureId statement, const DamageRules& rules, Degrees& degrees);
v1::ShareInterval to_proto(const geo::Interval& interval);
v1::Scale to_proto(const geo::DamageScale& scale);
v1::GradeCounts to_proto(const geo::GradeCounts& counts);

// The word of a grade; `otherwise` where there is none.
std::string grade_word(std::optional<geo::Grade> grade, std::string_view otherwise);

}  // namespace obnova::server
