#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "geo/base/limits.h"
#include "geo/base/result.h"
#include "geo/network/noding.h"

namespace obnova::geo {

// Only for `RoadGraph::build`: turn restrictions become states of a machine
// that reads the arcs of a trip one after the other.

// One direction of one edge before any node is copied: 2 * edge, plus 1 when backward.
using PlainArc = std::uint32_t;

// The network before turn restrictions.
class PlainNetwork {
 public:
  explicit PlainNetwork(const NodedRoads& noded);

  PlainArc reverse(PlainArc arc) const { return arc ^ 1; }
  std::uint32_t tail(PlainArc arc) const { return arc % 2 == 0 ? edge(arc).from.index : edge(arc).to.index; }
  std::uint32_t head(PlainArc arc) const { return tail(reverse(arc)); }
  FeatureId road(PlainArc arc) const { return edge(arc).road; }
  // Ordered by arc.
  std::span<const PlainArc> arcs_from(std::uint32_t node) const;
  // All arcs of a road, both directions.
  std::pair<PlainArc, PlainArc> arcs_of_road(FeatureId road) const;

 private:
  const Edge& edge(PlainArc arc) const { return noded_->edges[arc / 2]; }
  const NodedRoads* noded_;
  std::vector<std::uint32_t> first_;
  std::vector<PlainArc> arcs_;
};

// Arcs that must not be passed one right after the other.
struct ForbiddenSequence {
  std::vector<PlainArc> arcs;  // At least two.
  std::vector<std::string> except;
};

struct TurnRules {
  std::vector<ForbiddenSequence> sequences;
  std::int64_t restriction_count = 0;
  std::int64_t unusable_count = 0;
  std::vector<std::string> unusable;  // The first 100, each a sentence.
};

// Reads the restrictions layer. `no_*` forbids every way from an arc of the
// from road over the via to an arc of the to road; `only_*` forbids, once the
// from road was taken into the via, every other way on. A road that passes
// through its via node is bound from both sides.
Result<TurnRules> read_turn_rules(const Layer& restrictions, const Layer& roads, const NodedRoads& noded, const PlainNetwork& network,
                                  const Limits& limits);

// The machine of Aho and Corasick over the sequences: after every arc its
// state is the longest beginning of any sequence that the last arcs of the
// trip spell. State 0 means none. Every other state belongs to one node, and
// becomes one copy of that node.
class TurnMachine {
 public:
  explicit TurnMachine(std::vector<ForbiddenSequence> sequences);

  std::size_t state_count() const { return states_.size(); }
  // The arc that was passed last; the state must not be 0.
  PlainArc last_arc(std::uint32_t state) const { return states_[state].arc; }
  std::uint32_t next(std::uint32_t state, PlainArc arc) const;
  // The exceptions of every sequence that `arc` would complete.
  std::vector<const std::vector<std::string>*> forbidding(std::uint32_t state, PlainArc arc) const;

 private:
  struct State {
    PlainArc arc = 0;
    std::uint32_t shorter = 0;  // The state of the longest proper ending.
    std::map<PlainArc, std::uint32_t> next;
    std::multimap<PlainArc, std::size_t> completes;  // Index of the sequence.
  };
  void link_shorter();

  std::vector<ForbiddenSequence> sequences_;
  std::vector<State> states_;  // A state stands after the one it grew from.
};

}  // namespace obnova::geo
