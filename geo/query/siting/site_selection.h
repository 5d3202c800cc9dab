#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "geo/base/limits.h"
#include "geo/base/result.h"
#include "geo/query/siting/mip.h"

namespace obnova::geo {

// What MCLP and p-median have in common: choose `p` sites so that the sum of
// what each demand costs is least. A demand costs what its best chosen site
// asks, or its fallback (existing facilities, or staying uncovered).

inline constexpr double kNoFallback = std::numeric_limits<double>::infinity();

// What one site asks of one demand; `other` is the site in lists of a demand
// and the demand in lists of a site.
struct ServiceLink {
  double cost = 0;
  std::uint32_t other = 0;
  auto operator<=>(const ServiceLink&) const = default;
};

struct SelectionProblem {
  std::size_t p = 0;
  std::vector<double> fallback;  // By demand; kNoFallback: some chosen site must serve it.
  // By demand, ascending; only links that ask less than the fallback.
  std::vector<std::vector<ServiceLink>> of_demand;
  // By site, the same links the other way round.
  std::vector<std::vector<ServiceLink>> of_site;

  std::size_t demand_count() const { return fallback.size(); }
  std::size_t site_count() const { return of_site.size(); }
  // Appends a demand; `links` are ascending and ask less than `fallback_cost`.
  void add_demand(double fallback_cost, std::vector<ServiceLink> links);
};

using Sites = std::vector<std::uint32_t>;  // Ascending.

// The sum of all demands; infinite when one is served by nobody.
double cost_of(const SelectionProblem& problem, const Sites& sites);

// Exactly p sites, good but not proved: greedy, then the best swap (Teitz and
// Bart 1968, with Whitaker's 1983 bookkeeping) until none helps. Serving
// everybody comes before every cost.
Result<Sites> find_good_sites(const SelectionProblem& problem, const Limits& limits);

// A Lagrangian relaxation (each demand pays a price to whoever serves it,
// Cornuejols, Fisher and Nemhauser 1977), improved by subgradient steps.
struct SelectionBound {
  double bound = 0;             // No selection costs less.
  std::vector<double> prices;   // By demand.
  std::vector<double> savings;  // By site, 0 or less: what it takes off at these prices.
};
// `upper` is the cost of a known selection, finite.
Result<SelectionBound> bound_selection(const SelectionProblem& problem, double upper, const Limits& limits);

// Like `find_good_sites`, starting from the sites that save most at the prices of the bound.
Result<Sites> find_good_sites_near(const SelectionProblem& problem, const SelectionBound& bound, const Limits& limits);

// The mixed-integer program in radius form (Cornuejols, Nemhauser and Wolsey
// 1980; Garcia, Labbe and Marin 2011): steps of cost by demand instead of a
// variable for each pair. With a bound and a known selection, what provably
// stands in no better selection is left out; the known one stays in.
struct SelectionModel {
  MipModel mip;
  std::vector<std::int32_t> site_variable;  // -1: left out.
  double constant = 0;                      // Add to the objective of `mip`.
  // For the steps of cost: which demand, and the cost below which it is 0.
  struct Step {
    std::int32_t variable;
    std::uint32_t demand;
    double above;
  };
  std::vector<Step> steps;
};
SelectionModel selection_model(const SelectionProblem& problem);
SelectionModel reduced_selection_model(const SelectionProblem& problem, const SelectionBound& bound, double upper);

// The values of the variables for a selection that is in the model.
std::vector<double> values_of(const SelectionModel& model, const SelectionProblem& problem, const Sites& sites);
// The selection of a solution, filled up to p with the first others.
Sites sites_of(const SelectionModel& model, const SelectionProblem& problem, const std::vector<double>& values);

}  // namespace obnova::geo
