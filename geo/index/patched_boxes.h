#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "geo/index/box_patch.h"
#include "geo/index/packed_boxes.h"
#include "geo/index/window_walk.h"

namespace obnova::geo {

// What a LayerIndex holds: a packed base and the patches on it, of which newer
// ones hide older boxes. Each question goes through all the trees.
struct PatchedBoxes {
  using Lanes = PackedBoxes::Lanes;

  std::shared_ptr<const BaseBoxes> base;
  std::vector<std::shared_ptr<const BoxPatch>> patches;  // The newest first.
  std::uint32_t row_end = 0;                             // All rows are below.

  std::size_t tree_count() const { return patches.size() + 1; }
  // The base is tree 0, then the patches.
  const PackedBoxes& tree(std::size_t i) const { return i == 0 ? base->boxes : patches.data()[i - 1]->boxes(); }

  // Which of some boxes of a leaf do not count.
  Lanes hidden_lanes(std::size_t tree_number, std::uint32_t leaf, Lanes lanes) const {
    Lanes hidden = 0;
    if (tree_number == 0) {
      for (const auto& patch : patches) hidden |= patch->hidden_lanes(leaf);
      return hidden;
    }
    if (tree_number == 1) return 0;
    const PackedBoxes::Rows& rows = tree(tree_number).rows_of_leaf(leaf);
    for (Lanes rest = lanes; rest != 0; rest &= rest - 1) {
      if (is_hidden(tree_number, rows.at.data()[std::countr_zero(rest)])) hidden |= rest & -rest;
    }
    return hidden;
  }

  // The row of a box, if the box counts.
  std::optional<std::uint32_t> current_row(std::size_t tree_number, std::uint32_t position) const {
    if (!patches.empty()) {
      const Lanes lane = Lanes{1} << (position % PackedBoxes::kWidth);
      if ((hidden_lanes(tree_number, position / PackedBoxes::kWidth, lane) & lane) != 0) return std::nullopt;
    }
    return tree(tree_number).row_at(position);
  }

  // Calls `leaves(boxes, first, end)` for leaves of which all boxes meet the
  // window and count, and `lanes(boxes, leaf, some)` for others, each box once,
  // until one returns false.
  template <typename VisitLeaves, typename VisitLanes>
  void visit_window(const Box& window, VisitLeaves leaves, VisitLanes lanes) const {
    if (window.empty()) return;
    const FloatBox inward = base->frame.rounded_inward(window);
    if (patches.empty()) {
      const PackedBoxes& boxes = base->boxes;
      const auto all_leaves = [&](std::uint32_t first, std::uint32_t end) { return leaves(boxes, first, end); };
      const auto some_lanes = [&](std::uint32_t leaf, Lanes found) { return lanes(boxes, leaf, found); };
      WindowWalk(boxes, window, inward).visit(all_leaves, some_lanes);
      return;
    }
    for (std::size_t i = 0; i < tree_count(); ++i) {
      if (!visit_tree(i, window, inward, leaves, lanes)) return;
    }
  }

 private:
  // Whether a patch newer than the tree has something about the row.
  bool is_hidden(std::size_t tree_number, std::uint32_t row) const {
    for (std::size_t i = 0; i + 1 < tree_number; ++i) {
      if (patches.data()[i]->hides(row)) return true;
    }
    return false;
  }

  template <typename VisitLeaves, typename VisitLanes>
  bool visit_tree(std::size_t i, const Box& window, const FloatBox& inward, VisitLeaves& leaves, VisitLanes& lanes) const {
    const PackedBoxes& boxes = tree(i);
    const auto some_lanes = [&](std::uint32_t leaf, Lanes found) {
      found &= ~hidden_lanes(i, leaf, found);
      return found == 0 || lanes(boxes, leaf, found);
    };
    const auto leaf_by_leaf = [&](std::uint32_t first, std::uint32_t end) {
      for (std::uint32_t leaf = first; leaf < end; ++leaf) {
        const Lanes all = boxes.lanes_of_leaf(leaf);
        const Lanes hidden = hidden_lanes(i, leaf, all);
        if (hidden == 0 ? !leaves(boxes, leaf, leaf + 1) : (all & ~hidden) != 0 && !lanes(boxes, leaf, all & ~hidden)) return false;
      }
      return true;
    };
    return WindowWalk(boxes, window, inward).visit(leaf_by_leaf, some_lanes);
  }
};

}  // namespace obnova::geo
