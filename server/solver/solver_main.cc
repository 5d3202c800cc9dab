// obnova-solver: solves one mixed-integer program with CBC and says every better
// solution at once, because whoever started it may kill it at any moment.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include <CbcEventHandler.hpp>
#include <CbcHeuristic.hpp>
#include <CbcHeuristicDiveCoefficient.hpp>
#include <CbcHeuristicFPump.hpp>
#include <CbcHeuristicGreedy.hpp>
#include <CbcHeuristicRINS.hpp>
#include <CbcModel.hpp>
#include <CglClique.hpp>
#include <CglFlowCover.hpp>
#include <CglGomory.hpp>
#include <CglKnapsackCover.hpp>
#include <CglMixedIntegerRounding2.hpp>
#include <CglProbing.hpp>
#include <CglZeroHalf.hpp>
#include <CoinPackedMatrix.hpp>
#include <OsiClpSolverInterface.hpp>

#include "obnova/worker/solver.pb.h"
#include "server/process/child.h"

namespace {

using obnova::server::read_frame;
using obnova::server::write_frame;
using obnova::worker::SolveJob;
using obnova::worker::SolveRecord;

constexpr std::size_t kMaxJobBytes = std::size_t{1} << 30;
constexpr double kUnbounded = 1e30;
constexpr int kOptimal = 1;
constexpr int kStopped = 2;
constexpr int kInfeasible = 3;

bool say(int output, const SolveRecord& record) { return write_frame(output, record.SerializeAsString()); }

int say_end(int output, int status, double bound) {
  SolveRecord record;
  record.mutable_end()->set_status(status);
  record.mutable_end()->set_bound(bound);
  return say(output, record) ? 0 : 1;
}

bool consistent(const SolveJob& job) {
  const int count = job.objective_size();
  if (job.lower_size() != count || job.upper_size() != count || static_cast<int>(job.integer().size()) != count) return false;
  if (job.incumbent_size() != 0 && job.incumbent_size() != count) return false;
  if (job.row_starts_size() != job.row_lower_size() + 1 || job.row_upper_size() != job.row_lower_size()) return false;
  if (job.columns_size() != job.coefficients_size()) return false;
  if (job.row_starts(0) != 0 || job.row_starts(job.row_starts_size() - 1) != job.columns_size()) return false;
  return std::ranges::is_sorted(job.row_starts()) && std::ranges::all_of(job.columns(), [&](int j) { return j >= 0 && j < count; });
}

// CBC's tolerances are absolute: a power of two brings the costs into their range
// without changing a digit.
double cost_scale(const SolveJob& job) {
  double most = 0;
  for (const double cost : job.objective()) most = std::max(most, std::abs(cost));
  if (most == 0 || (most >= 1 && most <= 1e6)) return 1;
  return std::exp2(10 - std::ilogb(most));
}

double cost_of(const SolveJob& job, const double* values) {
  double cost = 0;
  for (int j = 0; j < job.objective_size(); ++j) cost += job.objective(j) * values[j];
  return cost;
}

// Sends each solution that is better than all before.
class Reporter : public CbcEventHandler {
 public:
  Reporter(const SolveJob& job, int output, double* best) : job_(&job), output_(output), best_(best) {}
  CbcEventHandler* clone() const override { return new Reporter(*this); }  // CBC owns its copies.

  CbcAction event(CbcEvent what) override {
    const bool found = what == solution || what == heuristicSolution;
    // Heuristics run smaller models of their own; their columns mean nothing here.
    const bool ours = model_ != nullptr && model_->parentModel() == nullptr && model_->getNumCols() == job_->objective_size();
    if (!found || !ours || model_->bestSolution() == nullptr) return noAction;
    return report(model_->bestSolution()) ? noAction : stop;
  }

  bool report(const double* values) {
    const double cost = cost_of(*job_, values);
    if (cost >= *best_) return true;
    *best_ = cost;
    SolveRecord record;
    record.mutable_incumbent()->mutable_values()->Add(values, values + job_->objective_size());
    record.mutable_incumbent()->set_objective(cost);
    return say(output_, record);
  }

 private:
  const SolveJob* job_;
  int output_;
  double* best_;  // Shared by all copies.
};

double finite_or_infinite(double bound, double infinity) { return std::abs(bound) >= kUnbounded ? std::copysign(infinity, bound) : bound; }

void load(const SolveJob& job, double scale, OsiClpSolverInterface& solver) {
  const double infinity = solver.getInfinity();
  const int columns = job.objective_size();
  const int rows = job.row_lower_size();
  std::vector<double> costs(job.objective().begin(), job.objective().end());
  for (double& cost : costs) cost *= scale;
  const auto bounds = [&](const auto& from) {
    std::vector<double> to(from.begin(), from.end());
    for (double& bound : to) bound = finite_or_infinite(bound, infinity);
    return to;
  };
  const std::vector<double> lower = bounds(job.lower()), upper = bounds(job.upper());
  const std::vector<double> row_lower = bounds(job.row_lower()), row_upper = bounds(job.row_upper());
  const std::vector<CoinBigIndex> starts(job.row_starts().begin(), job.row_starts().end());
  const CoinPackedMatrix matrix(false, columns, rows, job.columns_size(), job.coefficients().data(), job.columns().data(), starts.data(),
                                nullptr);
  solver.loadProblem(matrix, lower.data(), upper.data(), costs.data(), row_lower.data(), row_upper.data());
  for (int j = 0; j < columns; ++j) {
    if (job.integer()[static_cast<std::size_t>(j)] != 0) solver.setInteger(j);
  }
}

void add_cuts(CbcModel& model) {
  CglProbing probing;
  probing.setUsingObjective(1);
  probing.setMaxPass(1);
  probing.setMaxProbe(10);
  probing.setMaxLook(50);
  probing.setRowCuts(3);
  CglGomory gomory;
  gomory.setLimit(300);
  CglKnapsackCover knapsack;
  CglClique clique;
  clique.setStarCliqueReport(false);
  clique.setRowCliqueReport(false);
  CglMixedIntegerRounding2 rounding;
  CglFlowCover flow;
  CglZeroHalf zero_half;
  model.addCutGenerator(&probing, -1, "probing");
  model.addCutGenerator(&gomory, -1, "gomory");
  model.addCutGenerator(&knapsack, -1, "knapsack");
  model.addCutGenerator(&clique, -1, "clique");
  model.addCutGenerator(&rounding, -1, "rounding");
  model.addCutGenerator(&flow, -1, "flow");
  model.addCutGenerator(&zero_half, -1, "zero-half");
}

void add_heuristics(CbcModel& model) {
  CbcRounding rounding(model);
  CbcHeuristicFPump pump(model);
  pump.setMaximumPasses(20);
  CbcHeuristicRINS neighborhood(model);
  CbcHeuristicDiveCoefficient dive(model);
  model.addHeuristic(&rounding, "rounding");
  model.addHeuristic(&pump, "pump");
  model.addHeuristic(&dive, "dive");
  model.addHeuristic(&neighborhood, "rins");
}

void set_limits(CbcModel& model, const SolveJob& job) {
  model.setLogLevel(0);
  model.solver()->messageHandler()->setLogLevel(0);
  model.setNumberThreads(0);
  model.setUseElapsedTime(true);
  model.setMaximumSeconds(job.max_solve_s());
  model.setAllowableGap(1e-9);
  model.setAllowableFractionGap(0);
  model.setAllowablePercentageGap(0);
  model.setIntegerTolerance(1e-7);
  model.setNumberStrong(10);
  model.setNumberBeforeTrust(8);
  model.setMaximumCutPassesAtRoot(50);
  model.setMaximumCutPasses(2);
}

int solve(const SolveJob& job, int output) {
  const double scale = cost_scale(job);
  OsiClpSolverInterface solver;
  solver.messageHandler()->setLogLevel(0);
  load(job, scale, solver);
  solver.initialSolve();
  if (solver.isProvenPrimalInfeasible()) return say_end(output, kInfeasible, kUnbounded);
  if (!solver.isProvenOptimal()) return say_end(output, kStopped, -kUnbounded);
  const double relaxed = solver.getObjValue() / scale;

  CbcModel model(solver);
  set_limits(model, job);
  add_cuts(model);
  double best = kUnbounded;
  if (job.incumbent_size() != 0) {
    best = cost_of(job, job.incumbent().data());
    model.setCutoffIncrement(std::clamp(std::abs(best * scale) * 1e-9, 1e-9, 1e-5));
    model.setBestSolution(job.incumbent().data(), job.incumbent_size(), best * scale, false);
  }
  add_heuristics(model);
  Reporter reporter(job, output, &best);
  model.passInEventHandler(&reporter);
  model.initialSolve();
  model.branchAndBound();

  if (model.bestSolution() != nullptr && model.getNumCols() == job.objective_size() && !reporter.report(model.bestSolution())) return 1;
  const bool known = best < kUnbounded;
  if (model.status() == 0) return say_end(output, known ? kOptimal : kInfeasible, known ? best : kUnbounded);
  return say_end(output, kStopped, std::clamp(model.getBestPossibleObjValue() / scale, relaxed, std::max(relaxed, best)));
}

}  // namespace

int main() {
  // The libraries print to standard output whatever they are told: frames leave
  // by a descriptor of their own, and what is printed joins the errors.
  const int output = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (output < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) return 1;
  const auto frame = read_frame(STDIN_FILENO, kMaxJobBytes);
  SolveJob job;
  if (!frame || !job.ParseFromString(*frame) || !consistent(job)) {
    std::fputs("The job cannot be read.\n", stderr);
    return 1;
  }
  return solve(job, output);
}
