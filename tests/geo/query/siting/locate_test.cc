#include "geo/query/siting/locate.h"

#include <limits>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/query/siting/site_selection.h"
#include "tests/support/brute_force_siting.h"
#include "tests/support/random_location.h"
#include "tests/support/result_matchers.h"

namespace obnova::geo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// The cheapest values of the steps when the sites are given: each row can raise
// the one variable that stands last in it. nullopt when a row still breaks.
std::optional<std::vector<double>> complete(const MipModel& model, std::vector<double> values) {
  for (std::size_t row = 0; row < model.row_lower.size(); ++row) {
    double sum = 0;
    for (auto k = model.row_starts[row]; k < model.row_starts[row + 1]; ++k) {
      sum += model.coefficients[static_cast<std::size_t>(k)] * values[static_cast<std::size_t>(model.columns[static_cast<std::size_t>(k)])];
    }
    if (sum > model.row_upper[row]) return std::nullopt;
    if (sum >= model.row_lower[row]) continue;
    if (model.row_starts[row] == model.row_starts[row + 1]) return std::nullopt;
    const auto last = static_cast<std::size_t>(model.columns[static_cast<std::size_t>(model.row_starts[row + 1] - 1)]);
    values[last] += model.row_lower[row] - sum;
    if (model.integer[last] || values[last] > model.upper[last]) return std::nullopt;
  }
  return values;
}

// Tries every choice of the integers: a slow twin of the solver for the models of this folder.
Result<MipSolution> enumerate(const MipModel& model, const std::vector<double>& incumbent, double, const Limits&) {
  std::vector<std::size_t> integers;
  for (std::size_t j = 0; j < model.integer.size(); ++j) {
    if (model.integer[j]) integers.push_back(j);
  }
  MipSolution best{.status = MipStatus::kInfeasible, .values = {}, .objective = kUnbounded, .bound = kUnbounded};
  for (std::size_t choice = 0; choice < (std::size_t{1} << integers.size()); ++choice) {
    std::vector<double> values = model.lower;
    bool inside = true;
    for (std::size_t k = 0; k < integers.size(); ++k) {
      values[integers[k]] = (choice >> k & 1) != 0 ? 1 : 0;
      inside = inside && values[integers[k]] >= model.lower[integers[k]];
    }
    const auto completed = inside ? complete(model, values) : std::nullopt;
    if (!completed) continue;
    const double cost = std::inner_product(completed->begin(), completed->end(), model.objective.begin(), 0.0);
    if (cost < best.objective) best = {.status = MipStatus::kOptimal, .values = *completed, .objective = cost, .bound = cost};
  }
  EXPECT_TRUE(incumbent.empty() || complete(model, incumbent) == incumbent) << "The incumbent does not stand in the model.";
  return best;
}

Result<MipSolution> no_solver(const MipModel&, const std::vector<double>&, double, const Limits&) {
  return failure(ErrorCode::kUnavailable, "The solver has ended.");
}

double sign_of(const LocationProblem& problem) { return problem.model == LocationModel::kMclp ? -1 : 1; }

void expect_verified(const LocationProblem& problem, const LocationSolution& solution) {
  ASSERT_EQ(solution.chosen.size(), problem.p);
  EXPECT_TRUE(std::ranges::is_sorted(solution.chosen));
  std::vector<bool> open = problem.existing;
  for (const std::size_t column : solution.chosen) {
    EXPECT_FALSE(open.at(column)) << "chosen twice, or exists";
    open.at(column) = true;
  }
  const auto objective = slow_objective(problem, open);
  ASSERT_TRUE(objective.has_value());
  EXPECT_EQ(solution.objective, *objective);
  EXPECT_LE(sign_of(problem) * solution.bound, sign_of(problem) * solution.objective);
}

class LocateRandomTest : public testing::TestWithParam<LocationModel> {};

TEST_P(LocateRandomTest, EqualsTheBestOfAllChoices) {
  int asked = 0;
  const SolveMip counting = [&](const MipModel& model, const std::vector<double>& incumbent, double max_solve_s, const Limits& limits) {
    ++asked;
    return enumerate(model, incumbent, max_solve_s, limits);
  };
  for (unsigned seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const LocationProblem problem = random_location(GetParam(), seed);
    const auto solved = solve_location(problem, counting, 10, {});
    ASSERT_THAT(solved, Succeeds());
    const auto best = slow_best_location(problem);
    if (!best) {
      EXPECT_EQ(solved->status, SolutionStatus::kInfeasible);
      EXPECT_FALSE(solved->infeasible_reason.empty());
      continue;
    }
    EXPECT_EQ(solved->status, SolutionStatus::kOptimal);
    EXPECT_EQ(solved->objective, *best);
    EXPECT_EQ(solved->bound, *best);
    expect_verified(problem, *solved);
  }
  EXPECT_GT(asked, 5) << "Most small problems are proved without the solver, but not all.";
}

TEST_P(LocateRandomTest, TheModelsWithAndWithoutReductionAgree) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    SelectionProblem problem;
    problem.p = 1 + random() % 3;
    problem.of_site.resize(3 + random() % 5);
    for (std::size_t i = 0; i < 8; ++i) {
      std::vector<ServiceLink> links;
      for (std::uint32_t site = 0; site < problem.site_count(); ++site)
        links.push_back({.cost = static_cast<double>(random() % 7), .other = site});
      std::ranges::sort(links);
      problem.add_demand(kNoFallback, links);
    }
    const Sites sites = find_good_sites(problem, {}).value();
    const double upper = cost_of(problem, sites);
    const SelectionBound bound = bound_selection(problem, upper, {}).value();
    const SelectionModel whole = selection_model(problem);
    const SelectionModel reduced = reduced_selection_model(problem, bound, upper);
    const double exact = enumerate(whole.mip, values_of(whole, problem, sites), 1, {})->objective + whole.constant;
    const double after = enumerate(reduced.mip, values_of(reduced, problem, sites), 1, {})->objective + reduced.constant;
    EXPECT_EQ(exact, after);
    EXPECT_LE(bound.bound, exact);
    EXPECT_LE(exact, upper);
  }
}

TEST_P(LocateRandomTest, WithoutASolverTheAnswerIsValidAndItsBoundTrue) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const LocationProblem problem = random_location(GetParam(), seed);
    const auto best = slow_best_location(problem);
    const auto solved = solve_location(problem, no_solver, 10, {});
    if (!solved) {
      EXPECT_EQ(solved.error().code, ErrorCode::kLimitExceeded);
      continue;
    }
    if (solved->status == SolutionStatus::kInfeasible) {
      EXPECT_FALSE(best.has_value());
      continue;
    }
    ASSERT_TRUE(best.has_value());
    expect_verified(problem, *solved);
    EXPECT_LE(sign_of(problem) * solved->bound, sign_of(problem) * *best);
    EXPECT_LE(sign_of(problem) * *best, sign_of(problem) * solved->objective);
    if (solved->status == SolutionStatus::kOptimal) {
      EXPECT_EQ(solved->objective, *best);
    }
  }
}

TEST_P(LocateRandomTest, TheOrderOfTheInputDoesNotChangeTheObjective) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const LocationProblem problem = random_location(GetParam(), seed);
    std::vector<std::size_t> rows(problem.weights.size()), columns(problem.candidate_count);
    std::iota(rows.begin(), rows.end(), 0U);
    std::iota(columns.begin(), columns.end(), 0U);
    std::mt19937 random(seed);
    std::ranges::shuffle(rows, random);
    std::ranges::shuffle(columns, random);
    LocationProblem other = problem;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      other.weights[i] = problem.weights[rows[i]];
      for (std::size_t j = 0; j < columns.size(); ++j)
        other.costs[i * columns.size() + j] = problem.costs[rows[i] * columns.size() + columns[j]];
    }
    for (std::size_t j = 0; j < columns.size(); ++j) other.existing[j] = problem.existing[columns[j]];
    const auto solved = solve_location(problem, enumerate, 10, {});
    const auto shuffled = solve_location(other, enumerate, 10, {});
    const auto again = solve_location(problem, enumerate, 10, {});
    ASSERT_THAT(solved, Succeeds());
    ASSERT_THAT(shuffled, Succeeds());
    EXPECT_EQ(solved->status, shuffled->status);
    EXPECT_EQ(solved->objective, shuffled->objective);
    EXPECT_EQ(solved->chosen, again->chosen);
    EXPECT_EQ(solved->server, again->server);
  }
}

INSTANTIATE_TEST_SUITE_P(Models, LocateRandomTest, testing::Values(LocationModel::kMclp, LocationModel::kPMedian));

// Demands at 0, 10, 20 and 100 on a line; sites at the same places.
LocationProblem line(LocationModel model, std::size_t p) {
  LocationProblem problem;
  problem.model = model;
  problem.p = p;
  problem.weights = {1, 1, 1, 5};
  problem.candidate_count = 4;
  for (const double demand : {0.0, 10.0, 20.0, 100.0}) {
    for (const double site : {0.0, 10.0, 20.0, 100.0}) problem.costs.push_back(std::abs(demand - site));
  }
  problem.existing.assign(4, false);
  problem.service_limit = 10;
  return problem;
}

TEST(LocateTest, PutsMediansInTheMiddleOfTheirDemand) {
  const auto solved = solve_location(line(LocationModel::kPMedian, 2), enumerate, 10, {});
  ASSERT_THAT(solved, Succeeds());
  EXPECT_THAT(solved->chosen, ElementsAre(1, 3));
  EXPECT_THAT(solved->server, ElementsAre(1, 1, 1, 3));
  EXPECT_EQ(solved->objective, 20);
  EXPECT_EQ(solved->gap, 0);
  EXPECT_FALSE(solved->objective_before.has_value());
}

TEST(LocateTest, TheServiceLimitIsInclusive) {
  LocationProblem problem = line(LocationModel::kMclp, 2);
  EXPECT_EQ(solve_location(problem, enumerate, 10, {})->objective, 8);
  problem.service_limit = 9.999;
  EXPECT_EQ(solve_location(problem, enumerate, 10, {})->objective, 6);
}

TEST(LocateTest, ExistingFacilitiesServeAndAreNotChosen) {
  LocationProblem problem = line(LocationModel::kPMedian, 1);
  problem.existing[3] = true;
  const auto solved = solve_location(problem, enumerate, 10, {});
  ASSERT_THAT(solved, Succeeds());
  EXPECT_THAT(solved->chosen, ElementsAre(1));
  EXPECT_EQ(solved->objective, 20);
  EXPECT_EQ(solved->objective_before, 100 + 90 + 80);
}

TEST(LocateTest, ADemandNobodyCanServeIsNamed) {
  LocationProblem problem = line(LocationModel::kPMedian, 2);
  for (std::size_t j = 0; j < 4; ++j) problem.costs[2 * 4 + j] = -1;
  const auto solved = solve_location(problem, enumerate, 10, {});
  ASSERT_THAT(solved, Succeeds());
  EXPECT_EQ(solved->status, SolutionStatus::kInfeasible);
  EXPECT_EQ(solved->infeasible_demand, 2u);
  EXPECT_THAT(solved->infeasible_reason, HasSubstr("Demand 2"));
  problem.weights[2] = 0;
  EXPECT_EQ(solve_location(problem, enumerate, 10, {})->status, SolutionStatus::kOptimal);
}

TEST(LocateTest, TooFewSitesAreExplainedWithADemandAndItsNearestCandidate) {
  LocationProblem problem = line(LocationModel::kPMedian, 1);
  for (double& cost : problem.costs) cost = cost > 20 ? -1 : cost;
  const auto solved = solve_location(problem, enumerate, 10, {});
  ASSERT_THAT(solved, Succeeds());
  EXPECT_EQ(solved->status, SolutionStatus::kInfeasible);
  EXPECT_EQ(solved->infeasible_demand, std::nullopt);
  EXPECT_EQ(solved->left_out_demand, 3u);
  EXPECT_EQ(solved->left_out_nearest, 3u);
  EXPECT_THAT(solved->infeasible_reason, HasSubstr("No 1 new site can serve every demand"));
  EXPECT_THAT(solved->infeasible_reason, HasSubstr("demand 3, whose nearest candidate is column 3 at cost 0"));
}

TEST(LocateTest, NoDemandIsServedByTheFirstSites) {
  LocationProblem problem;
  problem.p = 2;
  problem.candidate_count = 3;
  problem.existing.assign(3, false);
  const auto solved = solve_location(problem, no_solver, 10, {});
  ASSERT_THAT(solved, Succeeds());
  EXPECT_EQ(solved->status, SolutionStatus::kOptimal);
  EXPECT_EQ(solved->chosen.size(), 2u);
}

TEST(LocateTest, RefusesWhatCannotBeMeant) {
  const auto fails = [](auto change) {
    LocationProblem problem = line(LocationModel::kPMedian, 2);
    change(problem);
    return solve_location(problem, enumerate, 10, {});
  };
  EXPECT_THAT(fails([](auto& p) { p.p = 0; }), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(fails([](auto& p) { p.p = 5; }), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("there are 4")));
  EXPECT_THAT(fails([](auto& p) { p.existing[0] = true, p.p = 4; }), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(fails([](auto& p) { p.costs.pop_back(); }), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("16 costs, got 15")));
  EXPECT_THAT(fails([](auto& p) { p.existing.pop_back(); }), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(fails([](auto& p) { p.weights[1] = -1; }), FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("demand 1")));
  EXPECT_THAT(fails([](auto& p) { p.costs[6] = std::numeric_limits<double>::infinity(); }),
              FailsSaying(ErrorCode::kInvalidArgument, HasSubstr("demand 1 and column 2")));
  EXPECT_THAT(fails([](auto& p) { p.service_limit = std::numeric_limits<double>::quiet_NaN(); }), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(LocateTest, StopsWhenCancelled) {
  EXPECT_THAT(solve_location(line(LocationModel::kPMedian, 2), enumerate, 10, {[] { return true; }}), FailsWith(ErrorCode::kCancelled));
}

}  // namespace
}  // namespace obnova::geo
