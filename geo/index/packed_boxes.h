#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "geo/base/point.h"
#include "geo/index/frame.h"
#include "geo/index/page_allocator.h"

namespace obnova::geo {

// Boxes in the order of a Hilbert curve, and a tree over them that needs no
// pointers: node n of a level holds the boxes of the nodes 16 n to 16 n + 15 of
// the level below, or of the positions 16 n to 16 n + 15 in the lowest level.
// Immutable; part of LayerIndex, like all of this folder.
class PackedBoxes {
 public:
  static constexpr std::uint32_t kWidth = 16;
  static constexpr std::size_t kMaxLevels = 8;  // 16^8 boxes.
  using Lanes = std::uint32_t;                  // One bit for each box of a node.

  // Sides beside sides, so that 16 boxes are compared in a few instructions.
  // Lanes without a box hold one that meets nothing.
  struct Node {
    std::array<float, kWidth> min_x;
    std::array<float, kWidth> min_y;
    std::array<float, kWidth> max_x;
    std::array<float, kWidth> max_y;
  };
  struct Rows {
    std::array<std::uint32_t, kWidth> at;
  };
  struct RowBox {
    std::uint32_t row;
    Box box;
  };

  // A place on the curve, and where in a list the box is that lies there.
  struct Place {
    std::uint32_t key;
    std::uint32_t at;
  };

  PackedBoxes() = default;
  // In any order, without empty boxes.
  PackedBoxes(const Frame& frame, std::span<const RowBox> boxes);
  // With their order known, by key.
  PackedBoxes(const Frame& frame, std::span<const RowBox> boxes, std::span<const Place> order);

  std::uint32_t size() const { return static_cast<std::uint32_t>(boxes_.size()); }
  const Box& box_at(std::uint32_t position) const { return boxes_.data()[position]; }
  std::uint32_t row_at(std::uint32_t position) const { return rows_.data()[position / kWidth].at[position % kWidth]; }
  std::uint32_t leaf_count() const { return static_cast<std::uint32_t>(rows_.size()); }
  const Rows& rows_of_leaf(std::uint32_t leaf) const { return rows_.data()[leaf]; }

  // 0 is the lowest level; meaningless without boxes.
  std::uint32_t top_level() const { return level_count_ - 1; }
  const Node& node(std::uint32_t level, std::uint32_t index) const { return nodes_.data()[level_starts_[level] + index]; }
  // How many boxes a node holds, which are in its first lanes.
  std::uint32_t lane_count(std::uint32_t level, std::uint32_t index) const {
    const std::uint32_t below = level == 0 ? size() : level_starts_[level] - level_starts_[level - 1];
    return below - index * kWidth < kWidth ? below - index * kWidth : kWidth;
  }
  // Asks for what will be read of a box of that level, which may lie beyond the last.
  void prefetch_child(std::uint32_t level, std::uint32_t child) const {
    if (level == 0) {
      __builtin_prefetch(&rows_.data()[child / kWidth]);
      return;
    }
    const Node* const node = nodes_.data() + level_starts_[level - 1] + child;
    __builtin_prefetch(node->min_x.data());
    __builtin_prefetch(node->min_y.data());
    __builtin_prefetch(node->max_x.data());
    __builtin_prefetch(node->max_y.data());
    if (level == 1) __builtin_prefetch(&rows_.data()[child]);
  }
  Lanes lanes_of_leaf(std::uint32_t leaf) const { return (Lanes{1} << lane_count(0, leaf)) - 1; }

 private:
  void add_level(std::uint32_t below);

  template <typename T>
  using Array = std::vector<T, PageAllocator<T>>;

  Array<Node> nodes_;  // The lowest level first.
  Array<Rows> rows_;   // By leaf.
  Array<Box> boxes_;   // By position, for the few cases single precision does not decide.
  std::array<std::uint32_t, kMaxLevels> level_starts_ = {};
  std::uint32_t level_count_ = 0;
};

}  // namespace obnova::geo
