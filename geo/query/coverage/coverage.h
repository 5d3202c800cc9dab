#pragma once

#include <optional>
#include <span>
#include <vector>

#include "geo/query/coverage/demand.h"
#include "geo/query/coverage/service_area.h"
#include "geo/query/features/aggregate.h"
#include "geo/query/routing/nearest_facilities.h"

namespace obnova::geo {

enum class PlaceStatus { kCovered, kUncovered, kUnreachable, kUnassessed };

// The four parts sum to the total.
struct PeopleCount {
  double total = 0;
  double covered = 0;
  double uncovered = 0;
  double unreachable = 0;
  double unassessed = 0;
};

struct PlaceCoverage {
  PlaceStatus status = PlaceStatus::kUnreachable;
  std::optional<FeatureId> facility;  // The nearest by travel.
  Reach reach;
};

struct UncoveredCluster {
  Geometry area;
  double people = 0;
  double unreachable_people = 0;
  std::optional<FeatureId> nearest_facility;
  double mean_excess = 0;  // Seconds or meters, as the limit has it.
  std::int32_t place_count = 0;
};

struct CoverageQuery {
  std::span<const DemandPlace> demand;
  const Layer* facilities_layer = nullptr;
  std::span<const FeatureId> facilities;
  ServiceLimit limit;
  Direction direction = Direction::kToSources;  // kToSources: people go to the facility.
  const IndexedLayer* districts = nullptr;      // May be null.
  // Outside of any of these areas, of roads or of facilities, what is not found
  // proves nothing: places there are covered or unassessed, never uncovered.
  // kNone means everywhere.
  std::vector<Geometry> assessed_areas;
  std::size_t max_cluster_count = 20;
};

struct CoverageAnswer {
  PeopleCount total;
  std::vector<PeopleCount> districts;  // By row of the districts layer; nobody in a hole.
  PeopleCount outside_districts;
  std::vector<UncoveredCluster> clusters;  // Most people first.
  std::vector<double> facility_people;     // By facility of the query.
  std::vector<Snap> facility_snaps;        // By facility of the query.
  std::vector<PlaceCoverage> places;       // By demand place.
};

// Who is within the limit of the nearest facility: one sweep from all
// facilities, never a route per pair. Uncovered and unreachable places closer
// than 250 m to each other form a cluster.
Result<CoverageAnswer> coverage(const TravelNetwork& network, const CoverageQuery& query, const Limits& limits);

}  // namespace obnova::geo
