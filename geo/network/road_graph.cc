#include "geo/network/road_graph.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "geo/base/check.h"
#include "geo/network/noding.h"
#include "geo/network/turns.h"

namespace obnova::geo {
namespace {

std::vector<Point> places_of(const Layer* layer) {
  std::vector<Point> places;
  if (layer == nullptr) return places;
  for (const FeatureId feature : layer->features()) {
    const GeometryView shape = layer->geometry(feature);
    places.insert(places.end(), shape.points.begin(), shape.points.end());
  }
  return places;
}

// Names connected parts: `result[e]` as `RoadGraph::component_of`.
class Components {
 public:
  explicit Components(std::size_t node_count) : parent_(node_count) { std::iota(parent_.begin(), parent_.end(), 0U); }

  void join(std::uint32_t a, std::uint32_t b) {
    a = root(a);
    b = root(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

  // Sets `count` to how many there are.
  std::vector<std::uint32_t> number(const std::vector<Edge>& edges, std::int64_t& count) {
    std::vector<std::uint32_t> size(parent_.size(), 0);
    std::vector<std::uint32_t> roots;  // By least edge id.
    for (const Edge& edge : edges) {
      const std::uint32_t at = root(edge.from.index);
      if (size[at]++ == 0) roots.push_back(at);
    }
    std::ranges::stable_sort(roots, [&size](std::uint32_t a, std::uint32_t b) { return size[a] > size[b]; });
    std::vector<std::uint32_t> number_of_root(parent_.size(), 0);
    for (std::uint32_t i = 0; i < roots.size(); ++i) number_of_root[roots[i]] = i;
    std::vector<std::uint32_t> result(edges.size());
    for (std::size_t e = 0; e < edges.size(); ++e) result[e] = number_of_root[root(edges[e].from.index)];
    count = static_cast<std::int64_t>(roots.size());
    return result;
  }

 private:
  std::uint32_t root(std::uint32_t node) {
    while (parent_[node] != node) node = parent_[node] = parent_[parent_[node]];
    return node;
  }
  std::vector<std::uint32_t> parent_;
};

}  // namespace

// Fills the arrays of one graph, one idea a function.
class RoadGraphBuilder {
 public:
  RoadGraphBuilder(std::shared_ptr<const Layer> roads, std::shared_ptr<const Layer> barriers)
      : graph_(new RoadGraph), topology_(new RoadGraph::Topology) {
    graph_->roads_ = std::move(roads);
    graph_->barriers_ = std::move(barriers);
    graph_->topology_ = topology_;
  }

  Result<std::shared_ptr<const RoadGraph>> build(const Layer* restrictions, const Limits& limits) {
    std::vector<Point> cut_places = places_of(graph_->barriers_.get());
    const std::vector<Point> via_places = places_of(restrictions);
    cut_places.insert(cut_places.end(), via_places.begin(), via_places.end());
    Result<NodedRoads> noded = node_roads(*graph_->roads_, cut_places, limits);
    if (!noded) return std::unexpected(noded.error());
    const PlainNetwork network(*noded);
    TurnRules rules;
    if (restrictions != nullptr) {
      Result<TurnRules> read = read_turn_rules(*restrictions, *graph_->roads_, *noded, network, limits);
      if (!read) return std::unexpected(read.error());
      rules = std::move(*read);
    }
    const TurnMachine machine(std::move(rules.sequences));
    place_nodes(*noded, network, machine);
    add_arcs(*noded, network, machine);
    index_arcs();
    match_barriers(*noded);
    report(*noded, rules);
    take_edges(std::move(*noded));
    open_views();
    return std::move(graph_);
  }

 private:
  // The node where a plain arc ends for a traveller in `state` behind it.
  static std::uint32_t node_in_state(const NodedRoads& noded, const PlainNetwork& network, PlainArc arc, std::uint32_t state) {
    return state == 0 ? network.head(arc) : static_cast<std::uint32_t>(noded.node_places.size()) + state - 1;
  }

  void place_nodes(const NodedRoads& noded, const PlainNetwork& network, const TurnMachine& machine) {
    topology_->node_places = noded.node_places;
    topology_->original.resize(noded.node_places.size());
    std::iota(topology_->original.begin(), topology_->original.end(), 0U);
    for (std::uint32_t state = 1; state < machine.state_count(); ++state) {
      const std::uint32_t node = network.head(machine.last_arc(state));
      topology_->original.push_back(node);
      topology_->node_places.push_back(noded.node_places[node]);
    }
  }

  void add_arcs(const NodedRoads& noded, const PlainNetwork& network, const TurnMachine& machine) {
    const std::size_t plain_count = noded.node_places.size();
    topology_->edge_arcs.resize(2 * noded.edges.size());
    for (std::uint32_t node = 0; node < topology_->original.size(); ++node) {
      topology_->first_arc.push_back(static_cast<std::uint32_t>(topology_->arcs.size()));
      const std::uint32_t state = node < plain_count ? 0 : static_cast<std::uint32_t>(node - plain_count + 1);
      for (const PlainArc arc : network.arcs_from(topology_->original[node])) {
        const ArcId id = {static_cast<std::uint32_t>(topology_->arcs.size())};
        const std::uint32_t head = node_in_state(noded, network, arc, machine.next(state, arc));
        topology_->arcs.push_back({.tail = {node}, .head = {head}, .edge = {arc / 2}, .forward = arc % 2 == 0});
        if (state == 0) topology_->edge_arcs[arc] = id.index;
        for (const std::vector<std::string>* except : machine.forbidding(state, arc)) topology_->forbidden.push_back({id, *except});
      }
    }
    topology_->first_arc.push_back(static_cast<std::uint32_t>(topology_->arcs.size()));
  }

  // Lists arcs by head and by edge.
  void index_arcs() {
    const std::vector<Arc>& arcs = topology_->arcs;
    const auto list_by = [&arcs](std::size_t key_count, auto key, std::vector<std::uint32_t>& first, std::vector<ArcId>& list) {
      first.assign(key_count + 1, 0);
      for (const Arc& arc : arcs) ++first[key(arc) + 1];
      for (std::size_t k = 1; k < first.size(); ++k) first[k] += first[k - 1];
      std::vector<std::uint32_t> fill(first.begin(), first.end() - 1);
      list.resize(arcs.size());
      for (std::uint32_t i = 0; i < arcs.size(); ++i) list[fill[key(arcs[i])]++] = {i};
    };
    list_by(
        topology_->node_places.size(), [](const Arc& arc) { return arc.head.index; }, topology_->first_in, topology_->in_arcs);
    list_by(
        topology_->edge_arcs.size() / 2, [](const Arc& arc) { return arc.edge.index; }, topology_->first_arc_of_edge,
        topology_->arcs_by_edge);
  }

  void match_barriers(const NodedRoads& noded) {
    std::vector<std::pair<std::uint32_t, FeatureId>> matched;
    topology_->first_barrier.assign(noded.node_places.size() + 1, 0);
    if (graph_->barriers_ == nullptr) return;
    for (const FeatureId barrier : graph_->barriers_->features()) {
      bool found = false;
      for (const Point place : graph_->barriers_->geometry(barrier).points) {
        const auto node = noded.node_at.find(place);
        if (node == noded.node_at.end()) continue;
        matched.emplace_back(node->second.index, barrier);
        found = true;
      }
      ++(found ? topology_->report.barrier_count : topology_->report.unmatched_barrier_count);
    }
    std::ranges::sort(matched);
    for (const auto& [node, barrier] : matched) {
      ++topology_->first_barrier[node + 1];
      topology_->barriers_by_node.push_back(barrier);
    }
    for (std::size_t i = 1; i < topology_->first_barrier.size(); ++i) topology_->first_barrier[i] += topology_->first_barrier[i - 1];
  }

  void report(const NodedRoads& noded, const TurnRules& rules) {
    Components components(noded.node_places.size());
    for (const Edge& edge : noded.edges) components.join(edge.from.index, edge.to.index);
    NodingReport& report = topology_->report;
    topology_->component = components.number(noded.edges, report.component_count);
    report.road_count = static_cast<std::int64_t>(graph_->roads_->feature_count());
    report.not_line_count = noded.not_line_count;
    report.edge_count = static_cast<std::int64_t>(noded.edges.size());
    report.node_count = static_cast<std::int64_t>(noded.node_places.size());
    report.zero_length_count = noded.zero_length_count;
    report.restriction_count = rules.restriction_count;
    report.unusable_restriction_count = rules.unusable_count;
    report.unusable_restrictions = rules.unusable;
  }

  void take_edges(NodedRoads noded) {
    topology_->edges = std::move(noded.edges);
    topology_->edge_point_starts = std::move(noded.edge_point_starts);
    topology_->edge_points = std::move(noded.edge_points);
    for (const Arc& arc : topology_->arcs) {
      topology_->arc_lengths_um.push_back(std::llround(topology_->edges[arc.edge.index].length_m * 1e6));
    }
    topology_->edge_boxes.resize(topology_->edges.size());
    for (std::uint32_t e = 0; e < topology_->edges.size(); ++e) {
      for (const Point p : graph_->edge_points({e})) topology_->edge_boxes[e].add(p);
    }
  }

  void open_views() {
    graph_->edges_ = topology_->edges;
    graph_->arcs_ = topology_->arcs;
    graph_->arc_lengths_um_ = topology_->arc_lengths_um;
    graph_->first_arc_ = topology_->first_arc;
    graph_->first_in_ = topology_->first_in;
    graph_->in_arcs_ = topology_->in_arcs;
  }

  std::shared_ptr<RoadGraph> graph_;
  std::shared_ptr<RoadGraph::Topology> topology_;
};

Result<std::shared_ptr<const RoadGraph>> RoadGraph::build(std::shared_ptr<const Layer> roads, std::shared_ptr<const Layer> barriers,
                                                          std::shared_ptr<const Layer> restrictions, const Limits& limits) {
  OBNOVA_CHECK(roads != nullptr);
  if (roads->description().theme != Theme::kRoads) {
    return failure(ErrorCode::kInvalidArgument, fmt::format("The layer {} does not hold roads.", roads->id()));
  }
  return RoadGraphBuilder(std::move(roads), std::move(barriers)).build(restrictions.get(), limits);
}

std::shared_ptr<const RoadGraph> RoadGraph::with_attributes(std::shared_ptr<const Layer> roads,
                                                            std::shared_ptr<const Layer> barriers) const {
  const std::shared_ptr<RoadGraph> graph(new RoadGraph(*this));
  graph->roads_ = std::move(roads);
  graph->barriers_ = std::move(barriers);
  return graph;
}

std::pair<EdgeId, EdgeId> RoadGraph::edges_of(FeatureId road) const {
  const auto found = std::ranges::equal_range(topology_->edges, road, {}, &Edge::road);
  const auto id = [this](auto edge) { return EdgeId{static_cast<std::uint32_t>(edge - topology_->edges.begin())}; };
  return {id(found.begin()), id(found.end())};
}

std::span<const Point> RoadGraph::edge_points(EdgeId id) const {
  const std::uint64_t begin = topology_->edge_point_starts[id.index];
  return std::span(topology_->edge_points).subspan(begin, topology_->edge_point_starts[id.index + 1] - begin);
}

std::span<const ArcId> RoadGraph::arcs_into(RoadNodeId head) const {
  const std::uint32_t begin = first_in_[head.index];
  return in_arcs_.subspan(begin, first_in_[head.index + 1] - begin);
}

std::span<const ArcId> RoadGraph::arcs_of(EdgeId id) const {
  const std::uint32_t begin = topology_->first_arc_of_edge[id.index];
  return std::span(topology_->arcs_by_edge).subspan(begin, topology_->first_arc_of_edge[id.index + 1] - begin);
}

std::span<const FeatureId> RoadGraph::barriers_at(RoadNodeId id) const {
  const std::uint32_t node = topology_->original[id.index];
  const std::uint32_t begin = topology_->first_barrier[node];
  return std::span(topology_->barriers_by_node).subspan(begin, topology_->first_barrier[node + 1] - begin);
}

}  // namespace obnova::geo
