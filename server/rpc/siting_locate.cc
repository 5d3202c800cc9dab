#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "geo/query/siting/locate.h"
#include "server/convert/geometry.h"
#include "server/convert/location.h"
#include "server/convert/number.h"
#include "server/convert/provenance.h"
#include "server/rpc/siting_handlers.h"

namespace obnova::server {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kDefaultSolve_s = 20;
constexpr double kMaxSolve_s = 240;
// What is left of the deadline to write the answer.
constexpr double kAnswerTime_s = 1;

double seconds_until(Clock::time_point end) { return std::chrono::duration<double>(end - Clock::now()).count(); }

// What the request asks of a problem, whatever its costs are.
Result<void> read_question(const v1::LocateFacilitiesRequest& request, geo::LocationProblem& problem) {
  switch (request.model()) {
    case v1::LOCATION_MODEL_MCLP:
      problem.model = geo::LocationModel::kMclp;
      break;
    case v1::LOCATION_MODEL_P_MEDIAN:
      problem.model = geo::LocationModel::kPMedian;
      break;
    default:
      return failure(ErrorCode::kInvalidArgument, "The location model is missing or unknown.", "model");
  }
  if (request.p() < 1)
    return failure(ErrorCode::kInvalidArgument, fmt::format("The number of new sites is {}, not 1 or more.", request.p()), "p");
  problem.p = static_cast<std::size_t>(request.p());
  const auto service_limit = number_in(request.service_limit(), {0, std::numeric_limits<double>::max()}, "service_limit");
  if (!service_limit) return std::unexpected(service_limit.error());
  if (*service_limit == 0 && problem.model == geo::LocationModel::kMclp) {
    return failure(ErrorCode::kInvalidArgument, "Covering needs a service limit over 0.", "service_limit");
  }
  problem.service_limit = *service_limit;
  return {};
}

Result<LocationTask> read_task(const v1::LocateFacilitiesRequest& request, const Snapshot& snapshot, Sources& sources,
                               const Limits& limits) {
  switch (request.impedance_case()) {
    case v1::LocateFacilitiesRequest::kNetwork:
      return to_task(request.network(), snapshot, sources, limits);
    case v1::LocateFacilitiesRequest::kMatrix:
      return to_task(request.matrix());
    case v1::LocateFacilitiesRequest::IMPEDANCE_NOT_SET:
      break;
  }
  return failure(ErrorCode::kInvalidArgument, "Neither a network nor a matrix is given.", "network");
}

void fill_assignments(const LocationTask& task, const geo::LocationSolution& solution, v1::LocateFacilitiesResponse& answer) {
  const geo::LocationProblem& problem = task.problem;
  for (std::size_t row = 0; row < problem.weights.size(); ++row) {
    v1::DemandAssignment* message = answer.add_assignments();
    message->set_demand(task.demand_ids[row]);
    message->set_weight(problem.weights[row]);
    message->set_cost(-1);
    if (solution.server[row] < 0) continue;
    const auto column = static_cast<std::size_t>(solution.server[row]);
    const double cost = problem.costs[row * problem.candidate_count + column];
    message->set_facility(task.sites[column].id);
    message->set_existing(problem.existing[column]);
    message->set_cost(cost);
    message->set_covered(problem.service_limit > 0 && cost <= problem.service_limit);
  }
}

// Weight by column; for MCLP only within the limit.
std::vector<double> served_weights(const LocationTask& task, const v1::LocateFacilitiesResponse& answer,
                                   const geo::LocationSolution& solution) {
  std::vector<double> weights(task.sites.size(), 0);
  for (std::size_t row = 0; row < solution.server.size(); ++row) {
    const bool counts = task.problem.model == geo::LocationModel::kPMedian || answer.assignments(static_cast<int>(row)).covered();
    if (solution.server[row] >= 0 && counts) weights[static_cast<std::size_t>(solution.server[row])] += task.problem.weights[row];
  }
  return weights;
}

void fill_sites(const LocationTask& task, const geo::LocationSolution& solution, Degrees& degrees, v1::LocateFacilitiesResponse& answer) {
  const std::vector<double> weights = served_weights(task, answer, solution);
  for (const std::size_t column : solution.chosen) {
    const LocationTask::Site& site = task.sites[column];
    v1::ChosenSite* message = answer.add_sites();
    message->set_candidate(site.id);
    message->set_title(site.title);
    if (site.place) *message->mutable_location() = degrees.place(*site.place);
    message->set_weight(weights[column]);
  }
}

// In the names of the caller, not in rows and columns.
std::string infeasible_reason(const LocationTask& task, const geo::LocationSolution& solution) {
  if (solution.infeasible_demand) {
    return fmt::format("The demand `{}` can be served by no candidate and no existing facility.",
                       task.demand_ids[*solution.infeasible_demand]);
  }
  if (solution.left_out_demand && solution.left_out_nearest) {
    return fmt::format("{} new sites are too few to serve all demand: the best choice of them leaves out `{}`, which `{}` could serve.",
                       task.problem.p, task.demand_ids[*solution.left_out_demand], task.sites[*solution.left_out_nearest].id);
  }
  return solution.infeasible_reason;
}

void fill(const LocationTask& task, const geo::LocationSolution& solution, Degrees& degrees, v1::LocateFacilitiesResponse& answer) {
  answer.set_status(static_cast<v1::SolutionStatus>(static_cast<int>(solution.status) + 1));
  double total_weight = 0;
  for (const double weight : task.problem.weights) total_weight += weight;
  answer.set_total_weight(total_weight);
  if (solution.objective_before) answer.set_objective_before(*solution.objective_before);
  for (const std::string& id : task.unreachable_candidates) answer.add_unreachable_candidates(id);
  if (solution.status == geo::SolutionStatus::kInfeasible) {
    answer.set_infeasible_reason(infeasible_reason(task, solution));
    return;
  }
  answer.set_objective(solution.objective);
  answer.set_bound(solution.bound);
  answer.set_gap(solution.gap);
  fill_assignments(task, solution, answer);
  fill_sites(task, solution, degrees, answer);
}

}  // namespace

Result<v1::LocateFacilitiesResponse> locate_facilities(const Twin& twin, const geo::SolveMip& solve, const Call& call,
                                                       const v1::LocateFacilitiesRequest& request) {
  const auto snapshot = twin.resolve(request.context());
  if (!snapshot) return std::unexpected(snapshot.error());
  geo::LocationProblem question;
  if (const auto read = read_question(request, question); !read) return std::unexpected(read.error());
  const auto wanted_s = number_or(request.max_solve_s(), kDefaultSolve_s, {0, kMaxSolve_s}, "max_solve_s");
  if (!wanted_s) return std::unexpected(wanted_s.error());
  Sources sources(**snapshot);
  auto task = read_task(request, **snapshot, sources, call.limits());
  if (!task) return std::unexpected(task.error());
  task->problem.model = question.model;
  task->problem.p = question.p;
  task->problem.service_limit = question.service_limit;

  const Clock::time_point begin = Clock::now();
  const double solve_s = std::min(*wanted_s, std::max(0.0, seconds_until(call.deadline()) - kAnswerTime_s));
  const auto solution = geo::solve_location(task->problem, solve, solve_s, call.limits());
  if (!solution) return std::unexpected(solution.error());

  Degrees degrees(*(*snapshot)->projection);
  v1::LocateFacilitiesResponse answer;
  fill(*task, *solution, degrees, answer);
  answer.set_solve_s(std::chrono::duration<double>(Clock::now() - begin).count());
  *answer.mutable_provenance() = sources.provenance();
  return degrees.checked(std::move(answer));
}

}  // namespace obnova::server
