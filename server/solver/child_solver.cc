#include "server/solver/child_solver.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "geo/base/check.h"
#include "obnova/worker/solver.pb.h"
#include "server/process/child.h"

namespace obnova::server {

namespace {

using geo::MipModel;
using geo::MipSolution;
using geo::MipStatus;

constexpr double kTolerance = 1e-6;
constexpr auto kGrace = std::chrono::milliseconds(500);
constexpr double kLongestSolveS = 86400;

template <typename From, typename To>
void fill(const From& from, To* to) {
  to->Add(from.begin(), from.end());
}

worker::SolveJob to_job(const MipModel& model, const std::vector<double>& incumbent, double max_solve_s) {
  worker::SolveJob job;
  fill(model.objective, job.mutable_objective());
  fill(model.lower, job.mutable_lower());
  fill(model.upper, job.mutable_upper());
  for (const bool integer : model.integer) job.mutable_integer()->push_back(integer ? '\1' : '\0');
  fill(model.row_starts, job.mutable_row_starts());
  fill(model.columns, job.mutable_columns());
  fill(model.coefficients, job.mutable_coefficients());
  fill(model.row_lower, job.mutable_row_lower());
  fill(model.row_upper, job.mutable_row_upper());
  fill(incumbent, job.mutable_incumbent());
  job.set_max_solve_s(max_solve_s);
  return job;
}

bool rows_hold(const MipModel& model, const std::vector<double>& values) {
  for (std::size_t row = 0; row < model.row_lower.size(); ++row) {
    double sum = 0;
    double size = 1;  // Rounding grows with what is summed.
    for (auto k = model.row_starts[row]; k < model.row_starts[row + 1]; ++k) {
      const auto entry = static_cast<std::size_t>(k);
      const double term = model.coefficients[entry] * values[static_cast<std::size_t>(model.columns[entry])];
      sum += term;
      size = std::max(size, std::abs(term));
    }
    if (sum < model.row_lower[row] - kTolerance * size || sum > model.row_upper[row] + kTolerance * size) return false;
  }
  return true;
}

// The solution with integers made whole and all values inside their bounds, and
// its cost; nullopt when it is none.
std::optional<MipSolution> checked(const MipModel& model, std::vector<double> values) {
  if (values.size() != model.objective.size()) return std::nullopt;
  double cost = 0;
  for (std::size_t j = 0; j < values.size(); ++j) {
    double& value = values[j];
    if (!std::isfinite(value)) return std::nullopt;
    const double given = value;
    if (model.integer[j]) value = std::round(value);
    value = std::clamp(value, model.lower[j], model.upper[j]);
    if (std::abs(value - given) > kTolerance * std::max(1.0, std::abs(given))) return std::nullopt;
    cost += model.objective[j] * value;
  }
  if (!rows_hold(model, values)) return std::nullopt;
  return MipSolution{.status = MipStatus::kFeasible, .values = std::move(values), .objective = cost, .bound = -geo::kUnbounded};
}

// What one child has said so far.
struct Hearing {
  std::optional<MipSolution> best;  // The incumbent given, or a better one.
  bool child_found = false;
  std::optional<worker::SolveEnd> end;
};

Result<void> listen(Child& child, const MipModel& model, std::chrono::steady_clock::time_point deadline, const Limits& limits,
                    Hearing& hearing) {
  const std::size_t max_frame_bytes = 16 * model.objective.size() + 4096;
  while (!hearing.end) {
    const auto frame = child.receive(max_frame_bytes, deadline, limits);
    if (!frame) return std::unexpected(frame.error());
    if (!*frame) return {};
    worker::SolveRecord record;
    if (!record.ParseFromString(**frame)) return failure(ErrorCode::kBadData, "The solver sent a record that cannot be read.");
    if (record.has_end()) hearing.end = record.end();
    if (!record.has_incumbent()) continue;
    auto found = checked(model, {record.incumbent().values().begin(), record.incumbent().values().end()});
    if (!found || (hearing.best && hearing.best->objective <= found->objective)) continue;
    hearing.best = std::move(found);
    hearing.child_found = true;
  }
  return {};
}

// The answer of a child that has come to an end by itself. Claims that
// contradict a checked solution count for nothing.
Result<MipSolution> conclude(Hearing hearing) {
  const worker::SolveEnd& end = *hearing.end;
  if (!hearing.best) {
    if (end.status() == 3) return MipSolution{.status = MipStatus::kInfeasible, .values = {}, .objective = 0, .bound = geo::kUnbounded};
    if (end.status() == 2) return MipSolution{.status = MipStatus::kNoSolution, .values = {}, .objective = 0, .bound = end.bound()};
    return failure(ErrorCode::kUnavailable, "The solver claims an optimum that does not stand.");
  }
  MipSolution& best = *hearing.best;
  const double slack = kTolerance * std::max(1.0, std::abs(best.objective));
  const bool believable = end.status() != 3 && std::isfinite(end.bound()) && end.bound() <= best.objective + slack;
  if (!believable) return best;
  best.bound = std::min(end.bound(), best.objective);
  if (end.status() == 1 && best.bound >= best.objective - slack) best.status = MipStatus::kOptimal;
  return best;
}

void check_sizes(const MipModel& model, const std::vector<double>& incumbent) {
  const std::size_t count = model.objective.size();
  OBNOVA_CHECK(model.lower.size() == count && model.upper.size() == count && model.integer.size() == count);
  OBNOVA_CHECK(incumbent.empty() || incumbent.size() == count);
  OBNOVA_CHECK(model.row_starts.size() == model.row_lower.size() + 1 && model.row_upper.size() == model.row_lower.size());
  OBNOVA_CHECK(model.columns.size() == model.coefficients.size());
}

Result<MipSolution> solve_in_child(const std::filesystem::path& program, std::size_t memory_bytes, const MipModel& model,
                                   const std::vector<double>& incumbent, double max_solve_s, const Limits& limits) {
  check_sizes(model, incumbent);
  Hearing hearing;
  if (!incumbent.empty()) hearing.best = checked(model, incumbent);
  const double solve_s = std::clamp(max_solve_s, 0.0, kLongestSolveS);
  const auto solve_time = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::duration<double>(solve_s));
  const auto deadline = std::chrono::steady_clock::now() + solve_time + kGrace;
  auto child = Child::start(program, {}, memory_bytes);
  if (!child) return std::unexpected(child.error());
  const auto job = to_job(model, hearing.best ? incumbent : std::vector<double>{}, solve_s).SerializeAsString();

  Result<void> heard = child->send(job, deadline, limits);
  if (heard) heard = listen(*child, model, deadline, limits, hearing);
  if (!heard && heard.error().code == ErrorCode::kCancelled) return std::unexpected(heard.error());
  if (hearing.end) return conclude(std::move(hearing));

  const bool out_of_time = std::chrono::steady_clock::now() >= deadline;
  if (hearing.best && (hearing.child_found || out_of_time)) return *std::move(hearing.best);
  if (out_of_time) return MipSolution{};
  child->kill();
  const std::string ending = child->wait();
  return failure(ErrorCode::kUnavailable, fmt::format("The solver has ended before it was done ({}): {} {}", ending,
                                                      heard ? "" : heard.error().message, child->standard_error()));
}

}  // namespace

geo::SolveMip child_solver(std::filesystem::path solver_program, std::size_t memory_bytes) {
  return [program = std::move(solver_program), memory_bytes](const MipModel& model, const std::vector<double>& incumbent,
                                                             double max_solve_s, const Limits& limits) {
    return solve_in_child(program, memory_bytes, model, incumbent, max_solve_s, limits);
  };
}

}  // namespace obnova::server
