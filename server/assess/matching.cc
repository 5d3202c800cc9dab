#include "server/assess/matching.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace obnova::server {
namespace {

constexpr std::size_t kMaxCandidates = 20;
constexpr std::array<const char*, 4> kMethodWords = {"contains", "overlap", "along", "near"};
constexpr std::array<const char*, 7> kReasonWords = {"", "ambiguous", "weak", "too_many", "nothing_near", "other_subject", "no_place"};
constexpr const char* kUnknownCode = "unknown_code";

const char* word_of(geo::MatchMethod method) { return kMethodWords[static_cast<std::size_t>(method)]; }

// One statement on its way.
struct Asked {
  FeatureId statement;
  geo::Assessment assessment;
  std::vector<const geo::IndexedLayer*> targets;  // The one to prefer first.
};

// What was found in one target layer.
struct Found {
  const geo::Layer* layer = nullptr;
  geo::Match match;
};

bool holds_place(const geo::Match& match) { return match.matched_count > 0 && match.candidates.front().method != geo::MatchMethod::kNear; }

// Less is better.
std::pair<int, int> rank(const geo::Match& match) { return {static_cast<int>(match.outcome), holds_place(match) ? 0 : 1}; }

std::vector<const geo::IndexedLayer*> layers_of(const geo::City& city, std::initializer_list<geo::Theme> themes) {
  std::vector<const geo::IndexedLayer*> layers;
  for (const geo::Theme theme : themes) {
    const auto of_theme = city.layers_of(theme);
    layers.insert(layers.end(), of_theme.begin(), of_theme.end());
  }
  return layers;
}

std::vector<const geo::IndexedLayer*> targets_of(const geo::City& city, const geo::DamageCode& code, GeometryKind kind) {
  const bool is_of_roads = geo::speaks_of(code, geo::Theme::kRoads);
  const bool is_of_buildings = geo::speaks_of(code, geo::Theme::kBuildings);
  if (is_of_roads && !is_of_buildings) return layers_of(city, {geo::Theme::kRoads});
  if (is_of_roads && dimension(kind) == 1) return layers_of(city, {geo::Theme::kRoads, geo::Theme::kUtilities});
  return layers_of(city, {geo::Theme::kBuildings, geo::Theme::kFacilities, geo::Theme::kUtilities});
}

class Matching {
 public:
  Matching(const geo::City& facts, const MatchWish& wish, const DamageRules& rules, const Limits& limits)
      : facts_(facts), wish_(wish), rules_(rules), limits_(limits) {}

  Result<MatchRun> run() {
    const auto layers = statement_layers(facts_, wish_.layer);
    if (!layers) return std::unexpected(layers.error());
    const auto onto = chosen_target();
    if (!onto) return std::unexpected(onto.error());
    for (const geo::Layer* layer : *layers) {
      const auto matched = match_layer(*layer, *onto);
      if (!matched) return std::unexpected(matched.error());
    }
    return std::move(run_);
  }

 private:
  // Null where each statement goes where it fits.
  Result<const geo::IndexedLayer*> chosen_target() const {
    if (!wish_.onto.empty()) {
      auto found = facts_.layer(wish_.onto);
      if (!found) return failure(found.error().code, found.error().message, "onto");
      return found;
    }
    const auto any = layers_of(facts_, {geo::Theme::kBuildings, geo::Theme::kFacilities, geo::Theme::kRoads, geo::Theme::kUtilities});
    if (!any.empty()) return nullptr;
    return failure(ErrorCode::kFailedPrecondition,
                   "The city has no layer of buildings, facilities, roads or utilities that statements could be about.", "onto");
  }

  Result<void> match_layer(const geo::Layer& layer, const geo::IndexedLayer* onto) {
    const Statements statements(layer);
    std::vector<Asked> asked;
    for (const FeatureId statement : layer.features()) {
      const MatchState state = statements.state(statement);
      if (is_decided(state) || (state == MatchState::kMatched && !wish_.again)) {
        ++run_.kept;
        continue;
      }
      geo::Assessment assessment = statements.assessment(statement);
      assessment.place = Geometry::copy_of(layer.geometry(statement));
      const auto code = geo::find_code(rules_.scales, assessment.scale, assessment.code);
      if (!code) {
        const auto written = write(layer, statement, {.state = MatchState::kUnmatched, .reason = kUnknownCode});
        if (!written) return written;
        continue;
      }
      auto targets = onto == nullptr ? targets_of(facts_, **code, assessment.place.kind) : std::vector{onto};
      asked.push_back({statement, std::move(assessment), std::move(targets)});
    }
    const auto found = best_matches(asked);
    if (!found) return std::unexpected(found.error());
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const auto written = write(layer, asked[i].statement, values_of((*found)[i]));
      if (!written) return written;
    }
    return {};
  }

  // For each statement the best of what its targets hold.
  Result<std::vector<Found>> best_matches(const std::vector<Asked>& asked) const {
    std::map<const geo::IndexedLayer*, std::vector<std::size_t>> by_target;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      for (const geo::IndexedLayer* target : asked[i].targets) by_target[target].push_back(i);
    }
    std::map<const geo::IndexedLayer*, std::map<std::size_t, geo::Match>> found;
    for (const auto& [target, places] : by_target) {
      std::vector<geo::Assessment> assessments;
      for (const std::size_t i : places) assessments.push_back(asked[i].assessment);
      auto matches = geo::match_assessments(*target->layer, *target->index, assessments, rules_.scales, wish_.rule, limits_);
      if (!matches) return std::unexpected(matches.error());
      for (std::size_t k = 0; k < places.size(); ++k) found[target].emplace(places[k], std::move((*matches)[k]));
    }
    std::vector<Found> best(asked.size());
    for (std::size_t i = 0; i < asked.size(); ++i) {
      for (const geo::IndexedLayer* target : asked[i].targets) {
        geo::Match& match = found[target].at(i);
        if (best[i].layer != nullptr && rank(best[i].match) <= rank(match)) continue;
        best[i] = {target->layer.get(), std::move(match)};
      }
    }
    return best;
  }

  static MatchValues values_of(const Found& found) {
    const geo::Match& match = found.match;
    MatchValues values;
    values.state = match.outcome == geo::MatchOutcome::kMatched  ? MatchState::kMatched
                   : match.outcome == geo::MatchOutcome::kReview ? MatchState::kReview
                                                                 : MatchState::kUnmatched;
    values.reason = kReasonWords[static_cast<std::size_t>(match.reason)];
    if (values.state == MatchState::kUnmatched) return values;
    values.subject_layer = found.layer->id();
    if (!match.candidates.empty()) {
      values.method = word_of(match.candidates.front().method);
      values.score = match.candidates.front().score;
    }
    std::vector<Candidate> candidates;
    for (std::size_t i = 0; i < match.candidates.size(); ++i) {
      const geo::MatchCandidate& one = match.candidates[i];
      std::string id(found.layer->feature_name(one.feature));
      if (i < match.matched_count) {
        values.subjects.push_back(std::move(id));
      } else if (values.state == MatchState::kReview && candidates.size() < kMaxCandidates) {
        candidates.push_back({.feature = std::move(id), .score = one.score, .method = word_of(one.method), .distance_m = one.distance_m});
      }
    }
    if (!candidates.empty()) values.candidates = candidates_json(candidates);
    return values;
  }

  Result<void> write(const geo::Layer& layer, FeatureId statement, const MatchValues& values) {
    count(values);
    auto change = match_change(layer, statement, values);
    if (!change) return std::unexpected(change.error());
    const auto& set = std::get<FactChange::Set>(change->what).values;
    const bool differs =
        std::ranges::any_of(set, [&](const auto& one) { return layer.column(one.first).value_at(statement) != one.second; });
    if (differs) run_.changes.push_back(std::move(*change));
    return {};
  }

  void count(const MatchValues& values) {
    run_.matched += values.state == MatchState::kMatched ? 1 : 0;
    run_.review += values.state == MatchState::kReview ? 1 : 0;
    run_.unmatched += values.state == MatchState::kUnmatched ? 1 : 0;
    run_.matched_to_several += values.subjects.size() > 1 ? 1 : 0;
    if (values.state == MatchState::kMatched) ++run_.matched_of_layer[values.subject_layer];
    if (values.state != MatchState::kMatched) ++run_.reasons[{values.state, values.reason}];
    for (const std::string& subject : values.subjects) ++run_.statements_of[{values.subject_layer, subject}];
  }

  const geo::City& facts_;
  const MatchWish& wish_;
  const DamageRules& rules_;
  const Limits& limits_;
  MatchRun run_;
};

geo::Value text_or_null(const std::string& text) {
  if (text.empty()) return {};
  return geo::Value(text);
}

}  // namespace

Result<FactChange> match_change(const geo::Layer& layer, FeatureId statement, const MatchValues& values) {
  geo::Value score;
  if (values.score) score = *values.score;
  std::vector<std::pair<StatementField, geo::Value>> wanted;
  wanted.emplace_back(StatementField::kSubjectLayer, text_or_null(values.subject_layer));
  wanted.emplace_back(StatementField::kSubjects, text_or_null(values.subjects.empty() ? "" : subjects_json(values.subjects)));
  wanted.emplace_back(StatementField::kMatchState, text_or_null(std::string(state_word(values.state))));
  wanted.emplace_back(StatementField::kMatchMethod, text_or_null(values.method));
  wanted.emplace_back(StatementField::kMatchScore, std::move(score));
  wanted.emplace_back(StatementField::kMatchReason, text_or_null(values.reason));
  wanted.emplace_back(StatementField::kCandidates, text_or_null(values.candidates));
  FactChange::Set set;
  for (const auto& [field, value] : wanted) {
    const auto found = std::ranges::find(layer.fields(), field_name(field), &geo::Field::name);
    if (found == layer.fields().end() || !geo::fits(value, found->type)) {
      return failure(ErrorCode::kFailedPrecondition,
                     fmt::format("The layer `{}` has no field `{}` to write a match into: import it with ImportAssessments.", layer.id(),
                                 field_name(field)),
                     "layer");
    }
    set.values.emplace_back(static_cast<std::size_t>(found - layer.fields().begin()), value);
  }
  return FactChange{.layer = layer.id(), .feature = std::string(layer.feature_name(statement)), .valid = {}, .what = std::move(set)};
}

Result<std::vector<const geo::Layer*>> statement_layers(const geo::City& city, const std::string& layer) {
  std::vector<const geo::Layer*> layers;
  if (!layer.empty()) {
    const auto found = city.layer(layer);
    if (!found) return failure(found.error().code, found.error().message, "layer");
    if ((*found)->layer->description().theme != geo::Theme::kAssessments) {
      return failure(ErrorCode::kInvalidArgument, fmt::format("The layer `{}` holds no statements about damage.", layer), "layer");
    }
    layers.push_back((*found)->layer.get());
    return layers;
  }
  for (const geo::IndexedLayer* indexed : city.layers_of(geo::Theme::kAssessments)) layers.push_back(indexed->layer.get());
  if (!layers.empty()) return layers;
  return failure(ErrorCode::kFailedPrecondition, "The city has no statements about damage: import some first.", "layer");
}

Result<MatchRun> match_statements(const geo::City& facts, const MatchWish& wish, const DamageRules& rules, const Limits& limits) {
  return Matching(facts, wish, rules, limits).run();
}

}  // namespace obnova::server
