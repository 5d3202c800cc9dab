#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "geo/base/measure.h"
#include "geo/base/overlay.h"
#include "geo/query/siting/rule_check.h"

namespace obnova::geo {

namespace {

// How the footprint lies among the features (parcels) of a rule.
struct Parcels {
  std::vector<RuleFeature> holding;     // The whole footprint lies in each of these.
  std::optional<RuleFeature> greatest;  // Of those it lies in partly, the one with most of it.
  std::string doubt;
};

Result<Parcels> find_parcels(const SiteCheck& check, const RuleLayers& layers) {
  const GeometryView footprint = check.proposal.footprint.view();
  Parcels parcels;
  double greatest_area = 0;
  for (const RuleFeature& feature : layers.near(check, 0)) {
    if (check.limits.stopped()) return check_cancelled();
    if (dimension(feature.shape().kind) != 2) continue;
    const auto shared = intersection(footprint, feature.shape());
    if (!shared) return std::unexpected(shared.error());
    const double area = area_m2(shared->view());
    if (area <= kSlackM) continue;
    if (!feature.known) {
      parcels.doubt = fmt::format("{} lies under the footprint and lacks an attribute that the rule asks for.", feature.name());
      continue;
    }
    const auto outside = difference(footprint, feature.shape());
    if (!outside) return std::unexpected(outside.error());
    if (area_m2(outside->view()) <= kSlackM) parcels.holding.push_back(feature);
    if (area > greatest_area) std::tie(parcels.greatest, greatest_area) = std::pair(feature, area);
  }
  return parcels;
}

Geometry boundary_of(const GeometryView& area) {
  Geometry boundary = Geometry::copy_of(area);
  boundary.kind = boundary.path_ends.size() == 1 ? GeometryKind::kLineString : GeometryKind::kMultiLineString;
  boundary.part_ends.clear();
  return boundary;
}

// A verdict to be filled in; complete when no case of the rule speaks of the parcel.
RuleVerdict verdict_on(const RuleFeature& parcel, const FeatureLimit& limit) {
  RuleVerdict verdict;
  verdict.layer = parcel.layer->id();
  verdict.witness = parcel.feature;
  if (!limit.applies) {
    verdict.verdict = Verdict::kNotApplicable;
    verdict.reason = fmt::format("No case of the rule speaks of {}.", parcel.name());
  }
  return verdict;
}

Result<RuleVerdict> setback_in(const SiteCheck& check, const Rule& rule, const RuleFeature& parcel) {
  const FeatureLimit limit = limit_for(rule, parcel);
  const GeometryView footprint = check.proposal.footprint.view();
  const Geometry boundary = boundary_of(parcel.shape());
  const auto gap = gap_between(footprint, boundary.view());
  if (!gap) return std::unexpected(gap.error());
  RuleVerdict verdict = verdict_on(parcel, limit);
  if (!limit.applies) return verdict;
  const bool breaks_anyway = gap->distance_m < limit.least - kSlackM;
  if (!limit.missing_attribute.empty() && !breaks_anyway && gap->distance_m < limit.most - kSlackM) {
    return unknown(fmt::format("{} lacks `{}`.", parcel.name(), limit.missing_attribute), parcel.layer->id());
  }
  const double asked = breaks_anyway ? limit.least : limit.most;
  verdict.verdict = gap->distance_m >= asked - kSlackM ? Verdict::kPass : broken(rule);
  verdict.reason = fmt::format("The footprint stands {:.2f} m from the boundary of {}; at least {:.2f} m are required.", gap->distance_m,
                               parcel.name(), asked);
  verdict.value = gap->distance_m;
  verdict.limit = asked;
  verdict.margin = gap->distance_m - asked;
  auto shape = witness_between(footprint, boundary.view(), gap->distance_m);
  if (!shape) return std::unexpected(shape.error());
  verdict.witness_shape = *std::move(shape);
  return verdict;
}

// What tells more about a site comes first: broken, unknown, passed, not applicable.
int gravity(const RuleVerdict& verdict) {
  switch (verdict.verdict) {
    case Verdict::kFail:
    case Verdict::kWarn:
      return 0;
    case Verdict::kUnknown:
      return 1;
    case Verdict::kPass:
      return 2;
    case Verdict::kNotApplicable:
      return 3;
  }
  return 3;
}

// The gravest verdict of all features that hold the footprint, then that of the least margin.
template <typename CheckOne>
Result<RuleVerdict> gravest_of(const std::vector<RuleFeature>& holding, const CheckOne& check_one) {
  std::optional<RuleVerdict> gravest;
  const auto rank = [](const RuleVerdict& verdict) { return std::pair(gravity(verdict), verdict.margin.value_or(0)); };
  for (const RuleFeature& parcel : holding) {
    auto verdict = check_one(parcel);
    if (!verdict) return verdict;
    if (!gravest || rank(*verdict) < rank(*gravest)) gravest = *std::move(verdict);
  }
  return *std::move(gravest);
}

// The footprint lies in no single feature.
Result<RuleVerdict> not_inside(const SiteCheck& check, const Rule& rule, const RuleLayers& layers, const Parcels& parcels) {
  if (!parcels.doubt.empty()) return unknown(parcels.doubt, layers.names());
  const auto covered = layers.cover(check, 0);
  if (!covered) return std::unexpected(covered.error());
  if (!*covered) return unknown(fmt::format("Layer `{}` does not cover the whole footprint.", layers.names()), layers.names());
  RuleVerdict verdict;
  verdict.verdict = broken(rule);
  verdict.layer = layers.names();
  verdict.limit = greatest_limit(rule);
  verdict.reason = fmt::format("The footprint lies in nothing of layer `{}`.", layers.names());
  verdict.witness_shape = check.proposal.footprint;
  if (!parcels.greatest) return verdict;
  auto outside = difference(check.proposal.footprint.view(), parcels.greatest->shape());
  if (!outside) return std::unexpected(outside.error());
  verdict.reason = fmt::format("{:.1f} m² of the footprint lie outside {}.", area_m2(outside->view()), parcels.greatest->name());
  verdict.layer = parcels.greatest->layer->id();
  verdict.witness = parcels.greatest->feature;
  verdict.value = 0;
  verdict.margin = 0 - *verdict.limit;
  verdict.witness_shape = *std::move(outside);
  return verdict;
}

Result<RuleVerdict> coverage_of(const SiteCheck& check, const Rule& rule, const RuleFeature& parcel) {
  const FeatureLimit limit = limit_for(rule, parcel);
  const double ratio = area_m2(check.proposal.footprint.view()) / area_m2(parcel.shape());
  RuleVerdict verdict = verdict_on(parcel, limit);
  if (!limit.applies) return verdict;
  if (!limit.missing_attribute.empty())
    return unknown(fmt::format("{} lacks `{}`.", parcel.name(), limit.missing_attribute), parcel.layer->id());
  verdict.verdict = ratio <= limit.most + 1e-9 ? Verdict::kPass : broken(rule);
  verdict.reason = fmt::format("The footprint takes {:.3f} of {}; at most {:.3f} are allowed.", ratio, parcel.name(), limit.most);
  verdict.value = ratio;
  verdict.limit = limit.most;
  verdict.margin = limit.most - ratio;
  verdict.witness_shape = Geometry::copy_of(parcel.shape());
  return verdict;
}

}  // namespace

Result<RuleVerdict> check_inside_setback(const SiteCheck& check, const Rule& rule) {
  const auto layers = RuleLayers::make(check, rule);
  if (!layers) return std::unexpected(layers.error());
  if (!layers->missing().empty()) return unknown(layers->missing());
  const auto parcels = find_parcels(check, *layers);
  if (!parcels) return std::unexpected(parcels.error());
  if (parcels->holding.empty()) return not_inside(check, rule, *layers, *parcels);
  return gravest_of(parcels->holding, [&](const RuleFeature& parcel) { return setback_in(check, rule, parcel); });
}

Result<RuleVerdict> check_max_coverage(const SiteCheck& check, const Rule& rule) {
  const auto layers = RuleLayers::make(check, rule);
  if (!layers) return std::unexpected(layers.error());
  if (!layers->missing().empty()) return unknown(layers->missing());
  const auto parcels = find_parcels(check, *layers);
  if (!parcels) return std::unexpected(parcels.error());
  if (parcels->holding.empty()) {
    return unknown(
        parcels->doubt.empty() ? fmt::format("The footprint lies in no single feature of layer `{}`.", layers->names()) : parcels->doubt,
        layers->names());
  }
  return gravest_of(parcels->holding, [&](const RuleFeature& parcel) { return coverage_of(check, rule, parcel); });
}

}  // namespace obnova::geo
