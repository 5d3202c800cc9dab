#pragma once

#include <optional>
#include <string>
#include <vector>

#include "geo/query/siting/mip.h"

namespace obnova::geo {

enum class LocationModel { kMclp, kPMedian };

// A location problem on a cost matrix, wherever the costs come from.
struct LocationProblem {
  LocationModel model = LocationModel::kPMedian;
  std::size_t p = 1;                // New sites.
  std::vector<double> weights;      // By demand, 0 or more.
  std::size_t candidate_count = 0;  // Columns, existing facilities among them.
  std::vector<double> costs;        // Row after row; negative: cannot serve.
  std::vector<bool> existing;       // By column: there already, always serves, not counted in p.
  double service_limit = 0;         // MCLP: covered when cost ≤ this.
};

enum class SolutionStatus { kOptimal, kFeasible, kInfeasible };

struct LocationSolution {
  SolutionStatus status = SolutionStatus::kInfeasible;
  double objective = 0;  // Weight covered (MCLP) or weight × cost (p-median).
  double bound = 0;
  double gap = 0;
  std::vector<std::size_t> chosen;     // New columns, ascending.
  std::vector<std::ptrdiff_t> server;  // By demand: the column of least cost, -1 when none can.
  std::optional<double> objective_before;
  // Set when infeasible: which demand (by row; nullopt when p is the culprit) and why.
  std::optional<std::size_t> infeasible_demand;
  std::string infeasible_reason;
  // When p is the culprit: a demand that the best attempt leaves out, and its nearest candidate.
  std::optional<std::size_t> left_out_demand;
  std::optional<std::size_t> left_out_nearest;
};

// Solves exactly through `solve` (not asked when the proof is had without it),
// seeded with our own greedy + swap incumbent; the result is verified against the
// raw problem and never worse than the incumbent. Among equal optima nothing is
// promised but that equal input gives equal output. Demand of zero weight is
// served too where it can be but decides nothing. A p-median with a positive
// demand that no column can serve is infeasible, and so is one where p sites are
// too few.
//
// A solver that is kUnavailable or out of time is no failure: the answer is then
// kFeasible with the bound of a Lagrangian relaxation. `max_solve_s` bounds the
// solver, which is asked once, or twice when it is not plain that p sites can
// serve everybody; when that stays open: kLimitExceeded.
//
// Fails with kInvalidArgument for inconsistent sizes, p = 0 or p beyond the
// number of new columns, and numbers that are not finite.
Result<LocationSolution> solve_location(const LocationProblem& problem, const SolveMip& solve, double max_solve_s, const Limits& limits);

}  // namespace obnova::geo
