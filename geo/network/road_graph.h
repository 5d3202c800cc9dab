#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "geo/base/ids.h"
#include "geo/base/limits.h"
#include "geo/base/point.h"
#include "geo/base/result.h"
#include "geo/layer/layer.h"

namespace obnova::geo {

using RoadNodeId = Id<struct RoadNodeTable>;
using EdgeId = Id<struct EdgeTable>;
using ArcId = Id<struct ArcTable>;

// A stretch of one road between two junctions, without direction.
struct Edge {
  RoadNodeId from;  // At the first vertex.
  RoadNodeId to;    // At the last vertex.
  FeatureId road;   // In the roads layer.
  double length_m = 0;
};

// One direction of an edge, as one piece of the searched graph. Where a turn
// restriction forbids something, the via node has copies, and several arcs
// belong to one edge and direction; a plain shortest path over the arcs then
// obeys every restriction exactly, via ways included.
struct Arc {
  RoadNodeId tail;
  RoadNodeId head;
  EdgeId edge;
  bool forward = true;  // From the first vertex of the edge to its last.
};

// A rule that removes one arc for travellers who obey turn restrictions.
struct ForbiddenArc {
  ArcId arc;
  // The `except` words of the restriction: these travellers may pass.
  std::vector<std::string> except;
};

// What was found while joining lines to a network.
struct NodingReport {
  std::int64_t road_count = 0;
  std::int64_t edge_count = 0;
  std::int64_t node_count = 0;
  std::int64_t zero_length_count = 0;
  std::int64_t not_line_count = 0;  // Roads whose shape is no line: they have no edges.
  std::int64_t restriction_count = 0;
  // Restrictions whose members do not meet, or are not there; first 100 named.
  std::int64_t unusable_restriction_count = 0;
  std::vector<std::string> unusable_restrictions;
  std::int64_t barrier_count = 0;            // Barriers that stand at a vertex of a road.
  std::int64_t unmatched_barrier_count = 0;  // Barriers that do not: they hinder nobody.
  std::int64_t component_count = 0;
};

// The road network of a city, for every profile at once: topology and lengths,
// no speeds. Immutable after `build`; any number of threads may read it.
//
// Roads meet where they share a vertex with equal coordinates, and nowhere
// else: a bridge over a road shares none.
class RoadGraph {
 public:
  // `roads` must be kRoads. `barriers` and `restrictions` may be null.
  static Result<std::shared_ptr<const RoadGraph>> build(std::shared_ptr<const Layer> roads, std::shared_ptr<const Layer> barriers,
                                                        std::shared_ptr<const Layer> restrictions, const Limits& limits);

  // The same graph with other attributes of the same roads and barriers: the
  // layers have the same features in the same rows and places. Costs nothing.
  std::shared_ptr<const RoadGraph> with_attributes(std::shared_ptr<const Layer> roads, std::shared_ptr<const Layer> barriers) const;

  std::size_t node_count() const { return topology_->node_places.size(); }
  std::size_t edge_count() const { return edges_.size(); }
  std::size_t arc_count() const { return arcs_.size(); }

  const Edge& edge(EdgeId id) const { return edges_[id.index]; }
  const Arc& arc(ArcId id) const { return arcs_[id.index]; }
  // The length of an arc in whole micrometers, which add up alike in any order.
  std::int64_t arc_length_um(ArcId id) const { return arc_lengths_um_[id.index]; }
  Point node_place(RoadNodeId id) const { return topology_->node_places[id.index]; }
  // The vertices of an edge from `from` to `to`.
  std::span<const Point> edge_points(EdgeId id) const;
  const Box& edge_box(EdgeId id) const { return topology_->edge_boxes[id.index]; }

  // Arcs are numbered by tail: those that leave a node are consecutive.
  ArcId first_arc(RoadNodeId tail) const { return {first_arc_[tail.index]}; }
  ArcId end_arc(RoadNodeId tail) const { return {first_arc_[tail.index + 1]}; }
  // Arcs that enter a node, ordered by id.
  std::span<const ArcId> arcs_into(RoadNodeId head) const;
  // The original (never a copy for turns) forward or backward arc of an edge:
  // where a trip that starts on the edge enters the graph.
  ArcId arc_of(EdgeId id, bool forward) const { return {topology_->edge_arcs[2 * id.index + (forward ? 0 : 1)]}; }
  // The first edge of a road, and the one after its last.
  std::pair<EdgeId, EdgeId> edges_of(FeatureId road) const;
  // All arcs of an edge, copies included, ordered by id.
  std::span<const ArcId> arcs_of(EdgeId id) const;

  // The node a copy was made of; the node itself when it is no copy.
  RoadNodeId original(RoadNodeId id) const { return {topology_->original[id.index]}; }
  // Ordered by arc.
  std::span<const ForbiddenArc> forbidden_arcs() const { return topology_->forbidden; }

  // The rows of the barriers layer at a node; mostly none.
  std::span<const FeatureId> barriers_at(RoadNodeId id) const;

  // Which connected part (directions ignored) an edge lies in: 0 is the one
  // with most edges, then by size, equal sizes by least edge id.
  std::uint32_t component_of(EdgeId id) const { return topology_->component[id.index]; }

  const Layer& roads() const { return *roads_; }
  const Layer* barriers() const { return barriers_.get(); }
  const NodingReport& report() const { return topology_->report; }

 private:
  friend class RoadGraphBuilder;
  RoadGraph() = default;

  // Where the roads run and meet, whatever their attributes.
  struct Topology {
    std::vector<Point> node_places;
    std::vector<std::uint32_t> original;
    std::vector<Edge> edges;
    std::vector<std::uint64_t> edge_point_starts;
    std::vector<Point> edge_points;
    std::vector<Box> edge_boxes;
    std::vector<Arc> arcs;
    std::vector<std::int64_t> arc_lengths_um;
    std::vector<std::uint32_t> first_arc;
    std::vector<std::uint32_t> first_in;
    std::vector<ArcId> in_arcs;
    std::vector<std::uint32_t> edge_arcs;
    std::vector<std::uint32_t> first_arc_of_edge;
    std::vector<ArcId> arcs_by_edge;
    std::vector<ForbiddenArc> forbidden;
    std::vector<std::uint32_t> first_barrier;
    std::vector<FeatureId> barriers_by_node;
    std::vector<std::uint32_t> component;
    NodingReport report;
  };
  std::shared_ptr<const Topology> topology_;
  // What searches look at most, without the step over the topology.
  std::span<const Edge> edges_;
  std::span<const Arc> arcs_;
  std::span<const std::int64_t> arc_lengths_um_;
  std::span<const std::uint32_t> first_arc_;
  std::span<const std::uint32_t> first_in_;
  std::span<const ArcId> in_arcs_;
  std::shared_ptr<const Layer> roads_;
  std::shared_ptr<const Layer> barriers_;
};

}  // namespace obnova::geo
