// Location problems through the real solver, against all choices.

#include <filesystem>
#include <random>

#include <gtest/gtest.h>

#include "geo/query/siting/locate.h"
#include "geo/query/siting/site_selection.h"
#include "server/solver/child_solver.h"
#include "tests/support/brute_force_siting.h"
#include "tests/support/random_location.h"
#include "tests/support/result_matchers.h"

namespace obnova::server {
namespace {

geo::SolveMip real_solver() { return child_solver(std::filesystem::path(OBNOVA_BIN_DIR) / "obnova-solver"); }

TEST(LocationSolverTest, EqualsTheBestOfAllChoices) {
  const geo::SolveMip solve = real_solver();
  for (unsigned seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const auto model = seed % 2 == 0 ? geo::LocationModel::kMclp : geo::LocationModel::kPMedian;
    const geo::LocationProblem problem = geo::random_location(model, seed);
    const auto solved = geo::solve_location(problem, solve, 30, {});
    ASSERT_THAT(solved, Succeeds());
    const auto best = geo::slow_best_location(problem);
    EXPECT_EQ(solved->status, best ? geo::SolutionStatus::kOptimal : geo::SolutionStatus::kInfeasible);
    if (best) {
      EXPECT_EQ(solved->objective, *best);
    }
  }
}

// Nothing left out of the model, no solution known: all the work is the solver's.
TEST(LocationSolverTest, SolvesTheWholeModelFromNothing) {
  for (unsigned seed = 1; seed <= 25; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    geo::SelectionProblem problem;
    problem.p = 2 + random() % 2;
    problem.of_site.resize(9);
    for (std::size_t i = 0; i < 12; ++i) {
      std::vector<geo::ServiceLink> links;
      for (std::uint32_t site = 0; site < 9; ++site) links.push_back({.cost = static_cast<double>(random() % 9), .other = site});
      std::ranges::sort(links);
      problem.add_demand(geo::kNoFallback, links);
    }
    double best = geo::kNoFallback;
    for (unsigned choice = 0; choice < 512; ++choice) {
      geo::Sites sites;
      for (std::uint32_t site = 0; site < 9; ++site) {
        if ((choice >> site & 1) != 0) sites.push_back(site);
      }
      if (sites.size() == problem.p) best = std::min(best, geo::cost_of(problem, sites));
    }
    const geo::SelectionModel model = geo::selection_model(problem);
    const auto solved = real_solver()(model.mip, {}, 30, {});
    ASSERT_THAT(solved, Succeeds());
    EXPECT_EQ(solved->status, geo::MipStatus::kOptimal);
    EXPECT_NEAR(solved->objective + model.constant, best, 1e-6);
    EXPECT_EQ(geo::cost_of(problem, geo::sites_of(model, problem, solved->values)), best);
  }
}

}  // namespace
}  // namespace obnova::server
