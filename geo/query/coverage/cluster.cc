#include "geo/query/coverage/cluster.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "geo/base/measure.h"
#include "geo/query/coverage/contour.h"

namespace obnova::geo {
namespace {

// Places of one cell are always closer than the gap: 176 × √2 < 250.
constexpr double kCell_m = 176;

class Clustering {
 public:
  explicit Clustering(std::span<const Point> places) : places_(places), leader_(places.size()) {
    std::iota(leader_.begin(), leader_.end(), 0U);
    for (std::uint32_t i = 0; i < places.size(); ++i) cells_[cell_of(places[i])].push_back(i);
  }

  Result<void> join_all(const Limits& limits) {
    std::size_t step = 0;
    for (const auto& [cell, members] : cells_) {
      if (step++ % 256 == 0 && limits.stopped()) return failure(ErrorCode::kCancelled, "The search for clusters was cancelled.");
      for (const std::uint32_t member : members) join(members.front(), member);
      join_around(cell, members);
    }
    return {};
  }

  std::vector<std::vector<std::uint32_t>> groups() {
    std::map<std::uint32_t, std::vector<std::uint32_t>> by_leader;
    for (std::uint32_t i = 0; i < places_.size(); ++i) by_leader[leader(i)].push_back(i);
    std::vector<std::vector<std::uint32_t>> result;
    for (auto& [first, members] : by_leader) result.push_back(std::move(members));
    return result;
  }

 private:
  using Cell = std::pair<std::int64_t, std::int64_t>;

  static Cell cell_of(Point p) {
    return {static_cast<std::int64_t>(std::floor(p.x_m / kCell_m)), static_cast<std::int64_t>(std::floor(p.y_m / kCell_m))};
  }

  // The neighbors to the east and those to the north; the others ask themselves.
  void join_around(Cell cell, const std::vector<std::uint32_t>& members) {
    for (std::int64_t right = 0; right <= 2; ++right) {
      for (std::int64_t up = right == 0 ? 1 : -2; up <= 2; ++up) {
        const auto other = cells_.find({cell.first + right, cell.second + up});
        if (other != cells_.end()) join_cells(members, other->second);
      }
    }
  }

  void join_cells(const std::vector<std::uint32_t>& members, const std::vector<std::uint32_t>& others) {
    if (leader(members.front()) == leader(others.front())) return;
    for (const std::uint32_t member : members) {
      for (const std::uint32_t other : others) {
        if (distance_m(places_[member], places_[other]) >= kClusterGap_m) continue;
        join(member, other);
        return;
      }
    }
  }

  std::uint32_t leader(std::uint32_t i) {
    while (leader_[i] != i) i = leader_[i] = leader_[leader_[i]];
    return i;
  }

  // The least index leads.
  void join(std::uint32_t a, std::uint32_t b) {
    const auto [first, second] = std::minmax({leader(a), leader(b)});
    leader_[second] = first;
  }

  std::span<const Point> places_;
  std::vector<std::uint32_t> leader_;
  std::map<Cell, std::vector<std::uint32_t>> cells_;
};

}  // namespace

Result<std::vector<std::vector<std::uint32_t>>> clusters_of(std::span<const Point> places, const Limits& limits) {
  Clustering clustering(places);
  const Result<void> joined = clustering.join_all(limits);
  if (!joined) return std::unexpected(joined.error());
  return clustering.groups();
}

Geometry area_around(std::span<const Point> places) {
  constexpr double kRadius_m = kClusterGap_m / 2;
  Box box;
  for (const Point p : places) box.add(p);
  const Lattice lattice = Lattice::over(box.grown(kRadius_m), 25, 1e6);
  std::vector<float> values(lattice.size(), -1);
  const double reach_m = kRadius_m + lattice.cell_m;
  for (const Point p : places) {
    for (std::int64_t row = lattice.row_before(p.y_m - reach_m); row <= lattice.row_before(p.y_m + reach_m); ++row) {
      for (std::int64_t column = lattice.column_before(p.x_m - reach_m); column <= lattice.column_before(p.x_m + reach_m); ++column) {
        float& value = values[lattice.at(column, row)];
        value = std::max(value, static_cast<float>((kRadius_m - distance_m(lattice.place(column, row), p)) / lattice.cell_m));
      }
    }
  }
  return contour(lattice, values);
}

}  // namespace obnova::geo
