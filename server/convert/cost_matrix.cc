#include <cmath>
#include <limits>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "server/convert/location.h"
#include "server/convert/number.h"

namespace obnova::server {
namespace {

constexpr std::size_t kMaxCosts = 4'000'000;

using Names = google::protobuf::RepeatedPtrField<std::string>;

std::unexpected<Error> refused(std::string message, std::string field) {
  return failure(ErrorCode::kInvalidArgument, std::move(message), std::move(field));
}

// Where each id stands. Fails for empty and repeated ids, and for none at all.
Result<std::unordered_map<std::string, std::size_t>> index_of(const Names& ids, const std::string& field) {
  if (ids.empty()) return refused(fmt::format("The matrix has no `{}`.", field), field);
  std::unordered_map<std::string, std::size_t> result;
  for (int i = 0; i < ids.size(); ++i) {
    const std::string at = fmt::format("{}[{}]", field, i);
    if (ids[i].empty()) return refused("An id is empty.", at);
    if (!result.emplace(ids[i], i).second) return refused(fmt::format("The id `{}` is there twice.", ids[i]), at);
  }
  return result;
}

Result<void> check_sizes(const v1::CostMatrix& matrix) {
  if (matrix.weights_size() != matrix.demand_ids_size()) {
    return refused(fmt::format("The matrix has {} weights for {} demands.", matrix.weights_size(), matrix.demand_ids_size()),
                   "matrix.weights");
  }
  const auto cell_count = static_cast<std::size_t>(matrix.demand_ids_size()) * static_cast<std::size_t>(matrix.candidate_ids_size());
  if (cell_count > kMaxCosts) {
    return refused(fmt::format("The matrix has {} costs, at most {} are allowed.", cell_count, kMaxCosts), "matrix.costs");
  }
  if (static_cast<std::size_t>(matrix.costs_size()) != cell_count) {
    return refused(fmt::format("The matrix has {} costs for {} demands times {} candidates.", matrix.costs_size(), matrix.demand_ids_size(),
                               matrix.candidate_ids_size()),
                   "matrix.costs");
  }
  return {};
}

Result<void> check_numbers(const v1::CostMatrix& matrix) {
  for (int i = 0; i < matrix.weights_size(); ++i) {
    const auto weight = number_in(matrix.weights(i), {0, std::numeric_limits<double>::max()}, fmt::format("matrix.weights[{}]", i));
    if (!weight) return std::unexpected(weight.error());
  }
  for (int i = 0; i < matrix.costs_size(); ++i) {
    if (!std::isfinite(matrix.costs(i))) return refused("A cost is not finite.", fmt::format("matrix.costs[{}]", i));
  }
  return {};
}

}  // namespace

Result<LocationTask> to_task(const v1::CostMatrix& matrix) {
  const auto demands = index_of(matrix.demand_ids(), "matrix.demand_ids");
  if (!demands) return std::unexpected(demands.error());
  const auto candidates = index_of(matrix.candidate_ids(), "matrix.candidate_ids");
  if (!candidates) return std::unexpected(candidates.error());
  if (const auto sizes = check_sizes(matrix); !sizes) return std::unexpected(sizes.error());
  if (const auto numbers = check_numbers(matrix); !numbers) return std::unexpected(numbers.error());

  LocationTask task;
  task.demand_ids.assign(matrix.demand_ids().begin(), matrix.demand_ids().end());
  for (const std::string& id : matrix.candidate_ids()) task.sites.push_back({.id = id, .title = {}, .place = {}});
  task.problem.weights.assign(matrix.weights().begin(), matrix.weights().end());
  task.problem.costs.assign(matrix.costs().begin(), matrix.costs().end());
  task.problem.candidate_count = task.sites.size();
  task.problem.existing.assign(task.sites.size(), false);
  for (int i = 0; i < matrix.existing_ids_size(); ++i) {
    const std::string field = fmt::format("matrix.existing_ids[{}]", i);
    const auto found = candidates->find(matrix.existing_ids(i));
    if (found == candidates->end()) return refused(fmt::format("The existing `{}` is not a candidate.", matrix.existing_ids(i)), field);
    if (task.problem.existing[found->second]) return refused(fmt::format("The id `{}` is there twice.", matrix.existing_ids(i)), field);
    task.problem.existing[found->second] = true;
  }
  return task;
}

}  // namespace obnova::server
