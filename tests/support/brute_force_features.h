#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "geo/base/measure.h"
#include "geo/index/layer_index.h"
#include "geo/layer/layer.h"
#include "tests/support/random_layers.h"

namespace obnova::geo::brute_force {

// The slow twins of questions about features: every feature is looked at.

inline std::vector<Neighbor> nearest(std::size_t feature_count, std::size_t count, const LayerIndex::DistanceTo& distance_to,
                                     double max_distance_m = std::numeric_limits<double>::infinity()) {
  std::vector<Neighbor> all;
  for (std::uint32_t row = 0; row < feature_count; ++row) {
    const Neighbor neighbor{{row}, distance_to({row})};
    if (std::isfinite(neighbor.distance_m) && neighbor.distance_m <= max_distance_m) all.push_back(neighbor);
  }
  std::ranges::sort(
      all, [](const Neighbor& a, const Neighbor& b) { return std::pair(a.distance_m, a.feature) < std::pair(b.distance_m, b.feature); });
  all.resize(std::min(all.size(), count));
  return all;
}

inline LayerIndex::DistanceTo distance_from(const Layer& layer, Point from) {
  return [&layer, from](FeatureId feature) {
    const GeometryView shape = layer.geometry(feature);
    return shape.empty() ? std::numeric_limits<double>::infinity() : distance_m(shape, from);
  };
}

// True, false, or neither because of a null.
using MaybeTruth = std::optional<bool>;

// A filter with what it means, told a second time without any of its code.
struct RandomFilter {
  std::string text;
  std::function<MaybeTruth(const Layer&, FeatureId)> truth;
};

inline Value value_of(const Layer& layer, FeatureId feature, const char* field) { return layer.column(field)->value_at(feature); }

inline std::optional<double> number_of(const Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  if (const auto* number = std::get_if<double>(&value)) return *number;
  return std::nullopt;
}

inline RandomFilter random_comparison(RandomNumbers& random) {
  static constexpr const char* kOperators[] = {"=", "<>", "<", "<=", ">", ">="};
  const char* field = random.one_in(2) ? "levels" : "height";
  const std::size_t op = random.below(6);
  const double limit = static_cast<double>(random.below(12)) / 2;
  return {fmt::format("{} {} {}", field, kOperators[op], limit), [=](const Layer& layer, FeatureId feature) -> MaybeTruth {
            const auto number = number_of(value_of(layer, feature, field));
            if (!number) return std::nullopt;
            const bool truths[] = {*number == limit, *number != limit, *number<limit, *number <= limit, *number> limit, *number >= limit};
            return truths[op];
          }};
}

inline RandomFilter random_text_condition(RandomNumbers& random) {
  const bool negated = random.one_in(2);
  const std::string maybe_not = negated ? "NOT " : "";
  const auto about_kind = [negated](auto&& test) {
    return [negated, test](const Layer& layer, FeatureId feature) -> MaybeTruth {
      const Value value = value_of(layer, feature, "kind");
      if (std::holds_alternative<std::monostate>(value)) return std::nullopt;
      return test(std::get<std::string>(value)) != negated;
    };
  };
  switch (random.below(3)) {
    case 0:
      return {fmt::format("kind {}IN ('school', 'Школа', 'nobody')", maybe_not),
              about_kind([](const std::string& s) { return s == "school" || s == "Школа"; })};
    case 1:
      return {fmt::format("kind {}LIKE '%о__'", maybe_not), about_kind([](const std::string& s) { return s == "Школа"; })};
    default:
      return {fmt::format("kind {} 'it''s'", negated ? "<>" : "="), about_kind([](const std::string& s) { return s == "it's"; })};
  }
}

inline RandomFilter random_null_test(RandomNumbers& random) {
  const bool negated = random.one_in(2);
  return {fmt::format("\"name:uk\" IS {}NULL", negated ? "NOT " : ""), [negated](const Layer& layer, FeatureId feature) -> MaybeTruth {
            return std::holds_alternative<std::monostate>(value_of(layer, feature, "name:uk")) != negated;
          }};
}

inline RandomFilter random_between(RandomNumbers& random) {
  const auto low = static_cast<double>(random.below(6));
  const double high = low + static_cast<double>(random.below(4)) - 1;
  const bool negated = random.one_in(2);
  return {fmt::format("levels {}BETWEEN {} AND {}", negated ? "NOT " : "", low, high),
          [=](const Layer& layer, FeatureId feature) -> MaybeTruth {
            const auto number = number_of(value_of(layer, feature, "levels"));
            if (!number) return std::nullopt;
            return (low <= *number && *number <= high) != negated;
          }};
}

// Conditions joined by AND, OR and NOT up to `depth` deep.
inline RandomFilter random_filter(RandomNumbers& random, int depth) {
  if (depth == 0 || random.one_in(3)) {
    switch (random.below(4)) {
      case 0:
        return random_text_condition(random);
      case 1:
        return random_null_test(random);
      case 2:
        return random_between(random);
      default:
        return random_comparison(random);
    }
  }
  const RandomFilter a = random_filter(random, depth - 1);
  if (random.one_in(3)) {
    return {fmt::format("NOT ({})", a.text), [a](const Layer& layer, FeatureId feature) -> MaybeTruth {
              const MaybeTruth inner = a.truth(layer, feature);
              if (!inner) return std::nullopt;
              return !*inner;
            }};
  }
  const RandomFilter b = random_filter(random, depth - 1);
  const bool is_and = random.one_in(2);
  return {fmt::format("({}) {} ({})", a.text, is_and ? "AND" : "OR", b.text), [=](const Layer& layer, FeatureId feature) -> MaybeTruth {
            const MaybeTruth left = a.truth(layer, feature);
            const MaybeTruth right = b.truth(layer, feature);
            const bool decisive = !is_and;
            if (left == decisive || right == decisive) return decisive;
            if (!left || !right) return std::nullopt;
            return is_and;
          }};
}

}  // namespace obnova::geo::brute_force
