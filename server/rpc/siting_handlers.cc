#include "server/rpc/siting_handlers.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "geo/query/siting/check_site.h"
#include "server/convert/geometry.h"
#include "server/convert/number.h"
#include "server/convert/provenance.h"
#include "server/convert/serving.h"

namespace obnova::server {
namespace {

constexpr double kMaxHeight_m = 10'000;
constexpr double kMaxStoreys = 1000;

Result<geo::Proposal> to_proposal(const v1::Proposal& message, const geo::Projection& projection) {
  geo::Proposal proposal;
  auto footprint = to_plane(message.footprint(), projection, ShapeKind::kArea, "proposal.footprint");
  if (!footprint) return std::unexpected(footprint.error());
  proposal.footprint = std::move(*footprint);
  if (message.has_height_m()) {
    const auto height_m = number_in(message.height_m(), {0, kMaxHeight_m}, "proposal.height_m");
    if (!height_m) return std::unexpected(height_m.error());
    proposal.height_m = *height_m;
  }
  if (message.has_storeys()) {
    const auto storeys = number_in(message.storeys(), {0, kMaxStoreys}, "proposal.storeys");
    if (!storeys) return std::unexpected(storeys.error());
    proposal.storeys = message.storeys();
  }
  proposal.use = message.use();
  return proposal;
}

Result<const geo::RulePack*> find_rule_pack(const Twin& twin, const std::string& asked) {
  const std::string id = asked.empty() ? "demo" : asked;
  std::vector<std::string> known;
  for (const geo::RulePack& pack : twin.rule_packs()) {
    if (pack.id == id) return &pack;
    known.push_back(pack.id);
  }
  return failure(ErrorCode::kNotFound, fmt::format("There is no rule pack `{}`; there are {}.", id, fmt::join(known, ", ")), "rule_pack");
}

// All layers the rules look at, whether or not they found something there.
Sources sources_of(const geo::RulePack& pack, const Snapshot& snapshot) {
  Sources sources(snapshot);
  std::vector<std::string> unverified;
  for (const geo::Rule& rule : pack.rules) {
    if (rule.theme) {
      for (const geo::IndexedLayer* layer : snapshot.city->layers_of(*rule.theme)) sources.use_with_area(layer->layer->id());
    }
    if (rule.kind == geo::RuleKind::kRoadAccess) {
      sources.use_roads();
      for (const std::string& id : snapshot.city->road_layer_ids()) {
        if (snapshot.city->layers().find(id)->second.layer->description().theme == geo::Theme::kRoads) sources.use_with_area(id);
      }
    }
    if (!rule.verified) unverified.push_back(rule.id);
  }
  if (!unverified.empty()) {
    sources.warn(fmt::format("The values of these rules were not checked against the official text: {}.", fmt::join(unverified, ", ")));
  }
  return sources;
}

v1::Verdict to_proto(geo::Verdict verdict) { return static_cast<v1::Verdict>(static_cast<int>(verdict) + 1); }

// FAIL, then UNKNOWN, then WARN, then PASS; rules that do not concern the proposal decide nothing.
v1::Verdict worst_of(const std::vector<geo::RuleVerdict>& verdicts) {
  for (const geo::Verdict verdict : {geo::Verdict::kFail, geo::Verdict::kUnknown, geo::Verdict::kWarn, geo::Verdict::kPass}) {
    if (std::ranges::find(verdicts, verdict, &geo::RuleVerdict::verdict) != verdicts.end()) return to_proto(verdict);
  }
  return v1::VERDICT_NOT_APPLICABLE;
}

v1::RuleVerdict to_proto(const geo::RuleVerdict& verdict, const geo::Rule& rule, const Snapshot& snapshot, Degrees& degrees) {
  v1::RuleVerdict message;
  message.set_rule(rule.id);
  message.set_title(rule.title);
  message.set_verdict(to_proto(verdict.verdict));
  message.set_reason(verdict.reason);
  if (verdict.value) message.set_value(*verdict.value);
  if (verdict.limit) message.set_limit(*verdict.limit);
  if (verdict.margin) message.set_margin(*verdict.margin);
  message.set_unit(rule.unit);
  message.set_citation(rule.citation);
  message.set_witness_wkb(degrees.wkb(verdict.witness_shape.view()));
  message.set_layer(verdict.layer);
  const auto layer = snapshot.city->layers().find(verdict.layer);
  if (layer == snapshot.city->layers().end()) return message;
  message.set_layer_dated(layer->second.layer->description().dated);
  if (verdict.witness) {
    message.set_witness_feature(fmt::format("{}/{}", verdict.layer, layer->second.layer->feature_name(*verdict.witness)));
  }
  return message;
}

// A rule that looks at features takes those nobody assessed as undamaged.
Result<void> warn_of_unassessed_layers(const std::vector<geo::RuleVerdict>& verdicts, const Snapshot& snapshot, Sources& sources) {
  std::set<std::string> looked_at;
  for (const geo::RuleVerdict& verdict : verdicts) looked_at.insert(verdict.layer);
  for (const std::string& id : looked_at) {
    const auto found = snapshot.city->layers().find(id);
    if (found == snapshot.city->layers().end()) continue;
    const geo::Layer& layer = *found->second.layer;
    const auto features = layer.features();
    const auto warned = warn_of_unassessed(snapshot, layer, std::vector<FeatureId>(features.begin(), features.end()), sources);
    if (!warned) return warned;
  }
  return {};
}

}  // namespace

Result<v1::CheckSiteResponse> check_site(const Twin& twin, const Call& call, const v1::CheckSiteRequest& request) {
  const auto snapshot = twin.resolve(request.context());
  if (!snapshot) return std::unexpected(snapshot.error());
  const auto proposal = to_proposal(request.proposal(), *(*snapshot)->projection);
  if (!proposal) return std::unexpected(proposal.error());
  const auto pack = find_rule_pack(twin, request.rule_pack());
  if (!pack) return std::unexpected(pack.error());

  const auto verdicts = geo::check_site(*(*snapshot)->city, *proposal, **pack, plane_of_degrees(*(*snapshot)->projection), call.limits());
  if (!verdicts) return std::unexpected(verdicts.error());
  Degrees degrees(*(*snapshot)->projection);
  v1::CheckSiteResponse answer;
  answer.set_overall(worst_of(*verdicts));
  for (const geo::RuleVerdict& verdict : *verdicts) {
    *answer.add_verdicts() = to_proto(verdict, (*pack)->rules[verdict.rule], **snapshot, degrees);
  }
  Sources sources = sources_of(**pack, **snapshot);
  const auto warned = warn_of_unassessed_layers(*verdicts, **snapshot, sources);
  if (!warned) return std::unexpected(warned.error());
  *answer.mutable_provenance() = sources.provenance();
  answer.mutable_provenance()->set_rule_pack(fmt::format("{}@{}", (*pack)->id, (*pack)->version));
  return degrees.checked(std::move(answer));
}

Result<v1::ListRulePacksResponse> list_rule_packs(const Twin& twin, const Call&, const v1::ListRulePacksRequest& request) {
  const auto page_size = count_or(request.page_size(), 100, 1000, "page_size");
  if (!page_size) return std::unexpected(page_size.error());
  std::vector<const geo::RulePack*> packs;
  for (const geo::RulePack& pack : twin.rule_packs()) packs.push_back(&pack);
  std::ranges::sort(packs, {}, &geo::RulePack::id);
  // A token is the id of the pack the page begins with.
  auto pack = packs.begin();
  if (!request.page_token().empty()) {
    pack = std::ranges::find(packs, request.page_token(), &geo::RulePack::id);
    if (pack == packs.end()) return failure(ErrorCode::kInvalidArgument, "The page token is not one of this server's.", "page_token");
  }
  v1::ListRulePacksResponse answer;
  for (; pack != packs.end(); ++pack) {
    if (static_cast<std::size_t>(answer.rule_packs_size()) == *page_size) {
      answer.set_next_page_token((*pack)->id);
      break;
    }
    v1::RulePack* message = answer.add_rule_packs();
    message->set_id((*pack)->id);
    message->set_title((*pack)->title);
    message->set_version((*pack)->version);
    message->set_rule_count(static_cast<std::int32_t>((*pack)->rules.size()));
  }
  return answer;
}

}  // namespace obnova::server
