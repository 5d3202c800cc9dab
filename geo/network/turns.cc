#include "geo/network/turns.h"

#include <deque>

namespace obnova::geo {

PlainNetwork::PlainNetwork(const NodedRoads& noded) : noded_(&noded), first_(noded.node_places.size() + 1, 0) {
  const auto arc_count = static_cast<PlainArc>(2 * noded.edges.size());
  for (PlainArc arc = 0; arc < arc_count; ++arc) ++first_[tail(arc) + 1];
  for (std::size_t node = 1; node < first_.size(); ++node) first_[node] += first_[node - 1];
  std::vector<std::uint32_t> fill(first_.begin(), first_.end() - 1);
  arcs_.resize(arc_count);
  for (PlainArc arc = 0; arc < arc_count; ++arc) arcs_[fill[tail(arc)]++] = arc;
}

std::span<const PlainArc> PlainNetwork::arcs_from(std::uint32_t node) const {
  return std::span(arcs_).subspan(first_[node], first_[node + 1] - first_[node]);
}

std::pair<PlainArc, PlainArc> PlainNetwork::arcs_of_road(FeatureId road) const {
  return {2 * noded_->first_edge_of_road[road.index], 2 * noded_->first_edge_of_road[road.index + 1]};
}

TurnMachine::TurnMachine(std::vector<ForbiddenSequence> sequences) : sequences_(std::move(sequences)), states_(1) {
  for (std::size_t i = 0; i < sequences_.size(); ++i) {
    const std::vector<PlainArc>& arcs = sequences_[i].arcs;
    std::uint32_t at = 0;
    for (std::size_t k = 0; k + 1 < arcs.size(); ++k) {
      const auto fresh = static_cast<std::uint32_t>(states_.size());
      const auto [found, added] = states_[at].next.try_emplace(arcs[k], fresh);
      at = found->second;
      if (added) states_.push_back({.arc = arcs[k], .shorter = 0, .next = {}, .completes = {}});
    }
    states_[at].completes.emplace(arcs.back(), i);
  }
  link_shorter();
}

void TurnMachine::link_shorter() {
  std::deque<std::uint32_t> queue;  // Shorter states first.
  for (const auto& [arc, state] : states_[0].next) queue.push_back(state);
  while (!queue.empty()) {
    const std::uint32_t state = queue.front();
    queue.pop_front();
    for (const auto& [arc, longer] : states_[state].next) {
      states_[longer].shorter = next(states_[state].shorter, arc);
      queue.push_back(longer);
    }
  }
}

std::uint32_t TurnMachine::next(std::uint32_t state, PlainArc arc) const {
  for (;; state = states_[state].shorter) {
    const auto found = states_[state].next.find(arc);
    if (found != states_[state].next.end()) return found->second;
    if (state == 0) return 0;
  }
}

std::vector<const std::vector<std::string>*> TurnMachine::forbidding(std::uint32_t state, PlainArc arc) const {
  std::vector<const std::vector<std::string>*> result;
  for (; state != 0; state = states_[state].shorter) {
    const auto [begin, end] = states_[state].completes.equal_range(arc);
    for (auto it = begin; it != end; ++it) result.push_back(&sequences_[it->second].except);
  }
  return result;
}

}  // namespace obnova::geo
