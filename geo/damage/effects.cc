#include "geo/damage/effects.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace obnova::geo {
namespace {

constexpr std::string_view kClosed = "destroyed";  // The one word that geo/network closes a road for.

// A number that stands alone or before metric tons.
std::optional<double> number_in(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || !std::isfinite(number)) return std::nullopt;
  std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  while (!unit.empty() && unit.back() == ' ') unit.remove_suffix(1);
  return unit.empty() || unit == "t" ? std::optional(number) : std::nullopt;
}

std::optional<double> number_of(const Layer& layer, FeatureId feature, std::string_view name) {
  const Column* const column = layer.column(name);
  if (column == nullptr || column->is_null(feature)) return std::nullopt;
  const std::optional<double> number =
      column->type() == FieldType::kString ? number_in(column->text_at(feature)) : column->number_at(feature);
  return number && *number >= 0 ? number : std::nullopt;
}

bool is_bridge(const Layer& layer, FeatureId feature) {
  const Column* const column = layer.column("bridge");
  if (column == nullptr || column->is_null(feature)) return false;
  if (column->type() == FieldType::kBool) return column->bool_at(feature);
  const std::string_view text = column->text_at(feature);
  return !text.empty() && text != "no";
}

const std::vector<ShareStep>* steps_of(const Standing& standing, const ConditionRule& rule) {
  switch (standing.theme) {
    case Theme::kRoads:
      return standing.is_bridge ? &rule.bridges : &rule.roads;
    case Theme::kFacilities:
      return &rule.facilities;
    case Theme::kBuildings:
      return &rule.buildings;
    case Theme::kUtilities:
      return &rule.utilities;
    default:
      return nullptr;
  }
}

// Half of a tenth of a ton is still a limit a sign can state.
double rounded_t(double weight_t) { return std::floor(weight_t * 10 + 1e-9) / 10; }

std::string text_of(double number) { return fmt::format("{}", number); }

void add_use(const Standing& standing, double share, const ConditionRule& rule, std::vector<Effect>& effects) {
  switch (standing.theme) {
    case Theme::kRoads:
      if (share > 0 && share < 1) {
        effects.push_back({"maxweight", Value(rounded_t(standing.weight_limit_t.value_or(rule.unstated_weight_t) * share))});
      }
      return;
    case Theme::kFacilities:
      effects.push_back({"usable", Value(share > 0)});
      if (standing.capacity) effects.push_back({"capacity", Value(std::floor(*standing.capacity * share + 1e-9))});
      return;
    case Theme::kBuildings:
      if (standing.residents) effects.push_back({"residents", Value(*standing.residents * share)});
      return;
    case Theme::kUtilities:
      effects.push_back({"live", Value(share > 0)});
      return;
    default:
      return;
  }
}

std::optional<double> number_of(const Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  if (const auto* number = std::get_if<double>(&value)) return *number;
  return std::nullopt;
}

Value text_value(const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return Value(*flag ? "yes" : "no");
  const std::optional<double> number = number_of(value);
  return number ? Value(text_of(*number)) : value;
}

// Null where the value has no such form.
Value as_type(const Value& value, FieldType type) {
  const std::optional<double> number = number_of(value);
  switch (type) {
    case FieldType::kString:
      return text_value(value);
    case FieldType::kDouble:
      return number ? Value(*number) : Value();
    case FieldType::kInt:
      return number ? Value(static_cast<std::int64_t>(std::floor(*number))) : Value();
    default:
      return std::holds_alternative<bool>(value) ? value : Value();
  }
}

}  // namespace

Standing standing_of(const Layer& layer, FeatureId feature) {
  Standing standing;
  standing.theme = layer.description().theme;
  if (standing.theme == Theme::kRoads) {
    standing.is_bridge = is_bridge(layer, feature);
    standing.weight_limit_t = number_of(layer, feature, "maxweight");
  }
  if (standing.theme == Theme::kFacilities) standing.capacity = number_of(layer, feature, "capacity");
  if (standing.theme == Theme::kBuildings) standing.residents = number_of(layer, feature, "residents");
  return standing;
}

double share_left(const Condition& condition, const Standing& standing, ConditionCase condition_case, const ConditionRule& rule) {
  const std::vector<ShareStep>* const steps = steps_of(standing, rule);
  if (steps == nullptr || condition.state == ConditionState::kUnassessed) return 1;
  const double functionality = value_in(condition.functionality, condition_case, true);
  const auto step = std::ranges::find_if(*steps, [&](const ShareStep& one) { return functionality >= one.from; });
  return step == steps->end() ? 0 : step->share;
}

std::vector<Effect> effects_of(const Condition& condition, const Standing& standing, ConditionCase condition_case,
                               const ConditionRule& rule) {
  if (condition.state == ConditionState::kUnassessed) return {};
  const double share = share_left(condition, standing, condition_case, rule);
  std::string_view word = grade_name(grade_in(condition, condition_case));
  if (standing.theme == Theme::kRoads) {
    if (share == 0) word = kClosed;
    if (share > 0 && word == kClosed) word = grade_name(Grade::kSevere);
  }
  std::vector<Effect> effects = {{"condition", Value(std::string(word))}};
  add_use(standing, share, rule, effects);
  return effects;
}

std::vector<Field> effect_fields(Theme theme) {
  std::vector<Field> fields = {{"condition", FieldType::kString}};
  if (theme == Theme::kRoads) fields.push_back({"maxweight", FieldType::kString});
  if (theme == Theme::kFacilities) {
    fields.push_back({"usable", FieldType::kBool});
    fields.push_back({"capacity", FieldType::kInt});
  }
  if (theme == Theme::kBuildings) fields.push_back({"residents", FieldType::kDouble});
  if (theme == Theme::kUtilities) fields.push_back({"live", FieldType::kBool});
  return fields;
}

std::vector<Value> values_with(const Layer& layer, FeatureId feature, std::span<const Field> fields, std::span<const Effect> effects) {
  std::vector<Value> values;
  for (const Field& field : fields) {
    const auto effect = std::ranges::find(effects, field.name, &Effect::attribute);
    const Column* const column = layer.column(field.name);
    if (effect != effects.end()) {
      values.push_back(as_type(effect->value, field.type));
    } else {
      values.push_back(column == nullptr ? Value() : column->value_at(feature));
    }
  }
  return values;
}

}  // namespace obnova::geo
