#include "clients/cli/assess_answers.h"

#include <fmt/format.h>

#include <map>

#include "clients/cli/spelling.h"
#include "clients/cli/wkb_json.h"

namespace obnova::cli {
namespace {

std::string joined(const google::protobuf::RepeatedPtrField<std::string>& texts, int most) {
  std::string text;
  for (int i = 0; i < texts.size() && i < most; ++i) text += (i == 0 ? "" : ", ") + texts.Get(i);
  return texts.size() > most ? fmt::format("{}, … ({})", text, texts.size()) : text;
}

std::string spell_share(const v1::ShareInterval& share) {
  return fmt::format("{:.0f} to {:.0f} %, {:.0f} % expected", share.least() * 100, share.most() * 100, share.expected() * 100);
}

std::string best_candidate(const v1::Statement& statement) {
  if (statement.candidates().empty()) return {};
  const v1::StatementCandidate& best = statement.candidates(0);
  return fmt::format("{}/{} ({}, {:.2f}, {:.0f} m)", best.layer(), best.feature(), best.method(), best.score(), best.distance_m());
}

void add_place(Answer& answer, const v1::Statement& statement) {
  answer.has_places = true;
  if (!statement.has_geometry()) return;
  answer.add_feature(wkb_to_json(statement.geometry().wkb()), {{"layer", statement.layer()},
                                                               {"feature", statement.feature()},
                                                               {"code", statement.code()},
                                                               {"grade", statement.grade()},
                                                               {"observed_at", statement.observed_at()},
                                                               {"match_state", statement.match_state()},
                                                               {"match_reason", statement.match_reason()}});
}

std::vector<std::string> count_cells(const v1::GradeCounts& counts) {
  std::vector<std::string> cells;
  for (const std::int64_t count : {counts.none_count(), counts.possible_count(), counts.slight_count(), counts.moderate_count(),
                                   counts.severe_count(), counts.destroyed_count(), counts.unassessed_count()}) {
    cells.push_back(std::to_string(count));
  }
  return cells;
}

void add_counts(Table& table, const std::string& what, const std::string& group, const v1::GradeCounts& counts) {
  std::vector<std::string> row = {what, group};
  for (std::string& cell : count_cells(counts)) row.push_back(std::move(cell));
  table.rows.push_back(std::move(row));
}

void add_groups(Table& table, const std::string& what, const google::protobuf::RepeatedPtrField<v1::GroupCounts>& groups) {
  for (const v1::GroupCounts& group : groups) {
    add_counts(table, what, group.title().empty() ? group.group() : fmt::format("{} ({})", group.title(), group.group()), group.counts());
  }
}

}  // namespace

void print_matches(const Session& session, const v1::MatchAssessmentsResponse& response) {
  Answer answer{.messages = {&response}, .headlines = {}, .table = {{"state", "reason or layer", "statements"}, {}}, .warnings = {}};
  answer.headlines = {fmt::format("{} matched, {} to review, {} unmatched, {} left alone; revision {}.", response.matched_count(),
                                  response.review_count(), response.unmatched_count(), response.kept_count(), response.revision()),
                      fmt::format("{} features have statements, {} of them several; {} statements are about several features.",
                                  response.feature_count(), response.features_with_several_count(), response.matched_to_several_count())};
  for (const v1::LayerMatches& layer : response.layers()) {
    answer.table.rows.push_back({"matched", layer.layer(), std::to_string(layer.matched_count())});
  }
  for (const v1::ReasonCount& reason : response.reasons()) {
    answer.table.rows.push_back({reason.state(), reason.reason(), std::to_string(reason.count())});
  }
  print(answer, session.output);
}

void print_reviews(const Session& session, const v1::ListReviewsResponse& response) {
  Answer answer{.messages = {&response},
                .headlines = {fmt::format("{} statements wait for a review.", response.total_count())},
                .table = {{"statement", "code", "observed", "why", "candidates", "best candidate"}, {}},
                .warnings = {}};
  for (const v1::Statement& statement : response.reviews()) {
    answer.table.rows.push_back({statement.layer() + "/" + statement.feature(), statement.code(), statement.observed_at(),
                                 statement.match_reason(), std::to_string(statement.candidates_size()), best_candidate(statement)});
    add_place(answer, statement);
  }
  answer.has_places = true;
  answer.add_warnings(response.provenance());
  print(answer, session.output);
}

void print_decision(const Session& session, const v1::ResolveAssessmentResponse& response) {
  const v1::Statement& statement = response.statement();
  Answer answer{.messages = {&response},
                .headlines = {fmt::format("{}/{} is {} since revision {}.", statement.layer(), statement.feature(), statement.match_state(),
                                          response.revision())},
                .table = {{"statement", "state", "layer", "features"},
                          {{statement.layer() + "/" + statement.feature(), statement.match_state(), statement.subject_layer(),
                            joined(statement.subjects(), 5)}}},
                .warnings = {}};
  add_place(answer, statement);
  print(answer, session.output);
}

void print_conditions(const Session& session, const v1::GetConditionResponse& response) {
  Answer answer{.messages = {&response},
                .headlines = {},
                .table = {{"feature", "statement", "code", "grade", "observed", "method", "source", "match"}, {}},
                .warnings = {}};
  for (const v1::FeatureCondition& condition : response.conditions()) {
    std::string line = fmt::format("{}: {}", condition.feature(), condition.state());
    if (!condition.expected_grade().empty()) {
      line += fmt::format("; optimistic {}, expected {}, pessimistic {}", condition.optimistic_grade(), condition.expected_grade(),
                          condition.pessimistic_grade());
    }
    answer.headlines.push_back(line + (condition.conflicting() ? "; statements contradict each other." : "."));
    if (!condition.expected_grade().empty()) {
      answer.headlines.push_back(
          fmt::format("  damage {}; use left {}", spell_share(condition.damage_ratio()), spell_share(condition.functionality())));
      answer.headlines.push_back(fmt::format("  led by {}{}", condition.leader().empty() ? "a survey of all damage" : condition.leader(),
                                             condition.observed_at().empty() ? "" : ", observed " + condition.observed_at()));
    }
    const std::map<std::string, v1::AttributeValue> effects(condition.effects().begin(), condition.effects().end());
    for (const auto& [name, value] : effects) answer.headlines.push_back(fmt::format("  {} = {}", name, spell_value(value)));
    for (const v1::Statement& statement : condition.statements()) {
      answer.table.rows.push_back({condition.feature(), statement.layer() + "/" + statement.feature(), statement.code(), statement.grade(),
                                   statement.observed_at(), statement.method(), statement.source(), statement.match_state()});
      add_place(answer, statement);
    }
  }
  answer.has_places = true;
  answer.add_warnings(response.provenance());
  print(answer, session.output);
}

void print_summary(const Session& session, const v1::SummarizeDamageResponse& response) {
  Answer answer{.messages = {&response},
                .headlines = {},
                .table = {{"by", "group", "none", "possible", "slight", "moderate", "severe", "destroyed", "unassessed"}, {}},
                .warnings = {}};
  for (const v1::CodeCount& count : response.statements()) {
    answer.headlines.push_back(fmt::format("{} {}: {} statements \"{}\"{}", count.layer(), count.day().empty() ? "undated" : count.day(),
                                           count.count(), count.code(), count.grade().empty() ? "" : fmt::format(" ({})", count.grade())));
  }
  add_counts(answer.table, "all features", "", response.total());
  add_groups(answer.table, "layer", response.by_layer());
  add_groups(answer.table, "theme", response.by_theme());
  add_groups(answer.table, "day", response.by_day());
  add_groups(answer.table, "area", response.by_area());
  if (!response.by_area().empty()) {
    add_counts(answer.table, "outside of areas", "", response.outside_areas());
    add_counts(answer.table, "counted again", "", response.counted_again());
  }
  if (response.has_change()) {
    const v1::DamageChange& change = response.change();
    answer.headlines.push_back(fmt::format("Change: {} newly assessed, {} no longer, {} worse, {} better, {} unchanged.",
                                           change.newly_assessed_count(), change.no_longer_assessed_count(), change.worse_count(),
                                           change.better_count(), change.unchanged_count()));
    for (const v1::GradeChange& one : change.changes()) {
      answer.headlines.push_back(fmt::format("  {} → {}: {}", one.before(), one.after(), one.count()));
    }
  }
  answer.add_warnings(response.provenance());
  print(answer, session.output);
}

void print_scales(const Session& session, const v1::ListScalesResponse& response) {
  Answer answer{.messages = {&response},
                .headlines = {},
                .table = {{"scale", "code", "title", "grade", "full look", "speaks of"}, {}},
                .warnings = {}};
  for (const v1::Scale& scale : response.scales()) {
    for (const v1::ScaleCode& code : scale.codes()) {
      answer.table.rows.push_back({scale.id(), code.id(), code.title(), code.grade().empty() ? "cannot tell" : code.grade(),
                                   code.complete() ? "yes" : "hint", joined(code.speaks_of(), 3)});
    }
  }
  print(answer, session.output);
}

}  // namespace obnova::cli
