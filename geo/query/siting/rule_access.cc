#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "geo/base/overlay.h"
#include "geo/query/routing/travel.h"
#include "geo/query/siting/rule_check.h"

namespace obnova::geo {

namespace {

// How far beyond the limit a road is still looked for, to say by how much it is missed.
constexpr double kLookBeyondM = 500;

struct Access {
  FeatureId road;
  double distance_m = 0;
  Geometry edge;
};

// The road the traveller can use that comes nearest to any part of the footprint.
Result<std::optional<Access>> nearest_road(const SiteCheck& check, const TravelNetwork& network, double reach_m) {
  const GeometryView footprint = check.proposal.footprint.view();
  const Box window = footprint.box().grown(reach_m);
  const RoadGraph& graph = network.graph();
  std::optional<Access> nearest;
  for (std::uint32_t index = 0; index < graph.edge_count(); ++index) {
    if (index % 4096 == 0 && check.limits.stopped()) return check_cancelled();
    const Edge& edge = graph.edge({index});
    const auto points = graph.edge_points({index});
    Box box;
    for (const Point& point : points) box.add(point);
    if (!box.intersects(window) || !network.metric().usable_at({index}, edge.length_m / 2)) continue;
    Geometry line = Geometry::line({points.begin(), points.end()});
    const auto gap = gap_between(footprint, line.view());
    if (!gap) return std::unexpected(gap.error());
    if (gap->distance_m > reach_m || (nearest && gap->distance_m >= nearest->distance_m)) continue;
    nearest = Access{.road = edge.road, .distance_m = gap->distance_m, .edge = std::move(line)};
  }
  return nearest;
}

// Whether the roads layer speaks of everything within the limit.
Result<bool> roads_cover(const SiteCheck& check, const Layer& roads, double distance_m) {
  if (dimension(roads.covered_area().kind) != 2) return false;
  const auto grown = buffer(check.proposal.footprint.view(), distance_m);
  if (!grown) return std::unexpected(grown.error());
  return covers(roads.covered_area().view(), grown->view());
}

}  // namespace

Result<RuleVerdict> check_road_access(const SiteCheck& check, const Rule& rule) {
  TravelOptions options;
  options.profile = rule.profile;
  const auto network = TravelNetwork::make(check.city, std::move(options), check.limits);
  if (!network && network.error().code == ErrorCode::kCancelled) return std::unexpected(network.error());
  if (!network) return unknown(network.error().message);
  const Layer& roads = network->graph().roads();
  const double limit = greatest_limit(rule);
  const auto access = nearest_road(check, *network, limit + kLookBeyondM);
  if (!access) return std::unexpected(access.error());
  const bool kept = *access && (*access)->distance_m <= limit + kSlackM;
  if (!kept) {
    const auto covered = roads_cover(check, roads, limit);
    if (!covered) return std::unexpected(covered.error());
    if (!*covered) {
      return unknown(fmt::format("No road is within {:.2f} m, but layer `{}` does not cover all of that.", limit, roads.id()), roads.id());
    }
  }
  RuleVerdict verdict;
  verdict.verdict = kept ? Verdict::kPass : broken(rule);
  verdict.limit = limit;
  verdict.layer = roads.id();
  if (!*access) {
    verdict.reason = fmt::format("No road that `{}` can use is within {:.2f} m of the footprint.", rule.profile, limit + kLookBeyondM);
    return verdict;
  }
  const Access& found = **access;
  verdict.reason = fmt::format("{} of layer `{}`, the nearest road that `{}` can use, is {:.2f} m away; at most {:.2f} m are allowed.",
                               roads.feature_name(found.road), roads.id(), rule.profile, found.distance_m, limit);
  verdict.value = found.distance_m;
  verdict.margin = limit - found.distance_m;
  verdict.witness = found.road;
  auto shape = witness_between(check.proposal.footprint.view(), found.edge.view(), found.distance_m);
  if (!shape) return std::unexpected(shape.error());
  verdict.witness_shape = *std::move(shape);
  return verdict;
}

}  // namespace obnova::geo
