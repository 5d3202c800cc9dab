#include "server/assess/statements.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "server/assess/observed_at.h"

namespace obnova::server {
namespace {

using geo::FieldType;

struct NamedField {
  std::string_view name;
  FieldType type;
};
constexpr std::array<NamedField, kStatementFieldCount> kFields = {{{"scale", FieldType::kString},
                                                                   {"code", FieldType::kString},
                                                                   {"observed_at", FieldType::kString},
                                                                   {"method", FieldType::kString},
                                                                   {"source", FieldType::kString},
                                                                   {"confidence", FieldType::kDouble},
                                                                   {"subject_layer", FieldType::kString},
                                                                   {"subjects", FieldType::kString},
                                                                   {"match_state", FieldType::kString},
                                                                   {"match_method", FieldType::kString},
                                                                   {"match_score", FieldType::kDouble},
                                                                   {"match_reason", FieldType::kString},
                                                                   {"candidates", FieldType::kString},
                                                                   {"exhaustive", FieldType::kBool}}};

constexpr std::array<std::string_view, 7> kStateWords = {"", "matched", "review", "unmatched", "accepted", "reassigned", "rejected"};

nlohmann::json array_of(std::string_view text) {
  nlohmann::json array = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  return array.is_array() ? array : nlohmann::json::array();
}

std::string dumped(const nlohmann::json& json) { return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

std::string text_in(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

double number_in(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>() : 0;
}

}  // namespace

std::string_view field_name(StatementField field) { return kFields[static_cast<std::size_t>(field)].name; }

std::vector<geo::Field> statement_fields() {
  std::vector<geo::Field> fields;
  for (const NamedField& field : kFields) fields.push_back({std::string(field.name), field.type});
  return fields;
}

bool is_match_field(StatementField field) { return kFirstMatchField <= field && field <= kLastMatchField; }

std::string_view state_word(MatchState state) { return kStateWords[static_cast<std::size_t>(state)]; }

MatchState state_by_word(std::string_view word) {
  const auto found = std::ranges::find(kStateWords, word);
  return found == kStateWords.end() ? MatchState::kNone : static_cast<MatchState>(found - kStateWords.begin());
}

bool is_about_something(MatchState state) {
  return state == MatchState::kMatched || state == MatchState::kAccepted || state == MatchState::kReassigned;
}

bool is_decided(MatchState state) { return state >= MatchState::kAccepted; }

std::string subjects_json(std::span<const std::string> ids) {
  nlohmann::json array = nlohmann::json::array();
  for (const std::string& id : ids) array.push_back(id);
  return dumped(array);
}

std::string candidates_json(std::span<const Candidate> candidates) {
  nlohmann::json array = nlohmann::json::array();
  for (const Candidate& candidate : candidates) {
    array.push_back(
        {{"feature", candidate.feature}, {"score", candidate.score}, {"method", candidate.method}, {"distance_m", candidate.distance_m}});
  }
  return dumped(array);
}

Statements::Statements(const geo::Layer& layer) : layer_(layer) {
  for (std::size_t i = 0; i < kFields.size(); ++i) columns_[i] = layer.column(kFields[i].name);
}

geo::Assessment Statements::assessment(FeatureId statement) const {
  geo::Assessment assessment;
  assessment.id = layer_.id() + "/" + std::string(layer_.feature_name(statement));
  assessment.scale = text(statement, StatementField::kScale);
  assessment.code = code(statement);
  assessment.observed_at_us = observed_at(statement);
  assessment.method = text(statement, StatementField::kMethod);
  assessment.source = text(statement, StatementField::kSource);
  assessment.confidence = number(statement, StatementField::kConfidence);
  assessment.layer = text(statement, StatementField::kSubjectLayer);
  return assessment;
}

std::string Statements::code(FeatureId statement) const {
  // A table that another program wrote may hold classes as whole numbers.
  const auto class_number = number(statement, StatementField::kCode);
  return class_number ? fmt::format("{}", *class_number) : std::string(text(statement, StatementField::kCode));
}

std::string_view Statements::text(FeatureId statement, StatementField field) const {
  const geo::Column* const found = column(field);
  return found == nullptr || found->type() != FieldType::kString ? std::string_view() : found->text_at(statement);
}

std::optional<double> Statements::number(FeatureId statement, StatementField field) const {
  const geo::Column* const found = column(field);
  return found == nullptr ? std::nullopt : found->number_at(statement);
}

std::optional<std::int64_t> Statements::observed_at(FeatureId statement) const {
  const auto observed = parse_observed_at(text(statement, StatementField::kObservedAt));
  return observed ? std::optional(observed->instant) : std::nullopt;
}

MatchState Statements::state(FeatureId statement) const { return state_by_word(text(statement, StatementField::kMatchState)); }

std::vector<std::string> Statements::subjects(FeatureId statement) const {
  std::vector<std::string> ids;
  for (const auto& id : array_of(text(statement, StatementField::kSubjects))) {
    if (id.is_string()) ids.push_back(id.get<std::string>());
  }
  return ids;
}

std::vector<Candidate> Statements::candidates(FeatureId statement) const {
  std::vector<Candidate> candidates;
  for (const auto& object : array_of(text(statement, StatementField::kCandidates))) {
    if (!object.is_object()) continue;
    candidates.push_back({.feature = text_in(object, "feature"),
                          .score = number_in(object, "score"),
                          .method = text_in(object, "method"),
                          .distance_m = number_in(object, "distance_m")});
  }
  return candidates;
}

bool Statements::is_exhaustive() const {
  const geo::Column* const found = column(StatementField::kExhaustive);
  if (found == nullptr || found->type() != FieldType::kBool || !layer_.covered_area_stated()) return false;
  const auto features = layer_.features();
  return std::any_of(features.begin(), features.end(),
                     [&](FeatureId statement) { return !found->is_null(statement) && found->bool_at(statement); });
}

}  // namespace obnova::server
