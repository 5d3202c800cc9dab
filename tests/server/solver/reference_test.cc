// Published instances with known optima, through the solver seam.

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "geo/query/siting/locate.h"
#include "server/solver/child_solver.h"
#include "tests/support/result_matchers.h"
#include "tests/support/shared_data.h"

namespace obnova::server {
namespace {

using geo::kUnbounded;
using geo::MipModel;

constexpr double kSolveS = 120;

geo::SolveMip real_solver() { return child_solver(std::filesystem::path(OBNOVA_BIN_DIR) / "obnova-solver"); }

// The row of a table by its first column.
std::vector<double> optima_of(const std::filesystem::path& table, const std::string& instance) {
  std::ifstream file(table);
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream cells(line);
    std::string cell;
    std::getline(cells, cell, ',');
    if (cell != instance) continue;
    std::vector<double> numbers;
    while (std::getline(cells, cell, ',')) numbers.push_back(std::stod(cell));
    return numbers;
  }
  return {};
}

// Shortest paths of an OR-Library p-median graph; a repeated edge counts with its last length.
geo::LocationProblem read_median(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::size_t count = 0, edges = 0, p = 0;
  file >> count >> edges >> p;
  std::vector<double> ways(count * count, std::numeric_limits<double>::infinity());
  for (std::size_t i = 0; i < count; ++i) ways[i * count + i] = 0;
  for (std::size_t edge = 0; edge < edges; ++edge) {
    std::size_t a = 0, b = 0;
    double length = 0;
    file >> a >> b >> length;
    ways[(a - 1) * count + b - 1] = ways[(b - 1) * count + a - 1] = length;
  }
  for (std::size_t k = 0; k < count; ++k) {
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t j = 0; j < count; ++j)
        ways[i * count + j] = std::min(ways[i * count + j], ways[i * count + k] + ways[k * count + j]);
    }
  }
  geo::LocationProblem problem;
  problem.p = p;
  problem.weights.assign(count, 1);
  problem.candidate_count = count;
  problem.costs = std::move(ways);
  problem.existing.assign(count, false);
  return problem;
}

class MedianReferenceTest : public testing::TestWithParam<int> {};

TEST_P(MedianReferenceTest, ReachesTheListedOptimumWithProof) {
  const std::string name = "pmed" + std::to_string(GetParam());
  const auto file = shared_data("reference/pmedian/" + name + ".txt");
  if (!file) GTEST_SKIP() << "skipped: no data";
  const auto optimum = optima_of(file->parent_path() / "optimal.csv", name);
  ASSERT_EQ(optimum.size(), 1u);
  const auto solved = geo::solve_location(read_median(*file), real_solver(), kSolveS, {});
  ASSERT_THAT(solved, Succeeds());
  EXPECT_EQ(solved->status, geo::SolutionStatus::kOptimal);
  EXPECT_EQ(solved->objective, optimum[0]);
  EXPECT_EQ(solved->bound, optimum[0]);
  EXPECT_EQ(solved->gap, 0);
}

INSTANTIATE_TEST_SUITE_P(OrLibrary, MedianReferenceTest, testing::Values(1, 2, 3, 4, 5, 6, 7, 8, 11, 12));

// The textbook model, one variable for each pair: nothing of ours but the seam.
MipModel pair_model(const geo::LocationProblem& problem) {
  MipModel model;
  const std::size_t count = problem.candidate_count;
  std::vector<MipModel::Term> chosen;
  for (std::size_t j = 0; j < count; ++j) chosen.push_back({model.add_variable(0, 0, 1, true), 1});
  model.add_row(static_cast<double>(problem.p), static_cast<double>(problem.p), chosen);
  for (std::size_t i = 0; i < problem.weights.size(); ++i) {
    std::vector<MipModel::Term> served;
    for (std::size_t j = 0; j < count; ++j) {
      const auto pair = model.add_variable(problem.weights[i] * problem.costs[i * count + j], 0, 1, false);
      served.push_back({pair, 1});
      model.add_row(-kUnbounded, 0, {{pair, 1}, {static_cast<std::int32_t>(j), -1}});
    }
    model.add_row(1, 1, served);
  }
  return model;
}

class MedianPairModelTest : public testing::TestWithParam<int> {};

TEST_P(MedianPairModelTest, ReachesTheListedOptimumWithProof) {
  const std::string name = "pmed" + std::to_string(GetParam());
  const auto file = shared_data("reference/pmedian/" + name + ".txt");
  if (!file) GTEST_SKIP() << "skipped: no data";
  const auto optimum = optima_of(file->parent_path() / "optimal.csv", name);
  ASSERT_EQ(optimum.size(), 1u);
  const auto solved = real_solver()(pair_model(read_median(*file)), {}, kSolveS, {});
  ASSERT_THAT(solved, Succeeds());
  EXPECT_EQ(solved->status, geo::MipStatus::kOptimal);
  EXPECT_NEAR(solved->objective, optimum[0], 1e-3);
  EXPECT_NEAR(solved->bound, optimum[0], 1e-3);
}

INSTANTIATE_TEST_SUITE_P(OrLibrary, MedianPairModelTest, testing::Values(1, 2, 3, 4, 5));

struct Warehouse {
  double capacity = 0;
  double fixed_cost = 0;
};

struct WarehouseProblem {
  std::vector<Warehouse> warehouses;
  std::vector<double> demands;
  std::vector<std::vector<double>> costs;  // By customer and warehouse, of the whole demand.
};

WarehouseProblem read_warehouse(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::size_t warehouses = 0, customers = 0;
  file >> warehouses >> customers;
  WarehouseProblem problem;
  problem.warehouses.resize(warehouses);
  for (Warehouse& warehouse : problem.warehouses) file >> warehouse.capacity >> warehouse.fixed_cost;
  for (std::size_t i = 0; i < customers; ++i) {
    problem.demands.emplace_back();
    file >> problem.demands.back();
    problem.costs.emplace_back(warehouses);
    for (double& cost : problem.costs.back()) file >> cost;
  }
  return problem;
}

// Share x[i][j] of customer i served by warehouse j, y[j] open.
MipModel warehouse_model(const WarehouseProblem& problem, bool with_capacity) {
  MipModel model;
  const std::size_t warehouses = problem.warehouses.size();
  const auto share = [&](std::size_t customer, std::size_t warehouse) {
    return static_cast<std::int32_t>(warehouses + customer * warehouses + warehouse);
  };
  for (const Warehouse& warehouse : problem.warehouses) model.add_variable(warehouse.fixed_cost, 0, 1, true);
  for (const auto& costs : problem.costs) {
    for (const double cost : costs) model.add_variable(cost, 0, 1, false);
  }
  for (std::size_t i = 0; i < problem.demands.size(); ++i) {
    std::vector<MipModel::Term> all;
    for (std::size_t j = 0; j < warehouses; ++j) {
      all.push_back({share(i, j), 1});
      model.add_row(-kUnbounded, 0, {{share(i, j), 1}, {static_cast<std::int32_t>(j), -1}});
    }
    model.add_row(1, 1, all);
  }
  for (std::size_t j = 0; with_capacity && j < warehouses; ++j) {
    std::vector<MipModel::Term> load = {{static_cast<std::int32_t>(j), -problem.warehouses[j].capacity}};
    for (std::size_t i = 0; i < problem.demands.size(); ++i) load.push_back({share(i, j), problem.demands[i]});
    model.add_row(-kUnbounded, 0, load);
  }
  return model;
}

class WarehouseReferenceTest : public testing::TestWithParam<int> {};

TEST_P(WarehouseReferenceTest, ReachesTheListedOptimaWithAndWithoutCapacities) {
  const std::string name = "cap" + std::to_string(GetParam());
  const auto file = shared_data("reference/warehouse/" + name + ".txt");
  if (!file) GTEST_SKIP() << "skipped: no data";
  const auto row = optima_of(file->parent_path() / "optimal.csv", name);
  ASSERT_EQ(row.size(), 5u);
  const WarehouseProblem problem = read_warehouse(*file);
  ASSERT_EQ(problem.demands.size(), row[1]);
  for (const bool with_capacity : {true, false}) {
    const auto solved = real_solver()(warehouse_model(problem, with_capacity), {}, kSolveS, {});
    ASSERT_THAT(solved, Succeeds());
    EXPECT_EQ(solved->status, geo::MipStatus::kOptimal);
    EXPECT_NEAR(solved->objective, with_capacity ? row[3] : row[4], 0.01);
    EXPECT_NEAR(solved->bound, solved->objective, 0.01);
  }
}

INSTANTIATE_TEST_SUITE_P(OrLibrary, WarehouseReferenceTest, testing::Values(61, 62, 63, 64, 71, 72, 73, 74, 81, 82, 83, 84));

}  // namespace
}  // namespace obnova::server
