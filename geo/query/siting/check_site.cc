#include "geo/query/siting/check_site.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "geo/base/overlay.h"
#include "geo/query/siting/rule_check.h"

namespace obnova::geo {

namespace {

Result<void> check_proposal(const Proposal& proposal) {
  if (dimension(proposal.footprint.kind) != 2) {
    return failure(ErrorCode::kInvalidArgument, "A footprint must be a polygon or multipolygon.", "proposal.footprint");
  }
  if (const auto problem = validity_problem(proposal.footprint.view())) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("The footprint is not valid: {}", *problem), "proposal.footprint");
  }
  if (proposal.height_m && (!std::isfinite(*proposal.height_m) || *proposal.height_m < 0)) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("A height must be 0 m or more, got {}.", *proposal.height_m),
                   "proposal.height_m");
  }
  return {};
}

Result<RuleVerdict> check_by_kind(const SiteCheck& check, const Rule& rule) {
  switch (rule.kind) {
    case RuleKind::kMinDistance:
      return check_min_distance(check, rule);
    case RuleKind::kOutside:
      return check_outside(check, rule);
    case RuleKind::kInsideSetback:
      return check_inside_setback(check, rule);
    case RuleKind::kMaxCoverage:
      return check_max_coverage(check, rule);
    case RuleKind::kMaxHeight:
      return check_max_height(check, rule);
    case RuleKind::kRoadAccess:
      return check_road_access(check, rule);
  }
  return unknown("The kind of the rule is not known.");
}

Result<RuleVerdict> check_rule(const SiteCheck& check, const Rule& rule) {
  if (rule.uses.empty()) return check_by_kind(check, rule);
  if (check.proposal.use.empty()) return unknown("The rule speaks of certain uses and the use of the proposal is not stated.");
  if (std::ranges::find(rule.uses, check.proposal.use) != rule.uses.end()) return check_by_kind(check, rule);
  RuleVerdict verdict;
  verdict.verdict = Verdict::kNotApplicable;
  verdict.reason = fmt::format("The rule does not speak of the use `{}`.", check.proposal.use);
  return verdict;
}

}  // namespace

Result<RuleVerdict> check_max_height(const SiteCheck& check, const Rule& rule) {
  if (!check.proposal.height_m) return unknown("The height of the proposal is not stated.");
  const double height = *check.proposal.height_m;
  const double limit = greatest_limit(rule);
  RuleVerdict verdict;
  verdict.verdict = height <= limit + kSlackM ? Verdict::kPass : broken(rule);
  verdict.reason = fmt::format("The proposal is {:.2f} m high; at most {:.2f} m are allowed.", height, limit);
  verdict.value = height;
  verdict.limit = limit;
  verdict.margin = limit - height;
  return verdict;
}

Result<std::vector<RuleVerdict>> check_site(const City& city, const Proposal& proposal, const RulePack& pack, const ToPlane& to_plane,
                                            const Limits& limits) {
  const auto checked = check_proposal(proposal);
  if (!checked) return std::unexpected(checked.error());
  const SiteCheck check{.city = city, .proposal = proposal, .to_plane = to_plane, .limits = limits};
  std::vector<RuleVerdict> verdicts;
  for (std::size_t i = 0; i < pack.rules.size(); ++i) {
    if (limits.stopped()) return check_cancelled();
    auto verdict = check_rule(check, pack.rules[i]);
    if (!verdict) return std::unexpected(verdict.error());
    verdict->rule = i;
    verdicts.push_back(*std::move(verdict));
  }
  return verdicts;
}

}  // namespace obnova::geo
