#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "geo/base/limits.h"
#include "geo/base/result.h"

namespace obnova::geo {

inline constexpr double kUnbounded = 1e30;

// A mixed-integer program: minimize objective · x, rows row_lower ≤ A x ≤ row_upper.
struct MipModel {
  std::vector<double> objective;
  std::vector<double> lower;
  std::vector<double> upper;
  std::vector<bool> integer;
  // Rows one after another: entries of row r are [row_starts[r], row_starts[r + 1]).
  std::vector<std::int32_t> row_starts = {0};
  std::vector<std::int32_t> columns;
  std::vector<double> coefficients;
  std::vector<double> row_lower;
  std::vector<double> row_upper;

  std::int32_t add_variable(double cost, double lower_bound, double upper_bound, bool is_integer);
  struct Term {
    std::int32_t variable;
    double coefficient;
  };
  void add_row(double lower_bound, double upper_bound, const std::vector<Term>& terms);
};

enum class MipStatus { kOptimal, kFeasible, kInfeasible, kNoSolution };

struct MipSolution {
  MipStatus status = MipStatus::kNoSolution;
  std::vector<double> values;  // Empty when infeasible or none was found.
  double objective = 0;
  double bound = -kUnbounded;  // No solution costs less.
};

// Solves a model in at most `max_solve_s`, starting from `incumbent` (empty:
// none). The server gives one that runs a child process and kills it when the
// time is over; the solution is whatever the child had said by then. Fails with
// kUnavailable when the child dies and with kCancelled.
using SolveMip = std::function<Result<MipSolution>(const MipModel& model, const std::vector<double>& incumbent, double max_solve_s,
                                                   const Limits& limits)>;

}  // namespace obnova::geo
