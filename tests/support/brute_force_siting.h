#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <vector>

#include "geo/query/siting/locate.h"

namespace obnova::geo {

// The objective of a choice, from the raw numbers alone; nullopt when a demand
// with weight is served by nobody (p-median).
inline std::optional<double> slow_objective(const LocationProblem& problem, const std::vector<bool>& open) {
  double sum = 0;
  for (std::size_t i = 0; i < problem.weights.size(); ++i) {
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t j = 0; j < problem.candidate_count; ++j) {
      const double cost = problem.costs[i * problem.candidate_count + j];
      if (open[j] && cost >= 0) least = std::min(least, cost);
    }
    if (problem.weights[i] == 0) continue;
    if (problem.model == LocationModel::kMclp)
      sum += least <= problem.service_limit ? problem.weights[i] : 0;
    else if (least == std::numeric_limits<double>::infinity())
      return std::nullopt;
    else
      sum += problem.weights[i] * least;
  }
  return sum;
}

// The best objective over all choices of p new columns; nullopt when none serves everybody.
inline std::optional<double> slow_best_location(const LocationProblem& problem) {
  std::vector<std::size_t> columns;
  for (std::size_t j = 0; j < problem.candidate_count; ++j) {
    if (!problem.existing[j]) columns.push_back(j);
  }
  std::vector<bool> chosen(columns.size());
  std::fill(chosen.begin(), chosen.begin() + static_cast<std::ptrdiff_t>(problem.p), true);
  std::optional<double> best;
  do {
    std::vector<bool> open = problem.existing;
    for (std::size_t k = 0; k < columns.size(); ++k) {
      if (chosen[k]) open[columns[k]] = true;
    }
    const auto here = slow_objective(problem, open);
    const bool more_is_better = problem.model == LocationModel::kMclp;
    if (here && (!best || (more_is_better ? *here > *best : *here < *best))) best = here;
  } while (std::prev_permutation(chosen.begin(), chosen.end()));
  return best;
}

}  // namespace obnova::geo
