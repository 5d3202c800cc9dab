#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "geo/damage/effects.h"
#include "server/convert/feature_batch.h"
#include "server/convert/provenance.h"
#include "server/convert/selection.h"
#include "server/rpc/assessment_handlers.h"
#include "server/rpc/assessment_messages.h"

namespace obnova::server {
namespace {

constexpr int kMaxFeatures = 1000;

Result<geo::AssessedAreas> areas_of(const Snapshot& snapshot) {
  return geo::AssessedAreas::make(snapshot.conditions == nullptr ? std::vector<geo::AssessedArea>() : snapshot.conditions->areas);
}

// Fills the message of one feature.
struct ConditionWriter {
  const Snapshot& snapshot;
  const geo::Layer& layer;
  const geo::AssessedAreas& areas;
  const DamageRules& rules;
  Degrees& degrees;

  v1::FeatureCondition message_of(FeatureId feature) {
    const KnownCondition* const known = snapshot.conditions == nullptr ? nullptr : snapshot.conditions->find(layer.id(), feature);
    const geo::Condition condition = known != nullptr ? known->condition : areas.condition_of(layer.geometry(feature), {}, rules.condition);
    v1::FeatureCondition message;
    message.set_feature(std::string(layer.feature_name(feature)));
    message.set_state(std::string(geo::state_name(condition.state)));
    *message.mutable_damage_ratio() = to_proto(condition.damage_ratio);
    *message.mutable_functionality() = to_proto(condition.functionality);
    message.set_in_assessed_area(areas.looked_at(layer.geometry(feature)));
    if (known != nullptr) add_statements(*known, message);
    if (condition.state == geo::ConditionState::kUnassessed) return message;
    message.set_optimistic_grade(std::string(geo::grade_name(condition.optimistic_grade)));
    message.set_expected_grade(std::string(geo::grade_name(condition.expected_grade)));
    message.set_pessimistic_grade(std::string(geo::grade_name(condition.pessimistic_grade)));
    message.set_conflicting(condition.is_conflicting);
    message.set_widened(condition.is_widened);
    if (message.observed_at().empty() && condition.observed_at_us) message.set_observed_at(geo::day_of(*condition.observed_at_us));
    if (known != nullptr) add_effects(feature, message);
    return message;
  }

  void add_statements(const KnownCondition& known, v1::FeatureCondition& message) {
    for (std::size_t i = 0; i < known.statements.size(); ++i) {
      const StatementRef& from = known.statements[i];
      const std::string& id = snapshot.conditions->statement_layers[from.layer];
      const Statements statements(*snapshot.city->layers().find(id)->second.layer);
      *message.add_statements() = to_proto(statements, from.statement, rules, degrees);
      if (known.condition.leader != i) continue;
      message.set_leader(fmt::format("{}/{}", id, statements.layer().feature_name(from.statement)));
      message.set_observed_at(std::string(statements.text(from.statement, StatementField::kObservedAt)));
    }
  }

  // The layer of the snapshot carries them.
  void add_effects(FeatureId feature, v1::FeatureCondition& message) const {
    for (const geo::Field& field : geo::effect_fields(layer.description().theme)) {
      const geo::Column* const column = layer.column(field.name);
      if (column != nullptr && !column->is_null(feature)) (*message.mutable_effects())[field.name] = to_proto(column->value_at(feature));
    }
  }
};

}  // namespace

Result<v1::GetConditionResponse> get_condition(const Twin& twin, const Call&, const v1::GetConditionRequest& request) {
  const auto snapshot = twin.resolve(request.context());
  if (!snapshot) return std::unexpected(snapshot.error());
  const auto indexed = find_layer(**snapshot, request.layer(), "layer");
  if (!indexed) return std::unexpected(indexed.error());
  if (request.features().empty() || request.features_size() > kMaxFeatures) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("A request names 1 to {} features, got {}.", kMaxFeatures, request.features_size()), "features");
  }
  const geo::Layer& layer = *(*indexed)->layer;
  const auto areas = areas_of(**snapshot);
  if (!areas) return std::unexpected(areas.error());
  Degrees degrees(*(*snapshot)->projection);
  ConditionWriter writer{**snapshot, layer, *areas, twin.damage(), degrees};
  v1::GetConditionResponse response;
  for (int i = 0; i < request.features_size(); ++i) {
    const auto feature = layer.find_feature(request.features(i));
    if (!feature) {
      return failure(ErrorCode::kNotFound, fmt::format("The layer `{}` has no feature `{}`.", request.layer(), request.features(i)),
                     fmt::format("features[{}]", i));
    }
    *response.add_conditions() = writer.message_of(*feature);
  }
  response.set_rule(fmt::format("{}@{}", twin.damage().condition.id, twin.damage().condition.version));
  Sources sources(**snapshot);
  sources.use(request.layer());
  *response.mutable_provenance() = sources.provenance();
  return degrees.checked(std::move(response));
}

Result<v1::ListScalesResponse> list_scales(const Twin& twin, const Call&, const v1::ListScalesRequest&) {
  v1::ListScalesResponse response;
  for (const geo::DamageScale& scale : twin.damage().scales) *response.add_scales() = to_proto(scale);
  return response;
}

}  // namespace obnova::server
