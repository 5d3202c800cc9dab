#include "geo/query/siting/site_selection.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

namespace obnova::geo {

namespace {

constexpr std::uint32_t kFallback = std::numeric_limits<std::uint32_t>::max();

// The best and second best service of a demand.
struct Served {
  double first = 0;
  double second = 0;
  std::uint32_t by = kFallback;
};

std::vector<bool> flags_of(const SelectionProblem& problem, const Sites& sites) {
  std::vector<bool> open(problem.site_count());
  for (const std::uint32_t site : sites) open[site] = true;
  return open;
}

Served serve(const SelectionProblem& problem, std::uint32_t demand, const std::vector<bool>& open, double fallback) {
  Served served{.first = fallback, .second = fallback, .by = kFallback};
  for (const ServiceLink& link : problem.of_demand[demand]) {
    if (!open[link.other]) continue;
    if (served.by != kFallback) {
      served.second = link.cost;
      break;
    }
    served.first = link.cost;
    served.by = link.other;
  }
  return served;
}

// More than any selection that serves everybody can cost.
double penalty_of(const SelectionProblem& problem) {
  double sum = 1;
  for (std::size_t i = 0; i < problem.demand_count(); ++i) {
    if (problem.fallback[i] != kNoFallback)
      sum += problem.fallback[i];
    else if (!problem.of_demand[i].empty())
      sum += problem.of_demand[i].back().cost;
  }
  return sum;
}

struct Swap {
  std::uint32_t in = 0;
  std::uint32_t out = 0;
  double change = 0;
};

// One run of greedy and swaps.
class Search {
 public:
  Search(const SelectionProblem& problem, const Sites& start)
      : problem_(problem), open_(flags_of(problem, start)), fallback_(problem.fallback), served_(problem.demand_count()) {
    const double penalty = penalty_of(problem);
    std::ranges::replace(fallback_, kNoFallback, penalty);
    serve_all();
  }

  void open_best() {
    std::uint32_t best = kFallback;
    double best_gain = -1;
    for (std::uint32_t site = 0; site < problem_.site_count(); ++site) {
      if (open_[site]) continue;
      const double gain = gain_of(site);
      if (gain > best_gain) std::tie(best, best_gain) = std::pair(site, gain);
    }
    open_[best] = true;
    serve_all();
  }

  std::optional<Swap> best_swap() {
    losses_.assign(problem_.site_count(), 0);
    double total = 0;
    for (const Served& served : served_) {
      total += served.first;
      if (served.by != kFallback) losses_[served.by] += served.second - served.first;
    }
    std::optional<Swap> best;
    for (std::uint32_t site = 0; site < problem_.site_count(); ++site) {
      if (open_[site]) continue;
      const Swap swap = best_swap_for(site);
      // Rounding must not swap for ever.
      if (swap.change < -1e-12 * (total + 1) && (!best || swap.change < best->change)) best = swap;
    }
    return best;
  }

  void make(const Swap& swap) {
    open_[swap.out] = false;
    open_[swap.in] = true;
    serve_all();
  }

  Sites sites() const {
    Sites sites;
    for (std::uint32_t site = 0; site < open_.size(); ++site) {
      if (open_[site]) sites.push_back(site);
    }
    return sites;
  }

 private:
  void serve_all() {
    for (std::uint32_t i = 0; i < served_.size(); ++i) served_[i] = serve(problem_, i, open_, fallback_[i]);
  }

  double gain_of(std::uint32_t site) const {
    double gain = 0;
    for (const ServiceLink& link : problem_.of_site[site]) gain += std::max(0.0, served_[link.other].first - link.cost);
    return gain;
  }

  // Whitaker: what closing each open site loses, corrected for demands that the new one takes over.
  Swap best_swap_for(std::uint32_t site) {
    corrected_ = losses_;
    double gain = 0;
    for (const ServiceLink& link : problem_.of_site[site]) {
      const Served& served = served_[link.other];
      gain += std::max(0.0, served.first - link.cost);
      if (served.by != kFallback && link.cost < served.second) corrected_[served.by] -= served.second - std::max(link.cost, served.first);
    }
    Swap best{.in = site, .out = kFallback, .change = std::numeric_limits<double>::infinity()};
    for (std::uint32_t out = 0; out < open_.size(); ++out) {
      if (open_[out] && corrected_[out] - gain < best.change) best = {.in = site, .out = out, .change = corrected_[out] - gain};
    }
    return best;
  }

  const SelectionProblem& problem_;
  std::vector<bool> open_;
  std::vector<double> fallback_;
  std::vector<Served> served_;
  std::vector<double> losses_;     // By open site: what closing it costs.
  std::vector<double> corrected_;  // The same with one more site open.
};

std::unexpected<Error> cancelled() { return failure(ErrorCode::kCancelled, "The search for sites was cancelled."); }

}  // namespace

void SelectionProblem::add_demand(double fallback_cost, std::vector<ServiceLink> links) {
  const auto demand = static_cast<std::uint32_t>(fallback.size());
  for (const ServiceLink& link : links) of_site[link.other].push_back({.cost = link.cost, .other = demand});
  fallback.push_back(fallback_cost);
  of_demand.push_back(std::move(links));
}

double cost_of(const SelectionProblem& problem, const Sites& sites) {
  const std::vector<bool> open = flags_of(problem, sites);
  double sum = 0;
  for (std::uint32_t i = 0; i < problem.demand_count(); ++i) sum += serve(problem, i, open, problem.fallback[i]).first;
  return sum;
}

namespace {

Result<Sites> swap_until_best(const SelectionProblem& problem, Search search, const Limits& limits) {
  // Each swap makes the sum smaller, so the search ends; the bound keeps that end near.
  const std::size_t most_swaps = 10 * problem.p + 100;
  for (std::size_t swaps = 0; swaps < most_swaps; ++swaps) {
    if (limits.stopped()) return cancelled();
    const auto swap = search.best_swap();
    if (!swap) break;
    search.make(*swap);
  }
  return search.sites();
}

}  // namespace

Result<Sites> find_good_sites(const SelectionProblem& problem, const Limits& limits) {
  Search search(problem, {});
  for (std::size_t opened = 0; opened < problem.p; ++opened) {
    if (limits.stopped()) return cancelled();
    search.open_best();
  }
  return swap_until_best(problem, std::move(search), limits);
}

Result<Sites> find_good_sites_near(const SelectionProblem& problem, const SelectionBound& bound, const Limits& limits) {
  Sites order(problem.site_count());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, {}, [&](std::uint32_t site) { return bound.savings[site]; });
  order.resize(problem.p);
  return swap_until_best(problem, Search(problem, order), limits);
}

namespace {

// One step of the relaxation: the bound at these prices and where it could grow.
struct Priced {
  double bound = 0;
  std::vector<double> savings;
  std::vector<int> slope;  // By demand: 1 − how many chosen sites would serve it.
};

Priced price(const SelectionProblem& problem, const std::vector<double>& prices) {
  Priced priced;
  priced.savings.resize(problem.site_count());
  for (std::size_t site = 0; site < problem.site_count(); ++site) {
    for (const ServiceLink& link : problem.of_site[site]) priced.savings[site] += std::min(0.0, link.cost - prices[link.other]);
  }
  std::vector<std::uint32_t> order(problem.site_count());
  std::iota(order.begin(), order.end(), 0U);
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(problem.p);
  const auto saves_more = [&](std::uint32_t a, std::uint32_t b) {
    return std::pair(priced.savings[a], a) < std::pair(priced.savings[b], b);
  };
  std::partial_sort(order.begin(), end, order.end(), saves_more);

  priced.bound = std::accumulate(prices.begin(), prices.end(), 0.0);
  priced.slope.assign(problem.demand_count(), 1);
  for (auto site = order.begin(); site != end; ++site) {
    priced.bound += priced.savings[*site];
    for (const ServiceLink& link : problem.of_site[*site]) priced.slope[link.other] -= link.cost < prices[link.other] ? 1 : 0;
  }
  return priced;
}

// Prices never need to exceed the fallback, which would take over.
double squared_slope(const SelectionProblem& problem, const Priced& priced, const std::vector<double>& prices) {
  double sum = 0;
  for (std::size_t i = 0; i < prices.size(); ++i) {
    if (priced.slope[i] < 0 || prices[i] < problem.fallback[i]) sum += priced.slope[i] * priced.slope[i];
  }
  return sum;
}

std::vector<double> first_prices(const SelectionProblem& problem) {
  std::vector<double> prices;
  for (std::size_t i = 0; i < problem.demand_count(); ++i) {
    const auto& links = problem.of_demand[i];
    prices.push_back(links.empty() ? problem.fallback[i]
                                   : std::min(problem.fallback[i], links[std::min<std::size_t>(1, links.size() - 1)].cost));
  }
  return prices;
}

}  // namespace

Result<SelectionBound> bound_selection(const SelectionProblem& problem, double upper, const Limits& limits) {
  std::size_t link_count = 1;
  for (const auto& links : problem.of_demand) link_count += links.size();
  const std::size_t most_steps = std::clamp<std::size_t>(1'000'000'000 / link_count, 30, 600);

  std::vector<double> prices = first_prices(problem);
  SelectionBound best{.bound = -std::numeric_limits<double>::infinity(), .prices = prices, .savings = {}};
  double pace = 2;
  int without_gain = 0;
  for (std::size_t step = 0; step < most_steps; ++step) {
    if (limits.stopped()) return cancelled();
    Priced priced = price(problem, prices);
    if (priced.bound > best.bound) {
      best = {.bound = priced.bound, .prices = prices, .savings = std::move(priced.savings)};
      without_gain = 0;
    } else if (++without_gain == 15) {
      pace /= 2;
      without_gain = 0;
    }
    const double squared = squared_slope(problem, priced, prices);
    if (squared == 0 || best.bound >= upper) break;
    const double length = pace * std::max(upper - priced.bound, 1e-9 * (upper + 1)) / squared;
    for (std::size_t i = 0; i < prices.size(); ++i) prices[i] = std::clamp(prices[i] + length * priced.slope[i], 0.0, problem.fallback[i]);
  }
  // Sums of many numbers are a little off; a bound must not be too high.
  best.bound = std::min(best.bound - 1e-12 * (std::abs(best.bound) + std::accumulate(best.prices.begin(), best.prices.end(), 0.0)), upper);
  return best;
}

}  // namespace obnova::geo
