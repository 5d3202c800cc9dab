#include "server/rpc/assessment_messages.h"

#include <array>

namespace obnova::server {

std::string grade_word(std::optional<geo::Grade> grade, std::string_view otherwise) {
  return std::string(grade ? geo::grade_name(*grade) : otherwise);
}

v1::Statement to_proto(const Statements& statements, FeatureId statement, const DamageRules& rules, Degrees& degrees) {
  const auto text = [&](StatementField field) { return std::string(statements.text(statement, field)); };
  v1::Statement message;
  message.set_layer(statements.layer().id());
  message.set_feature(std::string(statements.layer().feature_name(statement)));
  message.set_scale(text(StatementField::kScale));
  message.set_code(statements.code(statement));
  if (const auto code = geo::find_code(rules.scales, message.scale(), message.code())) {
    message.set_title((*code)->title);
    message.set_grade(grade_word((*code)->grade, ""));
  }
  message.set_observed_at(text(StatementField::kObservedAt));
  message.set_method(text(StatementField::kMethod));
  message.set_source(text(StatementField::kSource));
  if (const auto confidence = statements.number(statement, StatementField::kConfidence)) message.set_confidence(*confidence);
  message.set_subject_layer(text(StatementField::kSubjectLayer));
  for (std::string& id : statements.subjects(statement)) message.add_subjects(std::move(id));
  message.set_match_state(text(StatementField::kMatchState));
  message.set_match_method(text(StatementField::kMatchMethod));
  if (const auto score = statements.number(statement, StatementField::kMatchScore)) message.set_match_score(*score);
  message.set_match_reason(text(StatementField::kMatchReason));
  for (const Candidate& candidate : statements.candidates(statement)) {
    v1::StatementCandidate* one = message.add_candidates();
    one->set_layer(message.subject_layer());
    one->set_feature(candidate.feature);
    one->set_score(candidate.score);
    one->set_method(candidate.method);
    one->set_distance_m(candidate.distance_m);
  }
  const GeometryView place = statements.layer().geometry(statement);
  if (!place.empty()) message.mutable_geometry()->set_wkb(degrees.wkb(place));
  return message;
}

v1::ShareInterval to_proto(const geo::Interval& interval) {
  v1::ShareInterval message;
  message.set_least(interval.least);
  message.set_expected(interval.expected);
  message.set_most(interval.most);
  return message;
}

v1::Scale to_proto(const geo::DamageScale& scale) {
  v1::Scale message;
  message.set_id(scale.id);
  message.set_title(scale.title);
  message.set_source(scale.source);
  message.set_citation(scale.citation);
  for (const geo::DamageCode& code : scale.codes) {
    v1::ScaleCode* one = message.add_codes();
    one->set_id(code.id);
    one->set_title(code.title);
    one->set_grade(grade_word(code.grade, ""));
    one->set_complete(code.complete);
    if (code.grade) {
      *one->mutable_damage_ratio() = to_proto(code.damage_ratio);
      *one->mutable_functionality() = to_proto(code.functionality);
    }
    for (const geo::Subject subject : {geo::Subject::kBuilding, geo::Subject::kRoad, geo::Subject::kGround}) {
      if (code.speaks_of.has(subject)) one->add_speaks_of(std::string(geo::subject_name(subject)));
    }
  }
  return message;
}

v1::GradeCounts to_proto(const geo::GradeCounts& counts) {
  v1::GradeCounts message;
  message.set_unassessed_count(counts.of(std::nullopt));
  message.set_none_count(counts.of(geo::Grade::kNone));
  message.set_possible_count(counts.of(geo::Grade::kPossible));
  message.set_slight_count(counts.of(geo::Grade::kSlight));
  message.set_moderate_count(counts.of(geo::Grade::kModerate));
  message.set_severe_count(counts.of(geo::Grade::kSevere));
  message.set_destroyed_count(counts.of(geo::Grade::kDestroyed));
  return message;
}

}  // namespace obnova::server
