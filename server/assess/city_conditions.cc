#include "server/assess/city_conditions.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "geo/base/measure.h"
#include "geo/damage/effects.h"
#include "geo/layer/layer_edit.h"
#include "server/assess/statements.h"

namespace obnova::server {
namespace {

// A statement with what must outlive the observation made from it.
struct Said {
  geo::Assessment assessment;
  geo::Observation observation;
  StatementRef from;
};

using SaidOfLayer = std::map<FeatureId, std::vector<Said>>;
using SaidOfCity = std::map<std::string, SaidOfLayer, std::less<>>;

Instant instant_of(const geo::Assessment& assessment) { return assessment.observed_at_us.value_or(std::numeric_limits<Instant>::min()); }

// Whether the statement counts at an instant; narrows the period in which all
// statements that do are the same.
bool has_come(std::optional<Instant> observed_at, Instant valid_at, Period& holds) {
  if (!observed_at) return true;
  if (*observed_at > valid_at) {
    holds.to = std::min(holds.to, *observed_at);
    return false;
  }
  holds.from = std::max(holds.from, *observed_at);
  return true;
}

void take(const geo::City& facts, const Statements& statements, const StatementRef& from, const DamageRules& rules, SaidOfCity& said) {
  if (!is_about_something(statements.state(from.statement))) return;
  const geo::Assessment assessment = statements.assessment(from.statement);
  const auto subjects = facts.layers().find(assessment.layer);
  const auto observation = geo::observation_of(assessment, rules.scales);
  if (subjects == facts.layers().end() || !observation) return;
  std::set<FeatureId> about;
  for (const std::string& id : statements.subjects(from.statement)) {
    if (const auto feature = subjects->second.layer->find_feature(id)) about.insert(*feature);
  }
  SaidOfLayer& of_layer = said[assessment.layer];
  for (const FeatureId feature : about) of_layer[feature].push_back({assessment, *observation, from});
}

// Whether a facility stands in a building: a point in it, or an area that is
// hardly larger, such as the building itself drawn a second time. A campus does
// not stand in one of its buildings.
bool stands_in(const GeometryView& facility, const GeometryView& building) {
  constexpr double kHardlyLarger = 1.5;
  if (facility.empty() || !covers(building, interior_point(facility))) return false;
  return dimension(facility.kind) != 2 || area_m2(facility) <= kHardlyLarger * area_m2(building);
}

// Facilities of which nobody said anything share what was said of the building they stand in.
void take_from_buildings(const geo::City& facts, SaidOfCity& said) {
  SaidOfCity shared;
  for (const auto& [id, of_layer] : said) {
    const geo::Layer& buildings = *facts.layers().find(id)->second.layer;
    if (buildings.description().theme != geo::Theme::kBuildings) continue;
    for (const geo::IndexedLayer* facilities : facts.layers_of(geo::Theme::kFacilities)) {
      const auto own = said.find(facilities->layer->id());
      for (const auto& [building, of_building] : of_layer) {
        const GeometryView shape = buildings.geometry(building);
        if (dimension(shape.kind) != 2) continue;
        facilities->index->visit_window(shape.box(), [&](FeatureId facility) {
          const bool has_own = own != said.end() && own->second.contains(facility);
          if (has_own || !stands_in(facilities->layer->geometry(facility), shape)) return true;
          auto& list = shared[facilities->layer->id()][facility];
          list.insert(list.end(), of_building.begin(), of_building.end());
          return true;
        });
      }
    }
  }
  for (auto& [id, of_layer] : shared) said[id].merge(of_layer);
}

KnownCondition known_of(std::vector<Said>& said, const geo::ConditionRule& rule) {
  std::ranges::sort(said, [](const Said& a, const Said& b) {
    if (instant_of(a.assessment) != instant_of(b.assessment)) return instant_of(a.assessment) < instant_of(b.assessment);
    return a.assessment.id < b.assessment.id;
  });
  KnownCondition known;
  std::vector<geo::Observation> observations;
  for (Said& one : said) {
    one.observation.id = one.assessment.id;
    observations.push_back(one.observation);
    known.statements.push_back(one.from);
  }
  known.condition = geo::condition_of(observations, rule);
  return known;
}

// Takes in all statements of a layer, and where they speak.
void take_layer(const geo::City& facts, const geo::Layer& layer, std::size_t place, const DamageRules& rules, Instant valid_at,
                CityConditions& conditions, SaidOfCity& said) {
  const Statements statements(layer);
  bool any_has_come = false;
  std::optional<Instant> last;
  for (const FeatureId statement : layer.features()) {
    const auto observed_at = statements.observed_at(statement);
    if (!has_come(observed_at, valid_at, conditions.holds)) continue;
    any_has_come = true;
    if (observed_at) last = std::max(last.value_or(*observed_at), *observed_at);
    take(facts, statements, {place, statement}, rules, said);
  }
  if (!any_has_come || !layer.covered_area_stated()) return;
  conditions.areas.push_back({.area = layer.covered_area(), .observed_at_us = last, .is_exhaustive = statements.is_exhaustive()});
}

using Effects = std::map<FeatureId, std::vector<geo::Effect>>;

// Only fields that an effect needs and the layer lacks.
Result<void> add_fields(const geo::Layer& layer, const Effects& effects, geo::LayerEdit& edit) {
  for (const geo::Field& field : geo::effect_fields(layer.description().theme)) {
    const bool is_needed = std::ranges::any_of(effects, [&](const auto& of_feature) {
      return std::ranges::any_of(of_feature.second, [&](const geo::Effect& effect) { return effect.attribute == field.name; });
    });
    if (!is_needed || layer.column(field.name) != nullptr) continue;
    const auto added = edit.add_field(field);
    if (!added) return added;
  }
  return {};
}

Result<std::shared_ptr<const geo::Layer>> with_effects(const std::shared_ptr<const geo::Layer>& layer, const Effects& effects) {
  geo::LayerEdit edit(layer);
  const auto added = add_fields(*layer, effects, edit);
  if (!added) return std::unexpected(added.error());
  for (const auto& [feature, of_feature] : effects) {
    const auto values = geo::values_with(*layer, feature, edit.fields(), of_feature);
    const auto put = edit.put_values(layer->feature_name(feature), values);
    if (!put) return std::unexpected(put.error());
  }
  return std::move(edit).build();
}

}  // namespace

const KnownCondition* CityConditions::find(std::string_view layer, FeatureId feature) const {
  const auto of_layer = layers.find(layer);
  if (of_layer == layers.end()) return nullptr;
  const auto found = of_layer->second.find(feature);
  return found == of_layer->second.end() ? nullptr : &found->second;
}

CityConditions conditions_at(const geo::City& facts, const DamageRules& rules, Instant valid_at) {
  CityConditions conditions;
  conditions.rule = fmt::format("{}@{}", rules.condition.id, rules.condition.version);
  const auto layers = facts.layers_of(geo::Theme::kAssessments);
  for (const geo::IndexedLayer* indexed : layers) conditions.statement_layers.push_back(indexed->layer->id());
  SaidOfCity said;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    take_layer(facts, *layers[i]->layer, i, rules, valid_at, conditions, said);
  }
  take_from_buildings(facts, said);
  for (auto& [layer, of_layer] : said) {
    for (auto& [feature, of_feature] : of_layer) conditions.layers[layer].emplace(feature, known_of(of_feature, rules.condition));
  }
  return conditions;
}

Result<std::vector<std::shared_ptr<const geo::Layer>>> layers_with_effects(const geo::City& facts, const CityConditions& conditions,
                                                                           geo::ConditionCase condition_case,
                                                                           const geo::ConditionRule& rule) {
  std::vector<std::shared_ptr<const geo::Layer>> changed;
  for (const auto& [id, of_layer] : conditions.layers) {
    const auto& layer = facts.layers().find(id)->second.layer;
    Effects effects;
    for (const auto& [feature, known] : of_layer) {
      auto of_feature = geo::effects_of(known.condition, geo::standing_of(*layer, feature), condition_case, rule);
      if (!of_feature.empty()) effects.emplace(feature, std::move(of_feature));
    }
    if (effects.empty()) continue;
    auto with = with_effects(layer, effects);
    if (!with) return std::unexpected(with.error());
    changed.push_back(std::move(*with));
  }
  return changed;
}

}  // namespace obnova::server
