#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "geo/query/siting/check_site.h"

namespace obnova::geo {

// A city of few features, spelled in the test. Every layer has the same columns
// and, unless said otherwise, covers 1 km around the origin.
struct SiteFeature {
  std::string id;
  Geometry shape;
  Value kind = {};
  Value zone = {};
  Value voltage = {};
  Value highway = {};
};

inline Geometry box_at(double x, double y, double width, double height) { return Geometry::rectangle({{x, y}, {x + width, y + height}}); }

inline std::shared_ptr<const Layer> site_layer(const std::string& id, Theme theme, const std::vector<SiteFeature>& features,
                                               Geometry covered = box_at(-1000, -1000, 2000, 2000)) {
  LayerDescription description;
  description.id = id;
  description.theme = theme;
  description.covered_area = std::move(covered);
  LayerBuilder builder(
      description,
      {{"kind", FieldType::kString}, {"zone", FieldType::kString}, {"voltage_v", FieldType::kInt}, {"highway", FieldType::kString}});
  for (const SiteFeature& feature : features) {
    EXPECT_TRUE(builder.add(feature.id, feature.shape, {feature.kind, feature.zone, feature.voltage, feature.highway}).has_value());
  }
  return std::move(builder).build();
}

inline std::shared_ptr<const City> site_city(std::vector<std::shared_ptr<const Layer>> layers) {
  Profile engine;
  engine.id = "emergency";
  engine.speed_kmh = {{"residential", 30}};
  return City::make("town", "EPSG:6384", 1, std::move(layers), {engine}, nullptr);
}

inline Rule distance_rule(double limit, Theme theme = Theme::kBuildings) {
  Rule rule;
  rule.id = "distance";
  rule.kind = RuleKind::kMinDistance;
  rule.theme = theme;
  rule.limits.emplace_back();
  rule.limits.back().limit = limit;
  return rule;
}

inline Rule rule_of(RuleKind kind, Theme theme, double limit) {
  Rule rule = distance_rule(limit, theme);
  rule.kind = kind;
  return rule;
}

// The verdict of one rule about a footprint.
inline RuleVerdict verdict_of(const City& city, const Rule& rule, Proposal proposal) {
  const ToPlane same = [](const Geometry& shape) { return Result<Geometry>(shape); };
  RulePack pack;
  pack.rules.push_back(rule);
  const auto verdicts = check_site(city, proposal, pack, same, {});
  EXPECT_TRUE(verdicts.has_value()) << (verdicts ? "" : verdicts.error().message);
  return verdicts ? verdicts->front() : RuleVerdict{};
}

inline RuleVerdict verdict_of(const City& city, const Rule& rule, const Geometry& footprint) {
  Proposal proposal;
  proposal.footprint = footprint;
  return verdict_of(city, rule, std::move(proposal));
}

}  // namespace obnova::geo
