#include "server/solver/child_solver.h"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"

namespace obnova::server {
namespace {

using geo::kUnbounded;
using geo::MipModel;
using geo::MipStatus;
using testing::ElementsAre;
using testing::HasSubstr;

geo::SolveMip real_solver() { return child_solver(std::filesystem::path(OBNOVA_BIN_DIR) / "obnova-solver"); }

// A program that reads nothing and does what the script says.
class ScriptedSolver {
 public:
  explicit ScriptedSolver(const std::string& script)
      : file_(std::filesystem::temp_directory_path() / ("solver_" + std::to_string(::getpid()))) {
    std::ofstream(file_) << "#!/bin/sh\n" << script << "\n";
    std::filesystem::permissions(file_, std::filesystem::perms::owner_all);
  }
  ~ScriptedSolver() { std::filesystem::remove(file_); }
  geo::SolveMip solve() const { return child_solver(file_); }

 private:
  std::filesystem::path file_;
};

// Three things of value 10, 13, 7 and weight 3, 4, 2 in a bag of 6: the best is 10 + 7 … or 13 + 7.
MipModel knapsack() {
  MipModel model;
  model.add_variable(-10, 0, 1, true);
  model.add_variable(-13, 0, 1, true);
  model.add_variable(-7, 0, 1, true);
  model.add_row(-kUnbounded, 6, {{0, 3}, {1, 4}, {2, 2}});
  return model;
}

TEST(ChildSolverTest, FindsTheOptimumWithProof) {
  const auto solved = real_solver()(knapsack(), {}, 20, {});
  ASSERT_THAT(solved, Succeeds());
  EXPECT_EQ(solved->status, MipStatus::kOptimal);
  EXPECT_THAT(solved->values, ElementsAre(0, 1, 1));
  EXPECT_EQ(solved->objective, -20);
  EXPECT_EQ(solved->bound, -20);
}

TEST(ChildSolverTest, AnOptimalIncumbentIsProvedAndAPoorOneIsImproved) {
  for (const std::vector<double>& incumbent : {std::vector<double>{0, 1, 1}, std::vector<double>{1, 0, 0}, std::vector<double>{0, 0, 0}}) {
    const auto solved = real_solver()(knapsack(), incumbent, 20, {});
    ASSERT_THAT(solved, Succeeds());
    EXPECT_EQ(solved->status, MipStatus::kOptimal);
    EXPECT_EQ(solved->objective, -20);
  }
}

TEST(ChildSolverTest, AnIncumbentThatBreaksARowIsNotUsed) {
  const auto solved = real_solver()(knapsack(), {1, 1, 1}, 20, {});
  ASSERT_THAT(solved, Succeeds());
  EXPECT_EQ(solved->objective, -20);
}

TEST(ChildSolverTest, SaysWhatIsInfeasible) {
  MipModel model = knapsack();
  model.add_row(3, 3, {{0, 1}, {1, 1}, {2, 1}});
  const auto solved = real_solver()(model, {}, 20, {});
  ASSERT_THAT(solved, Succeeds());
  EXPECT_EQ(solved->status, MipStatus::kInfeasible);
  EXPECT_TRUE(solved->values.empty());

  MipModel between;
  between.add_variable(1, 0, 10, true);
  between.add_row(1.25, 1.75, {{0, 1}});
  const auto whole = real_solver()(between, {}, 20, {});
  ASSERT_THAT(whole, Succeeds());
  EXPECT_EQ(whole->status, MipStatus::kInfeasible);
}

TEST(ChildSolverTest, SolvesModelsWithoutRowsAndWithoutIntegers) {
  MipModel free;
  free.add_variable(2, -5, 5, true);
  free.add_variable(-1, 0, 3.5, false);
  const auto solved = real_solver()(free, {}, 20, {});
  ASSERT_THAT(solved, Succeeds());
  EXPECT_EQ(solved->status, MipStatus::kOptimal);
  EXPECT_THAT(solved->values, ElementsAre(-5, 3.5));
}

TEST(ChildSolverTest, CostsFarFromOneKeepTheirProof) {
  for (const double scale : {1e-9, 1e12}) {
    MipModel model = knapsack();
    for (double& cost : model.objective) cost *= scale;
    const auto solved = real_solver()(model, {1, 0, 0}, 20, {});
    ASSERT_THAT(solved, Succeeds());
    EXPECT_EQ(solved->status, MipStatus::kOptimal);
    EXPECT_DOUBLE_EQ(solved->objective, -20 * scale);
  }
}

TEST(ChildSolverTest, AnUnboundedModelHasNoAnswer) {
  MipModel model;
  model.add_variable(-1, 0, kUnbounded, false);
  const auto solved = real_solver()(model, {}, 20, {});
  ASSERT_THAT(solved, Succeeds());
  EXPECT_EQ(solved->status, MipStatus::kNoSolution);
}

TEST(ChildSolverTest, AMissingOrDyingSolverIsUnavailable) {
  EXPECT_THAT(child_solver("/nowhere/solver")(knapsack(), {}, 20, {}), FailsWith(ErrorCode::kUnavailable));
  const ScriptedSolver dying("echo no memory >&2; exit 3");
  EXPECT_THAT(dying.solve()(knapsack(), {0, 0, 0}, 20, {}), FailsSaying(ErrorCode::kUnavailable, HasSubstr("no memory")));
}

TEST(ChildSolverTest, ASolverThatIgnoresItsTimeIsKilledAndTheIncumbentStays) {
  const ScriptedSolver sleeping("cat > /dev/null & exec sleep 600");
  const auto start = std::chrono::steady_clock::now();
  const auto solved = sleeping.solve()(knapsack(), {1, 0, 1}, 0.1, {});
  ASSERT_THAT(solved, Succeeds());
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60));
  EXPECT_EQ(solved->status, MipStatus::kFeasible);
  EXPECT_EQ(solved->objective, -17);
  EXPECT_EQ(solved->bound, -kUnbounded);
  const auto nothing = sleeping.solve()(knapsack(), {}, 0.1, {});
  ASSERT_THAT(nothing, Succeeds());
  EXPECT_EQ(nothing->status, MipStatus::kNoSolution);
}

TEST(ChildSolverTest, CancellingStopsTheSolver) {
  const ScriptedSolver sleeping("exec sleep 600");
  int asked = 0;
  EXPECT_THAT(sleeping.solve()(knapsack(), {}, 600, {[&] { return ++asked > 2; }}), FailsWith(ErrorCode::kCancelled));
}

TEST(ChildSolverTest, ClaimsThatDoNotStandAreNotBelieved) {
  // SolveRecord.end {status: 1, bound: 0}: optimal without a solution.
  const ScriptedSolver boasting("cat > /dev/null & printf '\\004\\000\\000\\000\\022\\002\\010\\001'; wait");
  EXPECT_THAT(boasting.solve()(knapsack(), {}, 20, {}), FailsWith(ErrorCode::kUnavailable));
  // The same claim with a known solution of cost -17: a bound of 0 contradicts it.
  const auto known = boasting.solve()(knapsack(), {1, 0, 1}, 20, {});
  ASSERT_THAT(known, Succeeds());
  EXPECT_EQ(known->status, MipStatus::kFeasible);
  // Incumbent {values: [1, 1, 1]} breaks the row; then the solver ends without an end.
  const ScriptedSolver wrong(
      "printf '\\034\\000\\000\\000\\012\\032\\012\\030\\000\\000\\000\\000\\000\\000\\360\\077\\000\\000\\000\\000\\000\\000\\360\\077"
      "\\000\\000\\000\\000\\000\\000\\360\\077'");
  EXPECT_THAT(wrong.solve()(knapsack(), {}, 20, {}), FailsWith(ErrorCode::kUnavailable));
  const ScriptedSolver garbage("printf '\\003\\000\\000\\000abc'; sleep 1");
  EXPECT_THAT(garbage.solve()(knapsack(), {}, 20, {}), FailsWith(ErrorCode::kUnavailable));
}

TEST(ChildSolverTest, EqualModelsGetEqualAnswers) {
  MipModel model;
  std::vector<MipModel::Term> terms;
  for (int j = 0; j < 30; ++j) {
    model.add_variable(-static_cast<double>(10 + (j * 7) % 11), 0, 1, true);
    terms.push_back({j, static_cast<double>(5 + (j * 5) % 13)});
  }
  model.add_row(-kUnbounded, 97, terms);
  const auto first = real_solver()(model, {}, 60, {});
  const auto second = real_solver()(model, {}, 60, {});
  ASSERT_THAT(first, Succeeds());
  ASSERT_THAT(second, Succeeds());
  EXPECT_EQ(first->status, MipStatus::kOptimal);
  EXPECT_EQ(first->values, second->values);
}

}  // namespace
}  // namespace obnova::server
