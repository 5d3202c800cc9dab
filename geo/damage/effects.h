#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "geo/damage/condition.h"
#include "geo/layer/layer.h"

namespace obnova::geo {

// What a condition does to a feature: attributes as network, coverage and siting
// read them, to be patched into the layer of a context.
//
//   roads       `condition`: "destroyed" where nothing can pass (geo/network reads
//               just that word), else the grade; `maxweight` in t where less is left
//   facilities  `condition`, `usable`, `capacity` (whole, rounded down)
//   buildings   `condition`, `residents`
//   utilities   `condition`, `live`
//   others      `condition`
//
// `condition` is a text: none, possible, slight, moderate, severe, destroyed.

struct Effect {
  std::string attribute;
  Value value;
  bool operator==(const Effect&) const = default;
};

// What a feature is without damage, as far as effects depend on it.
struct Standing {
  Theme theme = Theme::kOther;
  bool is_bridge = false;
  std::optional<double> weight_limit_t = {};
  std::optional<double> capacity = {};
  std::optional<double> residents = {};
};

// Reads `bridge`, `maxweight`, `capacity` and `residents` by the theme of the
// layer. Numbers may stand as text (`7.5 t`, `120`); what is no number is not there.
Standing standing_of(const Layer& layer, FeatureId feature);

// The attributes that a condition changes, in the order above. None while the
// feature is unassessed: nothing is known, so what the layer says stays, and the
// state says that nobody looked. Shares fall with the case: optimistic ≥
// expected ≥ pessimistic.
std::vector<Effect> effects_of(const Condition& condition, const Standing& standing, ConditionCase condition_case,
                               const ConditionRule& rule);

// The share of its use that a feature keeps, 1 while unassessed; and whether
// anything is left: passable, usable, live.
double share_left(const Condition& condition, const Standing& standing, ConditionCase condition_case, const ConditionRule& rule);

// The fields that effects on a theme may need, by name and usual type.
std::vector<Field> effect_fields(Theme theme);

// The values of a feature with effects put in, for `fields`, which hold those of
// the layer and perhaps more. A value takes the type of its field: a number
// becomes text or whole where the layer has it so, `true` becomes `yes` in a
// text; effects without a field are left out.
std::vector<Value> values_with(const Layer& layer, FeatureId feature, std::span<const Field> fields, std::span<const Effect> effects);

}  // namespace obnova::geo
