#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "geo/base/ids.h"
#include "geo/base/point.h"
#include "geo/index/function_ref.h"

namespace obnova::geo {

struct PatchedBoxes;

struct Neighbor {
  FeatureId feature;
  double distance_m = 0;
  bool operator==(const Neighbor&) const = default;
};

// A feature's new box. An empty one takes the feature out of the index.
struct BoxChange {
  FeatureId feature;
  Box box;
};

// Finds the features of one layer by place: a packed tree of all their boxes,
// and small ones of what changed since.
//
// Immutable, so any number of threads may query one index. Keeps only boxes:
// the layer it was built from may be destroyed. Features with an empty box are
// never found. Copies share everything. What is found depends on the boxes
// only, never on the trees or on the changes that led there.
//
//   LayerIndex index(hospitals.boxes());
//   for (const Neighbor& n : index.nearest(home, 3, exact_distance)) { ... }
class LayerIndex {
 public:
  // `boxes[i]` belongs to FeatureId{i}.
  explicit LayerIndex(std::span<const Box> boxes);
  ~LayerIndex();
  LayerIndex(const LayerIndex&);
  LayerIndex(LayerIndex&&) noexcept;
  LayerIndex& operator=(const LayerIndex&);
  LayerIndex& operator=(LayerIndex&&) noexcept;

  // This index with other boxes for some features, which may be new ones. The
  // last change of a feature counts. This index stays as it is, and the packed
  // tree is shared. Takes time by the number of changes: some 3 µs for a single
  // one, 1 µs for each of many. The call that makes the changes more than a sixth
  // of the packed boxes (and more than 1024) packs them all.
  LayerIndex with_changes(std::span<const BoxChange> changes) const;

  // The same index with all changes in its packed tree; takes as long as building it.
  LayerIndex packed() const;

  // Features whose box meets the window, ordered by id.
  std::vector<FeatureId> in_window(const Box& window) const;

  // Calls `visit` for each feature whose box meets the window, in no stated
  // order, until it returns false.
  void visit_window(const Box& window, FunctionRef<bool(FeatureId)> visit) const;

  // Calls `visit` for each feature with the distance to its box, nearest box
  // first and equal distances by id, until it returns false. The distance to a
  // box is not the distance to the feature.
  void visit_nearest(Point from, FunctionRef<bool(FeatureId, double box_distance_m)> visit) const;

  // Exact distance from the place asked about to a feature, never less than the
  // distance to its box; infinity leaves the feature out.
  using DistanceTo = std::function<double(FeatureId)>;

  // At most `count` features by exact distance, nearest first, equal distances
  // by id, none beyond `max_distance_m`. Exact distances are only computed for
  // features whose box is near enough. `should_stop` is asked before each exact
  // distance; once it is true the answer is of no use.
  std::vector<Neighbor> nearest(Point from, std::size_t count, FunctionRef<double(FeatureId)> distance_to,
                                double max_distance_m = std::numeric_limits<double>::infinity(),
                                FunctionRef<bool()> should_stop = {}) const;

 private:
  explicit LayerIndex(std::shared_ptr<const PatchedBoxes> boxes);

  std::shared_ptr<const PatchedBoxes> boxes_;
};

}  // namespace obnova::geo
