#include "geo/damage/match.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "geo/base/measure.h"
#include "geo/base/overlay.h"
#include "geo/damage/along.h"

namespace obnova::geo {
namespace {

constexpr std::size_t kPollStep = 64;

std::unexpected<Error> cancelled() { return failure(ErrorCode::kCancelled, "The matching of assessments was cancelled."); }

Result<void> check(const MatchRule& rule) {
  const auto refused = [](std::string what, const char* field) { return failure(ErrorCode::kInvalidArgument, std::move(what), field); };
  if (!(rule.tolerance_m >= 0 && std::isfinite(rule.tolerance_m))) {
    return refused(fmt::format("The tolerance must be 0 m or more, got {}.", rule.tolerance_m), "tolerance_m");
  }
  if (!(0 < rule.review_score && rule.review_score <= rule.accept_score && rule.accept_score <= 1)) {
    return refused(fmt::format("The scores must be 0 < review {} ≤ accept {} ≤ 1.", rule.review_score, rule.accept_score), "accept_score");
  }
  if (!(rule.ambiguity_ratio >= 1)) {
    return refused(fmt::format("The ratio of ambiguity must be at least 1, got {}.", rule.ambiguity_ratio), "ambiguity_ratio");
  }
  if (!(rule.line_buffer_m > 0 && std::isfinite(rule.line_buffer_m))) {
    return refused(fmt::format("The buffer of lines must be greater than 0 m, got {}.", rule.line_buffer_m), "line_buffer_m");
  }
  if (!(0 <= rule.line_turn_deg && rule.line_turn_deg < 90)) {
    return refused(fmt::format("The turn of lines must be from 0° to less than 90°, got {}.", rule.line_turn_deg), "line_turn_deg");
  }
  if (rule.nearest_count < 2) return refused("At least 2 nearest features are needed to tell what is ambiguous.", "nearest_count");
  return {};
}

// Finds the candidates of one place and decides.
class Matcher {
 public:
  Matcher(const Layer& layer, const LayerIndex& index, const MatchRule& rule, const Limits& limits)
      : layer_(layer), index_(index), rule_(rule), limits_(limits) {}

  Result<Match> match(const GeometryView& place) const {
    if (place.empty()) return Match{.reason = MatchReason::kNoPlace, .candidates = {}};
    std::vector<Scored> found;
    bool may_be_many = true;
    if (place.kind == GeometryKind::kPoint) {
      may_be_many = false;
      const Result<void> searched = add_around(place.points.front(), found);
      if (!searched) return std::unexpected(searched.error());
    } else {
      const Result<bool> searched = add_at(place, found);
      if (!searched) return std::unexpected(searched.error());
      if (!*searched) return Match{.outcome = MatchOutcome::kReview, .reason = MatchReason::kTooMany, .candidates = {}};
    }
    return decided(std::move(found), may_be_many);
  }

 private:
  struct Scored {
    MatchCandidate candidate;
    bool decides = false;  // By what they share, not by nearness.
    bool may_be_near = true;
  };

  double reach_m() const { return 2 * rule_.tolerance_m * (1 - rule_.review_score); }

  double near_score(double distance) const {
    if (distance == 0) return 1;
    return rule_.tolerance_m > 0 ? std::max(0.0, 1 - distance / (2 * rule_.tolerance_m)) : 0;
  }

  Result<void> add_around(Point place, std::vector<Scored>& found) const {
    std::size_t asked_count = 0;
    bool is_stopped = false;
    const auto should_stop = [&] {
      if (asked_count++ % kPollStep == 0) is_stopped = is_stopped || limits_.stopped();
      return is_stopped;
    };
    const auto distance_to = [&](FeatureId feature) { return distance_m(layer_.geometry(feature), place); };
    const auto neighbors = index_.nearest(place, rule_.nearest_count, distance_to, reach_m(), should_stop);
    if (is_stopped) return cancelled();
    for (const Neighbor& neighbor : neighbors) {
      const bool contains = covers(layer_.geometry(neighbor.feature), place);
      const MatchMethod method = contains ? MatchMethod::kContains : MatchMethod::kNear;
      const double score = contains ? 1 : near_score(neighbor.distance_m);
      found.push_back({{neighbor.feature, method, score, neighbor.distance_m}, contains});
    }
    return {};
  }

  // False when more features lie there than a match may have.
  Result<bool> add_at(const GeometryView& place, std::vector<Scored>& found) const {
    const double margin_m = dimension(place.kind) == 1 ? std::max(reach_m(), rule_.line_buffer_m) : reach_m();
    std::vector<FeatureId> features;
    index_.visit_window(place.box().grown(margin_m), [&](FeatureId feature) {
      features.push_back(feature);
      return features.size() <= rule_.max_candidates;
    });
    if (features.size() > rule_.max_candidates) return false;
    const Point middle = interior_point(place);
    for (const FeatureId feature : features) {
      if (limits_.stopped()) return cancelled();
      const Result<Scored> scored = score(place, middle, feature);
      if (!scored) return std::unexpected(scored.error());
      if (scored->candidate.score >= rule_.review_score) found.push_back(*scored);
    }
    return true;
  }

  Result<Scored> score(const GeometryView& place, Point middle, FeatureId feature) const {
    const GeometryView shape = layer_.geometry(feature);
    Scored scored;
    scored.candidate = {feature, MatchMethod::kNear, 0, distance_m(shape, middle)};
    const Result<MatchCandidate> shared = share(place, shape, scored.candidate);
    if (!shared) return std::unexpected(shared.error());
    scored.decides = shared->score >= rule_.accept_score;
    scored.may_be_near = dimension(place.kind) != 1 || dimension(shape.kind) != 1;
    const double near = scored.may_be_near ? near_score(scored.candidate.distance_m) : 0;
    scored.candidate = *shared;
    if (!scored.decides && near > shared->score) {
      scored.candidate.method = MatchMethod::kNear;
      scored.candidate.score = near;
    }
    return scored;
  }

  // What a place and a feature have in common, by the kinds of their shapes.
  Result<MatchCandidate> share(const GeometryView& place, const GeometryView& shape, MatchCandidate candidate) const {
    const int place_dimension = dimension(place.kind);
    const int shape_dimension = dimension(shape.kind);
    if (place_dimension == 1 && shape_dimension == 1) {
      candidate.method = MatchMethod::kAlong;
      candidate.score = std::max(share_along(place, shape, rule_.line_buffer_m, rule_.line_turn_deg),
                                 share_along(shape, place, rule_.line_buffer_m, rule_.line_turn_deg));
      return candidate;
    }
    if (place_dimension != 2 && shape_dimension != 2) return candidate;
    const GeometryView& area = place_dimension == 2 ? place : shape;
    const GeometryView& other = place_dimension == 2 ? shape : place;
    if (dimension(other.kind) == 0) {
      const auto inside = std::ranges::count_if(other.points, [&](Point p) { return covers(area, p); });
      candidate.method = MatchMethod::kContains;
      candidate.score = static_cast<double>(inside) / static_cast<double>(other.points.size());
      return candidate;
    }
    candidate.method = MatchMethod::kOverlap;
    if (!place.box().intersects(shape.box())) return candidate;
    const Result<Geometry> common = intersection(area, other);
    if (!common) return std::unexpected(common.error());
    candidate.score = dimension(other.kind) == 1 ? share_of(length_m(common->view()), length_m(other))
                                                 : share_of(area_m2(common->view()), std::min(area_m2(area), area_m2(other)));
    return candidate;
  }

  static double share_of(double part, double whole) { return whole > 0 ? std::min(1.0, part / whole) : 0; }

  Match decided(std::vector<Scored> found, bool may_be_many) const {
    std::ranges::sort(found, [](const Scored& a, const Scored& b) {
      if (a.decides != b.decides) return a.decides;
      if (a.candidate.score != b.candidate.score) return a.candidate.score > b.candidate.score;
      if (a.candidate.distance_m != b.candidate.distance_m) return a.candidate.distance_m < b.candidate.distance_m;
      return a.candidate.feature < b.candidate.feature;
    });
    Match match;
    for (const Scored& scored : found) match.candidates.push_back(scored.candidate);
    const auto taken = [&](std::size_t count) {
      match.outcome = MatchOutcome::kMatched;
      match.reason = MatchReason::kNone;
      match.matched_count = count;
    };
    const auto review = [&](MatchReason reason) {
      match.outcome = MatchOutcome::kReview;
      match.reason = reason;
    };
    if (found.empty()) return match;
    const auto deciding = static_cast<std::size_t>(std::ranges::count(found, true, &Scored::decides));
    if (deciding > 0) {
      deciding == 1 || may_be_many ? taken(deciding) : review(MatchReason::kAmbiguous);
    } else if (is_ambiguous(found)) {
      review(MatchReason::kAmbiguous);
    } else {
      const Scored& best = found.front();
      best.may_be_near&& near_score(best.candidate.distance_m) >= rule_.accept_score ? taken(1) : review(MatchReason::kWeak);
    }
    return match;
  }

  bool is_ambiguous(const std::vector<Scored>& found) const {
    double nearest_m = INFINITY;
    double second_m = INFINITY;
    for (const Scored& scored : found) {
      if (!scored.may_be_near) continue;
      second_m = std::min(second_m, std::max(nearest_m, scored.candidate.distance_m));
      nearest_m = std::min(nearest_m, scored.candidate.distance_m);
    }
    return second_m != INFINITY && second_m <= rule_.ambiguity_ratio * nearest_m;
  }

  const Layer& layer_;
  const LayerIndex& index_;
  const MatchRule& rule_;
  const Limits& limits_;
};

}  // namespace

Result<Match> match_place(const Layer& layer, const LayerIndex& index, const GeometryView& place, const MatchRule& rule,
                          const Limits& limits) {
  if (const Result<void> checked = check(rule); !checked) return std::unexpected(checked.error());
  return Matcher(layer, index, rule, limits).match(place);
}

Result<std::vector<Match>> match_assessments(const Layer& layer, const LayerIndex& index, std::span<const Assessment> assessments,
                                             std::span<const DamageScale> scales, const MatchRule& rule, const Limits& limits) {
  if (const Result<void> checked = check(rule); !checked) return std::unexpected(checked.error());
  const Matcher matcher(layer, index, rule, limits);
  std::vector<Match> matches;
  matches.reserve(assessments.size());
  for (const Assessment& assessment : assessments) {
    if (matches.size() % kPollStep == 0 && limits.stopped()) return cancelled();
    const Result<const DamageCode*> code = find_code(scales, assessment.scale, assessment.code);
    if (!code) return std::unexpected(code.error());
    if (!speaks_of(**code, layer.description().theme)) {
      matches.push_back({.reason = MatchReason::kOtherSubject, .candidates = {}});
      continue;
    }
    Result<Match> match = matcher.match(assessment.place.view());
    if (!match) return std::unexpected(match.error());
    matches.push_back(*std::move(match));
  }
  return matches;
}

MatchCounts count_matches(std::span<const Match> matches) {
  MatchCounts counts;
  std::map<FeatureId, std::size_t> statements;
  for (const Match& match : matches) {
    counts.matched += match.outcome == MatchOutcome::kMatched ? 1 : 0;
    counts.review += match.outcome == MatchOutcome::kReview ? 1 : 0;
    counts.unmatched += match.outcome == MatchOutcome::kUnmatched ? 1 : 0;
    counts.matched_to_several += match.matched_count > 1 ? 1 : 0;
    for (std::size_t i = 0; i < match.matched_count; ++i) ++statements[match.candidates[i].feature];
  }
  counts.features = statements.size();
  for (const auto& [feature, count] : statements) counts.features_with_several += count > 1 ? 1 : 0;
  return counts;
}

}  // namespace obnova::geo
