#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "geo/damage/area_finder.h"
#include "server/assess/graded_features.h"
#include "server/convert/provenance.h"
#include "server/convert/selection.h"
#include "server/rpc/assessment_handlers.h"
#include "server/rpc/assessment_messages.h"

namespace obnova::server {
namespace {

constexpr int kMaxLayers = 100;

using Snapshots = std::shared_ptr<const Snapshot>;

// The layers to count, each once.
Result<std::set<std::string>> layers_to_count(const v1::SummarizeDamageRequest& request, const Snapshot& snapshot) {
  if (request.layers_size() > kMaxLayers) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("At most {} layers are counted at once.", kMaxLayers), "layers");
  }
  std::set<std::string> layers;
  for (int i = 0; i < request.layers_size(); ++i) {
    const auto found = find_layer(snapshot, request.layers(i), fmt::format("layers[{}]", i));
    if (!found) return std::unexpected(found.error());
    layers.insert(request.layers(i));
  }
  if (!layers.empty() || snapshot.conditions == nullptr) return layers;
  for (const auto& [layer, known] : snapshot.conditions->layers) layers.insert(layer);
  return layers;
}

// Nullptr when nothing is compared.
Result<Snapshots> snapshot_before(const Twin& twin, const v1::SummarizeDamageRequest& request) {
  if (request.has_since() && request.has_since_context()) {
    return failure(ErrorCode::kInvalidArgument, "One state is compared with: give a time or a context.", "since_context");
  }
  if (!request.has_since() && !request.has_since_context()) return nullptr;
  v1::Context context = request.has_since_context() ? request.since_context() : request.context();
  if (request.has_since()) *context.mutable_valid_at() = request.since();
  if (context.city() != request.context().city()) {
    return failure(ErrorCode::kInvalidArgument, "Only states of one city are compared.", "since_context.city");
  }
  auto before = twin.resolve(context);
  if (!before) {
    const std::string field = request.has_since() ? "since" : "since_" + before.error().field;
    return failure(before.error().code, before.error().message, field);
  }
  return before;
}

void add_groups(const std::map<std::string, geo::GradeCounts>& groups, google::protobuf::RepeatedPtrField<v1::GroupCounts>& messages) {
  for (const auto& [group, counts] : groups) {
    v1::GroupCounts* message = messages.Add();
    message->set_group(group);
    *message->mutable_counts() = to_proto(counts);
  }
}

// Counts statements of the snapshot by layer, day and word.
void add_statements(const Snapshot& snapshot, const DamageRules& rules, v1::SummarizeDamageResponse& response) {
  if (snapshot.conditions == nullptr) return;
  for (const std::string& layer : snapshot.conditions->statement_layers) {
    const Statements statements(*snapshot.city->layers().find(layer)->second.layer);
    std::map<std::tuple<std::string, std::string, std::string>, std::int64_t> counts;
    for (const FeatureId statement : statements.layer().features()) {
      const auto observed_at = statements.observed_at(statement);
      if (observed_at && *observed_at >= snapshot.conditions->holds.to) continue;
      ++counts[{observed_at ? geo::day_of(*observed_at) : "", std::string(statements.text(statement, StatementField::kScale)),
                statements.code(statement)}];
    }
    for (const auto& [key, count] : counts) {
      v1::CodeCount* message = response.add_statements();
      message->set_layer(layer);
      message->set_day(std::get<0>(key));
      message->set_scale(std::get<1>(key));
      message->set_code(std::get<2>(key));
      if (const auto code = geo::find_code(rules.scales, std::get<1>(key), std::get<2>(key))) {
        message->set_grade(grade_word((*code)->grade, ""));
      }
      message->set_count(count);
    }
  }
}

v1::DamageChange to_proto(const geo::DamageChange& change) {
  std::vector<std::optional<geo::Grade>> grades = {std::nullopt};
  for (std::size_t i = 0; i < geo::kGradeCount; ++i) grades.emplace_back(static_cast<geo::Grade>(i));
  v1::DamageChange message;
  for (const auto& before : grades) {
    for (const auto& after : grades) {
      if (change.of(before, after) == 0) continue;
      v1::GradeChange* one = message.add_changes();
      one->set_before(grade_word(before, "unassessed"));
      one->set_after(grade_word(after, "unassessed"));
      one->set_count(change.of(before, after));
    }
  }
  message.set_newly_assessed_count(change.newly_assessed());
  message.set_no_longer_assessed_count(change.no_longer_assessed());
  message.set_worse_count(change.worse());
  message.set_better_count(change.better());
  message.set_unchanged_count(change.unchanged());
  return message;
}

// One summary in the making.
class Summary {
 public:
  Summary(const Twin& twin, const Call& call, const Snapshot& now, const Snapshot* before)
      : rule_(twin.damage().condition), limits_(call.limits()), now_(now), before_(before) {}

  Result<void> use_areas(const geo::IndexedLayer& areas) {
    auto finder = geo::AreaFinder::make(*areas.layer, *areas.index, limits_);
    if (!finder) return std::unexpected(finder.error());
    finder_.emplace(std::move(*finder));
    areas_ = areas.layer.get();
    return {};
  }

  Result<void> add(const std::string& id) {
    const geo::Layer& layer = *now_.city->layers().find(id)->second.layer;
    const auto graded = graded_features(now_, layer, rule_, limits_);
    if (!graded) return std::unexpected(graded.error());
    geo::GradeCounts& of_layer = by_layer_[id];
    for (const GradedFeature& one : *graded) {
      of_layer.add(one.grade);
      geo::DamageEntry entry{.theme = layer.description().theme, .grade = one.grade, .observed_at_us = one.observed_at};
      if (finder_) {
        auto areas = finder_->areas_of(layer.geometry(one.feature));
        if (!areas) return std::unexpected(areas.error());
        entry.areas = std::move(*areas);
      }
      entries_.push_back(std::move(entry));
    }
    return before_ == nullptr ? Result<void>() : compare(id, *graded);
  }

  void write(v1::SummarizeDamageResponse& response) const {
    const geo::DamageSummary summary = geo::summarize(entries_);
    *response.mutable_total() = server::to_proto(summary.total);
    add_groups(by_layer_, *response.mutable_by_layer());
    std::map<std::string, geo::GradeCounts> by_theme;
    for (const auto& [theme, counts] : summary.by_theme) by_theme.emplace(geo::theme_name(theme), counts);
    add_groups(by_theme, *response.mutable_by_theme());
    add_groups(summary.by_day, *response.mutable_by_day());
    if (before_ != nullptr) *response.mutable_change() = to_proto(change_);
    if (areas_ == nullptr) return;
    for (const FeatureId area : areas_->features()) {
      v1::GroupCounts* message = response.add_by_area();
      message->set_group(std::string(areas_->feature_name(area)));
      message->set_title(std::string(areas_->title_of(area)));
      const auto counts = summary.by_area.find(area);
      if (counts != summary.by_area.end()) *message->mutable_counts() = server::to_proto(counts->second);
    }
    *response.mutable_outside_areas() = server::to_proto(summary.outside_areas);
    *response.mutable_counted_again() = server::to_proto(summary.counted_again);
  }

 private:
  // Features that exist in one of the two states count as unassessed in the other.
  Result<void> compare(const std::string& id, const std::vector<GradedFeature>& now) {
    std::vector<GradedFeature> then;
    const auto known = before_->city->layers().find(id);
    if (known != before_->city->layers().end()) {
      auto graded = graded_features(*before_, *known->second.layer, rule_, limits_);
      if (!graded) return std::unexpected(graded.error());
      then = std::move(*graded);
    }
    std::size_t i = 0;
    std::size_t k = 0;
    while (i < then.size() || k < now.size()) {
      const bool takes_then = k == now.size() || (i < then.size() && then[i].feature <= now[k].feature);
      const bool takes_now = i == then.size() || (k < now.size() && now[k].feature <= then[i].feature);
      change_.add(takes_then ? then[i].grade : std::nullopt, takes_now ? now[k].grade : std::nullopt);
      i += takes_then ? 1 : 0;
      k += takes_now ? 1 : 0;
    }
    return {};
  }

  const geo::ConditionRule& rule_;
  const Limits limits_;
  const Snapshot& now_;
  const Snapshot* before_;
  std::optional<geo::AreaFinder> finder_;
  const geo::Layer* areas_ = nullptr;
  std::vector<geo::DamageEntry> entries_;
  std::map<std::string, geo::GradeCounts> by_layer_;
  geo::DamageChange change_;
};

Result<void> check_cases(const v1::SummarizeDamageRequest& request) {
  const bool ignores = request.context().condition_case() == v1::CONDITION_CASE_IGNORED ||
                       (request.has_since_context() && request.since_context().condition_case() == v1::CONDITION_CASE_IGNORED);
  if (!ignores) return {};
  return failure(ErrorCode::kInvalidArgument, "Damage that is ignored cannot be counted.", "context.condition_case");
}

}  // namespace

Result<v1::SummarizeDamageResponse> summarize_damage(const Twin& twin, const Call& call, const v1::SummarizeDamageRequest& request) {
  const auto checked = check_cases(request);
  if (!checked) return std::unexpected(checked.error());
  const auto snapshot = twin.resolve(request.context());
  if (!snapshot) return std::unexpected(snapshot.error());
  const auto before = snapshot_before(twin, request);
  if (!before) return std::unexpected(before.error());
  const auto layers = layers_to_count(request, **snapshot);
  if (!layers) return std::unexpected(layers.error());
  Sources sources(**snapshot);
  Summary summary(twin, call, **snapshot, before->get());
  if (!request.areas_layer().empty()) {
    const auto areas = find_layer(**snapshot, request.areas_layer(), "areas_layer");
    if (!areas) return std::unexpected(areas.error());
    const auto used = summary.use_areas(**areas);
    if (!used) return std::unexpected(with_field(used.error(), "areas_layer"));
    sources.use(request.areas_layer());
  }
  for (const std::string& layer : *layers) {
    sources.use(layer);
    const auto added = summary.add(layer);
    if (!added) return std::unexpected(added.error());
  }
  v1::SummarizeDamageResponse response;
  summary.write(response);
  add_statements(**snapshot, twin.damage(), response);
  if ((*snapshot)->conditions == nullptr) {
    sources.warn("The city has no statements about damage.");
  } else {
    for (const std::string& layer : (*snapshot)->conditions->statement_layers) sources.use(layer);
    if ((*snapshot)->conditions->layers.empty()) sources.warn("No statement is matched to a feature yet.");
  }
  *response.mutable_provenance() = sources.provenance();
  return response;
}

}  // namespace obnova::server
