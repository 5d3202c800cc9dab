#include "geo/query/siting/rule_check.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "geo/base/overlay.h"

namespace obnova::geo {

namespace {

// Whether a case holds for a feature; nullopt when its attribute is missing.
std::optional<bool> holds(const LimitCase& limit_case, const RuleFeature& feature) {
  if (limit_case.attribute.empty()) return true;
  const Column* column = feature.layer->column(limit_case.attribute);
  if (column == nullptr || column->is_null(feature.feature)) return std::nullopt;
  if (limit_case.equals) {
    if (column->type() != FieldType::kString) return std::nullopt;
    return column->text_at(feature.feature) == *limit_case.equals;
  }
  const auto number = column->number_at(feature.feature);
  if (!number) return std::nullopt;
  return (!limit_case.at_least || *number >= *limit_case.at_least) && (!limit_case.at_most || *number <= *limit_case.at_most);
}

// Whether any feature of the layer matches.
Result<bool> holds_a_match(const SiteCheck& check, const Layer& layer, const Filter& filter) {
  std::size_t looked_at_count = 0;
  for (const FeatureId feature : layer.features()) {
    if (looked_at_count++ % 4096 == 0 && check.limits.stopped()) return check_cancelled();
    if (filter.matches(feature)) return true;
  }
  return false;
}

}  // namespace

std::string RuleFeature::name() const { return fmt::format("{} of layer `{}`", layer->feature_name(feature), layer->id()); }

Result<RuleLayers> RuleLayers::make(const SiteCheck& check, const Rule& rule) {
  RuleLayers layers;
  std::vector<bool> has_match;
  const std::string theme(rule.theme ? theme_name(*rule.theme) : "");
  const auto of_theme = rule.theme ? check.city.layers_of(*rule.theme) : std::vector<const IndexedLayer*>{};
  for (const IndexedLayer* layer : of_theme) {
    auto matches = Filter::parse(rule.filter, *layer->layer, check.to_plane);
    const std::string opposite = rule.filter.empty() ? std::string() : fmt::format("NOT ({})", rule.filter);
    auto excludes = Filter::parse(opposite, *layer->layer, check.to_plane);
    if (!matches || !excludes) {
      layers.missing_ = fmt::format("Layer `{}` cannot answer: {}", layer->layer->id(), (matches ? excludes : matches).error().message);
      continue;
    }
    const auto match = holds_a_match(check, *layer->layer, *matches);
    if (!match) return std::unexpected(match.error());
    has_match.push_back(*match);
    layers.sources_.push_back({.layer = layer, .matches = *std::move(matches), .excludes = *std::move(excludes)});
  }
  if (of_theme.empty()) layers.missing_ = fmt::format("The city has no layer of theme {}.", theme);
  if (!layers.sources_.empty()) layers.missing_.clear();
  if (std::ranges::count(has_match, true) == 0) {
    // A map of zones speaks of the kinds it holds: one without a flood zone is no flood map.
    if (rule.theme == Theme::kZones && !layers.sources_.empty()) {
      layers.missing_ = fmt::format("No layer of theme {} holds a feature with {}, so none speaks of it.", theme, rule.filter);
    }
    return layers;
  }
  std::vector<Source> speaking;
  for (std::size_t i = 0; i < has_match.size(); ++i) {
    if (has_match[i]) speaking.push_back(std::move(layers.sources_[i]));
  }
  layers.sources_ = std::move(speaking);
  return layers;
}

std::string RuleLayers::names() const {
  std::string names;
  for (const Source& source : sources_) names += (names.empty() ? "" : ", ") + source.layer->layer->id();
  return names;
}

Result<bool> RuleLayers::cover(const SiteCheck& check, double distance_m) const {
  std::vector<Geometry> areas;
  for (const Source& source : sources_) {
    const Geometry& area = source.layer->layer->covered_area();
    if (dimension(area.kind) == 2) areas.push_back(area);
  }
  if (areas.empty()) return false;
  const auto known = areas.size() == 1 ? Result<Geometry>(std::move(areas[0])) : union_all(areas);
  if (!known) return std::unexpected(known.error());
  // Slightly less, so that a site at exactly the limit from the edge counts as covered.
  const double grow_m = distance_m - kSlackM;
  if (grow_m <= 0) return covers(known->view(), check.proposal.footprint.view());
  const auto grown = buffer(check.proposal.footprint.view(), grow_m);
  if (!grown) return std::unexpected(grown.error());
  return covers(known->view(), grown->view());
}

std::vector<RuleFeature> RuleLayers::near(const SiteCheck& check, double distance_m) const {
  const Box window = check.proposal.footprint.view().box().grown(distance_m + kSlackM);
  std::vector<RuleFeature> found;
  for (const Source& source : sources_) {
    for (const FeatureId feature : source.layer->index->in_window(window)) {
      const bool matches = source.matches.matches(feature);
      if (!matches && source.excludes.matches(feature)) continue;
      found.push_back({.layer = source.layer->layer.get(), .feature = feature, .known = matches});
    }
  }
  return found;
}

FeatureLimit limit_for(const Rule& rule, const RuleFeature& feature) {
  for (const LimitCase& limit_case : rule.limits) {
    const auto held = holds(limit_case, feature);
    if (held && !*held) continue;
    if (held) return {.applies = true, .least = limit_case.limit, .most = limit_case.limit, .missing_attribute = {}};
    // Whatever the attribute is, one of the cases holds if the last always does.
    const bool one_holds = rule.limits.back().attribute.empty();
    const double least = std::ranges::min(rule.limits, {}, &LimitCase::limit).limit;
    return {.applies = true, .least = one_holds ? least : 0, .most = greatest_limit(rule), .missing_attribute = limit_case.attribute};
  }
  return {.applies = false, .least = 0, .most = 0, .missing_attribute = {}};
}

double greatest_limit(const Rule& rule) {
  double most = 0;
  for (const LimitCase& limit_case : rule.limits) most = std::max(most, limit_case.limit);
  return most;
}

Verdict broken(const Rule& rule) { return rule.severity == Severity::kFail ? Verdict::kFail : Verdict::kWarn; }

RuleVerdict unknown(std::string reason, std::string layer) {
  RuleVerdict verdict;
  verdict.verdict = Verdict::kUnknown;
  verdict.reason = std::move(reason);
  verdict.layer = std::move(layer);
  return verdict;
}

std::unexpected<Error> check_cancelled() { return failure(ErrorCode::kCancelled, "The check of the site was cancelled."); }

Result<Geometry> witness_between(const GeometryView& footprint, const GeometryView& other, double distance_m) {
  if (distance_m <= 0) {
    auto shared = intersection(footprint, other);
    if (!shared || shared->kind != GeometryKind::kNone) return shared;
  }
  const auto gap = gap_between(footprint, other);
  if (!gap) return std::unexpected(gap.error());
  if (gap->on_a == gap->on_b) return Geometry::point(gap->on_a);
  return Geometry::line({gap->on_a, gap->on_b});
}

}  // namespace obnova::geo
