#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "geo/network/tag_values.h"
#include "geo/network/turns.h"

namespace obnova::geo {
namespace {

constexpr std::size_t kMaxNamedProblems = 100;
// A via way is walked in all ways it allows; one that loops through itself has
// too many to mean anything.
constexpr std::size_t kMaxWaysOverVia = 1000;
constexpr std::size_t kMaxStepsOverVia = 10'000;

struct Restriction {
  std::string kind;
  bool only = false;
  std::vector<FeatureId> from;
  std::vector<FeatureId> via;
  std::vector<FeatureId> to;
  std::optional<RoadNodeId> via_node;
  std::vector<std::string> except;
};

bool holds(const std::vector<FeatureId>& roads, FeatureId road) { return std::ranges::find(roads, road) != roads.end(); }

// The members of a restriction by name, or why they are not there.
Result<std::vector<FeatureId>> roads_named(std::string_view names, const Layer& roads) {
  std::vector<FeatureId> result;
  for (const std::string_view name : split_list(names)) {
    const std::optional<FeatureId> road = roads.find_feature(name);
    if (!road) return failure(ErrorCode::kBadData, fmt::format("has a member {} that is no road", name));
    result.push_back(*road);
  }
  return result;
}

class RestrictionReader {
 public:
  RestrictionReader(const Layer& restrictions, const Layer& roads, const NodedRoads& noded)
      : restrictions_(restrictions), roads_(roads), noded_(noded), tags_(restrictions) {}

  Result<Restriction> read(FeatureId row) const {
    Restriction result;
    result.kind = tags_.get(row, "restriction");
    result.only = result.kind.starts_with("only_");
    if (!result.only && !result.kind.starts_with("no_")) {
      return failure(ErrorCode::kBadData, fmt::format("is of the unknown kind '{}'", result.kind));
    }
    for (const auto& [key, members] : {std::pair{"from_way", &result.from}, {"via_ways", &result.via}, {"to_way", &result.to}}) {
      Result<std::vector<FeatureId>> named = roads_named(tags_.get(row, key), roads_);
      if (!named) return std::unexpected(named.error());
      *members = std::move(*named);
    }
    if (result.from.empty() || result.to.empty()) return failure(ErrorCode::kBadData, "lacks its from or to road");
    for (const FeatureId via : result.via) {
      if (holds(result.from, via) || holds(result.to, via) || std::ranges::count(result.via, via) > 1) {
        return failure(ErrorCode::kBadData, fmt::format("has the member {} twice", roads_.feature_name(via)));
      }
    }
    const std::string except = tags_.get(row, "except");  // The words are views into it.
    for (const std::string_view word : split_list(except)) result.except.emplace_back(word);
    const GeometryView shape = restrictions_.geometry(row);
    if (!shape.empty()) {
      const auto node = noded_.node_at.find(shape.points.front());
      if (node != noded_.node_at.end()) result.via_node = node->second;
    }
    return result;
  }

 private:
  const Layer& restrictions_;
  const Layer& roads_;
  const NodedRoads& noded_;
  TagReader tags_;
};

// The ways from an arc of the from road over the via to an arc of the to road.
class WaysOverVia {
 public:
  WaysOverVia(const Restriction& rule, const PlainNetwork& network) : rule_(rule), network_(network) {}

  // Each at least two arcs. Fails when a via way allows too many.
  Result<std::vector<std::vector<PlainArc>>> find() {
    for (const FeatureId road : rule_.from) {
      const auto [begin, end] = network_.arcs_of_road(road);
      for (PlainArc arc = begin; arc < end; ++arc) {
        if (rule_.via.empty() && network_.head(arc) != rule_.via_node->index) continue;
        way_ = {arc};
        if (rule_.via.empty()) {
          finish();
        } else {
          walk(0);
        }
      }
    }
    if (steps_ > kMaxStepsOverVia || ways_.size() > kMaxWaysOverVia) return failure(ErrorCode::kBadData, "has too many ways over its via");
    return std::move(ways_);
  }

 private:
  // Goes on from the end of the way along the via road `via_index`.
  void walk(std::size_t via_index) {
    for (const PlainArc arc : network_.arcs_from(network_.head(way_.back()))) {
      if (network_.road(arc) != rule_.via[via_index] || is_used(arc)) continue;
      if (++steps_ > kMaxStepsOverVia || ways_.size() > kMaxWaysOverVia) return;
      way_.push_back(arc);
      if (via_index + 1 < rule_.via.size()) {
        walk(via_index + 1);
      } else {
        finish();
      }
      walk(via_index);
      way_.pop_back();
    }
  }

  void finish() {
    const PlainArc last = way_.back();
    for (const PlainArc arc : network_.arcs_from(network_.head(last))) {
      if (!holds(rule_.to, network_.road(arc))) continue;
      // Where one road is both from and to, only the word tells whether
      // turning back or going on is meant.
      const bool is_u_turn = arc == network_.reverse(last);
      if (network_.road(arc) == network_.road(last) && is_u_turn != rule_.kind.ends_with("u_turn")) continue;
      way_.push_back(arc);
      ways_.push_back(way_);
      way_.pop_back();
    }
  }

  bool is_used(PlainArc arc) const {
    return std::ranges::any_of(way_, [arc](PlainArc used) { return used / 2 == arc / 2; });
  }

  const Restriction& rule_;
  const PlainNetwork& network_;
  std::vector<PlainArc> way_;
  std::vector<std::vector<PlainArc>> ways_;
  std::size_t steps_ = 0;
};

// Every way on, after each beginning of the ways, that leaves all of them.
std::vector<std::vector<PlainArc>> ways_astray(const std::vector<std::vector<PlainArc>>& ways, const PlainNetwork& network) {
  std::map<std::vector<PlainArc>, std::set<PlainArc>> wanted;
  for (const std::vector<PlainArc>& way : ways) {
    for (std::size_t length = 1; length < way.size(); ++length) {
      wanted[{way.begin(), way.begin() + static_cast<std::ptrdiff_t>(length)}].insert(way[length]);
    }
  }
  std::vector<std::vector<PlainArc>> result;
  for (const auto& [beginning, allowed] : wanted) {
    for (const PlainArc arc : network.arcs_from(network.head(beginning.back()))) {
      if (allowed.contains(arc)) continue;
      result.push_back(beginning);
      result.back().push_back(arc);
    }
  }
  return result;
}

Result<std::vector<std::vector<PlainArc>>> forbidden_by(const Restriction& rule, const PlainNetwork& network) {
  if (rule.via.empty() && !rule.via_node) return failure(ErrorCode::kBadData, "has a via node on no road");
  Result<std::vector<std::vector<PlainArc>>> ways = WaysOverVia(rule, network).find();
  if (!ways) return ways;
  if (ways->empty()) return failure(ErrorCode::kBadData, "has members that do not meet");
  if (rule.only) return ways_astray(*ways, network);
  return ways;
}

}  // namespace

Result<TurnRules> read_turn_rules(const Layer& restrictions, const Layer& roads, const NodedRoads& noded, const PlainNetwork& network,
                                  const Limits& limits) {
  TurnRules rules;
  const RestrictionReader reader(restrictions, roads, noded);
  for (const FeatureId row : restrictions.features()) {
    if (rules.restriction_count++ % 256 == 0 && limits.stopped()) {
      return failure(ErrorCode::kCancelled, "Reading turn restrictions was cancelled.");
    }
    const Result<Restriction> rule = reader.read(row);
    const auto forbidden = rule ? forbidden_by(*rule, network) : std::unexpected(rule.error());
    if (forbidden) {
      for (const std::vector<PlainArc>& arcs : *forbidden) rules.sequences.push_back({arcs, rule->except});
      continue;
    }
    ++rules.unusable_count;
    if (rules.unusable.size() < kMaxNamedProblems) {
      rules.unusable.push_back(fmt::format("The restriction {} {}.", restrictions.feature_name(row), forbidden.error().message));
    }
  }
  return rules;
}

}  // namespace obnova::geo
