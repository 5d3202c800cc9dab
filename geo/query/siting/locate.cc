#include "geo/query/siting/locate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "geo/query/siting/site_selection.h"

namespace obnova::geo {

namespace {

// Larger models do not fit into a solver's time; their answer is the incumbent with its bound.
constexpr std::size_t kMaxModelEntries = 5'000'000;
constexpr double kProofGap = 1e-9;
constexpr double kSolverGap = 1e-6;

std::unexpected<Error> invalid(std::string message, std::string field) {
  return failure(ErrorCode::kInvalidArgument, std::move(message), std::move(field));
}

Result<void> check(const LocationProblem& problem) {
  const std::size_t rows = problem.weights.size();
  const std::size_t columns = problem.candidate_count;
  if (problem.costs.size() != rows * columns) {
    return invalid(fmt::format("{} demands and {} columns need {} costs, got {}.", rows, columns, rows * columns, problem.costs.size()),
                   "costs");
  }
  if (problem.existing.size() != columns) {
    return invalid(fmt::format("{} columns need as many marks of what exists, got {}.", columns, problem.existing.size()), "existing");
  }
  for (std::size_t i = 0; i < rows; ++i) {
    if (std::isfinite(problem.weights[i]) && problem.weights[i] >= 0) continue;
    return invalid(fmt::format("A weight must be 0 or more, demand {} has {}.", i, problem.weights[i]), fmt::format("weights[{}]", i));
  }
  for (std::size_t k = 0; k < problem.costs.size(); ++k) {
    if (std::isfinite(problem.costs[k])) continue;
    return invalid(fmt::format("A cost must be finite, that of demand {} and column {} is not.", k / columns, k % columns),
                   fmt::format("costs[{}]", k));
  }
  if (!std::isfinite(problem.service_limit) || problem.service_limit < 0) {
    return invalid(fmt::format("The service limit must be 0 or more, got {}.", problem.service_limit), "service_limit");
  }
  const auto sites = static_cast<std::size_t>(std::ranges::count(problem.existing, false));
  if (problem.p == 0) return invalid("At least one new site must be asked for, got p = 0.", "p");
  if (problem.p > sites) return invalid(fmt::format("{} new sites are asked for but there are {}.", problem.p, sites), "p");
  return {};
}

double cost(const LocationProblem& problem, std::size_t demand, std::size_t column) {
  return problem.costs[demand * problem.candidate_count + column];
}

// The columns that may be chosen, in order.
std::vector<std::size_t> new_columns(const LocationProblem& problem) {
  std::vector<std::size_t> columns;
  for (std::size_t column = 0; column < problem.candidate_count; ++column) {
    if (!problem.existing[column]) columns.push_back(column);
  }
  return columns;
}

// The least cost of an existing facility, or kNoFallback.
double existing_cost(const LocationProblem& problem, std::size_t demand) {
  double least = kNoFallback;
  for (std::size_t column = 0; column < problem.candidate_count; ++column) {
    const double here = cost(problem, demand, column);
    if (problem.existing[column] && here >= 0) least = std::min(least, here);
  }
  return least;
}

SelectionProblem empty_selection(const LocationProblem& problem, std::size_t site_count) {
  SelectionProblem selection;
  selection.p = problem.p;
  selection.of_site.resize(site_count);
  return selection;
}

// What a demand costs is its weight times its way.
SelectionProblem median_selection(const LocationProblem& problem, const std::vector<std::size_t>& columns) {
  SelectionProblem selection = empty_selection(problem, columns.size());
  for (std::size_t i = 0; i < problem.weights.size(); ++i) {
    const double weight = problem.weights[i];
    if (weight == 0) continue;
    const double fallback = weight * existing_cost(problem, i);
    std::vector<ServiceLink> links;
    for (std::size_t site = 0; site < columns.size(); ++site) {
      const double here = cost(problem, i, columns[site]);
      if (here >= 0 && weight * here < fallback) links.push_back({.cost = weight * here, .other = static_cast<std::uint32_t>(site)});
    }
    std::ranges::sort(links);
    selection.add_demand(fallback, std::move(links));
  }
  return selection;
}

// What a demand costs is its weight while it is not covered. Demands that the
// same sites cover are one.
SelectionProblem covering_selection(const LocationProblem& problem, const std::vector<std::size_t>& columns) {
  std::map<Sites, double> weight_by_cover;
  for (std::size_t i = 0; i < problem.weights.size(); ++i) {
    if (problem.weights[i] == 0 || existing_cost(problem, i) <= problem.service_limit) continue;
    Sites cover;
    for (std::size_t site = 0; site < columns.size(); ++site) {
      const double here = cost(problem, i, columns[site]);
      if (here >= 0 && here <= problem.service_limit) cover.push_back(static_cast<std::uint32_t>(site));
    }
    weight_by_cover[std::move(cover)] += problem.weights[i];
  }
  SelectionProblem selection = empty_selection(problem, columns.size());
  for (const auto& [cover, weight] : weight_by_cover) {
    std::vector<ServiceLink> links;
    for (const std::uint32_t site : cover) links.push_back({.cost = 0, .other = site});
    selection.add_demand(weight, std::move(links));
  }
  return selection;
}

// How many demands that need a new site are left without one.
SelectionProblem reaching_selection(const SelectionProblem& of) {
  SelectionProblem selection;
  selection.p = of.p;
  selection.of_site.resize(of.site_count());
  for (std::size_t i = 0; i < of.demand_count(); ++i) {
    if (of.fallback[i] != kNoFallback) continue;
    std::vector<ServiceLink> links;
    for (const ServiceLink& link : of.of_demand[i]) links.push_back({.cost = 0, .other = link.other});
    std::ranges::sort(links);
    selection.add_demand(1, std::move(links));
  }
  return selection;
}

struct Outcome {
  Sites sites;
  double cost = 0;
  double bound = 0;
  bool proved = false;
};

struct Solver {
  const SolveMip& solve;
  double max_solve_s;
  const Limits& limits;
};

// The best selection, starting from one that serves everybody.
Result<Outcome> optimize(const SelectionProblem& selection, Sites incumbent, const Solver& solver) {
  double upper = cost_of(selection, incumbent);
  if (selection.p == selection.site_count() || upper == 0) return Outcome{std::move(incumbent), upper, upper, true};
  const auto bound = bound_selection(selection, upper, solver.limits);
  if (!bound) return std::unexpected(bound.error());
  auto other = find_good_sites_near(selection, *bound, solver.limits);
  if (!other) return std::unexpected(other.error());
  if (cost_of(selection, *other) < upper) {
    upper = cost_of(selection, *other);
    incumbent = *std::move(other);
  }
  Outcome outcome{std::move(incumbent), upper, bound->bound, upper - bound->bound <= kProofGap * upper};
  if (outcome.proved) return outcome;

  const SelectionModel model = reduced_selection_model(selection, *bound, upper);
  if (model.mip.columns.size() > kMaxModelEntries) return outcome;
  const auto solved = solver.solve(model.mip, values_of(model, selection, outcome.sites), solver.max_solve_s, solver.limits);
  if (!solved && solved.error().code == ErrorCode::kUnavailable) return outcome;
  if (!solved) return std::unexpected(solved.error());
  if (solved->values.size() == model.mip.objective.size()) {
    Sites found = sites_of(model, selection, solved->values);
    const double found_cost = cost_of(selection, found);
    if (found.size() == selection.p && found_cost < outcome.cost)
      std::tie(outcome.sites, outcome.cost) = std::pair(std::move(found), found_cost);
  }
  const bool solved_bounds = solved->status == MipStatus::kOptimal || solved->status == MipStatus::kFeasible;
  if (solved_bounds) outcome.bound = std::max(outcome.bound, solved->bound + model.constant);
  outcome.bound = std::min(outcome.bound, outcome.cost);
  outcome.proved = solved->status == MipStatus::kOptimal && outcome.cost - outcome.bound <= kSolverGap * outcome.cost;
  return outcome;
}

// Fills in everything but status, bound and gap from the raw problem.
void describe(const LocationProblem& problem, LocationSolution& solution) {
  std::vector<bool> open = problem.existing;
  for (const std::size_t column : solution.chosen) open[column] = true;
  solution.server.assign(problem.weights.size(), -1);
  solution.objective = 0;
  for (std::size_t i = 0; i < problem.weights.size(); ++i) {
    double least = kNoFallback;
    for (std::size_t column = 0; column < problem.candidate_count; ++column) {
      const double here = cost(problem, i, column);
      if (!open[column] || here < 0 || here >= least) continue;
      least = here;
      solution.server[i] = static_cast<std::ptrdiff_t>(column);
    }
    if (problem.weights[i] == 0) continue;
    if (problem.model == LocationModel::kPMedian)
      solution.objective += problem.weights[i] * least;
    else if (least <= problem.service_limit)
      solution.objective += problem.weights[i];
  }
}

std::optional<double> objective_before(const LocationProblem& problem) {
  if (std::ranges::count(problem.existing, true) == 0) return std::nullopt;
  LocationSolution nothing_new;
  describe(problem, nothing_new);
  if (!std::isfinite(nothing_new.objective)) return std::nullopt;
  return nothing_new.objective;
}

// A demand that neither an existing facility nor any candidate can serve.
std::optional<std::size_t> unservable_demand(const LocationProblem& problem) {
  for (std::size_t i = 0; i < problem.weights.size(); ++i) {
    if (problem.weights[i] == 0) continue;
    bool served = false;
    for (std::size_t column = 0; column < problem.candidate_count && !served; ++column) served = cost(problem, i, column) >= 0;
    if (!served) return i;
  }
  return std::nullopt;
}

LocationSolution infeasible(const LocationProblem& problem, std::optional<std::size_t> demand, std::string reason) {
  LocationSolution solution;
  solution.server.assign(problem.weights.size(), -1);
  solution.objective_before = objective_before(problem);
  solution.infeasible_demand = demand;
  solution.infeasible_reason = std::move(reason);
  return solution;
}

// p sites are too few, told on the first demand that a best attempt leaves out.
LocationSolution too_few_sites(const LocationProblem& problem, const std::vector<std::size_t>& columns, const Outcome& attempt) {
  LocationSolution left;
  for (const std::uint32_t site : attempt.sites) left.chosen.push_back(columns[site]);
  describe(problem, left);
  std::size_t demand = 0;
  while (problem.weights[demand] == 0 || left.server[demand] >= 0) ++demand;
  std::size_t nearest = problem.candidate_count;
  for (std::size_t column = 0; column < problem.candidate_count; ++column) {
    if (cost(problem, demand, column) < 0) continue;
    if (nearest == problem.candidate_count || cost(problem, demand, column) < cost(problem, demand, nearest)) nearest = column;
  }
  std::string reason = fmt::format(
      "No {} new site{} can serve every demand: at best {} stay{} unserved, such as demand {}, whose nearest candidate is column {} "
      "at cost {}.",
      problem.p, problem.p == 1 ? "" : "s", attempt.cost, attempt.cost == 1 ? "s" : "", demand, nearest, cost(problem, demand, nearest));
  LocationSolution solution = infeasible(problem, std::nullopt, std::move(reason));
  solution.left_out_demand = demand;
  solution.left_out_nearest = nearest;
  return solution;
}

LocationSolution finish(const LocationProblem& problem, const std::vector<std::size_t>& columns, const Outcome& outcome) {
  LocationSolution solution;
  for (const std::uint32_t site : outcome.sites) solution.chosen.push_back(columns[site]);
  describe(problem, solution);
  solution.objective_before = objective_before(problem);
  solution.status = outcome.proved ? SolutionStatus::kOptimal : SolutionStatus::kFeasible;
  const double slack = outcome.proved ? 0 : outcome.cost - outcome.bound;
  solution.bound = problem.model == LocationModel::kMclp ? solution.objective + slack : solution.objective - slack;
  solution.gap = slack / std::max(std::abs(solution.objective), 1e-9);
  return solution;
}

}  // namespace

Result<LocationSolution> solve_location(const LocationProblem& problem, const SolveMip& solve, double max_solve_s, const Limits& limits) {
  const auto checked = check(problem);
  if (!checked) return std::unexpected(checked.error());
  const bool median = problem.model == LocationModel::kPMedian;
  if (const auto demand = median ? unservable_demand(problem) : std::nullopt) {
    return infeasible(problem, demand, fmt::format("Demand {} can be served by no candidate and no existing facility.", *demand));
  }
  const std::vector<std::size_t> columns = new_columns(problem);
  const SelectionProblem selection = median ? median_selection(problem, columns) : covering_selection(problem, columns);
  const Solver solver{.solve = solve, .max_solve_s = max_solve_s, .limits = limits};
  auto incumbent = find_good_sites(selection, limits);
  if (!incumbent) return std::unexpected(incumbent.error());

  if (!std::isfinite(cost_of(selection, *incumbent))) {
    const SelectionProblem reaching = reaching_selection(selection);
    auto reached = optimize(reaching, *std::move(incumbent), solver);
    if (!reached) return std::unexpected(reached.error());
    if (reached->cost > 0 && reached->proved) return too_few_sites(problem, columns, *reached);
    if (reached->cost > 0) {
      return failure(ErrorCode::kLimitExceeded,
                     fmt::format("Whether {} new sites can serve every demand was not found out in {} s.", problem.p, max_solve_s));
    }
    incumbent = std::move(reached->sites);
  }
  const auto outcome = optimize(selection, *std::move(incumbent), solver);
  if (!outcome) return std::unexpected(outcome.error());
  return finish(problem, columns, *outcome);
}

}  // namespace obnova::geo
