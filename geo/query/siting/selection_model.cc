#include <algorithm>
#include <limits>
#include <span>

#include "geo/query/siting/site_selection.h"

namespace obnova::geo {

namespace {

// What the model may leave out.
struct Reduction {
  std::vector<bool> closed;       // By site.
  std::vector<bool> open;         // By site.
  std::vector<double> most_cost;  // By demand: it never pays more.
};

Reduction nothing_left_out(const SelectionProblem& problem) {
  return {.closed = std::vector<bool>(problem.site_count()),
          .open = std::vector<bool>(problem.site_count()),
          .most_cost = std::vector<double>(problem.demand_count(), std::numeric_limits<double>::infinity())};
}

// Forcing a choice against the prices raises the bound by a known amount: what
// raises it above the known selection stands in no better one.
Reduction reduce(const SelectionProblem& problem, const SelectionBound& bound, double upper) {
  Reduction reduction = nothing_left_out(problem);
  const double room = upper - bound.bound + 1e-9 * (std::abs(upper) + 1);
  std::vector<double> sorted = bound.savings;
  std::ranges::sort(sorted);
  const double last_in = sorted[problem.p - 1];
  const double first_out = problem.p < sorted.size() ? sorted[problem.p] : std::numeric_limits<double>::infinity();
  for (std::size_t site = 0; site < problem.site_count(); ++site) {
    reduction.closed[site] = bound.savings[site] - last_in > room;
    reduction.open[site] = first_out - bound.savings[site] > room;
  }
  for (std::size_t i = 0; i < problem.demand_count(); ++i) reduction.most_cost[i] = bound.prices[i] + room;
  return reduction;
}

class ModelBuilder {
 public:
  ModelBuilder(const SelectionProblem& problem, const Reduction& reduction) : problem_(problem), reduction_(reduction) {}

  SelectionModel build() {
    add_sites();
    for (std::uint32_t i = 0; i < problem_.demand_count(); ++i) add_demand(i);
    return std::move(model_);
  }

 private:
  void add_sites() {
    std::vector<MipModel::Term> all;
    for (std::size_t site = 0; site < problem_.site_count(); ++site) {
      if (reduction_.closed[site] || problem_.of_site[site].empty()) {
        model_.site_variable.push_back(-1);
        continue;
      }
      const double lower = reduction_.open[site] ? 1 : 0;
      model_.site_variable.push_back(model_.mip.add_variable(0, lower, 1, true));
      all.push_back({.variable = model_.site_variable.back(), .coefficient = 1});
    }
    model_.mip.add_row(-kUnbounded, static_cast<double>(problem_.p), all);
  }

  // The open question at each step: is some site at this cost or less chosen?
  // Only the sites at exactly this cost stand in its row, the step before stands
  // for the cheaper ones.
  void add_demand(std::uint32_t demand) {
    std::span<const ServiceLink> links = problem_.of_demand[demand];
    const double most = reduction_.most_cost[demand];
    const double fallback = problem_.fallback[demand] <= most ? problem_.fallback[demand] : kNoFallback;
    std::int32_t step_before = -1;
    double cost = links.empty() ? fallback : links.front().cost;
    model_.constant += cost;
    while (!links.empty()) {
      cost = links.front().cost;
      std::vector<MipModel::Term> row;
      while (!links.empty() && links.front().cost == cost) {
        const std::int32_t variable = model_.site_variable[links.front().other];
        if (variable >= 0) row.push_back({.variable = variable, .coefficient = 1});
        links = links.subspan(1);
      }
      if (step_before >= 0) row.push_back({.variable = step_before, .coefficient = -1});
      const double right = step_before >= 0 ? 0 : 1;
      const double next = links.empty() ? fallback : links.front().cost;
      const bool last = next > most || next == kNoFallback;
      if (!last) {
        step_before = model_.mip.add_variable(next - cost, 0, 1, false);
        model_.steps.push_back({.variable = step_before, .demand = demand, .above = cost});
        row.push_back({.variable = step_before, .coefficient = 1});
      }
      model_.mip.add_row(right, kUnbounded, row);
      if (last) return;
    }
  }

  const SelectionProblem& problem_;
  const Reduction& reduction_;
  SelectionModel model_;
};

double best_cost(const SelectionProblem& problem, std::uint32_t demand, const std::vector<bool>& open) {
  for (const ServiceLink& link : problem.of_demand[demand]) {
    if (open[link.other]) return link.cost;
  }
  return problem.fallback[demand];
}

}  // namespace

SelectionModel selection_model(const SelectionProblem& problem) { return ModelBuilder(problem, nothing_left_out(problem)).build(); }

SelectionModel reduced_selection_model(const SelectionProblem& problem, const SelectionBound& bound, double upper) {
  const Reduction reduction = reduce(problem, bound, upper);
  return ModelBuilder(problem, reduction).build();
}

std::vector<double> values_of(const SelectionModel& model, const SelectionProblem& problem, const Sites& sites) {
  std::vector<double> values(model.mip.objective.size());
  std::vector<bool> open(problem.site_count());
  for (const std::uint32_t site : sites) {
    open[site] = true;
    if (model.site_variable[site] >= 0) values[static_cast<std::size_t>(model.site_variable[site])] = 1;
  }
  for (const SelectionModel::Step& step : model.steps) {
    values[static_cast<std::size_t>(step.variable)] = best_cost(problem, step.demand, open) > step.above ? 1 : 0;
  }
  return values;
}

Sites sites_of(const SelectionModel& model, const SelectionProblem& problem, const std::vector<double>& values) {
  Sites sites;
  const auto chosen = [&](std::uint32_t site) {
    const std::int32_t variable = model.site_variable[site];
    return variable >= 0 && values[static_cast<std::size_t>(variable)] > 0.5;
  };
  for (std::uint32_t site = 0; site < problem.site_count(); ++site) {
    if (chosen(site)) sites.push_back(site);
  }
  for (std::uint32_t site = 0; site < problem.site_count() && sites.size() < problem.p; ++site) {
    if (!chosen(site)) sites.push_back(site);
  }
  std::ranges::sort(sites);
  return sites;
}

}  // namespace obnova::geo
