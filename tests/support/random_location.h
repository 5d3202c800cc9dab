#pragma once

#include <algorithm>
#include <random>
#include <vector>

#include "geo/query/siting/locate.h"

namespace obnova::geo {

// A small location problem with ties, unreachable pairs, zero weights and existing facilities.
inline LocationProblem random_location(LocationModel model, unsigned seed) {
  std::mt19937 random(seed);
  const auto up_to = [&](unsigned most) { return random() % (most + 1); };
  LocationProblem problem;
  problem.model = model;
  problem.candidate_count = 2 + up_to(10);
  const std::size_t demands = 1 + up_to(24);
  const unsigned unreachable_in = 2 + up_to(6);
  for (std::size_t i = 0; i < demands; ++i) {
    problem.weights.push_back(up_to(4));
    for (std::size_t j = 0; j < problem.candidate_count; ++j) problem.costs.push_back(up_to(unreachable_in) == 0 ? -1.0 : up_to(9));
  }
  problem.existing.assign(problem.candidate_count, false);
  if (up_to(1) == 1) problem.existing[up_to(static_cast<unsigned>(problem.candidate_count - 1))] = true;
  const auto sites = static_cast<unsigned>(problem.candidate_count) -
                     (std::find(problem.existing.begin(), problem.existing.end(), true) != problem.existing.end() ? 1U : 0U);
  problem.p = 1 + up_to(sites - 1);
  problem.service_limit = up_to(6);
  return problem;
}

}  // namespace obnova::geo
