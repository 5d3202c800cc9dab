#pragma once

#include <optional>
#include <string>
#include <vector>

#include "geo/query/siting/locate.h"
#include "obnova/v1/siting.pb.h"
#include "server/convert/provenance.h"
#include "server/twin/twin.h"

namespace obnova::server {

// A location problem with the names of its rows and columns.
struct LocationTask {
  struct Site {
    std::string id;
    std::string title;
    std::optional<Point> place;  // None where costs are given.
  };
  geo::LocationProblem problem;
  std::vector<std::string> demand_ids;  // By row.
  std::vector<Site> sites;              // By column: candidates, then existing facilities, unless costs are given.
  std::vector<std::string> unreachable_candidates;
};

// The task of a request but for its model, p and limit. With a network the costs
// are travel times in seconds; what the answer depends on goes to `sources`.
// Fails with kLimitExceeded for more than 50,000 places with people or 4,000,000
// costs, and with kCancelled.
Result<LocationTask> to_task(const v1::NetworkLocation& network, const Snapshot& snapshot, Sources& sources, const Limits& limits);
Result<LocationTask> to_task(const v1::CostMatrix& matrix);

}  // namespace obnova::server
