#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <set>
#include <vector>

#include "geo/base/measure.h"
#include "geo/base/overlay.h"
#include "geo/damage/along.h"
#include "geo/damage/match.h"

namespace obnova::geo {

// Slow twins of geo/damage/along.h and geo/damage/match.h: every place against
// every feature, no index, and the rules as a person would read them.

// The share of equal pieces of a line whose middle has a segment of the other
// line beside it.
inline double brute_share_along(const GeometryView& line, const GeometryView& other, double buffer_m, double turn_deg,
                                int piece_count = 4000) {
  std::size_t beside = 0;
  std::size_t all = 0;
  const double total_m = length_m(line);
  if (total_m == 0) return 0;
  const auto is_beside = [&](Point p, double direction) {
    for (std::size_t i = 0; i < other.path_ends.size(); ++i) {
      for (std::size_t k = 0; k + 1 < other.path(i).size(); ++k) {
        const Point a = other.path(i)[k];
        const Point b = other.path(i)[k + 1];
        if (a == b) continue;
        double turn = std::abs(std::atan2(b.y_m - a.y_m, b.x_m - a.x_m) - direction);
        while (turn > std::numbers::pi / 2) turn = std::abs(turn - std::numbers::pi);
        if (turn > turn_deg * std::numbers::pi / 180 + 1e-9) continue;
        const SegmentPlace nearest = nearest_on_segment(a, b, p);
        if (nearest.fraction > 0 && nearest.fraction < 1 && distance_m(nearest.place, p) <= buffer_m) return true;
      }
    }
    return false;
  };
  for (std::size_t i = 0; i < line.path_ends.size(); ++i) {
    for (std::size_t k = 0; k + 1 < line.path(i).size(); ++k) {
      const Point a = line.path(i)[k];
      const Point b = line.path(i)[k + 1];
      const int pieces = std::max(1, static_cast<int>(std::lround(piece_count * distance_m(a, b) / total_m)));
      for (int piece = 0; piece < pieces; ++piece) {
        const double at = (piece + 0.5) / pieces;
        ++all;
        beside += is_beside({std::lerp(a.x_m, b.x_m, at), std::lerp(a.y_m, b.y_m, at)}, std::atan2(b.y_m - a.y_m, b.x_m - a.x_m)) ? 1 : 0;
      }
    }
  }
  return static_cast<double>(beside) / static_cast<double>(all);
}

struct BruteMatch {
  MatchOutcome outcome = MatchOutcome::kUnmatched;
  std::set<FeatureId> matched;
  std::set<FeatureId> candidates;
};

// How much a place and a feature have in common; for two lines as the fast one says.
inline double brute_share(const GeometryView& place, const GeometryView& shape, const MatchRule& rule) {
  const int a = dimension(place.kind);
  const int b = dimension(shape.kind);
  if (a == 1 && b == 1) {
    return std::max(share_along(place, shape, rule.line_buffer_m, rule.line_turn_deg),
                    share_along(shape, place, rule.line_buffer_m, rule.line_turn_deg));
  }
  if (a < 2 && b < 2) return 0;
  const GeometryView& area = a == 2 ? place : shape;
  const GeometryView& other = a == 2 ? shape : place;
  if (dimension(other.kind) == 0) return covers(area, other.points.front()) ? 1 : 0;
  const Geometry common = intersection(area, other).value();
  if (dimension(common.kind) != dimension(other.kind)) return 0;
  if (dimension(other.kind) == 1) return length_m(common.view()) / length_m(other);
  return area_m2(common.view()) / std::min(area_m2(area), area_m2(other));
}

// Preconditions: places and features of one path each, all `nearest_count` kept.
inline BruteMatch brute_match(const Layer& layer, const GeometryView& place, const MatchRule& rule) {
  BruteMatch result;
  if (place.empty()) return result;
  const Point middle = interior_point(place);
  std::vector<std::pair<double, FeatureId>> near;
  std::set<FeatureId> sharing;
  for (std::uint32_t row = 0; row < layer.row_count(); ++row) {
    const FeatureId feature{row};
    const GeometryView shape = layer.geometry(feature);
    if (shape.empty()) continue;
    const double share = brute_share(place, shape, rule);
    const double distance = distance_m(shape, middle);
    const bool lines = dimension(place.kind) == 1 && dimension(shape.kind) == 1;
    double nearness = distance == 0 ? 1 : rule.tolerance_m == 0 ? 0 : 1 - distance / (2 * rule.tolerance_m);
    if (lines) nearness = 0;
    if (share >= rule.accept_score) sharing.insert(feature);
    if (std::max(share, nearness) < rule.review_score) continue;
    result.candidates.insert(feature);
    if (!lines) near.emplace_back(distance, feature);
  }
  if (result.candidates.empty()) return result;
  result.outcome = MatchOutcome::kReview;
  if (!sharing.empty()) {
    if (sharing.size() > 1 && place.kind == GeometryKind::kPoint) return result;
    result.outcome = MatchOutcome::kMatched;
    result.matched = sharing;
    return result;
  }
  std::ranges::sort(near);
  if (near.empty()) return result;
  const double nearness = near[0].first == 0 ? 1 : 1 - near[0].first / (2 * rule.tolerance_m);
  if (near.size() > 1 && near[1].first <= rule.ambiguity_ratio * near[0].first) return result;
  if (nearness < rule.accept_score) return result;
  result.outcome = MatchOutcome::kMatched;
  result.matched = {near[0].second};
  return result;
}

}  // namespace obnova::geo
