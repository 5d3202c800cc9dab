#include "geo/query/coverage/coverage.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "geo/base/overlay.h"
#include "geo/query/coverage/cluster.h"
#include "geo/query/coverage/edge_reach.h"

namespace obnova::geo {
namespace {

// What is used of a limit, in seconds or meters.
double amount_for_people(const Reach& reach, ServiceLimit::Kind kind) {
  return kind == ServiceLimit::Kind::kTime ? static_cast<double>(reach.time) / 1000 : reach.length_m;
}

double limit_for_people(const ServiceLimit& limit) {
  return limit.kind == ServiceLimit::Kind::kTime ? static_cast<double>(limit.time) / 1000 : limit.length_m;
}

bool within(const Reach& reach, const ServiceLimit& limit) {
  return limit.kind == ServiceLimit::Kind::kTime ? reach.time <= limit.time : reach.length_m <= limit.length_m;
}

void count(PeopleCount& counted, PlaceStatus status, double people) {
  switch (status) {
    case PlaceStatus::kCovered:
      counted.covered += people;
      break;
    case PlaceStatus::kUncovered:
      counted.uncovered += people;
      break;
    case PlaceStatus::kUnreachable:
      counted.unreachable += people;
      break;
    case PlaceStatus::kUnassessed:
      counted.unassessed += people;
      break;
  }
}

// The total is the sum of the parts to the last bit, whatever the rounding.
void sum_up(PeopleCount& counted) { counted.total = counted.covered + counted.uncovered + counted.unreachable + counted.unassessed; }

// Where something is known of roads and of facilities: what all areas hold.
class AssessedArea {
 public:
  static Result<AssessedArea> make(std::span<const Geometry> areas) {
    AssessedArea result;
    for (const Geometry& area : areas) {
      if (area.kind == GeometryKind::kNone) continue;
      auto shape = PreparedShape::make(area.view());
      if (!shape) return std::unexpected(shape.error());
      result.shapes_.push_back(*std::move(shape));
    }
    return result;
  }

  bool holds(Point place) const {
    return std::ranges::all_of(shapes_, [place](const PreparedShape& shape) { return shape.covers(place); });
  }

 private:
  std::vector<PreparedShape> shapes_;
};

class CoverageWork {
 public:
  CoverageWork(const TravelNetwork& network, const CoverageQuery& query, const Limits& limits)
      : network_(network), query_(query), limits_(limits) {}

  Result<CoverageAnswer> run() {
    FacilitySites sites = facility_sites(network_, *query_.facilities_layer, query_.facilities);
    const Result<void> assigned = assign_places(sites);
    if (!assigned) return std::unexpected(assigned.error());
    answer_.facility_snaps = std::move(sites.snaps);
    const Result<void> counted = count_people();
    if (!counted) return std::unexpected(counted.error());
    const Result<void> clustered = find_clusters();
    if (!clustered) return std::unexpected(clustered.error());
    return std::move(answer_);
  }

 private:
  static std::unexpected<Error> cancelled() { return failure(ErrorCode::kCancelled, "The coverage was cancelled."); }

  Result<void> assign_places(const FacilitySites& sites) {
    const auto assessed = AssessedArea::make(query_.assessed_areas);
    if (!assessed) return std::unexpected(assessed.error());
    // The nearest facility matters beyond the limit too: it tells how far off people are.
    const auto sweep = sweep_from(network_.metric(), sites.places, query_.direction, kNever, limits_);
    if (!sweep) return std::unexpected(sweep.error());
    answer_.places.resize(query_.demand.size());
    for (std::size_t i = 0; i < query_.demand.size(); ++i) {
      if (i % 1024 == 0 && limits_.stopped()) return cancelled();
      PlaceCoverage& place = answer_.places[i];
      const Snap snap = network_.snap(query_.demand[i].place);
      if (snap.on_network) {
        const SourceReach found = reach_in_sweep(network_.metric(), *sweep, sites.places, query_.direction, *snap.on_network);
        if (found.source >= 0) reach_place(place, found.reach, sites.features[static_cast<std::size_t>(found.source)]);
      }
      // What is found proves coverage anywhere; what is not found proves nothing where nobody looked.
      if (place.status != PlaceStatus::kCovered && !assessed->holds(query_.demand[i].place)) {
        place = PlaceCoverage();
        place.status = PlaceStatus::kUnassessed;
      }
    }
    return {};
  }

  void reach_place(PlaceCoverage& place, const Reach& reach, FeatureId facility) const {
    place.status = within(reach, query_.limit) ? PlaceStatus::kCovered : PlaceStatus::kUncovered;
    place.facility = facility;
    place.reach = reach;
  }

  Result<void> count_people() {
    std::optional<AreaLocator> districts;
    if (query_.districts != nullptr) {
      auto locator = AreaLocator::make(*query_.districts);
      if (!locator) return std::unexpected(locator.error());
      districts = *std::move(locator);
      answer_.districts.resize(query_.districts->layer->row_count());
    }
    std::unordered_map<FeatureId, std::size_t> facility_rows;
    for (std::size_t i = 0; i < query_.facilities.size(); ++i) facility_rows.emplace(query_.facilities[i], i);
    answer_.facility_people.resize(query_.facilities.size());
    for (std::size_t i = 0; i < query_.demand.size(); ++i) {
      if (i % 1024 == 0 && limits_.stopped()) return cancelled();
      const DemandPlace& demand = query_.demand[i];
      const PlaceCoverage& place = answer_.places[i];
      count(answer_.total, place.status, demand.people);
      if (place.status == PlaceStatus::kCovered) answer_.facility_people[facility_rows.at(*place.facility)] += demand.people;
      if (!districts) continue;
      const std::optional<FeatureId> district = districts->area_at(demand.place);
      count(district ? answer_.districts[district->index] : answer_.outside_districts, place.status, demand.people);
    }
    sum_up(answer_.total);
    sum_up(answer_.outside_districts);
    for (PeopleCount& district : answer_.districts) sum_up(district);
    return {};
  }

  Result<void> find_clusters() {
    std::vector<std::uint32_t> rows;
    std::vector<Point> places;
    for (std::uint32_t i = 0; i < query_.demand.size(); ++i) {
      const PlaceStatus status = answer_.places[i].status;
      if (status != PlaceStatus::kUncovered && status != PlaceStatus::kUnreachable) continue;
      rows.push_back(i);
      places.push_back(query_.demand[i].place);
    }
    const auto groups = clusters_of(places, limits_);
    if (!groups) return std::unexpected(groups.error());
    std::vector<std::pair<double, std::size_t>> order;
    for (std::size_t i = 0; i < groups->size(); ++i) {
      double people = 0;
      for (const std::uint32_t member : (*groups)[i]) people += query_.demand[rows[member]].people;
      order.emplace_back(-people, i);
    }
    std::ranges::sort(order);
    order.resize(std::min(order.size(), query_.max_cluster_count));
    for (const auto& [negative_people, group] : order) {
      if (limits_.stopped()) return cancelled();
      answer_.clusters.push_back(cluster_of((*groups)[group], rows, places));
    }
    return {};
  }

  UncoveredCluster cluster_of(const std::vector<std::uint32_t>& members, std::span<const std::uint32_t> rows,
                              std::span<const Point> places) const {
    UncoveredCluster cluster;
    cluster.place_count = static_cast<std::int32_t>(members.size());
    std::vector<Point> member_places;
    std::map<FeatureId, double> people_by_facility;
    double excess = 0;
    for (const std::uint32_t member : members) {
      member_places.push_back(places[member]);
      const double people = query_.demand[rows[member]].people;
      const PlaceCoverage& place = answer_.places[rows[member]];
      cluster.people += people;
      if (place.status == PlaceStatus::kUnreachable) cluster.unreachable_people += people;
      if (place.status != PlaceStatus::kUncovered) continue;
      people_by_facility[*place.facility] += people;
      excess += people * (amount_for_people(place.reach, query_.limit.kind) - limit_for_people(query_.limit));
    }
    cluster.area = area_around(member_places);
    double most_people = 0;
    double uncovered_people = 0;
    for (const auto& [facility, people] : people_by_facility) {
      uncovered_people += people;
      if (people <= most_people) continue;
      most_people = people;
      cluster.nearest_facility = facility;
    }
    if (uncovered_people > 0) cluster.mean_excess = excess / uncovered_people;
    return cluster;
  }

  const TravelNetwork& network_;
  const CoverageQuery& query_;
  const Limits& limits_;
  CoverageAnswer answer_;
};

}  // namespace

Result<CoverageAnswer> coverage(const TravelNetwork& network, const CoverageQuery& query, const Limits& limits) {
  const double amount = amount_of(query.limit);
  if (!std::isfinite(amount) || amount < 0) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("The limit {} is not a number from 0 on.", amount), "standard");
  }
  return CoverageWork(network, query, limits).run();
}

}  // namespace obnova::geo
