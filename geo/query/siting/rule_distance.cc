#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "geo/base/measure.h"
#include "geo/base/overlay.h"
#include "geo/query/siting/rule_check.h"

namespace obnova::geo {

namespace {

// A feature with what it asks and what it gets.
struct Measured {
  RuleFeature feature;
  double value = 0;
  double limit = 0;
  double margin() const { return value - limit; }
};

// What is known after all features near the site were looked at.
struct Looked {
  std::optional<Measured> tightest;  // Least margin, then least distance.
  std::string doubt;                 // Why the rule cannot be decided, empty when it can.
};

void look_at(const Rule& rule, const RuleFeature& feature, double distance, Looked& looked) {
  const FeatureLimit limit = limit_for(rule, feature);
  const bool certain = feature.known && limit.missing_attribute.empty();
  const bool breaks_anyway = feature.known && distance < limit.least - kSlackM;
  if (!limit.applies || (!certain && distance >= limit.most - kSlackM)) return;
  if (!certain && !breaks_anyway) {
    const std::string missing = feature.known ? fmt::format("`{}`", limit.missing_attribute) : "an attribute that the rule asks for";
    if (looked.doubt.empty()) looked.doubt = fmt::format("{} is {:.2f} m away and lacks {}.", feature.name(), distance, missing);
    return;
  }
  const Measured measured{.feature = feature, .value = distance, .limit = limit.least};
  const auto rank = [](const Measured& m) { return std::pair(m.margin(), m.value); };
  if (!looked.tightest || rank(measured) < rank(*looked.tightest)) looked.tightest = measured;
}

Result<Looked> look_around(const SiteCheck& check, const Rule& rule, const RuleLayers& layers) {
  Looked looked;
  for (const RuleFeature& feature : layers.near(check, greatest_limit(rule))) {
    if (check.limits.stopped()) return check_cancelled();
    const auto gap = gap_between(check.proposal.footprint.view(), feature.shape());
    if (!gap) return std::unexpected(gap.error());
    look_at(rule, feature, gap->distance_m, looked);
  }
  return looked;
}

Result<RuleVerdict> verdict_on(const SiteCheck& check, const Rule& rule, const Measured& measured) {
  const bool kept = measured.margin() >= -kSlackM;
  RuleVerdict verdict;
  verdict.verdict = kept ? Verdict::kPass : broken(rule);
  verdict.reason = fmt::format("{} is {:.2f} m away; at least {:.2f} m {}.", measured.feature.name(), measured.value, measured.limit,
                               kept ? "are required" : "would be required");
  verdict.value = measured.value;
  verdict.limit = measured.limit;
  verdict.margin = measured.margin();
  verdict.layer = measured.feature.layer->id();
  verdict.witness = measured.feature.feature;
  auto shape = witness_between(check.proposal.footprint.view(), measured.feature.shape(), measured.value);
  if (!shape) return std::unexpected(shape.error());
  verdict.witness_shape = *std::move(shape);
  return verdict;
}

}  // namespace

Result<RuleVerdict> check_min_distance(const SiteCheck& check, const Rule& rule) {
  const auto layers = RuleLayers::make(check, rule);
  if (!layers) return std::unexpected(layers.error());
  if (!layers->missing().empty()) return unknown(layers->missing());
  const auto looked = look_around(check, rule, *layers);
  if (!looked) return std::unexpected(looked.error());
  const bool fails = looked->tightest && looked->tightest->margin() < -kSlackM;
  if (fails) return verdict_on(check, rule, *looked->tightest);
  if (!looked->doubt.empty()) return unknown(looked->doubt, layers->names());
  const double reach = greatest_limit(rule);
  const auto covered = layers->cover(check, reach);
  if (!covered) return std::unexpected(covered.error());
  if (!*covered) {
    return unknown(fmt::format("Layer `{}` does not cover the footprint and {:.2f} m around it.", layers->names(), reach), layers->names());
  }
  if (looked->tightest) return verdict_on(check, rule, *looked->tightest);
  RuleVerdict verdict;
  verdict.verdict = Verdict::kPass;
  verdict.reason = fmt::format("Nothing of the kind is within {:.2f} m in layer `{}`.", reach, layers->names());
  verdict.limit = reach;
  verdict.layer = layers->names();
  return verdict;
}

Result<RuleVerdict> check_outside(const SiteCheck& check, const Rule& rule) {
  const auto layers = RuleLayers::make(check, rule);
  if (!layers) return std::unexpected(layers.error());
  if (!layers->missing().empty()) return unknown(layers->missing());
  RuleVerdict verdict;
  verdict.verdict = Verdict::kPass;
  verdict.value = 0;
  verdict.limit = 0;
  std::string doubt;
  for (const RuleFeature& feature : layers->near(check, 0)) {
    if (check.limits.stopped()) return check_cancelled();
    auto shared = intersection(check.proposal.footprint.view(), feature.shape());
    if (!shared) return std::unexpected(shared.error());
    const double area = area_m2(shared->view());
    if (area <= kSlackM) continue;
    if (!feature.known && doubt.empty())
      doubt = fmt::format("{} lies under the footprint and lacks an attribute that the rule asks for.", feature.name());
    if (!feature.known || area <= *verdict.value) continue;
    verdict.verdict = broken(rule);
    verdict.reason = fmt::format("{:.1f} m² of the footprint lie in {}.", area, feature.name());
    verdict.value = area;
    verdict.layer = feature.layer->id();
    verdict.witness = feature.feature;
    verdict.witness_shape = *std::move(shared);
  }
  verdict.margin = 0 - *verdict.value;
  if (verdict.witness) return verdict;
  if (!doubt.empty()) return unknown(doubt, layers->names());
  const auto covered = layers->cover(check, 0);
  if (!covered) return std::unexpected(covered.error());
  if (!*covered) return unknown(fmt::format("Layer `{}` does not cover the whole footprint.", layers->names()), layers->names());
  verdict.reason = fmt::format("The footprint shares no area with anything of the kind in layer `{}`.", layers->names());
  verdict.layer = layers->names();
  return verdict;
}

}  // namespace obnova::geo
